"""A loaded Kconfig tree as plain data: entries, clauses, assignments."""

from __future__ import annotations

from kgen.model.expr import Expr, text
from kgen.model.places import Place
from kgen.model.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Literal

    Kind = Literal["depends", "select", "imply", "default"]


def letter(value: bool) -> str:
    """A value as it is written everywhere: `y` or `n`."""
    return "y" if value else "n"


def assignment_text(symbol: str, value: bool) -> str:
    """An assignment as a line of a devices file says it: `CONFIG_SYMBOL=y`."""
    return f"CONFIG_{symbol}={letter(value)}"


def assignment_texts(assignments: Iterable[tuple[str, bool]]) -> list[str]:
    """Several assignments, each as assignment_text says it."""
    return [assignment_text(symbol, value) for symbol, value in assignments]


class Entry(Record):
    """A `config SYMBOL` line. A symbol may have several up to QEMU 10.2."""

    symbol: str
    place: Place


class Clause(Record):
    """One property of an entry.

    symbol: whose entry holds the line. target: the symbol that it gives a value; another one
    for `select` and `imply`. value: what it gives (`depends on` gives n where its condition does
    not hold). condition: None when it always holds; without the selecting symbol itself.
    """

    kind: Kind
    symbol: str
    target: str
    value: bool
    condition: Expr | None
    place: Place


def reads(clause: Clause) -> Expr:
    """The whole condition of a clause in the order in which the reference reads it.

    For `select` and `imply` that is the written condition, then the symbol of the entry. An
    unconditional default reads nothing: it is written as an empty expression.
    """
    if clause.kind in ("select", "imply"):
        if clause.condition is None:
            return (clause.symbol,)
        return (*clause.condition, clause.symbol, "&&")
    return clause.condition or ()


def written(clause: Clause) -> str:
    """A clause as it stands in a Kconfig file."""
    if clause.kind == "depends":
        return f"depends on {text(clause.condition or ())}"
    operand = letter(clause.value) if clause.kind == "default" else clause.target
    condition = "" if clause.condition is None else f" if {text(clause.condition)}"
    return f"{clause.kind} {operand}{condition}"


class Assignment(Record):
    """`CONFIG_SYMBOL=y` or `=n` from a devices file, a descriptor, a Kconfig file or an option.

    external: given on the reference's command line (host features, accelerators, architecture,
    endianness); it counts and is never printed. origin: where it comes from if it has no place.
    after: how many of the tree's clauses are read before it; None for a devices file's line,
    which comes before all of them, and for an external that comes after.
    """

    symbol: str
    value: bool
    place: Place | None = None
    external: bool = False
    origin: str = ""
    after: int | None = None


class Model(Record):
    """A loaded Kconfig tree.

    clauses are in textual order over all files, as the defaults of a symbol are asked in that
    order. mentions: every symbol that is named anywhere, in the order of first mention.
    files: absolute paths in the order in which they were read.
    """

    entries: tuple[Entry, ...]
    clauses: tuple[Clause, ...]
    assignments: tuple[Assignment, ...]
    mentions: tuple[str, ...]
    files: tuple[str, ...]
