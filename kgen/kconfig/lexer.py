"""The tokens of QEMU's dialect, names, and where they stand in a text."""

from __future__ import annotations

from functools import lru_cache

TYPE_CHECKING = False
if TYPE_CHECKING:
    import re


@lru_cache
def token_pattern() -> re.Pattern[str]:
    """One token with the blanks and the comment before it.

    findall gives the tokens alone, and where a token stands is worked out only for an error.
    `source` takes its path with it. Plain files need none of this, so it is made when asked for.
    """
    import re

    return re.compile(
        r"[^\S\n]*(?:#[^\n]*)?"
        r"(\n|(?:source|include)(?!\w)\s*[^\n]*|[^\W_]\w*|&&|\|\||.)",
    )


def path_of(token: str) -> str | None:
    """The path of a `source` token; None for any other token."""
    for word in ("source", "include"):
        rest = token.removeprefix(word)
        if rest != token and not (rest[:1].isalnum() or rest[:1] == "_"):
            return rest.lstrip()
    return None


KEYWORDS = frozenset("config bool default depends on select imply if y n source include".split())


QUOTES = ('"', "'")


def find(text: str, name: str, line: int) -> int:
    """The column (from 1) at which a name stands in a line, or 0."""
    import re

    match = re.search(rf"(?<!\w){re.escape(name)}(?!\w)", source_line(text, line))
    return match.start() + 1 if match else 0


def source_line(text: str, line: int) -> str:
    """Line number `line` (from 1) of a text, without its new line; "" past the end."""
    ends = _line_ends(text)
    if line > len(ends):
        return ""
    return text[ends[line - 2] + 1 if line > 1 else 0 : ends[line - 1]]


@lru_cache(maxsize=2)
def _line_ends(text: str) -> list[int]:
    """Where each line ends; a text with many mistakes is asked for many lines."""
    ends = []
    at = text.find("\n")
    while at >= 0:
        ends.append(at)
        at = text.find("\n", at + 1)
    return [*ends, len(text)]


@lru_cache(maxsize=2)
def _starts(text: str) -> list[int]:
    return [match.start(1) for match in token_pattern().finditer(text)]


def position(text: str, index: int) -> tuple[int, int]:
    """Line and column (both from 1) of the token with this index."""
    from bisect import bisect_left  # only mistakes need it

    starts = _starts(text)
    at = starts[index] if index < len(starts) else len(text)
    ends = _line_ends(text)
    if at == len(text) and text.endswith("\n"):
        at -= 1  # the end of a file: point behind its last line
    line = bisect_left(ends, at)
    return line + 1, at - (ends[line - 1] if line else -1)


def is_name(token: str) -> bool:
    """Whether a token is a symbol's name."""
    if token.isalnum():  # the commonest, and cheaper to ask
        return token not in KEYWORDS
    return token.replace("_", "0").isalnum() and token[0] != "_"


def quoted(token: str) -> str:
    """A token for a message."""
    if not token:
        return "the end of the file"
    return f"'{token}'" if '"' in token else f'"{token}"'
