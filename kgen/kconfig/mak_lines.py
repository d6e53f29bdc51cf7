"""Devices files line by line: classifies lines, and reads a file with its includes expanded."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from kgen.files.read import NotText
from kgen.model.clauses import letter
from kgen.model.record import Record

if TYPE_CHECKING:
    from typing import Literal

    Kind = Literal["assignment", "commented", "include", "comment", "blank", "other"]

# The start of a line: blanks, comment marks, and optionally the symbol that it sets.
_START = re.compile(r"(?P<before>\s*(?:#[\s#]*)?)(?:CONFIG_(?P<symbol>\w+))?")

# The text after the symbol. An assignment ends with the value.
_IS = re.compile(r"\s*=\s*(?:(?P<value>[yn])(?!\w))?")
_UNSET = re.compile(r"\s+is not set\s*")
_AFTER = re.compile(r"\s*(?:#.*)?")

# Any assignment in a line; the grammar allows several.
_ASSIGNED = re.compile(r"(?<!\w)CONFIG_(?P<symbol>\w+)\s*=\s*(?P<value>[yn])(?!\w)")

_INCLUDE = re.compile(r"\s*(?:include|source)\s+(?P<path>\S.*)")


class MakLine(Record):
    """One line of a devices file, without the line break.

    kind: `assignment`: one assignment, optionally followed by a comment; `commented`: one
    commented-out assignment with nothing after it; `include`: includes the file `path`;
    `comment`; `blank`; `other`: anything else that the grammar allows, such as several
    assignments, part of an assignment, or entries.

    symbol: set if the line begins with `CONFIG_symbol`, commented out or not, and continues with
    `=` or ends there; else "". value: the assigned value; None if it is not y or n, or not on
    this line. unset: the line is a comment `CONFIG_symbol is not set`. before, after: the text
    before `CONFIG_` and after the value. marks: the number of `#` before `CONFIG_`.
    """

    text: str
    kind: Kind
    symbol: str = ""
    value: bool | None = None
    unset: bool = False
    before: str = ""
    after: str = ""
    marks: int = 0
    path: str = ""


def read_line(text: str) -> MakLine:
    """Classify a line. text: without the line break."""
    start = _START.match(text)
    assert start is not None  # it also matches the empty string
    before, symbol = start["before"], start["symbol"] or ""
    marks = before.count("#")
    plain = MakLine(text, "comment" if marks else "other", before=before, marks=marks)
    if not symbol:
        if not text.strip():
            return plain._replace(kind="blank")
        include = None if marks else _INCLUDE.fullmatch(text)
        return plain._replace(kind="include", path=include["path"].rstrip()) if include else plain
    if marks and _UNSET.fullmatch(text, start.end()):
        return plain._replace(kind="commented", symbol=symbol, value=False, unset=True)
    given = _IS.match(text, start.end())
    if given is None:
        return plain if text[start.end() :].strip() else plain._replace(symbol=symbol)
    line = plain._replace(symbol=symbol)
    if given["value"] is None:
        return line
    line = line._replace(value=given["value"] == "y", after=text[given.end() :])
    if marks:
        return line if line.after.strip() else line._replace(kind="commented")
    return line._replace(kind="assignment") if _AFTER.fullmatch(line.after) else line


def with_value(text: str, symbol: str, value: bool) -> str | None:
    """A line with this value in all assignments of the symbol; None if it has none."""
    code = text.partition("#")[0]
    places = [
        match.start("value") for match in _ASSIGNED.finditer(code) if match["symbol"] == symbol
    ]
    for at in places:
        text = text[:at] + letter(value) + text[at + 1 :]
    return text if places else None


def split_lines(text: str) -> list[tuple[str, str]]:
    """The lines of a text, each with its line break; the last one may have none."""
    found = re.findall(r"([^\r\n]*)(\r\n|\r|\n)|([^\r\n]+)", text)
    return [(line or last, end) for line, end, last in found]


def line_break(lines: list[tuple[str, str]]) -> str:
    """What ends a new line beside these, from split_lines: what ends the first one."""
    return lines[0][1] if lines and lines[0][1] else "\n"


def rewritten(line: str, symbol: str) -> str:
    """A line of kind `assignment` with its symbol replaced by another one."""
    item = read_line(line)
    before = f"{item.before}CONFIG_"
    return f"{before}{symbol}{line[len(before) + len(item.symbol) :]}"


def lines_of(
    path: str,
    read: Callable[[str], str],
    declares: bool = False,
    locate: Callable[[str, str], str] = os.path.join,
) -> list[str] | None:
    """The lines of a devices file with includes expanded.

    None if a file cannot be read or does not have one statement per line. declares: the file also
    has entries, whose lines are kept unchanged. locate: finds included files, see includes.Reader.
    """
    seen = {path}
    found: list[str] = []
    # Of each open file: its path, where its lines begin in `found`, and the rest of its lines.
    stack: list[tuple[str, int, Iterator[str]]] = []
    try:
        stack.append((path, 0, iter(read(path).split("\n"))))
        while stack:
            path, begin, lines = stack[-1]
            line = next(lines, None)
            if line is None:
                stack.pop()
                while stack and len(found) > begin and not found[-1].strip():
                    found.pop()
                continue
            item = read_line(line)
            if item.kind == "include":
                inner = locate(os.path.dirname(path), item.path)
                if inner not in seen:
                    seen.add(inner)
                    stack.append((inner, len(found), iter(read(inner).split("\n"))))
            elif declares or item.kind != "other":
                found.append(line.rstrip())
            else:
                return None
    except (OSError, NotText):
        return None
    return found
