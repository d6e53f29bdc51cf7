"""Which names the linker would not find, or find twice: for all lanes at once."""

from __future__ import annotations

from collections.abc import Mapping

from kgen.code.lane_truth import LaneTruth
from kgen.code.sources import Built
from kgen.code.uses.reading import Uses
from kgen.model.lanes import union
from kgen.model.record import Record


class Defined(Record):
    """A file that defines a name for others.

    lanes: where it surely does, as part of the emulator. possibly: where it may do so, also in an
    archive. could: where it may do so if symbols have other values.
    """

    path: str
    line: int
    lanes: int
    possibly: int
    could: int


class Undefined(Record):
    """A name that a file uses, in lanes in which no file that is built defines it, but another file
    of the tree would if some symbol were y."""

    name: str
    path: str
    line: int
    lanes: int


class Twice(Record):
    """A name that two files define which are built together."""

    name: str
    path: str
    line: int
    other: str
    lanes: int


class Links:
    """What the linker sees.

    built: the files that the emulators are built of, by path. truth: of conditions, in the lanes.
    free: the same, where nothing is known of the symbols that a Kconfig file can select.
    """

    def __init__(
        self, uses: Uses, built: Mapping[str, Built], truth: LaneTruth, free: LaneTruth
    ) -> None:
        self._uses = uses
        self._truth = truth
        self._built = {
            path: tuple(truth.of(condition) for condition in built[path].conditions)
            for path in uses.files
            if path in built
        }
        self._through: dict[str, dict[str, int]] = {}
        self.definers: dict[str, list[Defined]] = {}
        for path, (whole, archive) in self._built.items():
            could = union(free.of(condition)[1] for condition in built[path].conditions)
            for body in uses.files[path].bodies:
                if not body.own and not body.name.isupper():
                    surely, possibly = truth.of(body.condition)
                    found = Defined(
                        path,
                        body.line,
                        whole[0] & surely,
                        (whole[1] | archive[1]) & possibly,
                        could & free.of(body.condition)[1],
                    )
                    self.definers.setdefault(body.name, []).append(found)

    def undefined(self) -> list[Undefined]:
        """The names that are missing, by file and name."""
        missing: dict[str, int] = {}
        found = []
        for path, (whole, _) in self._built.items():
            if not whole[0]:
                continue
            for use in self._uses.files[path].used:
                for name, inner in self.externals(use.name).items():
                    if name not in missing:
                        missing[name] = self._missing(name)
                    lanes = missing[name] & inner & whole[0]
                    if lanes:
                        lanes &= self._truth.of(use.condition)[0]
                    if lanes:
                        found.append(Undefined(name, path, use.line, lanes))
        return found

    def _missing(self, name: str) -> int:
        """Where no file that is built defines a name, but one would if other symbols were y."""
        defined = could = 0
        for one in self.definers[name]:
            defined |= one.possibly
            could |= one.could
        return could & ~defined

    def twice(self) -> list[Twice]:
        """The names that are defined twice, by name and file."""
        found = []
        for name in sorted(self.definers):
            every = self.definers[name]
            seen = 0
            for number, one in enumerate(every):
                if one.lanes & seen:
                    for other in every[:number]:
                        if one.lanes & other.lanes and one.path != other.path:
                            lanes = one.lanes & other.lanes
                            found.append(Twice(name, one.path, one.line, other.path, lanes))
                seen |= one.lanes
        return found

    def externals(self, name: str) -> dict[str, int]:
        """The names of other files that are used where this one is, and the lanes in which they
        are: what the functions of headers use is used by the file that calls them."""
        found = self._through.get(name)
        if found is not None:
            return found
        found = self._through[name] = {}
        reached: dict[str, int] = {}
        waiting = [(name, self._truth.everywhere)]
        while waiting:
            current, lanes = waiting.pop()
            lanes &= ~reached.get(current, 0)
            if not lanes:
                continue
            reached[current] = reached.get(current, 0) | lanes
            for _, facts in self._uses.inlines.get(current, ()):
                surely, possibly = self._truth.of(facts.bodies[0].condition)
                for use in facts.used if surely & lanes else ():
                    where = lanes & surely & self._truth.of(use.condition)[0]
                    waiting.append((use.name, where))
                lanes &= ~possibly
            if lanes and current in self.definers:
                found[current] = found.get(current, 0) | lanes
        return found
