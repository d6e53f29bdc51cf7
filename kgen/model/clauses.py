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
    """A value as text: `y` or `n`."""
    return "y" if value else "n"


def assignment_text(symbol: str, value: bool) -> str:
    """An assignment in the syntax of a devices file: `CONFIG_SYMBOL=y`."""
    return f"CONFIG_{symbol}={letter(value)}"


def assignment_texts(assignments: Iterable[tuple[str, bool]]) -> list[str]:
    """Several (symbol, value) pairs, each formatted by `assignment_text`."""
    return [assignment_text(symbol, value) for symbol, value in assignments]


class Entry(Record):
    """A `config SYMBOL` line. Up to QEMU 10.2 a symbol may have several entries."""

    symbol: str
    place: Place


class Clause(Record):
    """One property of an entry.

    symbol: the entry that contains the line. target: the symbol that receives the value; it
    differs from symbol for `select` and `imply`. value: the value that the clause gives; a
    `depends on` gives n when its condition is false. condition: None if unconditional; the
    selecting symbol itself is not part of it.
    """

    kind: Kind
    symbol: str
    target: str
    value: bool
    condition: Expr | None
    place: Place


def reads(clause: Clause) -> Expr:
    """The whole condition of a clause, in the evaluation order of scripts/minikconf.py.

    For `select` and `imply`: the written condition, then the symbol of the entry. For an
    unconditional default: the empty expression.
    """
    if clause.kind in ("select", "imply"):
        if clause.condition is None:
            return (clause.symbol,)
        return (*clause.condition, clause.symbol, "&&")
    return clause.condition or ()


def said(clause: Clause) -> tuple[Kind, str, str, bool, Expr | None]:
    """A clause without its place: equal for identical clauses of the same entry."""
    return clause.kind, clause.symbol, clause.target, clause.value, clause.condition


def of_code(name: str) -> bool:
    """Whether a name is not of a symbol of Kconfig: those have no colon.

    It is of a device (`device:e1000`) or a machine, or of what decides whether it is there
    (`arch:arm`).
    """
    return ":" in name


def written(clause: Clause) -> str:
    """A clause in Kconfig syntax; that of a device or a machine in words."""
    if of_code(clause.target):
        needs = text(clause.condition or ()) if clause.condition else ""
        if clause.kind == "depends":
            return f"needs {needs}"
        return f"brings {clause.target}{f' if {needs}' if needs else ''}"
    if clause.kind == "depends":
        return f"depends on {text(clause.condition or ())}"
    operand = letter(clause.value) if clause.kind == "default" else clause.target
    condition = "" if clause.condition is None else f" if {text(clause.condition)}"
    return f"{clause.kind} {operand}{condition}"


# The origin of an assignment that was given with `--set`, without the assignment.
SETTING = "--set "


class Assignment(Record):
    """`CONFIG_SYMBOL=y` or `=n` from a devices file, a descriptor, a Kconfig file or an option.

    external: passed on the command line of scripts/minikconf.py (host features, accelerators,
    architecture, endianness); it takes effect but is never printed. origin: the source of an
    assignment without a place. after: the number of clauses of the tree that are read before it;
    None for a line of a devices file (read before all clauses) and for an external assignment
    (read after all clauses).
    """

    symbol: str
    value: bool
    place: Place | None = None
    external: bool = False
    origin: str = ""
    after: int | None = None

    @property
    def is_setting(self) -> bool:
        """Whether it was given with `--set`, on the command line or in a project file."""
        return self.origin.startswith(SETTING)


class Index(Record):
    """The clauses of a model, indexed by the symbols that they affect and read.

    All values are in textual order; clauses are given as indices. forcing: for each symbol the
    clauses that may force its value: its `depends on` and every `select` of it. giving: for each
    symbol the clauses that apply only when none forces it: its defaults and every `imply` of it.
    readers: for each symbol the symbols whose clauses read it, once per occurrence. Symbols with
    an empty list have no key.
    """

    forcing: dict[str, list[int]]
    giving: dict[str, list[int]]
    readers: dict[str, list[str]]


class Model(Record):
    """A loaded Kconfig tree, made by `model_of`.

    clauses: in textual order over all files, because the first default that holds wins.
    mentions: every symbol that is named anywhere, in the order of first mention. files: absolute
    paths in the order in which they were read. by_symbol: the index of exactly these clauses; to
    change the clauses, build a new model with `model_of`.
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
        index = self.by_symbol
        return sorted((*index.forcing.get(symbol, ()), *index.giving.get(symbol, ())))


def model_of(
    entries: tuple[Entry, ...],
    clauses: tuple[Clause, ...],
    assignments: tuple[Assignment, ...],
    mentions: tuple[str, ...],
    files: tuple[str, ...],
) -> Model:
    """A Model of these parts, with the index of its clauses."""
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
    by_symbol = Index(forcing, giving, readers)
    return Model(entries, clauses, assignments, mentions, files, by_symbol)
