"""What is true of each lane: targets, symbols, and the host that QEMU is built on.

Symbols have the values of the lane's configuration, and the target is what its file in
configs/targets says. The host is a Linux host that has everything meson.build looks for, and the
options of configure have their defaults, with these exceptions: what `--host` passes or does not
pass to Kconfig is there or not, and so is what meson.build passes it for; a host that passes
nothing (`--host none`) has none of what is looked for. Modules count as built in: a device in a
module is there like any other.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from kgen.code.conditions import ALWAYS, NEVER, Truth, replaced
from kgen.code.host_facts import found_on, is_looked_for, seen_in_c
from kgen.code.sources import Sources, setting
from kgen.model import expr
from kgen.model.expr import Expr
from kgen.model.lanes import flagged
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
    from the host the lanes in which it is. Bit i of a set of lanes is emulators[i].
    """

    def __init__(
        self,
        sources: Sources,
        emulators: Sequence[Emulator],
        symbols: Mapping[str, int],
        features: Mapping[str, int],
    ) -> None:
        self._sources = sources
        self._emulators = emulators
        self._symbols = symbols
        self._features = features
        self._facts = _facts_of(features, sources)
        self.everywhere = (1 << len(emulators)) - 1
        self._values: dict[str, tuple[int, int]] = {}
        self._busy: set[str] = set()
        self._truth = Truth(self._values, self.everywhere)

    def of(self, condition: Expr) -> tuple[int, int]:
        """The lanes in which a condition is surely true, and those in which it possibly is."""
        for name in expr.names(condition):
            if name not in self._values:
                self._values[name] = self._value(name)
        return self._truth.of(condition)

    def short(self, condition: Expr) -> Expr:
        """A condition without what has the same value in every lane, but for symbols."""
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
        return replaced(condition, known)

    def _value(self, name: str) -> tuple[int, int]:
        kind, _, rest = name.partition(":")
        if not rest:
            return (self._symbols.get(name, 0),) * 2
        if kind == "unknown":
            return 0, self.everywhere
        if kind == "any":
            some = self.of((rest,))[0] if ":" in rest else self._symbols.get(rest, 0)
            return (self.everywhere if some else 0,) * 2
        if kind in ("arch", "target"):
            return (flagged(setting(one.settings, name) for one in self._emulators),) * 2
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
        lanes = flagged(seen_in_c(name, one.architecture) for one in self._emulators)
        if symbol != name:
            lanes |= self._symbols.get(symbol, 0) | self._features.get(symbol, 0)
        return lanes, lanes

    def _host(self, name: str, fact: str) -> tuple[int, int]:
        if name in self._facts:
            return (self._facts[name],) * 2
        if name in self._sources.facts:
            return self.of(self._sources.facts[name])
        options = self._sources.options
        lanes = flagged(
            (one.rich or not is_looked_for(fact)) and found_on(fact, options, one.architecture)
            for one in self._emulators
        )
        return lanes, lanes


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
