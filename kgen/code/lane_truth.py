"""What is true of each lane: targets, symbols, and the host that QEMU is built on.

Symbols have the values of the lane's configuration, and the target is what its file in
configs/targets says. The host is a Linux host that has everything meson.build looks for, and the
options of configure have their defaults, with these exceptions: what `--host` passes or does not
pass to Kconfig is there or not, and so is what meson.build passes it for; a host that passes
nothing (`--host none`) has none of what is looked for. Modules count as built in: a device in a
module is there like any other.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping, Sequence, Set
from copy import copy

from kgen.code.conditions import ALWAYS, NEVER, Truth, both, either, operands, replaced
from kgen.code.host_facts import found_on, is_looked_for, seen_in_c
from kgen.code.sources import Sources, setting
from kgen.model import expr
from kgen.model.expr import AND, NOT, OR, Expr
from kgen.model.lanes import union
from kgen.model.record import Record


class Emulator(Record):
    """What one lane builds, and on what host.

    settings: what the target's file in configs/targets sets. architecture: of the host, as QEMU's
    configure names it. rich: whether the host has what is looked for.
    """

    settings: Mapping[str, str]
    architecture: str
    rich: bool


class LaneTruth:
    """Answers conditions for all lanes.

    symbols: for each symbol the lanes in which the configuration that meson.build reads has it: the
    target's config-devices.mak, and the accelerators. features: for each symbol that can be passed
    from the host the lanes in which it is. Bit i of a set of lanes is emulators[i]. builds: the
    sets of lanes that are built together; a lane in none of them is built alone.

    `free` answers where nothing is known of some symbols.
    """

    def __init__(
        self,
        sources: Sources,
        emulators: Sequence[Emulator],
        symbols: Mapping[str, int],
        features: Mapping[str, int],
        builds: Sequence[int] = (),
    ) -> None:
        self._sources = sources
        self._emulators = _lanes_of(emulators)
        self._unknown: Container[str] = ()
        self._builds = builds
        self._symbols = symbols
        self._features = features
        self._facts = _facts_of(features, sources)
        self.everywhere = (1 << len(emulators)) - 1
        self._values: dict[str, tuple[int, int]] = {}
        self._busy: set[str] = set()
        self._truth = Truth(self._values, self.everywhere)

    def free(self, unknown: Container[str]) -> LaneTruth:
        """The same truth, but for these symbols, of which nothing is known."""
        other = copy(self)
        other._unknown = unknown
        other._values, other._busy = {}, set()
        other._truth = Truth(other._values, self.everywhere)
        return other

    def of(self, condition: Expr) -> tuple[int, int]:
        """The lanes in which a condition is surely true, and those in which it possibly is."""
        for name in expr.names(condition):
            if name not in self._values:
                self._values[name] = self._value(name)
        return self._truth.of(condition)

    def short(self, condition: Expr) -> Expr:
        """A condition without what has the same value in every lane, but for symbols.

        What it says of architectures is as short as it can be: a target has one of them.
        """
        known = {}
        for name in expr.names(condition):
            if ":" in name:
                surely, possibly = self.of((name,))
                if surely == self.everywhere:
                    known[name] = ALWAYS
                elif not possibly:
                    known[name] = NEVER
                elif name.startswith("macro:CONFIG_"):
                    known[name] = (name.removeprefix("macro:CONFIG_"),)
                elif name.startswith("macro:TARGET_"):
                    known[name] = (name.replace("macro:", "target:"),)
        every = {f"arch:{one.settings.get('TARGET_BASE_ARCH', '')}" for one, _ in self._emulators}
        return either(*(_of_one(part, every) for part in operands(replaced(condition, known), OR)))

    def _value(self, name: str) -> tuple[int, int]:
        kind, _, rest = name.partition(":")
        if not rest:
            if name in self._unknown:
                return 0, self.everywhere
            return (self._symbols.get(name, 0),) * 2
        if kind == "unknown":
            return 0, self.everywhere
        if kind == "any":
            some = self.of((rest,))[0] if ":" in rest else self._symbols.get(rest, 0)
            return (some | union(one for one in self._builds if one & some),) * 2
        if kind in ("arch", "target"):
            return (self._where(lambda one: setting(one.settings, name)),) * 2
        if name in self._busy:  # a fact that stands for itself
            return 0, 0
        self._busy.add(name)
        found = self._macro(rest) if kind == "macro" else self._host(name, rest)
        self._busy.discard(name)
        return found

    def _macro(self, name: str) -> tuple[int, int]:
        if name in self._sources.macros:
            return self.of(self._sources.macros[name])
        if name.startswith("TARGET_"):
            return self.of((f"target:{name}",))
        symbol = name.removeprefix("CONFIG_")
        lanes = self._where(lambda one: seen_in_c(name, one.architecture))
        if symbol != name:
            lanes |= self._symbols.get(symbol, 0) | self._features.get(symbol, 0)
        return lanes, lanes

    def _host(self, name: str, fact: str) -> tuple[int, int]:
        if name in self._facts:
            return (self._facts[name],) * 2
        if name in self._sources.facts:
            return self.of(self._sources.facts[name])
        options = self._sources.options
        lanes = self._where(
            lambda one: (
                (one.rich or not is_looked_for(fact)) and found_on(fact, options, one.architecture)
            )
        )
        return lanes, lanes

    def _where(self, test: Callable[[Emulator], bool]) -> int:
        """The lanes of the emulators of which something is true."""
        return union(lanes for one, lanes in self._emulators if test(one))


def _of_one(condition: Expr, every: Set[str]) -> Expr:
    """A conjunction without `!arch:a` beside `arch:b`; several `!arch:a` alone are the others.

    every: the atoms of all architectures that there are.
    """
    parts = operands(condition, AND)
    others = {part: part[0] for part in parts if part[0] in every and part[1:] == (NOT,)}
    if any(len(part) == 1 and part[0] in every for part in parts):
        return both(*(part for part in parts if part not in others))
    rest = every - set(others.values())
    if not 0 < len(rest) < len(others):
        return condition
    named = either(*((name,) for name in sorted(rest)))
    return both(*(named if part in others else part for part in parts))


def _lanes_of(emulators: Sequence[Emulator]) -> list[tuple[Emulator, int]]:
    """Each emulator once, with its lanes."""
    found: dict[object, tuple[Emulator, list[int]]] = {}
    for lane, one in enumerate(emulators):
        key = frozenset(one.settings.items()), one.architecture, one.rich
        found.setdefault(key, (one, []))[1].append(lane)
    return [(one, union(1 << lane for lane in lanes)) for one, lanes in found.values()]


def _facts_of(features: Mapping[str, int], sources: Sources) -> dict[str, int]:
    """The facts for which features are passed to Kconfig, and the lanes in which they are.

    The configure scripts of QEMU up to 8.0 tell meson.build of a feature by the symbol's name. A
    tree that does not say what it passes has a variable of that name.
    """
    found = {}
    for symbol, lanes in features.items():
        found[f"host:CONFIG_{symbol}"] = lanes
        condition = sources.passed.get(symbol) or (f"host:{symbol.lower()}",)
        if len(condition) == 1 and condition not in (ALWAYS, NEVER):
            found[condition[0]] = lanes
    return found
