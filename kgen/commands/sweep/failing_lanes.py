"""Which of many configurations of a target fail, and by which contradictions.

Configurations are random, or enumerate every combination of chosen symbols. They are resolved in
blocks of lanes, one pass per block. For each kind of contradiction the lanes are counted and a few
are kept as examples.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from kgen.commands.sweep.masks import Masks, assignments_in
from kgen.commands.sweep.random_masks import BLOCK, draw, every_eighth
from kgen.commands.sweep.scope import Scope, clashes_in, inside
from kgen.model.lanes import first
from kgen.model.record import Record
from kgen.resolve.clashes import Clash

# Configurations of a block that are kept for each kind; the one that shrinks most is shown.
_KEPT = 2


class Conflict(Record):
    """A kind of contradiction: a symbol, what forces it to y, and what forces it to n.

    yes, no: an index into the model's clauses, or None for an assignment. cycle: instead of
    these, the symbols of a dependency cycle.
    """

    symbol: str
    yes: int | None
    no: int | None
    cycle: tuple[str, ...] = ()


class Plan(Record):
    """Which configurations to test.

    configurations: their number. seed, densities, share (of y): for random ones, the last two in
    1024ths. chosen: instead, every combination of these symbols; unset: with each also left
    unassigned.
    """

    configurations: int
    seed: int
    densities: tuple[int, ...]
    share: int
    chosen: tuple[str, ...] = ()
    unset: bool = False


class Example(Record):
    """All assignments of a failing configuration. alone: it has no other contradiction."""

    assigned: Mapping[str, bool]
    alone: bool


class Tally(Record):
    """The counts of one scope: configurations, failing ones, and failing ones of each kind.

    by_density: for each eighth (configurations, failing). examples: for each kind a few
    configurations, only those without other contradictions if there are any.
    """

    scope: Scope
    configurations: int
    failing: int
    by_density: tuple[tuple[int, int], ...]
    counts: Mapping[Conflict, int]
    examples: Mapping[Conflict, tuple[Example, ...]]


def blocks(plan: Plan) -> int:
    """The number of blocks of a sweep, which is how often it calls step."""
    return -(-plan.configurations // BLOCK)


def sweep(scope: Scope, plan: Plan, step: Callable[[], None]) -> Tally:
    """Test all configurations of a plan. step: called after each block."""
    failing = 0
    by_density = [[0, 0] for _ in range(8)]
    counts: dict[Conflict, int] = {}
    examples: dict[Conflict, list[Example]] = {}
    for start in range(0, plan.configurations, BLOCK):
        width = min(BLOCK, plan.configurations - start)
        masks = inside(scope, width, drawn(scope, plan, start, width))
        failed = several = 0
        seen: dict[Conflict, int] = {}
        for clash in clashes_in(scope, width, masks):
            several |= failed & clash.lanes
            failed |= clash.lanes
            for kind, lanes in conflicts_of(scope, clash, width, masks):
                counts[kind] = counts.get(kind, 0) + lanes.bit_count()
                kept = examples.get(kind)
                if kept is None or not kept[0].alone:
                    seen[kind] = lanes
        eighths = [every_eighth(width, number) for number in range(8)]
        failing += failed.bit_count()
        for row, lanes in zip(by_density, eighths, strict=True):
            row[0] += lanes.bit_count()
            row[1] += (failed & lanes).bit_count()
        _keep(examples, _chosen(examples, seen, failed & ~several, eighths), masks, width)
        step()
    return Tally(
        scope,
        plan.configurations,
        failing,
        tuple((all_, bad) for all_, bad in by_density),
        counts,
        {kind: tuple(some) for kind, some in examples.items()},
    )


def drawn(scope: Scope, plan: Plan, start: int, width: int) -> Masks:
    """The assignments of the lanes from `start` on, as masks. start: a multiple of BLOCK."""
    if plan.chosen:
        return _all_settings(plan.chosen, start, width, 3 if plan.unset else 2)
    key = f"{plan.seed}/{scope.name}/{start // BLOCK}"
    return draw(scope.free, plan.densities, plan.share, key, width)


def conflicts_of(
    scope: Scope, clash: Clash, width: int, masks: Masks
) -> Iterator[tuple[Conflict, int]]:
    """Every kind of contradiction in a clash, with its lanes. masks: all assignments.

    If several facts force a symbol, each pair of them is a kind.
    """
    symbol, lanes = clash.symbol, clash.lanes
    if clash.cycle:
        yield Conflict(symbol, None, None, clash.cycle), lanes
        return
    clauses = scope.model.clauses
    yes, no = masks.get(symbol, (0, 0))
    fixed = scope.task.assigned.get(symbol)
    if fixed is not None:
        everywhere = (1 << width) - 1
        yes, no = yes | everywhere * fixed[0], no | everywhere * fixed[1]
    ups: list[tuple[int | None, int]] = [(None, yes & lanes)]
    downs: list[tuple[int | None, int]] = [(None, no & lanes)]
    for index, where in clash.forced.items():
        side = downs if clauses[index].kind == "depends" else ups
        side.append((index, where & lanes))
    ups = [item for item in ups if item[1]]
    downs = [item for item in downs if item[1]]
    if len(downs) == 1:  # nearly always; it then applies in all lanes of the clash
        for up, where in ups:
            yield Conflict(symbol, up, downs[0][0]), where
        return
    for up, where in ups:
        for down, there in downs:
            if where & there:
                yield Conflict(symbol, up, down), where & there


def _chosen(
    examples: Mapping[Conflict, object],
    seen: Mapping[Conflict, int],
    alone: int,
    eighths: Sequence[int],
) -> dict[Conflict, list[tuple[int, bool]]]:
    """The lanes to keep for each kind, and whether they have no other contradiction."""
    found: dict[Conflict, list[tuple[int, bool]]] = {}
    for kind, lanes in seen.items():
        if lanes & alone:
            found[kind] = [(bit, True) for bit in _some(lanes & alone, eighths, _KEPT)]
        elif kind not in examples:
            found[kind] = [(bit, False) for bit in _some(lanes, eighths, 1)]
    return found


def _some(lanes: int, eighths: Sequence[int], most: int) -> list[int]:
    """A few of the lanes, those of the lowest densities first."""
    found: list[int] = []
    for eighth in eighths:
        here = lanes & eighth
        while here:
            found.append(first(here))
            if len(found) == most:
                return found
            here &= here - 1
    return found


def _keep(
    examples: dict[Conflict, list[Example]],
    chosen: Mapping[Conflict, list[tuple[int, bool]]],
    masks: Masks,
    width: int,
) -> None:
    bits = sorted({bit for some in chosen.values() for bit, _ in some})
    if not bits:
        return
    lanes = dict(zip(bits, assignments_in(masks, bits, width), strict=True))
    for kind, some in chosen.items():
        examples[kind] = [Example(lanes[bit], alone) for bit, alone in some]


def _all_settings(
    chosen: Sequence[str], start: int, width: int, values: int
) -> dict[str, tuple[int, int]]:
    """Lane i has the digits of start + i; the first symbol is the lowest digit.

    Digit 0 is n, 1 is y, and 2, if values is 3, is unassigned.
    """
    everywhere = (1 << width) - 1
    found: dict[str, tuple[int, int]] = {}
    for number, symbol in enumerate(chosen):
        run = values**number
        period = run * values
        shift = start % period
        repeats = -(-(width + shift) // period)
        if repeats == 1:
            rows = [min(max(run * value - shift, 0), width) for value in range(3)]
            no, yes = (1 << rows[1]) - (1 << rows[0]), (1 << rows[2]) - (1 << rows[1])
        else:
            # One bit at the start of each period, times a run of ones.
            starts = ((1 << period * repeats) - 1) // ((1 << period) - 1)
            no = (starts * ((1 << run) - 1)) >> shift & everywhere
            yes = (starts * (((1 << run) - 1) << run)) >> shift & everywhere
        found[symbol] = yes, no
    return found
