"""What a user may set for one target, and the result of many such settings at once.

A sweep needs many lanes that differ only in their assignments. They are never built one by one:
`task.spread` widens one lane, and assignments are given as masks.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from kgen.commands.sweep.masks import Masks, assignments_in
from kgen.model.clauses import Assignment, Model
from kgen.model.configurations import Lane, Outcome
from kgen.model.lanes import union
from kgen.model.order import order_of
from kgen.model.record import Record
from kgen.model.spelling import matching
from kgen.project.load import Project
from kgen.resolve.clashes import Clash, clashes
from kgen.resolve.resolver import resolve, values_of
from kgen.resolve.task import Task, make_task, spread
from kgen.targets.externals import externals, passed_by

# Lanes per resolution for a tree with a cycle, which needs a Lane object for each.
_FEW = 1024


class Scope(Record):
    """One target's configurations.

    group: the index of the target's group in the project. lane: what is passed externally, the
    same in all configurations. lines: the other assignments (devices file, `--set`) by symbol.
    free: the symbols that may be assigned, sorted. fixed: those that may not, even if named.
    task: of the lane. order: of its symbols, None if they have a dependency cycle. outside: the
    host features and accelerators.
    """

    name: str
    group: int
    model: Model
    lane: Lane
    lines: Mapping[str, bool]
    free: tuple[str, ...]
    fixed: frozenset[str]
    task: Task
    order: list[str] | None
    outside: frozenset[str] = frozenset()


def scope_of(
    project: Project,
    outcome: Outcome,
    *,
    bare: bool = False,
    only: Sequence[str] = (),
) -> Scope:
    """A target's scope.

    Symbols that are passed externally or set by `--set` are not free. Nor are architecture
    symbols, unless a pattern names them. bare: without the target's devices file. only: patterns
    for the free symbols; () means all.
    """
    lane = outcome.as_lane
    model = project.model if bare else outcome.resolution.model
    outer = [item for item in lane.assignments if item.external]
    inside = [item for item in lane.assignments if not item.external]
    taken = {item.symbol for item in lane.assignments if item.external or item.is_setting}
    if bare:
        inside = inside[len(outcome.target.assignments) :]
    lines = {item.symbol: item.value for item in inside}
    # Lines that contradict each other all stay, so that every lane fails.
    contradictory = {item.symbol for item in inside if lines[item.symbol] != item.value}
    outer += [item for item in inside if item.symbol in contradictory]
    declared = model.declared()
    sources = externals(model)
    fixed = frozenset(taken | contradictory)
    free = declared - fixed
    if only:
        free &= frozenset[str]().union(*(matching(glob, declared) for glob in only))
    else:
        free -= passed_by(sources, "architecture")
    lane = lane._replace(assignments=tuple(outer))
    task = make_task(model, (lane,))
    order, sound = order_of(model.by_symbol.readers, task.symbols)
    left = {symbol: lines[symbol] for symbol in sorted(lines.keys() - contradictory)}
    name = outcome.target.name
    group = 0 if bare else project.group_of(outcome)
    return Scope(
        name,
        group,
        model,
        lane,
        left,
        tuple(sorted(free)),
        fixed,
        task,
        order if sound else None,
        passed_by(sources, "host", "accelerator"),
    )


def inside(scope: Scope, width: int, masks: Masks) -> dict[str, tuple[int, int]]:
    """All assignments of each lane: those of masks, and the scope's lines for other symbols."""
    everywhere = (1 << width) - 1
    found = dict(masks)
    for symbol, value in scope.lines.items():
        yes, no = found.get(symbol, (0, 0))
        kept = everywhere & ~(yes | no)
        found[symbol] = (yes | kept, no) if value else (yes, no | kept)
    return found


def clashes_in(scope: Scope, width: int, masks: Masks) -> Iterator[Clash]:
    """The independent contradictions of these lanes; each failing lane is in at least one.

    Yields one at a time, so that its data is freed before the next: this keeps many lanes within
    the processor's caches.
    """
    if scope.order is None:
        yield from _slowly(scope, width, masks)[0]
    else:
        yield from clashes(_spread(scope, width, masks), scope.order, {}, {})


def values_in(scope: Scope, width: int, masks: Masks) -> tuple[dict[str, int], int]:
    """The lanes in which each symbol is y, and the lanes that fail, whose values are undefined."""
    if scope.order is None:
        found, values = _slowly(scope, width, masks)
        return values, union(clash.lanes for clash in found)
    values, conflicts = values_of(_spread(scope, width, masks), scope.order)
    return values, union(conflicts.values())


def _spread(scope: Scope, width: int, masks: Masks) -> Task:
    everywhere = (1 << width) - 1
    assigned = inside(scope, width, masks)
    for symbol, (yes, no) in scope.task.assigned.items():
        before = assigned.get(symbol, (0, 0))
        assigned[symbol] = (
            before[0] | (everywhere if yes else 0),
            before[1] | (everywhere if no else 0),
        )
    return spread(scope.task, width, assigned)


def _slowly(scope: Scope, width: int, masks: Masks) -> tuple[list[Clash], dict[str, int]]:
    """The clashes and values in a tree with a dependency cycle: _FEW lanes at a time."""
    assigned = inside(scope, width, masks)
    found: dict[tuple[str, ...], Clash] = {}
    values = dict.fromkeys(scope.task.symbols, 0)
    for start in range(0, width, _FEW):
        bits = range(start, min(start + _FEW, width))
        lanes = [
            scope.lane._replace(
                assignments=(
                    *(Assignment(symbol, value) for symbol, value in chosen.items()),
                    *scope.lane.assignments,
                )
            )
            for chosen in assignments_in(assigned, bits, width)
        ]
        resolution = resolve(scope.model, lanes)
        for symbol, ones in resolution.values.items():
            values[symbol] = values.get(symbol, 0) | ones << start
        for item in resolution.contradictions:
            before = found.get((item.symbol,), Clash(item.symbol, 0, {}))
            forced = dict(before.forced)
            for index in scope.model.by_symbol.forcing.get(item.symbol, ()):
                mask = (resolution.decided[index] & item.lanes) << start
                forced[index] = forced.get(index, 0) | mask
            lanes_ = before.lanes | item.lanes << start
            found[(item.symbol,)] = Clash(item.symbol, lanes_, forced)
        for cycle in resolution.cycles:
            key = ("", *cycle.symbols)
            clash = found.get(key, Clash(cycle.symbols[0], 0, {}, cycle.symbols))
            found[key] = clash._replace(lanes=clash.lanes | cycle.lanes << start)
    return list(found.values()), values
