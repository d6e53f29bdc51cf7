"""Places in source files, and the one error family that carries every problem of a run."""

from __future__ import annotations

import os
from collections.abc import Iterable
from functools import lru_cache

from kgen.escapes import visible
from kgen.record import Record


class File(Record):
    """A file that was read.

    path: relative to the tree's root with `/`. includes: the `source` lines that led to it,
    outermost first, as (path, line). outside: it is not part of the tree, and path is as the
    user gave it.
    """

    path: str
    includes: tuple[tuple[str, int], ...] = ()
    outside: bool = False


class Place(Record):
    """A line (from 1) of a file, and where it is known a column (from 1; 0 means unknown)."""

    file: File
    line: int
    column: int = 0

    def __str__(self) -> str:
        return f"{self.file.path}:{self.line}"


class Note(Record):
    """One more thing to know about a problem, at its place, if it has one."""

    place: Place | None
    message: str


class Problem(Record):
    """One thing that is wrong: what, where, and a way out.

    source: the line at the place. focus: the word in it that the problem is about, for a place
    whose column is not known. code: stable, explained in docs/errors.md; only a summary of other
    problems has none.
    """

    message: str
    place: Place | None = None
    source: str = ""
    notes: tuple[Note, ...] = ()
    hint: str = ""
    focus: str = ""
    code: str = ""


class KgenError(Exception):
    """The only exception that is meant for users. It always carries at least one problem."""

    def __init__(self, *problems: Problem) -> None:
        super().__init__("; ".join(problem.message for problem in problems))
        self.problems = problems

    def __str__(self) -> str:
        return "\n".join(describe(problem) for problem in self.problems)


def fail(message: str, place: Place | None = None, hint: str = "", *, code: str) -> KgenError:
    """A KgenError with a single problem, ready to raise."""
    return KgenError(Problem(message, place, hint=hint, code=code))


def describe(problem: Problem, root: str = "") -> str:
    """The whole text of a problem for a terminal or a log, without a last new line.

    root is put before relative paths, so that an editor finds the file from where the user
    stands. Control characters that came from a file are shown as escapes.
    """
    lines = []
    message = f"{problem.code} {problem.message}" if problem.code else problem.message
    if problem.place is None:
        lines.append(f"error: {message}")
    else:
        for path, line in problem.place.file.includes:
            lines.append(f"In file included from {_join(path, root)}:{line}:")
        lines.append(f"{at(problem.place, root)}: error: {message}")
        if problem.source:
            lines.extend(_marked(problem.source, problem.place.column))
    for note in problem.notes:
        where = "" if note.place is None else f"{at(note.place, root)}: "
        lines.append(f"{where}note: {note.message}")
    if problem.hint:
        lines.append(f"hint: {problem.hint}")
    return "\n".join(visible(line) for line in lines)


def as_data(problem: Problem, root: str = "") -> dict[str, object]:
    """The same problem for `--format json`: code, message, file, line, column, hint."""
    place = problem.place
    return {
        "code": problem.code or None,
        "message": problem.message,
        "file": None if place is None else shown(place.file, root),
        "line": None if place is None else place.line or None,
        "column": None if place is None else place.column or None,
        "hint": problem.hint,
    }


def located(place: Place, root: str) -> tuple[str, int]:
    """A place's file, as a user would type it, and its line."""
    return shown(place.file, root), place.line


def pointed(problem: Problem, root: str) -> Problem:
    """The problem with its source line and column, read again from disk where they are missing.

    Reading keeps only line numbers for what is right; columns are worth their price only here.
    """
    import re

    place = problem.place
    if place is None or place.column or not place.line:
        return problem
    lines = _lines(shown(place.file, root))
    wanted = rf"(?<!\w)(CONFIG_)?{re.escape(problem.focus)}(?!\w)" if problem.focus else r"\S"
    # An expression may run on over lines: look for the word a little further down, too.
    for number in range(place.line, min(place.line + 20, len(lines)) + 1):
        line = lines[number - 1]
        match = re.search(wanted, line)
        if match:
            here = place._replace(line=number, column=match.start() + 1)
            return problem._replace(place=here, source=line)
    return problem


@lru_cache(maxsize=4)
def _lines(path: str) -> list[str]:
    try:
        with open(path, encoding="utf-8") as stream:
            return stream.read().split("\n")
    except (OSError, ValueError):  # not on disk, or no longer as it was
        return []


def near(name: str, known: Iterable[str]) -> str:
    """A "did you mean" for a name that does not exist, or an empty string."""
    import difflib  # only messages need it

    found = difflib.get_close_matches(name, sorted(known), n=3, cutoff=0.6)
    if not found:
        return ""
    return f"did you mean {' or '.join(found)}?"


def os_reason(error: OSError) -> str:
    """The operating system's words for a failure, in lower case like the rest of a message."""
    reason = error.strerror or str(error)
    return reason[:1].lower() + reason[1:]


def at(place: Place, root: str) -> str:
    """`file:line`, and the column where it is known, as editors and terminals take it."""
    parts = [shown(place.file, root)]
    if place.line:
        parts.append(str(place.line))
        if place.column:
            parts.append(str(place.column))
    return ":".join(parts)


def shown(file: File, root: str) -> str:
    """A file's path as a user would type it, root being the tree's folder."""
    return _from_here(file.path) if file.outside else _join(file.path, root)


def _join(path: str, root: str) -> str:
    return _from_here(os.path.normpath(os.path.join(root, path)))


def _from_here(path: str) -> str:
    """A path as a user would type it: from the current folder, if it lies below that."""
    here = os.getcwd() + os.sep
    return path.removeprefix(here) if path.startswith(here) else path


def _marked(source: str, column: int) -> list[str]:
    """The source line and, where the column is known, a marker under it."""
    flat = source.rstrip("\n").replace("\t", " ")
    if len(flat) > 160:
        return []
    lines = [f"    {flat}"]
    if column:
        # What is shown as an escape takes more room than one column.
        lines.append("    " + " " * len(visible(flat[: column - 1])) + "^")
    return lines
