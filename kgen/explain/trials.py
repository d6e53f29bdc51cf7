"""Changes on trial: which contradictions a lane then has."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from kgen.explain.change import EXTERNAL, Change
from kgen.explain.support import Known
from kgen.model.clauses import Assignment, Model
from kgen.model.configurations import Lane, Resolution
from kgen.model.lanes import members
from kgen.model.order import order_of
from kgen.model.record import Record
from kgen.resolve.clashes import clashes
from kgen.resolve.editable_lane import laid_open
from kgen.resolve.resolver import resolve, values_of
from kgen.resolve.task import make_task, spread

# Lines in all trials of a lane, in a tree with a cycle, more or less.
_MOST_COPIED = 100_000


class Trial(Record):
    """Changes of a lane's lines, to fix the contradiction of a symbol."""

    symbol: str
    lane: int
    changes: tuple[Change, ...]


def outcomes(resolution: Resolution, trials: Sequence[Trial]) -> list[tuple[str, ...] | None]:
    """For each trial the symbols that have a contradiction after it and had none before; None if
    its own contradiction remains, or there is a new cycle."""
    found: list[tuple[str, ...] | None] = [None] * len(trials)
    by_lane: dict[int, list[int]] = {}
    for number, trial in enumerate(trials):
        by_lane.setdefault(trial.lane, []).append(number)
    for lane, numbers in by_lane.items():
        own = [trials[number] for number in numbers]
        for number, outcome in zip(numbers, _of_lane(resolution, lane, own), strict=True):
            found[number] = outcome
    return found


def symbols_changed(resolution: Resolution, known: Known, trials: Sequence[Trial]) -> list[int]:
    """For each trial how many symbols it changes, of those whose values are known in its lane."""
    counts = [0] * len(trials)
    by_lane: dict[int, list[int]] = {}
    for number, trial in enumerate(trials):
        by_lane.setdefault(trial.lane, []).append(number)
    for lane, numbers in by_lane.items():
        model, opened = laid_open(resolution, lane)
        task = make_task(model, (opened,))
        order, acyclic = order_of(model.by_symbol.readers, task.symbols)
        if not acyclic:
            continue
        assigned = _masks(opened, task.assigned, [trials[number] for number in numbers])
        values, _ = values_of(spread(task, len(numbers), assigned), order)
        everywhere = (1 << len(numbers)) - 1
        for symbol, lanes in values.items():
            yes, no = known(symbol)
            differs = everywhere & ~lanes if yes >> lane & 1 else lanes if no >> lane & 1 else 0
            for bit in members(differs):
                counts[numbers[bit]] += 1
    return counts


def _of_lane(
    resolution: Resolution, lane: int, trials: Sequence[Trial]
) -> list[tuple[str, ...] | None]:
    """The outcomes of trials of one lane. Each is a lane of its own, and all that they have in
    common is done once."""
    model, opened = laid_open(resolution, lane)
    task = make_task(model, (opened,))
    order, acyclic = order_of(model.by_symbol.readers, task.symbols)
    before = {item.symbol for item in resolution.contradictions if item.lanes >> lane & 1}
    if not acyclic:
        return _of_cyclic_lane(resolution, lane, trials, before)
    assigned = _masks(opened, task.assigned, trials)
    fixing: dict[str, int] = {}
    for bit, trial in enumerate(trials):
        fixing[trial.symbol] = fixing.get(trial.symbol, 0) | 1 << bit
    remaining = 0
    new: list[list[str]] = [[] for _ in trials]
    for clash in clashes(spread(task, len(trials), assigned), order, {}, {}):
        remaining |= clash.lanes & fixing.get(clash.symbol, 0)
        if clash.symbol not in before:
            for bit in members(clash.lanes):
                new[bit].append(clash.symbol)
    return [
        None if remaining >> bit & 1 else tuple(sorted(symbols)) for bit, symbols in enumerate(new)
    ]


def _masks(
    lane: Lane, assigned: dict[str, tuple[int, int]], trials: Sequence[Trial]
) -> dict[str, tuple[int, int]]:
    """What is assigned in the lane of each trial."""
    everywhere = (1 << len(trials)) - 1
    masks = {
        symbol: (everywhere if yes else 0, everywhere if no else 0)
        for symbol, (yes, no) in assigned.items()
    }
    lines: dict[str, list[Assignment]] = {}
    for item in lane.assignments:
        lines.setdefault(item.symbol, []).append(item)
    for bit, trial in enumerate(trials):
        for symbol in {change.symbol for change in trial.changes}:
            own = [change for change in trial.changes if change.symbol == symbol]
            values = {item.value for item in changed(lines.get(symbol, ()), own)}
            before = masks.get(symbol, (0, 0))
            both = ((before[0], True), (before[1], False))
            yes, no = (
                mask | 1 << bit if value in values else mask & ~(1 << bit) for mask, value in both
            )
            masks[symbol] = yes, no
    return masks


def _of_cyclic_lane(
    resolution: Resolution, lane: int, trials: Sequence[Trial], before: set[str]
) -> list[tuple[str, ...] | None]:
    """The same where symbols need each other in a cycle: each trial has all lines of the lane, so
    among very many lines only the first trials are made."""
    model: Model
    model, opened = laid_open(resolution, lane)
    untried = trials[_MOST_COPIED // max(len(opened.assignments), 1) + 1 :]
    trials = trials[: len(trials) - len(untried)]
    lanes = [
        opened._replace(assignments=tuple(changed(opened.assignments, trial.changes)))
        for trial in trials
    ]
    result = resolve(model, lanes)
    known = {cycle.symbols for cycle in resolution.cycles if cycle.lanes >> lane & 1}
    bad = 0
    for cycle in result.cycles:
        if cycle.symbols not in known:
            bad |= cycle.lanes
    new: list[list[str]] = [[] for _ in trials]
    for item in result.contradictions:
        for bit in members(item.lanes):
            if item.symbol == trials[bit].symbol:
                bad |= 1 << bit
            elif item.symbol not in before:
                new[bit].append(item.symbol)
    tried = [None if bad >> bit & 1 else tuple(sorted(symbols)) for bit, symbols in enumerate(new)]
    return tried + [None] * len(untried)


def changed(lines: Iterable[Assignment], changes: Iterable[Change]) -> list[Assignment]:
    """A lane's assignments with these changes."""
    kept = list(lines)
    for change in changes:
        if change.action in EXTERNAL:
            kept = [one for one in kept if one.symbol != change.symbol or not one.external]
            if change.value:
                kept.append(Assignment(change.symbol, True, external=True))
            continue
        old = change.value ^ (change.action == "turn")
        kept = [
            one
            for one in kept
            if one.external
            or (one.symbol, one.value, one.place, one.origin)
            != (change.symbol, old, change.place, change.origin)
        ]
        if change.action != "remove":
            kept.append(Assignment(change.symbol, change.value, change.place, origin=change.origin))
    return kept
