"""Escapes untrusted text for output on one line of a terminal."""

from __future__ import annotations


def visible(text: str) -> str:
    """text with control, format and surrogate characters replaced by escapes.

    A Kconfig file may contain terminal escape sequences, which could move the cursor or overwrite
    earlier lines.
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(_escape(char) if _hidden(char) else char for char in text)


def _hidden(char: str) -> bool:
    import unicodedata  # rarely needed

    return unicodedata.category(char) in {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}


def _escape(char: str) -> str:
    code = ord(char)
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
