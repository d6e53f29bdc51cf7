"""Each symbol of a tree alone: the smallest configurations. What a symbol fails to bring is missing
there; `causes.py` says whose file needs it.

A lane of allnoconfig for each target without any assignment, and for each target and each symbol
that its default configuration has, with that symbol alone; on several hosts. What a symbol depends
on comes with a board, or is assigned, too. A file that needs several symbols of which none brings
the others is in none of these lanes, so there is one for these symbols.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from kgen.code.host_facts import ACCELERATORS
from kgen.code.lane_truth import Emulator, LaneTruth
from kgen.code.sources import Sources
from kgen.model import expr
from kgen.model.clauses import Assignment, Model
from kgen.model.configurations import Lane, Outcome, Resolution, Target
from kgen.model.expr import NOT, OR
from kgen.model.lanes import union
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
    failed: the lanes that do not resolve. selects: the symbols that each selects, whatever else
    holds. barred: for each symbol the lanes in which what is passed does not allow it."""

    cases: tuple[Alone, ...]
    resolution: Resolution
    truth: LaneTruth
    failed: int
    selects: Mapping[str, Sequence[str]]
    barred: Mapping[str, int]

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

# Symbols of one configuration, the one that it is about first.
_Symbols = tuple[str, ...]


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

    def further(
        before: list[_Case], wanted: Callable[[Outcome], Iterable[_Symbols]]
    ) -> list[_Case]:
        more = [
            (one, hosts_of[outcome.target.name][0])
            for outcome in outcomes
            for one in _others(model, outcome, kinds, [case for case, _ in first], found, wanted)
        ]
        return [*before, *completed(more, _resolved(model, more).failed)]

    every = further(first, lambda outcome: _single(outcome, kinds, found))
    resolution = _resolved(model, every)
    truth = _truth(project, sources, resolution, every)
    together = _together(sources, truth, resolution, [case for case, _ in every])
    every = further(every, together)
    resolution = _resolved(model, every)
    cases = tuple(case for case, _ in every)
    truth = _truth(project, sources, resolution, every)
    barred = _barred(model, resolution, truth)
    return Singles(cases, resolution, truth, resolution.failed, selects, barred)


def _barred(model: Model, found: Resolution, truth: LaneTruth) -> dict[str, int]:
    barred: dict[str, int] = {}
    for clause in model.clauses:
        if clause.kind == "depends" and clause.condition is not None:
            for part in expr.conjuncts(clause.condition):
                if found.external.keys() >= set(expr.names(part)):
                    lanes = truth.everywhere & ~truth.of(part)[1]
                    barred[clause.symbol] = barred.get(clause.symbol, 0) | lanes
    return barred


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
    wanted: Callable[[Outcome], Iterable[_Symbols]],
) -> Iterator[Alone]:
    """The symbols that are wanted of a target, with what they depend on."""
    name = outcome.target.name
    bases = [
        lane
        for lane, one in enumerate(first)
        if one.target.name == name and not one.options and not found.failed >> lane & 1
    ]
    sizes = {lane: sum(mask >> lane & 1 for mask in found.values.values()) for lane in bases}
    bases.sort(key=lambda lane: (len(first[lane].assigned), sizes[lane], lane))
    boards = any(first[lane].symbol for lane in bases)
    for several in wanted(outcome):
        needed = dict.fromkeys(one for each in several for one in _needed(model, outcome, each))
        settable = all(kinds.get(one) in _SET for one in several)
        best: tuple[int, list[str], int] | None = None
        # An internal symbol is tried without a board, which could bring what it does not.
        for lane in bases if settable else bases[:1]:
            lacking = [one for one in needed if not found.values.get(one, 0) >> lane & 1]
            if best is None or len(lacking) < best[0]:
                best = len(lacking), lacking, lane
            if not lacking:
                break
        if best is None:
            continue
        base = first[best[2]].assigned
        assigned = dict.fromkeys((*base, *several, *best[1]))
        set_by_hand = all(kinds.get(one) in _SET for one in (*several, *best[1]))
        plain = bool(base or not boards) and set_by_hand
        yield Alone(outcome.target, several[0], tuple(assigned), "", plain)


def _single(outcome: Outcome, kinds: Mapping[str, str], found: Resolution) -> list[_Symbols]:
    """Each symbol that a target has by default, but for boards, groups and what is passed."""
    return [
        (name,)
        for name in outcome.printed()
        if kinds.get(name) not in ("board", "group") and name not in found.external
    ]


def _together(
    sources: Sources, truth: LaneTruth, found: Resolution, cases: Sequence[Alone]
) -> Callable[[Outcome], list[_Symbols]]:
    """A function that gives the symbols that files of a target need together, and that no case has
    together that is about one of them. The first one is that of the fewest files."""
    lanes: dict[str, int] = {}
    about: dict[str, int] = {}
    for lane, case in enumerate(cases):
        lanes[case.target.name] = lanes.get(case.target.name, 0) | 1 << lane
        about[case.symbol] = about.get(case.symbol, 0) | 1 << lane
    symbols = [
        {name for name in expr.names(one.condition) if ":" not in name} - found.external.keys()
        for one in sources.files
    ]
    files = Counter(name for names in symbols for name in names)
    needed: dict[_Symbols, int] = {}
    for one, names in zip(sources.files, symbols, strict=True):
        if len(names) > 1:
            ranked = tuple(sorted(names, key=lambda name: (files[name], name)))
            built = truth.of(one.condition)[0] & ~found.failed
            built &= union(about.get(name, 0) for name in names)
            needed[ranked] = needed.get(ranked, 0) | built

    def wanted(outcome: Outcome) -> list[_Symbols]:
        own = lanes[outcome.target.name]
        return [
            several
            for several, built in needed.items()
            if not built & own and all(map(outcome.value, several))
        ]

    return wanted


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
