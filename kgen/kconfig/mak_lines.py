"""A devices file line by line: what each line is, and the whole list of a file.

What it includes is taken in where the `include` stands, so that the list is whole by itself.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from typing import TYPE_CHECKING

from kgen.files.read import NotText, read_input
from kgen.kconfig import mak, parser
from kgen.model.clauses import Assignment, letter
from kgen.model.places import File, Place
from kgen.model.problems import KgenError, Problem, fail
from kgen.model.record import Record

if TYPE_CHECKING:
    from typing import Literal

    Kind = Literal["assignment", "commented", "include", "comment", "blank", "other"]

# What a line begins with: blanks, marks of a comment, and perhaps the symbol that it sets.
_START = re.compile(r"(?P<before>\s*(?:#[\s#]*)?)(?:CONFIG_(?P<symbol>\w+))?")

# What may follow the symbol; what assigns ends with the value.
_IS = re.compile(r"\s*=\s*(?:(?P<value>[yn])(?!\w))?")
_UNSET = re.compile(r"\s+is not set\s*")
_AFTER = re.compile(r"\s*(?:#.*)?")

# Any assignment of a line: the grammar lets several stand in one.
_ASSIGNED = re.compile(r"(?<!\w)CONFIG_(?P<symbol>\w+)\s*=\s*(?P<value>[yn])(?!\w)")

_INCLUDE = re.compile(r"\s*(?:include|source)\s+(?P<path>\S.*)")


class MakLine(Record):
    """One line of a devices file, without its end.

    kind: `assignment` is one assignment, with a comment behind it or none; `commented` is one that
    is commented out, with nothing behind it; `include` takes in a file, its path; `comment` and
    `blank` say nothing; `other` is what else the grammar allows: several assignments, parts of
    one, entries.

    symbol: the line begins with `CONFIG_symbol`, commented out or not, and goes on with `=` or
    not at all; "" where it does not. value: what it is given, None where that is neither y nor n
    or stands elsewhere. unset: it says `CONFIG_symbol is not set` instead. before, after: what
    stands before `CONFIG_` and after the value. marks: how many `#` stand before it.
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
    """What a line is; text: without its end."""
    start = _START.match(text)
    assert start is not None  # it matches nothing, too
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
    """A line with another value wherever it assigns the symbol; None if it does not."""
    code = text.partition("#")[0]
    places = [
        match.start("value") for match in _ASSIGNED.finditer(code) if match["symbol"] == symbol
    ]
    for at in places:
        text = text[:at] + letter(value) + text[at + 1 :]
    return text if places else None


class Line(Record):
    """A line of the list; assignment is None for comments and empty lines."""

    text: str
    assignment: Assignment | None = None


def read_list(path: str) -> list[Line]:
    """The lines of a devices file. Raises KgenError for whatever is wrong with it, and for one
    that does more than assign, a line at a time."""
    devices = mak.read_devices(path, "")
    if devices.declares:
        raise fail(
            f"{path} declares symbols",
            hint="kgen migrate reads files that only assign",
            code="KG723",
        )
    problems: list[Problem] = []
    lines = _lines_with_includes(path, path, set(), problems)
    if problems:
        raise KgenError(*problems)
    return lines


def _lines_with_includes(
    path: str, shown: str, seen: set[str], problems: list[Problem]
) -> list[Line]:
    seen.add(os.path.abspath(path))
    text = read_input(path, shown)
    file = File(shown, outside=True, text=text)
    statements: dict[int, list[parser.Statement]] = {}
    for statement in parser.scan(text, file)[0]:
        statements.setdefault(statement.line, []).append(statement)
    found: list[Line] = []
    for number, line in enumerate(text.removesuffix("\n").split("\n") if text else [], 1):
        here = statements.get(number, [])
        kind = read_line(line).kind
        if not here and kind in ("blank", "comment", "commented"):
            found.append(Line(line))
        elif len(here) == 1 and here[0].word == "source":
            found += _included(line, here[0], path, seen, problems)
        elif len(here) == 1 and kind == "assignment":
            place = Place(file, number)
            item = Assignment(here[0].name, here[0].value, place)
            found.append(Line(line, item))
        else:
            message = "kgen migrate reads one assignment a line, and nothing else on it"
            problems.append(Problem(message, Place(file, number), code="KG723"))
    return found


def _included(
    line: str, statement: parser.Statement, path: str, seen: set[str], problems: list[Problem]
) -> list[Line]:
    """What an include brings in; nothing if it was read before, as the dialect has it."""
    inner = os.path.join(os.path.dirname(path), statement.name)
    if os.path.abspath(inner) in seen:
        return [Line(f"# {line.strip()}, which was read before")]
    head = Line(f"# What follows was in {statement.name}.")
    shown = inner if os.path.dirname(path) else statement.name
    return [
        head,
        *_lines_with_includes(inner, shown, seen, problems),
        Line(f"# End of {statement.name}."),
    ]


def rewritten(line: Line, symbol: str) -> str:
    """The line with another symbol in the place of its own."""
    assert line.assignment is not None
    before = f"{read_line(line.text).before}CONFIG_"
    rest = line.text[len(before) + len(line.assignment.symbol) :]
    return f"{before}{symbol}{rest}"


def lines_of(path: str, read: Callable[[str], str], declares: bool = False) -> list[str] | None:
    """The lines of a devices file with those of what it includes in their places.

    None if it is not written a statement a line, or cannot be read as it stands. declares: it
    also has entries, whose lines are taken as they are.
    """
    seen: set[str] = set()

    def follow(path: str) -> list[str] | None:
        if path in seen:
            return []
        seen.add(path)
        try:
            text = read(path)
        except (OSError, NotText):
            return None
        found: list[str] = []
        for line in text.split("\n"):
            item = read_line(line)
            if item.kind == "include":
                inner = follow(os.path.join(os.path.dirname(path), item.path))
                if inner is None:
                    return None
                while inner and not inner[-1].strip():
                    inner.pop()
                found += inner
            elif declares or item.kind != "other":
                found.append(line.rstrip())
            else:
                return None
        return found

    return follow(path)
