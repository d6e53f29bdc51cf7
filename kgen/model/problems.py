"""What is wrong: problems, and the one exception that carries all those of a run."""

from __future__ import annotations

from collections.abc import Iterable

from kgen.model.places import Place
from kgen.model.record import Record


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


def fail(message: str, place: Place | None = None, hint: str = "", *, code: str) -> KgenError:
    """A KgenError with a single problem, ready to raise."""
    return KgenError(Problem(message, place, hint=hint, code=code))


def near(name: str, known: Iterable[str]) -> str:
    """A "did you mean" for a name that does not exist, or an empty string."""
    import difflib  # only messages need it

    found = difflib.get_close_matches(name, sorted(known), n=3, cutoff=0.6)
    if not found:
        return ""
    return f"did you mean {' or '.join(found)}?"


def brief(value: str) -> str:
    """A value as a message quotes it, cut where it is long."""
    return repr(value) if len(value) <= 60 else f"{value[:60]!r}... of {len(value):,} characters"


def os_reason(error: OSError) -> str:
    """The operating system's words for a failure, in lower case like the rest of a message."""
    reason = error.strerror or str(error)
    return reason[:1].lower() + reason[1:]
