"""Places in source files: file, line, column, and how a user would type them."""

from __future__ import annotations

import os

from kgen.model.record import Record


class File(Record):
    """A file that was read.

    path: relative to the tree's root with `/`. includes: the `source` lines that led to it,
    outermost first, as (path, line). outside: it is not part of the tree, and path is as the
    user gave it. root: the tree's folder (or `DIR@REV`), as the user gave it, "" for none.
    text: what was read, "" where nobody will ask; a message quotes this and opens no file.
    """

    path: str
    includes: tuple[tuple[str, int], ...] = ()
    outside: bool = False
    root: str = ""
    text: str = ""


class Place(Record):
    """A line (from 1) of a file, and where it is known a column (from 1; 0 means unknown)."""

    file: File
    line: int
    column: int = 0

    def __str__(self) -> str:
        return f"{self.file.path}:{self.line}"


def located(place: Place) -> tuple[str, int]:
    """A place's file, as a user would type it, and its line."""
    return shown(place.file), place.line


def at(place: Place) -> str:
    """`file:line`, and the column where it is known, as editors and terminals take it."""
    return spot(shown(place.file), place.line, place.column)


def spot(path: str, line: int, column: int) -> str:
    """`file:line:column`, as far as line and column are known."""
    if not line:
        return path
    return f"{path}:{line}:{column}" if column else f"{path}:{line}"


def shown(file: File) -> str:
    """A file's path as a user would type it."""
    return _from_here(file.path) if file.outside else join_root(file.path, file.root)


def join_root(path: str, root: str) -> str:
    """A path of a tree as a user would type it, root being the tree's folder."""
    return _from_here(os.path.normpath(os.path.join(root, path)))


def _from_here(path: str) -> str:
    """A path as a user would type it: from the current folder, if it lies below that."""
    try:
        here = os.getcwd() + os.sep
    except OSError:  # there is no current folder any more
        return path
    return path.removeprefix(here) if path.startswith(here) else path
