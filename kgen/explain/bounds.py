"""Symbols that a target fixes: what comes from outside, and what is of other architectures."""

from __future__ import annotations

from collections.abc import Mapping

from kgen.model.configurations import Build, Outcome, Resolution
from kgen.model.lanes import members
from kgen.model.record import Record
from kgen.targets.externals import externals, foreign_symbols, passed_by, passing


class Bounds(Record):
    """Symbols that a user of a target cannot set in its devices file.

    fixed: architectures, endianness, and what follows from the code. hosts: host features and
    accelerators. foreign: symbols of the boards of other architectures. build: what the options
    pass. external: all external symbols, each with its source.
    """

    fixed: frozenset[str] = frozenset()
    hosts: frozenset[str] = frozenset()
    foreign: frozenset[str] = frozenset()
    build: Build | None = None
    external: Mapping[str, str] = {}


class AllBounds:
    """The bounds of each lane of a resolution."""

    def __init__(self, resolution: Resolution) -> None:
        self.model = resolution.model
        self.builds = [lane.build for lane in resolution.lanes]
        outcomes = [
            Outcome(build.target, resolution, lane)
            for lane, build in enumerate(self.builds)
            if build is not None
        ]
        self.external = externals(self.model, outcomes)
        self.fixed = passed_by(self.external, "architecture", "code")
        self.hosts = passed_by(self.external, "host", "accelerator")
        self._foreign: dict[str, frozenset[str]] = {}

    def of(self, lane: int) -> Bounds:
        """The bounds of one lane. Where no options decided, no symbol is foreign."""
        build = self.builds[lane]
        if build is None:
            return Bounds(self.fixed, self.hosts, external=self.external)
        architecture = build.target.architecture
        if architecture not in self._foreign:
            self._foreign[architecture] = foreign_symbols(self.model, build.target)
        foreign = self._foreign[architecture]
        return Bounds(self.fixed, self.hosts, foreign, build, self.external)

    def alike(self, symbol: str, lanes: int) -> list[int]:
        """These lanes (a bit set) in parts: in each the same options pass an external symbol."""
        if symbol not in self.hosts:
            return [lanes]
        parts: dict[str | None, int] = {}
        for lane in members(lanes):
            options = passing({symbol: True}, self.builds[lane])
            parts[options] = parts.get(options, 0) | 1 << lane
        return list(parts.values())
