"""Devices files (`.mak`): what they assign. They have the grammar of Kconfig files."""

from __future__ import annotations

from collections.abc import Callable

from kgen.files.read import read_text
from kgen.kconfig.includes import Reader
from kgen.model.clauses import Assignment
from kgen.model.places import Place
from kgen.model.problems import KgenError
from kgen.model.record import Record


class Devices(Record):
    """A devices file with what it includes.

    files: absolute paths in the order read. declares: it also has `config` entries, as the
    grammar allows; then its assignments are only part of what it says.
    """

    assignments: tuple[Assignment, ...]
    files: tuple[str, ...]
    declares: bool


def read_devices(
    path: str, root: str, read: Callable[[str], str] = read_text, shown: str = ""
) -> Devices:
    """Read a devices file; places in it are relative to root, which the user gave as `shown`.

    Raises KgenError.
    """
    reader = Reader(root, read, shown)
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
