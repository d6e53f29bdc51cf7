"""Text that came from a file or from outside, made safe for one line of a terminal."""

from __future__ import annotations


def visible(text: str) -> str:
    """text with every control, format and lone surrogate character written as an escape.

    A Kconfig file may hold escape sequences of terminals; printed raw they could move the
    cursor or change what an earlier line says.
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(_escape(char) if _hidden(char) else char for char in text)


def _hidden(char: str) -> bool:
    import unicodedata  # only odd text needs it

    return unicodedata.category(char) in {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}


def _escape(char: str) -> str:
    code = ord(char)
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
