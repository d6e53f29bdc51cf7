"""Devices files (`.mak`): what they assign. They have the grammar of Kconfig files."""

from __future__ import annotations

import os
import re
from collections.abc import Callable

from kgen.errors import KgenError, Place
from kgen.files import NotText, read_text
from kgen.model import Assignment
from kgen.reader import Reader
from kgen.record import Record


class Devices(Record):
    """A devices file with what it includes.

    files: absolute paths in the order read. declares: it also has `config` entries, as the
    grammar allows; then its assignments are only part of what it says.
    """

    assignments: tuple[Assignment, ...]
    files: tuple[str, ...]
    declares: bool


def read_devices(path: str, root: str, read: Callable[[str], str] = read_text) -> Devices:
    """Read a devices file; places in it are relative to root. Raises KgenError."""
    reader = Reader(root, read)
    assignments = []
    declares = False
    for file, statement in reader.statements([path]):
        if statement.word == "assign":
            place = Place(file, statement.line)
            assignments.append(Assignment(statement.name, statement.value, place))
        else:
            declares = True
    if reader.problems:
        raise KgenError(*reader.problems)
    return Devices(tuple(assignments), tuple(reader.paths), declares)


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
