"""Places in source files: file, line, column, and their form in messages."""

from __future__ import annotations

import os

from kgen.model.record import Record


class File(Record):
    """A file that was read.

    path: relative to the tree's root, with `/`. includes: the chain of `source` lines that led to
    the file, outermost first, as (path, line). outside: the file is not part of the tree, and
    path is as the user gave it. root: the tree's folder (or `DIR@REV`) as the user gave it; "" if
    there is none. text: the content, which messages quote instead of reading the file again; ""
    if it is never quoted.
    """

    path: str
    includes: tuple[tuple[str, int], ...] = ()
    outside: bool = False
    root: str = ""
    text: str = ""


class Place(Record):
    """A line (from 1) and a column (from 1; 0 if unknown) of a file."""

    file: File
    line: int
    column: int = 0

    def __str__(self) -> str:
        return f"{self.file.path}:{self.line}"


def line_starts(text: str) -> list[int]:
    """The offset of the first character of each line."""
    starts = [0]
    while at := text.find("\n", starts[-1]) + 1:
        starts.append(at)
    return starts


def line_and_column(starts: list[int], at: int) -> tuple[int, int]:
    """The line and the column (both from 1) of an offset. starts: from line_starts."""
    from bisect import bisect_right  # the positions of tokens are needed for messages only

    line = bisect_right(starts, at)
    return line, at - starts[line - 1] + 1


def located(place: Place) -> tuple[str, int]:
    """A place's file, relative to the current folder, and its line."""
    return shown(place.file), place.line


def at(place: Place) -> str:
    """`file:line:column` (or `file:line`), a form that editors and terminals can open."""
    return spot(shown(place.file), place.line, place.column)


def spot(path: str, line: int, column: int) -> str:
    """`file:line:column`, `file:line` or `file`; 0 means unknown."""
    if not line:
        return path
    return f"{path}:{line}:{column}" if column else f"{path}:{line}"


def shown(file: File) -> str:
    """A file's path for messages: relative to the current folder if it is below it."""
    return _from_here(file.path) if file.outside else join_root(file.path, file.root)


def join_root(path: str, root: str) -> str:
    """A path in the tree with this root folder, for messages."""
    return _from_here(os.path.normpath(os.path.join(root, path)))


def _from_here(path: str) -> str:
    """A path relative to the current folder, if it is below it; else unchanged."""
    try:
        here = os.getcwd() + os.sep
    except OSError:  # the current folder was deleted
        return path
    return path.removeprefix(here) if path.startswith(here) else path
