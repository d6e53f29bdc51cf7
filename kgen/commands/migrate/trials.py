"""Many device lists tried at once on the targets of one tree, a lane per list and target."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from typing import TYPE_CHECKING

from kgen.model.clauses import Assignment, Model
from kgen.model.configurations import Build, Lane, Resolution
from kgen.model.lanes import members, starts
from kgen.model.record import Record
from kgen.project.load import Project
from kgen.resolve.resolver import resolve

if TYPE_CHECKING:
    from kgen.model.configurations import Mode

# Symbols with their assigned values.
Settings = tuple[tuple[str, bool], ...]


class Frame(Record):
    """A target without its device list: the assignments before and after the list."""

    target: str
    before: tuple[Assignment, ...]
    after: tuple[Assignment, ...]
    build: Build | None = None

    def lane(self, mode: Mode, items: Sequence[Assignment]) -> Lane:
        """The lane with these assignments of a list."""
        return Lane(self.target, mode, (*self.before, *items, *self.after), self.build)


class Verdict(Record):
    """The effect of a list, each number summed over the targets.

    failing: targets that cannot be configured. conflicts: a weight of their contradictions, by
    number and facts. missing: symbols that are n but should be y. extra: symbols that are y but
    should be n.
    """

    failing: int
    conflicts: int
    missing: int
    extra: int

    @property
    def broken(self) -> tuple[int, int]:
        """A rank of how far the targets are from being configurable; smaller is better."""
        return self.failing, self.conflicts


class Bench:
    """Targets on which lists are tried, with the wanted values.

    on, off: for each symbol the targets (bits, in the order of the frames) in which it should be
    y, and n. internal: the symbols that only boards or transports should select, each with those
    that select it. flags: those of them that no line may set to y. outside: external symbols and
    boards of other architectures. barred: the symbols that no line may be added for to be y.
    asked: the symbols that the old list, or what it includes, sets to y. unasked: the barred ones,
    and parts of boards that are not asked; no line is added just to keep them y.
    """

    def __init__(
        self,
        model: Model,
        frames: Sequence[Frame],
        mode: Mode,
        on: Mapping[str, int],
        off: Mapping[str, int],
        internal: Mapping[str, tuple[str, ...]] | None = None,
        allow_internal: bool = False,
        outside: Set[str] = frozenset(),
        asked: Set[str] = frozenset(),
        parts: Set[str] = frozenset(),
    ) -> None:
        self.model = model
        self.frames = tuple(frames)
        self.mode = mode
        self.on = on
        self.off = off
        self.internal = internal or {}
        self.flags = frozenset() if allow_internal else frozenset(self.internal)
        self.outside = outside
        self.barred = self.flags | outside
        self.asked = asked
        self.unasked = self.barred | (parts - asked)
        self._flags_of = _selecting(model, self.flags)
        self._made: dict[tuple[str, bool], Assignment] = {}

    def flags_of(self, symbol: str) -> list[str]:
        """The flags that a symbol selects, directly or not, sorted."""
        return sorted(self._flags_of.get(symbol, ()))

    def resolve(self, lists: Sequence[Settings]) -> Resolution:
        """Resolve all lists on all targets; the lanes of one list are adjacent."""
        lanes = []
        for settings in lists:
            items = tuple(map(self._assignment, settings))
            lanes += [frame.lane(self.mode, items) for frame in self.frames]
        return resolve(self.model, lanes)

    def judge(self, lists: Sequence[Settings]) -> list[Verdict]:
        """A verdict for each list."""
        if not lists:
            return []
        resolution = self.resolve(lists)
        width = len(self.frames)
        blocks = starts(len(lists), width)
        counts = [[0] * len(lists) for _ in range(4)]

        def add(row: int, lanes: int, amount: int = 1) -> None:
            for lane in members(lanes):
                counts[row][lane // width] += amount

        add(0, resolution.failed)
        for item in resolution.contradictions:
            add(1, item.lanes, 1000 + len(item.facts))
        fine = ~resolution.failed
        for row, wanted in ((2, self.on), (3, self.off)):
            for symbol, targets in wanted.items():
                value = resolution.values.get(symbol, 0)
                if row == 2:
                    value = ~value
                add(row, targets * blocks & value & fine)
        return [Verdict(*row) for row in zip(*counts, strict=True)]

    def values(self, settings: Settings) -> dict[str, int]:
        """For each symbol the targets (bits) in which it is y with a list."""
        return self.resolve([settings]).values

    def _assignment(self, setting: tuple[str, bool]) -> Assignment:
        # Equal settings share one object, which the resolver handles only once.
        if setting not in self._made:
            self._made[setting] = Assignment(*setting)
        return self._made[setting]


def _selecting(model: Model, flags: Set[str]) -> dict[str, set[str]]:
    """For each symbol the flags that it selects, directly or not."""
    selectors: dict[str, list[str]] = {}
    for clause in model.clauses if flags else ():
        if clause.kind == "select":
            selectors.setdefault(clause.target, []).append(clause.symbol)
    found: dict[str, set[str]] = {}
    for flag in flags:
        edge = [flag]
        while edge:
            for symbol in selectors.get(edge.pop(), ()):
                own = found.setdefault(symbol, set())
                if flag not in own:
                    own.add(flag)
                    edge.append(symbol)
    return found


class TargetTree(Record):
    """A tree with its targets as frames for device lists."""

    loaded: Project
    version: str
    frames: tuple[Frame, ...]

    @property
    def model(self) -> Model:
        return self.loaded.model
