"""Reads devices files (`.mak`). They have the same grammar as Kconfig files."""

from __future__ import annotations

import os
from collections.abc import Callable

from kgen.files.read import read_text
from kgen.kconfig.includes import Reader
from kgen.model.clauses import Assignment
from kgen.model.places import Place
from kgen.model.problems import KgenError
from kgen.model.record import Record


class Devices(Record):
    """The content of a devices file and the files that it includes.

    files: absolute paths in the order in which they were read. declares: it also contains
    `config` entries, which the grammar allows; assignments does not contain those.
    """

    assignments: tuple[Assignment, ...]
    files: tuple[str, ...]
    declares: bool


def read_devices(
    path: str,
    root: str,
    read: Callable[[str], str] = read_text,
    shown: str = "",
    locate: Callable[[str, str], str] = os.path.join,
) -> Devices:
    """Read a devices file. root: the folder that places are relative to. shown: root as the user
    gave it. locate: finds included files, see includes.Reader.

    Raises KgenError with all problems of the file and the files that it includes.
    """
    reader = Reader(root, read, shown, locate)
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
