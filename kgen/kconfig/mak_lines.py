"""A devices file line by line, to be written again with other assignments.

What it includes is taken in where the `include` stands, so that the list is whole by itself.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable

from kgen.files.read import NotText, read_input
from kgen.kconfig import mak, parser
from kgen.model.clauses import Assignment
from kgen.model.places import File, Place
from kgen.model.problems import KgenError, Problem, fail
from kgen.model.record import Record

_ASSIGNMENT = re.compile(r"\s*CONFIG_(\w+)\s*=\s*([yn])\s*(#.*)?")


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
        if not here and not line.partition("#")[0].strip():
            found.append(Line(line))
        elif len(here) == 1 and here[0].word == "source":
            found += _included(line, here[0], path, seen, problems)
        elif len(here) == 1 and _ASSIGNMENT.fullmatch(line):
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
    name = re.escape(line.assignment.symbol)
    return re.sub(rf"CONFIG_{name}(?!\w)", f"CONFIG_{symbol}", line.text, count=1)


# A line that is an assignment, one that is commented out, and one that includes a file.
LINE = re.compile(r"(?P<before>\s*)CONFIG_(?P<name>\w+)\s*=\s*(?P<value>[yn])(?P<after>\s*(#.*)?)")


COMMENT = re.compile(r"\s*#")


COMMENTED = re.compile(r"\s*#\s*CONFIG_(?P<name>\w+)\s*=\s*[yn]\s*")


_INCLUDE = re.compile(r"\s*(?:include|source)\s+(?P<path>\S.*?)\s*")


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
            include = _INCLUDE.fullmatch(line)
            if include:
                inner = follow(os.path.join(os.path.dirname(path), include["path"]))
                if inner is None:
                    return None
                while inner and not inner[-1].strip():
                    inner.pop()
                found += inner
            elif declares or not line.strip() or COMMENT.match(line) or LINE.fullmatch(line):
                found.append(line.rstrip())
            else:
                return None
        return found

    return follow(path)
