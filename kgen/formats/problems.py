"""Problems as text for terminals and as data for JSON."""

from __future__ import annotations

import sys
from functools import lru_cache

from kgen.formats.escapes import begins_command, visible
from kgen.model.places import at, join_root, shown
from kgen.model.problems import KgenError, Problem

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable


def report(error: KgenError | ImportError | AttributeError, form: str = "text") -> int:
    """Print the problems of an exception; returns the exit status, 1.

    They go to stderr, or as JSON to stdout. An exception about a Python package that is missing,
    or is another one, has the problem that says so. Any other exception is raised again.
    """
    if isinstance(error, KgenError):
        problems = error.problems
    else:
        from kgen.model.dependencies import problem_of

        missing = problem_of(error)
        if missing is None:
            raise error
        problems = (missing,)
    if form == "json":
        from kgen.formats import terminal

        terminal.print_json(errors(problems))
    else:
        print_problems(problems)
    return 1


def print_problems(problems: Iterable[Problem]) -> None:
    """Print problems with their source lines to stderr."""
    for problem in problems:
        print(describe(pointed(problem)), file=sys.stderr)


def errors(problems: Iterable[Problem]) -> dict[str, object]:
    """Problems as part of the JSON of a command: {"errors": [...]}."""
    return {"errors": [as_data(pointed(problem)) for problem in problems]}


def describe(problem: Problem) -> str:
    """The text of a problem for a terminal or a log, without a trailing line break.

    Paths are relative to the current folder, so that editors can open them. Control characters
    are shown as escapes.
    """
    lines = []
    message = f"{problem.code} {problem.message}" if problem.code else problem.message
    if problem.place is None:
        lines.append(f"error: {message}")
    else:
        for path, line in problem.place.file.includes:
            lines.append(
                f"In file included from {join_root(path, problem.place.file.root)}:{line}:"
            )
        lines.append(f"{at(problem.place)}: error: {message}")
        if problem.source:
            lines.extend(_marked(problem.source, problem.place.column))
    for note in problem.notes:
        where = "" if note.place is None else f"{at(note.place)}: "
        lines.append(f"{where}note: {note.message}")
    if problem.hint:
        lines.append(f"hint: {problem.hint}")
    return "\n".join(visible(line) for line in lines)


def as_data(problem: Problem) -> dict[str, object]:
    """A problem for `--format json`: code, message, file, line, column, hint."""
    place = problem.place
    return {
        "code": problem.code or None,
        "message": problem.message,
        "file": None if place is None else shown(place.file),
        "line": None if place is None else place.line or None,
        "column": None if place is None else place.column or None,
        "hint": problem.hint,
    }


def pointed(problem: Problem) -> Problem:
    """The problem with its source line and column, found in the text of the file.

    The parser records only line numbers for valid statements, because columns are needed only for
    messages.
    """
    import re

    place = problem.place
    if place is None or not place.line or (place.column and problem.source):
        return problem
    lines = _lines(place.file.text)
    if place.column:
        return problem._replace(source=lines[place.line - 1] if place.line <= len(lines) else "")
    wanted = rf"(?<!\w)(CONFIG_)?{re.escape(problem.focus)}(?!\w)" if problem.focus else r"\S"
    # An expression may continue on the next lines, so search a few lines further.
    for number in range(place.line, min(place.line + 20, len(lines)) + 1):
        line = lines[number - 1]
        match = re.search(wanted, line)
        if match:
            here = place._replace(line=number, column=match.start() + 1)
            return problem._replace(place=here, source=line)
    return problem


@lru_cache(maxsize=4)
def _lines(text: str) -> list[str]:
    """A text's lines, once for all problems of a file."""
    return text.split("\n")


def _marked(source: str, column: int) -> list[str]:
    """The source line and, where the column is known, a marker under it."""
    flat = source.rstrip("\n").replace("\t", " ")
    if len(flat) > 160:
        return []
    # A runner of CI skips blanks, and would take such a line for a command.
    lead = "    | " if begins_command(flat) else "    "
    lines = [f"{lead}{flat}"]
    if column:
        # An escape is wider than one column.
        lines.append(" " * len(visible(lead + flat[: column - 1])) + "^")
    return lines
