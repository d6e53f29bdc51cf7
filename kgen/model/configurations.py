"""Targets, lanes, and the results of resolving them."""

from __future__ import annotations

from kgen.model.clauses import Assignment, Model
from kgen.model.lanes import members
from kgen.model.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Literal

    Mode = Literal["defconfig", "allnoconfig", "allyesconfig", "randconfig"]

# The modes that users can choose. randconfig is used internally only (sampling).
MODES: tuple[Mode, ...] = ("defconfig", "allnoconfig", "allyesconfig")


class Copied(Record):
    """A devices file that is read as if it were copied into a folder of the tree.

    own: the folder that it is in; folder: the one of the tree; both absolute. asked: the user named
    that folder.
    """

    own: str
    folder: str
    asked: bool


class Target(Record):
    """A system emulator and the assignments of its devices file or descriptor.

    word_size: in bits; None if the tree does not give it. devices: the file with the assignments,
    as shown in messages. files: absolute paths of all files read for the target. devices_file:
    absolute path of its devices file; "" if it has only a descriptor. declares: whether its
    devices file also declares symbols, which then exist for this target only. copied: how the
    includes of a devices file from elsewhere are found. needs: host features without which QEMU's
    build does not configure it. A target from a snapshot has only a name.
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
    copied: Copied | None = None
    needs: tuple[str, ...] = ()


class Build(Record):
    """What a target is built for: the values of `--host`, `--accel` and `--host-arch`.

    They decide the external assignments of its lane. side: what the options of a comparison's side
    begin with, as in `--old-host`. allows: whether the tree lets the target have an accelerator
    (lower case) on a host architecture; None where it does not say.
    """

    target: Target
    host: str
    accel: str
    host_arch: str
    side: str = ""
    allows: Callable[[Target, str, str], bool | None] | None = None


class Lane(Record):
    """One configuration to resolve: a name for messages, a mode, and its assignments.

    The assignments are in the order in which scripts/minikconf.py reads them: devices file, then
    options, then external assignments. build: None where no options decide what is external, as
    in a snapshot.
    """

    name: str
    mode: Mode
    assignments: tuple[Assignment, ...]
    build: Build | None = None


class Fact(Record):
    """Why a symbol must have a value: a clause (an index into Model.clauses) or an assignment."""

    value: bool
    clause: int | None = None
    assignment: Assignment | None = None


class Contradiction(Record):
    """A symbol that is forced to both y and n in the same lanes (a bit set)."""

    symbol: str
    lanes: int
    facts: tuple[Fact, ...]


class Cycle(Record):
    """A dependency cycle in these lanes (a bit set): each symbol needs the next one.

    steps: for each symbol the index of the clause that reads the next symbol.
    """

    symbols: tuple[str, ...]
    steps: tuple[int, ...]
    lanes: int


class Resolution(Record):
    """The configuration of every lane. Sets of lanes are bit sets: bit i stands for lanes[i].

    values: for each symbol the lanes in which it is y. decided: for each clause of the model
    the lanes in which it gave its symbol the value. assigned: for each assigned symbol a pair:
    the lanes in which it is set to y, and those in which it is set to n. external: for each
    external symbol the lanes in which it is not printed. failed: the lanes with a contradiction
    or a cycle; their values are undefined.
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
        """The result of `printed` for every lane, in one pass over the symbols."""
        symbols: list[list[str]] = [[] for _ in self.lanes]
        for symbol in sorted(self.values):
            lanes = self.values[symbol] & ~self.external.get(symbol, 0)
            for lane in members(lanes):
                symbols[lane].append(symbol)
        return symbols

    def printed(self, lane: int) -> list[str]:
        """The symbols that minikconf.py prints for one lane: y and not external, sorted."""
        bit = 1 << lane
        hidden = self.external
        return sorted(
            symbol
            for symbol, lanes in self.values.items()
            if lanes & bit and not hidden.get(symbol, 0) & bit
        )


class Outcome(Record):
    """One target's configuration: a lane of a resolution.

    variant: how it differs from the configuration that the common options select; "" if it does
    not differ.
    """

    target: Target
    resolution: Resolution
    lane: int
    variant: str = ""

    @property
    def name(self) -> str:
        """The target's name, followed by `@VARIANT` for a variant."""
        return f"{self.target.name}@{self.variant}" if self.variant else self.target.name

    @property
    def as_lane(self) -> Lane:
        """The lane, with its mode and assignments."""
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
        """The external assignments, as (symbol, value), sorted by name."""
        return sorted(
            (item.symbol, item.value) for item in self.as_lane.assignments if item.external
        )


class Group(Record):
    """Outcomes that share a resolution, in the order of its lanes."""

    resolution: Resolution
    outcomes: tuple[Outcome, ...]
