"""Tokens and names of QEMU's Kconfig dialect, and their positions in a text."""

from __future__ import annotations

from functools import lru_cache

from kgen.model.places import line_and_column, line_starts

TYPE_CHECKING = False
if TYPE_CHECKING:
    import re


@lru_cache
def token_pattern() -> re.Pattern[str]:
    """The pattern of one token, including the blanks and the comment before it.

    findall() returns the tokens only; positions are computed only for errors. A `source` token
    includes its path. Compiled on first use, because plain files do not need it.
    """
    import re

    return re.compile(
        r"[^\S\n]*(?:#[^\n]*)?"
        r"(\n|(?:source|include)(?!\w)\s*[^\n]*|[^\W_]\w*|&&|\|\||.)",
    )


def path_of(token: str) -> str | None:
    """The path in a `source` or `include` token; None for any other token."""
    for word in ("source", "include"):
        rest = token.removeprefix(word)
        if rest != token and not (rest[:1].isalnum() or rest[:1] == "_"):
            return rest.lstrip()
    return None


KEYWORDS = frozenset("config bool default depends on select imply if y n source include".split())


QUOTES = ('"', "'")


def find(text: str, name: str, line: int) -> int:
    """The column (from 1) of a name in a line (from 1) of the text; 0 if it is not there."""
    import re

    match = re.search(rf"(?<!\w){re.escape(name)}(?!\w)", source_line(text, line))
    return match.start() + 1 if match else 0


def source_line(text: str, line: int) -> str:
    """Line number `line` (from 1) of a text, without the line break; "" past the end."""
    begins = _line_starts(text)
    if line > len(begins):
        return ""
    return text[begins[line - 1] : begins[line] - 1 if line < len(begins) else len(text)]


# A file's errors are reported one after the other, and each needs both.
_line_starts = lru_cache(maxsize=2)(line_starts)


@lru_cache(maxsize=2)
def _starts(text: str) -> list[int]:
    return [match.start(1) for match in token_pattern().finditer(text)]


def position(text: str, index: int) -> tuple[int, int]:
    """Line and column (both from 1) of the token with this index."""

    starts = _starts(text)
    at = starts[index] if index < len(starts) else len(text)
    if at == len(text) and text.endswith("\n"):
        at -= 1  # end of file: point after the last line
    return line_and_column(_line_starts(text), at)


def is_name(token: str) -> bool:
    """Whether a token is a symbol's name."""
    if token.isalnum():  # the common case, with a cheaper check
        return token not in KEYWORDS
    return token.replace("_", "0").isalnum() and token[0] != "_"


def quoted(token: str) -> str:
    """A token in quotes, for messages."""
    if not token:
        return "the end of the file"
    return f"'{token}'" if '"' in token else f'"{token}"'
