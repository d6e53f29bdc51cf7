"""Targets, lanes, and what resolving them gives."""

from __future__ import annotations

from kgen.model.clauses import Assignment, Model
from kgen.model.lanes import members
from kgen.model.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Literal

    Mode = Literal["defconfig", "allnoconfig", "allyesconfig", "randconfig"]

# randconfig is not among them: it is no answer to what a target contains.
MODES: tuple[Mode, ...] = ("defconfig", "allnoconfig", "allyesconfig")


class Target(Record):
    """A system emulator and what its devices file, or its descriptor, assigns.

    word_size: in bits, None where the tree does not say. devices: the file that assigns, for
    messages. files: absolute paths of everything read for it; devices_file: that of its devices
    file, "" for a descriptor alone. declares: whether its devices file also declares symbols,
    which then exist for this target alone. Of a target that a snapshot holds, only the name is
    known.
    """

    name: str
    architecture: str = ""
    base_architecture: str = ""
    big_endian: bool = False
    word_size: int | None = None
    assignments: tuple[Assignment, ...] = ()
    devices: str = ""
    files: tuple[str, ...] = ()
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
            for lane in members(lanes):
                found[lane].append(symbol)
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


class Outcome(Record):
    """One target's configuration: a lane of a resolution.

    variant: what differs from the configuration that the common options ask for, "" for that
    itself.
    """

    target: Target
    resolution: Resolution
    lane: int
    variant: str = ""

    @property
    def name(self) -> str:
        """The target's name, followed by `@` and the variant, if it is one."""
        return f"{self.target.name}@{self.variant}" if self.variant else self.target.name

    @property
    def as_lane(self) -> Lane:
        """Its mode and all that is assigned in it."""
        return self.resolution.lanes[self.lane]

    @property
    def failed(self) -> bool:
        return bool(self.resolution.failed >> self.lane & 1)

    def value(self, symbol: str) -> bool:
        return bool(self.resolution.values.get(symbol, 0) >> self.lane & 1)

    def printed(self) -> list[str]:
        """The symbols that go into the target's `config-devices.mak`, sorted."""
        return self.resolution.printed(self.lane)

    def external(self) -> list[tuple[str, bool]]:
        """What was passed from outside, sorted by name."""
        return sorted(
            (item.symbol, item.value) for item in self.as_lane.assignments if item.external
        )


class Group(Record):
    """Outcomes that share a resolution, in the order of its lanes."""

    resolution: Resolution
    outcomes: tuple[Outcome, ...]
