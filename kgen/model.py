"""The plain, frozen data that the stages hand to each other."""

from __future__ import annotations

from kgen.errors import Place
from kgen.expr import Expr, text
from kgen.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Literal

    Mode = Literal["defconfig", "allnoconfig", "allyesconfig", "randconfig"]
    Kind = Literal["depends", "select", "imply", "default"]

# randconfig is not among them: it is no answer to what a target contains.
MODES: tuple[Mode, ...] = ("defconfig", "allnoconfig", "allyesconfig")


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
    operand = ("y" if clause.value else "n") if clause.kind == "default" else clause.target
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


class Target(Record):
    """A system emulator and what its devices file, or its descriptor, assigns.

    word_size: in bits, None where the tree does not say. devices: the file that assigns, for
    messages. files: absolute paths of everything read for it; devices_file: that of its devices
    file, "" for a descriptor alone. declares: whether its devices file also declares symbols,
    which then exist for this target alone.
    """

    name: str
    architecture: str
    base_architecture: str
    big_endian: bool
    word_size: int | None
    assignments: tuple[Assignment, ...]
    devices: str
    files: tuple[str, ...]
    devices_file: str = ""
    declares: bool = False


class Lane(Record):
    """One configuration to resolve: a name for messages, a mode, and what is assigned in it.

    In the order that the reference would read it: devices file, then options, then externals.
    """

    name: str
    mode: Mode
    assignments: tuple[Assignment, ...]


class Fact(Record):
    """Why a symbol must have a value: a clause (an index into the model) or an assignment."""

    value: bool
    clause: int | None = None
    assignment: Assignment | None = None


class Contradiction(Record):
    """A symbol that facts force to y and to n in the same lanes (bits)."""

    symbol: str
    lanes: int
    facts: tuple[Fact, ...]


class Cycle(Record):
    """Symbols of which each needs the next, and the last the first, in these lanes (bits).

    steps: for each symbol the index of the clause through which it needs the next one.
    """

    symbols: tuple[str, ...]
    steps: tuple[int, ...]
    lanes: int


class Resolution(Record):
    """Every lane's configuration. All sets of lanes are bits: bit i is lanes[i].

    values: for each symbol the lanes in which it is y. decided: for each clause of the model
    the lanes in which it gave its symbol the value. assigned: for each assigned symbol the
    lanes in which it is set to y, and to n. external: the lanes in which a symbol is not
    printed. In lanes of failed the values mean nothing.
    """

    model: Model
    lanes: tuple[Lane, ...]
    values: dict[str, int]
    decided: tuple[int, ...]
    assigned: dict[str, tuple[int, int]]
    external: dict[str, int]
    failed: int
    contradictions: tuple[Contradiction, ...]
    cycles: tuple[Cycle, ...]

    def all_printed(self) -> list[list[str]]:
        """For each lane what `printed` gives, in one pass over the symbols."""
        found: list[list[str]] = [[] for _ in self.lanes]
        for symbol in sorted(self.values):
            lanes = self.values[symbol] & ~self.external.get(symbol, 0)
            while lanes:
                lowest = lanes & -lanes
                found[lowest.bit_length() - 1].append(symbol)
                lanes ^= lowest
        return found

    def printed(self, lane: int) -> list[str]:
        """The symbols that the reference prints for one lane: y, not external, by code point."""
        bit = 1 << lane
        hidden = self.external
        return sorted(
            symbol
            for symbol, lanes in self.values.items()
            if lanes & bit and not hidden.get(symbol, 0) & bit
        )


class Source(Record):
    """A rule of a sources map: files built where all symbols of `when` are y (none: always)."""

    when: tuple[str, ...]
    files: tuple[str, ...]
