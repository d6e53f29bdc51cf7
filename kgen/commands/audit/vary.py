"""Which features from outside change which symbols: one feature toggled at a time. Pure.

What is claimed: starting from the configuration that was asked for, passing this one feature
where it was not passed, or leaving it out where it was, changes the symbol's value. What only
several features together would change is not found, unless pairs are asked for.
"""

from __future__ import annotations

from itertools import combinations

from kgen.model.clauses import Assignment, Model
from kgen.model.configurations import Lane, Outcome
from kgen.model.lanes import members
from kgen.model.record import Record
from kgen.project.load import Project
from kgen.resolve.resolver import resolve
from kgen.targets import hosts
from kgen.targets.symbol_kinds import kinds

WHAT = ("host", "accel")


class Sensitivity(Record):
    """What toggling changes.

    features: those that were toggled, sorted. changes: for each symbol and each target (by its
    index in the project's outcomes) the toggles that change it, a pair written `A+B`; only
    symbols with at least one. fails: for each target the toggles after which it cannot be
    configured, so that nothing can be said of them. skipped: targets that fail as they are.
    pairs: whether pairs were tried; one is only told where neither of its two is.
    """

    features: tuple[str, ...]
    changes: dict[str, dict[int, tuple[str, ...]]]
    fails: dict[int, tuple[str, ...]]
    skipped: tuple[int, ...]
    pairs: bool = False


class _Toggle(Record):
    """One lane: a target with some features the other way round."""

    outcome: int
    names: tuple[str, ...]


def vary(project: Project, what: str, host_arch: str, pairs: bool = False) -> Sensitivity:
    """Toggle each host feature, or each accelerator that a target can have on `host_arch`.

    With pairs also each two of them together: told only where neither of the two alone changes
    the symbol. A project of targets that fail as they are has nothing to compare with.
    """
    features: set[str] = set()
    changes: dict[str, dict[int, tuple[str, ...]]] = {}
    fails: dict[int, tuple[str, ...]] = {}
    groups: dict[int, tuple[Model, list[int]]] = {}
    skipped = []
    for number, outcome in enumerate(project.outcomes):
        if outcome.failed:
            skipped.append(number)
            continue
        model = outcome.resolution.model
        groups.setdefault(id(model), (model, []))[1].append(number)
    for model, numbers in groups.values():
        sorted_ = kinds(model, _passed(project))
        toggles: list[_Toggle] = []
        lanes: list[Lane] = []
        for number in numbers:
            outcome = project.outcomes[number]
            names = _features(sorted_, outcome, what, host_arch)
            features.update(names)
            for size in (1, 2) if pairs else (1,):
                for some in combinations(names, size):
                    toggles.append(_Toggle(number, some))
                    lanes.append(_toggled(outcome, some))
        _compare(project, model, toggles, lanes, changes, fails)
    ordered = {symbol: changes[symbol] for symbol in sorted(changes)}
    return Sensitivity(tuple(sorted(features)), ordered, fails, tuple(skipped), pairs)


def _passed(project: Project) -> set[str]:
    return {name for outcome in project.outcomes for name in outcome.resolution.external}


def _features(kinds_: dict[str, str], outcome: Outcome, what: str, host_arch: str) -> list[str]:
    """The features of one target that can be toggled, sorted."""
    if what == "host":
        return sorted(name for name, kind in kinds_.items() if kind == "host")
    return sorted(
        name.upper()
        for name in hosts.ACCELERATORS
        if name.upper() in kinds_ and hosts.can_have(outcome.target, name, host_arch)
    )


def _toggled(outcome: Outcome, names: tuple[str, ...]) -> Lane:
    """The target's lane with these features the other way round."""
    lane = outcome.resolution.lanes[outcome.lane]
    kept = [item for item in lane.assignments if not (item.external and item.symbol in names)]
    before = {item.symbol for item in lane.assignments if item.external and item.value}
    added = [
        Assignment(name, True, external=True, origin="--vary")
        for name in names
        if name not in before
    ]
    return Lane(lane.name, lane.mode, (*kept, *added))


def _compare(
    project: Project,
    model: Model,
    toggles: list[_Toggle],
    lanes: list[Lane],
    changes: dict[str, dict[int, tuple[str, ...]]],
    fails: dict[int, tuple[str, ...]],
) -> None:
    """Resolve all toggled lanes at once, and note where they differ from their targets."""
    if not lanes:
        return
    resolution = resolve(model, lanes)
    own = {toggle.outcome: 0 for toggle in toggles}
    for bit, toggle in enumerate(toggles):
        own[toggle.outcome] |= 1 << bit
        if resolution.failed >> bit & 1:
            _note(fails, toggle)
    good = ((1 << len(lanes)) - 1) & ~resolution.failed
    for symbol, values in resolution.values.items():
        base = 0
        for number, mask in own.items():
            if project.outcomes[number].value(symbol):
                base |= mask
        for bit in members((values ^ base) & good):
            toggle = toggles[bit]
            if symbol not in toggle.names:
                _note(changes.setdefault(symbol, {}), toggle)


def _note(per_target: dict[int, tuple[str, ...]], toggle: _Toggle) -> None:
    """Note one change; lanes come with single features first, which make pairs superfluous."""
    known = per_target.get(toggle.outcome, ())
    if len(toggle.names) == 2 and set(toggle.names) & set(known):
        return
    per_target[toggle.outcome] = (*known, "+".join(toggle.names))
