"""What is true of each lane: targets, symbols, and the host that QEMU is built on.

The host is the one that `--host` describes. It is a Linux host; what it passes to Kconfig is as the
lanes have it, and everything else that meson.build looks for (libraries, headers) is there, unless
the host passes nothing. Options of configure have their defaults. Modules count as built in: a
device in a module is there like any other.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from kgen.code.conditions import ALWAYS, NEVER, Truth, replaced
from kgen.code.sources import Sources, setting
from kgen.model import expr
from kgen.model.expr import Expr

# What is true of every build of a system emulator on a Linux host, of what has a name in C.
_TRUE = frozenset(
    "CONFIG_SOFTMMU CONFIG_SYSTEM_ONLY CONFIG_LINUX CONFIG_POSIX CONFIG_PLUGIN NEED_CPU_H"
    " COMPILING_PER_TARGET __linux__ linux".split()
)

_SEARCHED = ("check(", "dependency(", "file(", "header(", "language(", "library(", "program(")


class LaneTruth:
    """Answers conditions for all lanes.

    settings: for each lane what the target's file in configs/targets sets. symbols: for each symbol
    the lanes in which it is y. rich: whether the host has what is looked for. host_arch: its
    architecture.
    """

    def __init__(
        self,
        sources: Sources,
        settings: Sequence[Mapping[str, str]],
        symbols: Mapping[str, int],
        rich: bool,
        host_arch: str,
    ) -> None:
        self._sources = sources
        self._settings = settings
        self._symbols = symbols
        self._rich = rich
        self._host_arch = host_arch
        self.everywhere = (1 << len(settings)) - 1
        self._passed = {
            fact[0]: symbol
            for symbol, fact in sources.passed.items()
            if len(fact) == 1 and symbol in symbols
        }
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
            return self._constant(bool(self._symbols.get(rest)))
        if kind in ("arch", "target"):
            found = sum(setting(one, name) << at for at, one in enumerate(self._settings))
            return found, found
        if name in self._busy:  # a fact that stands for itself
            return self._constant(False)
        self._busy.add(name)
        found_ = self._macro(rest) if kind == "macro" else self._host(name, rest)
        self._busy.discard(name)
        return found_

    def _constant(self, value: bool) -> tuple[int, int]:
        return (self.everywhere,) * 2 if value else (0, 0)

    def _macro(self, name: str) -> tuple[int, int]:
        if name in _TRUE or name == f"__{self._host_arch}__":
            return self._constant(True)
        if name in self._sources.macros:
            return self.of(self._sources.macros[name])
        if name.startswith("TARGET_"):
            return self.of((f"target:{name}",))
        if name.startswith("CONFIG_"):
            return self.of((name.removeprefix("CONFIG_"),))
        return self._constant(False)

    def _host(self, name: str, fact: str) -> tuple[int, int]:
        if name in self._passed:
            return self.of((self._passed[name],))
        if name in self._sources.facts:
            return self.of(self._sources.facts[name])
        if fact.startswith("TARGET_"):
            return self.of((f"target:{fact}",))
        if fact.startswith("-D"):
            option, equals, value = fact[2:].partition("=")
            default = self._sources.options.get(option, "")
            if equals:
                return self._constant(default == value)
            return self._constant(default not in ("disabled", "false"))
        if fact.startswith("cpu="):
            return self._constant(fact == f"cpu={self._host_arch}")
        if fact.startswith(_SEARCHED):
            return self._constant(self._rich)
        return self._constant(fact in _TRUE)
