"""Each symbol of a tree alone: the smallest configurations. What a symbol fails to bring is missing
there, and has a cause: whose file needs it, and which symbols would bring it.

A lane of allnoconfig for each target without any assignment, and for each target and each symbol
that its default configuration has, with that symbol alone; on several hosts. What a symbol depends
on comes with a board, or is assigned, too.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from kgen.code.conditions import Truth
from kgen.code.host_facts import ACCELERATORS
from kgen.code.lane_truth import Emulator, LaneTruth
from kgen.code.sources import Sources
from kgen.model import expr
from kgen.model.clauses import Assignment, Model
from kgen.model.configurations import Lane, Outcome, Resolution, Target
from kgen.model.expr import NOT, OR, Expr
from kgen.model.lanes import members
from kgen.model.order import reached
from kgen.model.record import Record
from kgen.project.load import Project
from kgen.resolve.resolver import resolve
from kgen.targets import hosts
from kgen.targets.checkout import settings
from kgen.targets.externals import passed_by

# The kinds of symbols that the author of a devices file sets.
_SET = frozenset({"board", "group", "device"})

# What a QEMU for Linux can use instead of TCG, or beside it.
_ACCELERATORS = ("kvm", "xen")

# Libraries without which a QEMU can be built, that decide what is built.
_LEFT_OUT = ("FDT", "PIXMAN")


# Symbols that a devices file would have to add so that a board resolves: nobody adds more.
_FEW = 2


class Alone(Record):
    """One configuration.

    symbol: the one that it is about; "" for none. assigned: all that are set to y. options: those
    of the command line that pass what is passed; "" for the options that were given. plain: whether
    a devices file may look like this: it has a board, if the target has any, or nothing, and no
    internal symbols.
    """

    target: Target
    symbol: str
    assigned: tuple[str, ...]
    options: str
    plain: bool


class Singles(Record):
    """All configurations. Bit i of a set of lanes is cases[i]. truth: of the conditions of files.
    failed: the lanes that do not resolve."""

    cases: tuple[Alone, ...]
    resolution: Resolution
    truth: LaneTruth
    failed: int

    def size(self, lane: int) -> tuple[object, ...]:
        """What to compare, for the smallest configuration."""
        one = self.cases[lane]
        return not one.plain, len(one.assigned), len(one.options), lane


class _Host(Record):
    """The external assignments of a target on some host. options: that give it."""

    options: str
    passed: tuple[Assignment, ...]
    architecture: str


_Case = tuple[Alone, _Host]


def singles(project: Project, sources: Sources) -> Singles:
    """The configurations with one symbol, for the targets that share the tree's model."""
    group = project.groups[0]
    model = project.model
    kinds = project.kinds(model)
    outcomes = [one for one in group.outcomes if not one.failed]
    targets = {one.target.name: one for one in outcomes}
    hosts_of = {name: list(_hosts(project, model, one)) for name, one in targets.items()}
    first = [
        (Alone(one.target, symbol, (symbol,) if symbol else (), host.options, True), host)
        for one in outcomes
        for host in hosts_of[one.target.name]
        for symbol in ("", *_boards(one, kinds))
    ]
    found = _resolved(model, first)
    selects: dict[str, list[str]] = {}
    for clause in model.clauses:
        if clause.kind == "select" and clause.condition is None:
            selects.setdefault(clause.symbol, []).append(clause.target)

    def completed(every: list[_Case], failed: int) -> list[_Case]:
        return [
            (_completed(model, targets[case.target.name], kinds, case, selects), host)
            if failed >> lane & 1 and case.symbol
            else (case, host)
            for lane, (case, host) in enumerate(every)
        ]

    first = completed(first, found.failed)
    found = _resolved(model, first)
    second = [
        (one, hosts_of[one.target.name][0])
        for outcome in outcomes
        for one in _others(model, outcome, kinds, [case for case, _ in first], found)
    ]
    every = [*first, *completed(second, _resolved(model, second).failed)]
    resolution = _resolved(model, every)
    cases = tuple(case for case, _ in every)
    truth = _truth(project, sources, resolution, every)
    return Singles(cases, resolution, truth, resolution.failed)


def _boards(outcome: Outcome, kinds: Mapping[str, str]) -> list[str]:
    """The boards and groups that a target has by default."""
    return [name for name in outcome.printed() if kinds.get(name) in ("board", "group")]


def _hosts(project: Project, model: Model, outcome: Outcome) -> Iterator[_Host]:
    """The host that is given, those with each of _ACCELERATORS beside TCG and alone, and those
    without each of _LEFT_OUT."""
    lane = outcome.as_lane
    passed = tuple(one for one in lane.assignments if one.external)
    build = lane.build
    assert build is not None  # only the lanes of a snapshot have none
    yield _Host("", passed, build.host_arch)
    declared = model.declared()
    names = {one.symbol for one in passed if one.value}
    for accelerator in _ACCELERATORS:
        symbol = accelerator.upper()
        architecture = hosts.host_for(build, (accelerator,)) if symbol in declared else None
        if symbol in names or architecture is None:
            continue
        more = Assignment(symbol, True, external=True, origin=f"--accel {accelerator}")
        where = f" --host-arch {architecture}" if architecture != build.host_arch else ""
        yield _Host(f"--accel tcg,{accelerator}{where}", (*passed, more), architecture)
        rest = tuple(one for one in passed if one.symbol != "TCG")
        yield _Host(f"--accel {accelerator}{where}", (*rest, more), architecture)
    for name in _LEFT_OUT:
        if name in names and name not in outcome.target.needs:
            rest = tuple(one for one in passed if one.symbol != name)
            host = hosts.host_with(build.host, {name: False})
            yield _Host(f"--host {host}", rest, build.host_arch)


def _others(
    model: Model,
    outcome: Outcome,
    kinds: Mapping[str, str],
    first: Sequence[Alone],
    found: Resolution,
) -> Iterator[Alone]:
    """Each other symbol that a target has by default, with what it depends on."""
    name = outcome.target.name
    bases = [
        lane
        for lane, one in enumerate(first)
        if one.target.name == name and not one.options and not found.failed >> lane & 1
    ]
    sizes = {lane: sum(mask >> lane & 1 for mask in found.values.values()) for lane in bases}
    bases.sort(key=lambda lane: (len(first[lane].assigned), sizes[lane], lane))
    external = found.external.keys()
    boards = any(first[lane].symbol for lane in bases)
    for symbol in outcome.printed():
        if kinds.get(symbol) in ("board", "group") or symbol in external:
            continue
        needed = _needed(model, outcome, symbol)
        best: tuple[int, list[str], int] | None = None
        # An internal symbol is tried without a board, which could bring what it does not.
        for lane in bases if kinds.get(symbol) in _SET else bases[:1]:
            lacking = [one for one in needed if not found.values.get(one, 0) >> lane & 1]
            if best is None or len(lacking) < best[0]:
                best = len(lacking), lacking, lane
            if not lacking:
                break
        if best is None:
            continue
        base = first[best[2]].assigned
        assigned = (*base, symbol, *(one for one in best[1] if one not in (*base, symbol)))
        plain = bool(base or not boards) and all(
            kinds.get(one) in _SET for one in (symbol, *best[1])
        )
        yield Alone(outcome.target, symbol, assigned, "", plain)


def _completed(
    model: Model,
    outcome: Outcome,
    kinds: Mapping[str, str],
    case: Alone,
    selects: Mapping[str, list[str]],
) -> Alone:
    """A configuration that fails, with what the symbols depend on that its own one selects.

    selects: for each symbol those that it selects, whatever else holds.
    """
    brought = reached([case.symbol], lambda name: selects.get(name, ()))
    needed = {
        name: None
        for symbol in brought
        for name in _needed(model, outcome, symbol)
        if name not in brought and kinds.get(name) not in ("host", "external")
    }
    return case._replace(
        assigned=(*case.assigned, *needed), plain=case.plain and len(needed) < _FEW
    )


def _needed(model: Model, outcome: Outcome, symbol: str) -> list[str]:
    """What a symbol depends on, directly and through others: of alternatives the first that the
    default configuration has."""
    found: dict[str, None] = {}
    waiting = [symbol]
    while waiting:
        for index in model.by_symbol.forcing.get(waiting.pop(), ()):
            clause = model.clauses[index]
            if clause.kind != "depends" or clause.condition is None:
                continue
            for part in expr.conjuncts(clause.condition):
                if NOT in part:
                    continue
                names = [one for one in part if one != OR and outcome.value(one)]
                if names and names[0] not in found and names[0] != symbol:
                    found[names[0]] = None
                    waiting.append(names[0])
    return list(found)


def _resolved(model: Model, every: Sequence[tuple[Alone, _Host]]) -> Resolution:
    assignments: dict[str, Assignment] = {}
    lanes = []
    for case, host in every:
        own = [
            assignments.setdefault(name, Assignment(name, True, origin="alone"))
            for name in case.assigned
        ]
        lanes.append(Lane(case.target.name, "allnoconfig", (*own, *host.passed)))
    return resolve(model, lanes, reasons=False)


def _truth(
    project: Project,
    sources: Sources,
    resolution: Resolution,
    every: Sequence[tuple[Alone, _Host]],
) -> LaneTruth:
    known = settings(project.tree)
    emulators: dict[tuple[str, str], Emulator] = {}
    for case, host in every:
        name = case.target.name
        emulators.setdefault(
            (name, host.architecture), Emulator(known.get(name, {}), host.architecture, True)
        )
    passed = passed_by(project.externals(resolution.model), "host")
    symbols = {}
    features = dict.fromkeys(passed, 0)
    for symbol, lanes in resolution.values.items():
        if symbol in passed:
            features[symbol] = lanes
        outside = 0 if symbol in ACCELERATORS else resolution.external.get(symbol, 0)
        symbols[symbol] = lanes & ~outside
    return LaneTruth(
        sources,
        [emulators[case.target.name, host.architecture] for case, host in every],
        symbols,
        features,
    )


# Causes.


class Cause(Record):
    """A symbol whose file needs what other symbols bring.

    other: these; the likeliest first. Several that are needed together stand side by side. lane:
    of the smallest configuration in which it is missing.
    """

    symbol: str
    other: tuple[str, ...]
    lane: int


class Causes:
    """Finds causes in the configurations of `singles`.

    architectures: the symbols that are passed for a target. selectable: symbols that a Kconfig file
    can select: declared, and not passed.
    """

    def __init__(
        self, singles: Singles, architectures: Collection[str], selectable: Collection[str]
    ) -> None:
        self._singles = singles
        self._architectures = architectures
        self._selectable = selectable
        self._providers: dict[tuple[tuple[Expr, ...], int], tuple[str, ...]] = {}

    def cause(self, lanes: int, file: Expr, providers: Sequence[Expr]) -> Cause | None:
        """Why something is missing in these lanes.

        file: the condition of the file that needs it. providers: of those that would bring it. None
        if no symbol would.
        """
        lane = min(members(lanes), key=self._singles.size)
        if not self.owner(lanes, lane, file):
            # Of a target without a symbol of its own the boards have to bring it.
            own = [one for one in members(lanes) if self._singles.cases[one].symbol]
            if own:
                lane = min(own, key=self._singles.size)
                other = self.bringing(providers, lane)
                return Cause(self._singles.cases[lane].symbol, other, lane) if other else None
        other = self.bringing(providers, lane)
        return Cause(self.owner(lanes, lane, file), other, lane) if other else None

    def owner(self, lanes: int, lane: int, file: Expr) -> str:
        """The symbol for which a file is built, in a lane of some."""
        values = self._singles.resolution.values
        case = self._singles.cases[lane]
        every = dict.fromkeys(name for name in expr.names(file) if ":" not in name)
        on = [name for name in every if values.get(name, 0) >> lane & 1]
        if case.symbol in on:
            return case.symbol
        # A file of an architecture with an accelerator is the architecture's.
        if on and all(one not in self._selectable for one in on) and "arch:" in " ".join(file):
            on = []
        settable = [name for name in on if name in self._selectable]
        if len(settable) > 1 and case.symbol and not self._always(settable, file, lanes):
            return case.symbol  # which brings them together, and not what they need together
        if on:
            # The one that the fewest configurations have.
            return min(on, key=lambda name: (values[name].bit_count(), name))
        wide = [name for name in sorted(self._architectures) if values.get(name, 0) >> lane & 1]
        whole = [name for name in wide if not lanes & ~values[name]]
        return min(whole or wide, key=lambda name: (values[name].bit_count(), name), default="")

    def _always(self, symbols: Sequence[str], file: Expr, lanes: int) -> bool:
        """Whether a file needs what is missing in all configurations that have these symbols."""
        where = self._singles.truth.of(file)[0] & ~self._singles.failed
        for name in symbols:
            where &= self._singles.resolution.values[name]
        return not where & ~lanes

    def bringing(self, providers: Sequence[Expr], lane: int) -> tuple[str, ...]:
        """`bringing` in a lane of these configurations."""
        key = tuple(providers), lane
        found = self._providers.get(key)
        if found is None:
            sets = bringing(self._singles.truth, self._selectable, providers, lane)
            fewest = min(map(len, sets), default=0)
            names = (name for one in sets if len(one) == fewest for name in one)
            found = self._providers[key] = tuple(dict.fromkeys(names))
        return found


def bringing(
    truth: LaneTruth, selectable: Collection[str], providers: Iterable[Expr], lane: int
) -> list[tuple[str, ...]]:
    """The sets of symbols of which each would make one of the conditions true in a lane: the
    smallest first, then those of the first condition.

    selectable: symbols that a Kconfig file can select.
    """
    ranked = sorted(
        (len(one), number, one)
        for number, condition in enumerate(providers)
        for one in _sets(truth, selectable, condition, lane)
    )
    return list(dict.fromkeys(one for _, _, one in ranked))


def _sets(
    truth: LaneTruth, selectable: Collection[str], condition: Expr, lane: int
) -> Iterable[tuple[str, ...]]:
    """The least sets of symbols that would make a condition possible in a lane: single ones, else
    all that it names without `!`."""
    bit = 1 << lane
    known = {}
    missing = []
    for name in expr.names(condition):
        surely, possibly = truth.of((name,))
        known[name] = (int(bool(surely & bit)), int(bool(possibly & bit)))
        if ":" not in name and name in selectable and not possibly & bit:
            missing.append(name)
    singles = [(name,) for name in missing if Truth({**known, name: (1, 1)}, 1).of(condition)[1]]
    if singles or not missing:
        return singles
    if Truth({**known, **dict.fromkeys(missing, (1, 1))}, 1).of(condition)[1]:
        return [tuple(dict.fromkeys(missing))]
    return []
