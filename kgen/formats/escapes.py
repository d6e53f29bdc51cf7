"""Escapes untrusted text for a terminal and for the logs of CI jobs.

The runner of a CI job reads commands from what a job prints: GitHub's from a line that begins with
`::`, blanks before it or not, and from `##[` anywhere in a line; that of Azure from `##vso[`.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

# What a runner looks for in the whole line.
_ANYWHERE = ("##[", "##vso[")


def visible(text: str) -> str:
    """text with escapes for control, format and surrogate characters, and for one character of
    each mark that a CI runner takes for a command.

    A Kconfig file may contain terminal escape sequences, which could move the cursor or overwrite
    earlier lines.
    """
    if not (text.isascii() and text.isprintable()):
        text = "".join(_escape(char) if _hidden(char) else char for char in text)
    for mark in _ANYWHERE:
        if mark in text:
            text = text.replace(mark, f"#{_escape('#')}{mark[2:]}")
    if begins_command(text):
        begin = text.index(":")
        text = f"{text[:begin]}{_escape(':')}{text[begin + 1 :]}"
    return text


def begins_command(text: str) -> bool:
    """Whether a runner that skips leading blanks takes a line for a command."""
    return text.lstrip().startswith("::")


def json_text(data: Any, ascii_only: bool = False) -> str:
    """Data as JSON indented by two, without what a CI runner takes for a command."""
    import json

    return inert_json(json.dumps(data, indent=2, ensure_ascii=ascii_only))


def inert_json(text: str) -> str:
    """The same JSON, in which no string holds what a CI runner takes for a command."""
    for mark in _ANYWHERE:
        text = text.replace(mark, f"#\\u0023{mark[2:]}")
    return text


def toml_string(value: str) -> str:
    """A TOML string, in which nothing is hidden and no CI runner finds a command.

    What TOML cannot hold, half of a surrogate pair, is in it as `visible` shows it.
    """
    import json

    text = json.dumps(value, ensure_ascii=False)  # what JSON escapes, TOML escapes in the same way
    if not (text.isascii() and text.isprintable()):
        text = "".join(_toml_escape(char) if _hidden(char) else char for char in text)
    return inert_json(text)


def inert_xml(text: str) -> str:
    """The same XML, in which no text holds what a CI runner takes for a command."""
    for mark in _ANYWHERE:
        text = text.replace(mark, f"#&#35;{mark[2:]}")
    return text


def inert_comments(text: str) -> str:
    """A devices file for standard output. Only its comments can hold such a mark; there, a blank
    between two `#` changes nothing."""
    for mark in _ANYWHERE:
        text = text.replace(mark, f"# #{mark[2:]}")
    return text


def _hidden(char: str) -> bool:
    import unicodedata  # rarely needed

    return unicodedata.category(char) in {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}


def _toml_escape(char: str) -> str:
    code = ord(char)
    return f"\\{_escape(char)}" if 0xD800 <= code < 0xE000 else f"\\U{code:08x}"


def _escape(char: str) -> str:
    code = ord(char)
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
