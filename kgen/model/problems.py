"""Problems (error messages with a place and a hint), and the exception that carries them."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from kgen.model.places import Place
from kgen.model.record import Record


class Note(Record):
    """Further information on a problem, with its place if there is one."""

    place: Place | None
    message: str


class Problem(Record):
    """One error: message, place, and a hint on how to fix it.

    source: the text of the line at the place. focus: the word in that line that the problem is
    about, used to find the column if it is unknown. code: stable error code, see docs/errors.md;
    "" for a summary of other problems. option: the option whose value is wrong, like `--host`,
    where that matters to whoever handles the problem.
    """

    message: str
    place: Place | None = None
    source: str = ""
    notes: tuple[Note, ...] = ()
    hint: str = ""
    focus: str = ""
    code: str = ""
    option: str = ""


class KgenError(Exception):
    """The only exception whose message is shown to users. It carries at least one problem."""

    def __init__(self, *problems: Problem) -> None:
        super().__init__("; ".join(problem.message for problem in problems))
        self.problems = problems


def fail(message: str, place: Place | None = None, hint: str = "", *, code: str) -> KgenError:
    """A KgenError with a single problem, to be raised by the caller."""
    return KgenError(Problem(message, place, hint=hint, code=code))


_LONGEST = 200


# About the most names that one Nearest compares.
_COMPARED = 100_000


def near(name: str, known: Iterable[str]) -> str:
    """`did you mean X?` for an unknown name; "" if no known name is similar.

    A name that differs only in case, or in `-` for `_`, is most similar.
    """
    import difflib  # needed for error messages only

    from kgen.model.spelling import folded

    if len(name) > _LONGEST:  # to compare takes as long as the product of the lengths
        return ""
    names, plain = sorted(set(known)), folded(name)
    matches = [one for one in names if folded(one) == plain][:3]
    for text in dict.fromkeys((name, plain)):
        matches = matches or difflib.get_close_matches(text, names, n=3, cutoff=0.6)
    if not matches:
        return ""
    *others, last = matches
    return f"did you mean {', '.join(others)}{' or ' if others else ''}{last}?"


class Nearest:
    """`near` for many unknown names. To look for similar names is slow, so only the first 50 have
    the hint, and fewer among many known names."""

    def __init__(self, known: Collection[str]) -> None:
        self.known = known
        self.asked = 0

    def hint(self, name: str) -> str:
        """The hint for the next unknown name; "" if there were too many before."""
        self.asked += 1
        return "" if self.exhausted else near(name, self.known)

    @property
    def exhausted(self) -> bool:
        """Whether later names have no hint."""
        return self.asked > min(50, _COMPARED // max(len(self.known), 1) + 1)


def brief(value: str) -> str:
    """A value as a message quotes it, cut where it is long."""
    return repr(value) if len(value) <= 60 else f"{value[:60]!r}... of {len(value):,} characters"


def os_reason(error: OSError) -> str:
    """The operating system's message for an error, starting in lower case."""
    reason = error.strerror or str(error)
    return reason[:1].lower() + reason[1:]
