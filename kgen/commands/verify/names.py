"""What a binary lists beside what kgen says that its target has, and why they differ."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Set

from kgen.code import conditions
from kgen.code.host_facts import is_looked_for
from kgen.code.qom_types import MACHINE_SUFFIX, Lanes, Variant
from kgen.commands.verify.binary import Binary
from kgen.commands.verify.modules import Modules
from kgen.model import expr
from kgen.model.expr import Expr
from kgen.model.order import reached
from kgen.model.record import Record
from kgen.project.code.code_map import CodeMap
from kgen.targets.hosts import ACCELERATORS

KINDS = ("devices", "machines", "types")

# The type of all CPU models: include/hw/core/cpu.h.
_CPU = "cpu"


class Difference(Record):
    """A name that only one side has, and the cause; "" if it is not known."""

    name: str
    cause: str


class Comparison(Record):
    """How the names of one kind agree.

    binary, kgen: what only one of them has, sorted. may_lack: what kgen has and the binary has not,
    and which is not a difference: it cannot be known, or is in a module that is not there.
    """

    kind: str
    same: int
    binary: tuple[Difference, ...]
    kgen: tuple[Difference, ...]
    may_lack: tuple[Difference, ...]


class Predicted(Record):
    """The names that a target has; possibly: those, and those of which it is not known."""

    surely: frozenset[str]
    possibly: frozenset[str]


def predicted(map_: CodeMap, kind: str, lane: int) -> Predicted:
    """The names that a target has. kind: one of KINDS."""
    types = map_.types
    lanes: Callable[[str], Lanes] = {
        "devices": types.creatable,
        "machines": types.machine,
        "types": types.lanes,
    }[kind]

    def names(which: int) -> frozenset[str]:
        found = {name for name in types.variants if lanes(name)[which] >> lane & 1}
        if kind != "machines":
            return frozenset(found)
        aliases = {types.fact(name, "alias", lane) for name in found} - {"", "?"}
        return frozenset({one.removesuffix(MACHINE_SUFFIX) for one in found} | aliases)

    return Predicted(names(0), names(1))


def compare(map_: CodeMap, lane: int, binary: Binary, modules: Modules) -> Iterator[Comparison]:
    """Compare a target of the map with a binary, for each kind of names that it lists."""
    causes = _Causes(map_, lane, binary, modules)
    for kind in KINDS:
        real = {"devices": binary.devices, "machines": binary.machines}.get(kind)
        if real is None:
            if binary.types is None:
                continue
            real = frozenset(binary.types)
        ours = predicted(map_, kind, lane)

        excused = {name: causes.excuse(kind, name) for name in sorted(ours.possibly - real)}
        yield Comparison(
            kind,
            len(real & ours.possibly),
            tuple(
                Difference(name, causes.of_binary(kind, name))
                for name in sorted(real - ours.possibly)
            ),
            tuple(
                Difference(name, causes.of_kgen(kind, name))
                for name, excuse in excused.items()
                if not excuse and name in ours.surely
            ),
            tuple(
                Difference(name, excuse)
                for name, excuse in excused.items()
                if excuse or name not in ours.surely
            ),
        )


class _Causes:
    """Why a name is on one side only."""

    def __init__(self, map_: CodeMap, lane: int, binary: Binary, modules: Modules) -> None:
        self._map = map_
        self._modules = modules
        self._lane = lane
        self._types: Mapping[str, str] = binary.types or {}

    def of_kgen(self, kind: str, name: str) -> str:
        """Why the binary does not have a name that kgen has."""
        own = _type_name(kind, name)
        here = self._here(own)
        if not here:
            return ""
        condition = here[0].condition
        used = set(expr.names(condition))
        module = self._modules.of(here[0].path)
        accelerators = sorted(used & _SYMBOLS)
        facts = sorted(one.removeprefix("host:") for one in used if self._searched(one))
        host = ", ".join(facts or self._passed(used))
        causes = []
        if module:
            causes.append(f"in the module {module}, if modules are built")
        elif accelerators:
            return f"accelerator: {', '.join(accelerators)}"
        if host:
            causes.append(f"host: {host}")
        if causes:
            return "; ".join(causes)
        return self._model(own) or self._named(kind, name)

    def excuse(self, kind: str, name: str) -> str:
        """Why the binary may lack a name that kgen has, or possibly has; "" if it may not."""
        here = self._here(_type_name(kind, name))
        unknown = {atom for one in here for atom in conditions.unknowns(one.condition)}
        if unknown and not any(one.lanes[0] >> self._lane & 1 for one in here):
            places = ", ".join(sorted(one.removeprefix("unknown:") for one in unknown))
            return f"decided when QEMU runs, or not understood: {places}"
        modules = {self._modules.of(one.path) for one in here}
        if not modules or "" in modules:
            return ""
        return self._modules.lacking(min(modules))

    def of_binary(self, kind: str, name: str) -> str:
        """Why kgen does not have a name that the binary has."""
        own = _type_name(kind, name)
        variants = self._map.types.variants.get(own, ())
        if not variants:
            known = "the sources do not say this name"
            return self._model(own) or known
        missing = self._lacking(conditions.either(*(one.condition for one in variants)))
        if missing and {*expr.names(missing)} & _SYMBOLS:
            return f"accelerator: lacks {conditions.text(missing)}"
        if missing:
            return f"lacks {conditions.text(missing)}"
        return self._named(kind, name)

    def _named(self, kind: str, name: str) -> str:
        return "a type of both, but no device" if kind == "devices" and name in self._types else ""

    def _lacking(self, condition: Expr) -> Expr | None:
        """What of a condition is false; None if nothing is."""
        parts = [
            part
            for part in expr.conjuncts(condition)
            if not self._map.truth.of(part)[1] >> self._lane & 1
        ]
        return conditions.both(*parts) if parts else None

    def _searched(self, name: str) -> bool:
        """Whether a fact of the host depends on its libraries, or on an option of configure.

        Whether modules are built is not one: the cause names the module.
        """
        inner = self._map.sources.facts_of([(name,)]).values()
        names = {name}.union(*map(expr.names, inner))
        facts = {one.removeprefix("host:") for one in names}
        return "-Dmodules" not in facts and any(
            is_looked_for(one) or one.startswith("-D") for one in facts
        )

    def _passed(self, symbols: Set[str]) -> list[str]:
        """The features of the host that some symbols depend on, whatever else holds."""
        needed = reached(symbols, lambda name: self._map.implied.get(name, ()))
        passed = self._map.sources.passed
        return sorted(
            one for one in needed if any(map(self._searched, expr.names(passed.get(one, ()))))
        )

    def _here(self, name: str) -> list[Variant]:
        variants = self._map.types.variants.get(name, ())
        return [one for one in variants if one.lanes[1] >> self._lane & 1]

    def _model(self, name: str) -> str:
        """Whether a type is a model of CPU, on either side."""
        if self._map.types.is_a(name, _CPU)[1] >> self._lane & 1:
            return "CPU model"
        seen = set()
        while name in self._types and name not in seen:
            seen.add(name)
            name = self._types[name]
        return "CPU model" if _CPU in seen else ""


# The symbols of accelerators: what needs one is there if the binary has it.
_SYMBOLS = frozenset(one.upper() for one in ACCELERATORS)


def _type_name(kind: str, name: str) -> str:
    return f"{name}{MACHINE_SUFFIX}" if kind == "machines" else name
