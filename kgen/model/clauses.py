"""A loaded Kconfig tree as plain data: entries, clauses, assignments."""

from __future__ import annotations

from kgen.model.expr import Expr, names, text
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


def said(clause: Clause) -> tuple[Kind, str, str, bool, Expr | None]:
    """All of a clause but its place: equal for clauses that say the same in the same entry."""
    return clause.kind, clause.symbol, clause.target, clause.value, clause.condition


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


class Index(Record):
    """The clauses of a model by the symbols that they are about and that they read.

    forcing: for each symbol the clauses (indices, in textual order) that may force it, its
    `depends on` and what selects it; giving: those that may give it a value where none does, its
    defaults and what implies it. readers: for each symbol that is read those whose clauses read
    it, in textual order, as often as they do. A symbol without any is in none of them.
    """

    forcing: dict[str, list[int]]
    giving: dict[str, list[int]]
    readers: dict[str, list[str]]


class Model(Record):
    """A loaded Kconfig tree, made by `model_of`.

    clauses are in textual order over all files, as the defaults of a symbol are asked in that
    order. mentions: every symbol that is named anywhere, in the order of first mention.
    files: absolute paths in the order in which they were read. by_symbol: of these clauses, and
    of nothing else: a model with other clauses has to be made anew.
    """

    entries: tuple[Entry, ...]
    clauses: tuple[Clause, ...]
    assignments: tuple[Assignment, ...]
    mentions: tuple[str, ...]
    files: tuple[str, ...]
    by_symbol: Index

    def declared(self) -> set[str]:
        """The symbols that have an entry."""
        return {entry.symbol for entry in self.entries}

    def about(self, symbol: str) -> list[int]:
        """The clauses (indices) that may force a symbol or give it a value, in textual order."""
        found = self.by_symbol
        return sorted((*found.forcing.get(symbol, ()), *found.giving.get(symbol, ())))


def model_of(
    entries: tuple[Entry, ...],
    clauses: tuple[Clause, ...],
    assignments: tuple[Assignment, ...],
    mentions: tuple[str, ...],
    files: tuple[str, ...],
) -> Model:
    """The model of these parts (see Model), with the index of its clauses."""
    forcing: dict[str, list[int]] = {}
    giving: dict[str, list[int]] = {}
    readers: dict[str, list[str]] = {}
    for index, clause in enumerate(clauses):
        target = clause.target
        kind = clause.kind
        table = forcing if kind in ("depends", "select") else giving
        table.setdefault(target, []).append(index)
        if clause.condition is not None:
            condition = clause.condition
            for name in condition if len(condition) == 1 else names(condition):
                readers.setdefault(name, []).append(target)
        if kind in ("select", "imply"):
            readers.setdefault(clause.symbol, []).append(target)
    found = Index(forcing, giving, readers)
    return Model(entries, clauses, assignments, mentions, files, found)
