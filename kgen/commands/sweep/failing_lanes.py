"""Which of very many configurations of a target fail, and what contradicts what in them.

Configurations are drawn, or every setting of chosen symbols is taken, a block of lanes at a
time. A block is one pass; of each kind of contradiction the lanes are counted and a few kept.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from kgen.commands.sweep.masks import Masks, assignments_in
from kgen.commands.sweep.random_masks import BLOCK, draw, every_eighth
from kgen.commands.sweep.scope import Scope, clashes_in, inside
from kgen.model.lanes import first
from kgen.model.record import Record
from kgen.resolve.clashes import Clash

# Of each kind so many configurations of a block are kept; the smallest that they shrink to is
# shown.
_KEPT = 2


class Conflict(Record):
    """What contradicts what: a symbol, what forces it to y, and what to n.

    yes, no: an index into the model's clauses, or None for an assignment. circle: instead,
    symbols that need each other.
    """

    symbol: str
    yes: int | None
    no: int | None
    circle: tuple[str, ...] = ()


class Plan(Record):
    """What to take: so many configurations, drawn with this seed, these densities and this
    share of y (both in 1024ths); or, if symbols are chosen, every setting of them.

    unset: in those a symbol may also be left unassigned.
    """

    configurations: int
    seed: int
    densities: tuple[int, ...]
    share: int
    chosen: tuple[str, ...] = ()
    unset: bool = False


class Example(Record):
    """A configuration of a kind: all that it assigns. alone: nothing else contradicts there."""

    assigned: Mapping[str, bool]
    alone: bool


class Tally(Record):
    """Of one scope: how many configurations, how many fail, of each kind how many.

    by_density: for each eighth (configurations, failing). examples: for each kind a few
    configurations; if there are any in which nothing else contradicts, only those.
    """

    scope: Scope
    configurations: int
    failing: int
    by_density: tuple[tuple[int, int], ...]
    counts: Mapping[Conflict, int]
    examples: Mapping[Conflict, tuple[Example, ...]]


def blocks(plan: Plan) -> int:
    """How many steps a sweep takes."""
    return -(-plan.configurations // BLOCK)


def sweep(scope: Scope, plan: Plan, step: Callable[[], None]) -> Tally:
    """Go through all the configurations of a plan. step: called after each block."""
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
    """What the lanes from `start` on assign, as masks; start is a whole number of blocks."""
    if plan.chosen:
        return _all_settings(plan.chosen, start, width, 3 if plan.unset else 2)
    key = f"{plan.seed}/{scope.name}/{start // BLOCK}"
    return draw(scope.free, plan.densities, plan.share, key, width)


def conflicts_of(
    scope: Scope, clash: Clash, width: int, masks: Masks
) -> Iterator[tuple[Conflict, int]]:
    """Every kind of contradiction in a clash, with its lanes. masks: all that is assigned.

    A symbol that is forced by several facts at once is one kind with each pair of them.
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
    if len(downs) == 1:  # nearly always; then it holds wherever there is a clash
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
    """Which lanes are to be kept for each kind, and whether they fail in nothing else."""
    found: dict[Conflict, list[tuple[int, bool]]] = {}
    for kind, lanes in seen.items():
        if lanes & alone:
            found[kind] = [(bit, True) for bit in _some(lanes & alone, eighths, _KEPT)]
        elif kind not in examples:
            found[kind] = [(bit, False) for bit in _some(lanes, eighths, 1)]
    return found


def _some(lanes: int, eighths: Sequence[int], most: int) -> list[int]:
    """A few lanes, those of the lowest densities first."""
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
    """Lane i has the digits of start + i: the first symbol's turn is the fastest.

    Of each digit 0 is n, 1 is y, and 2, if there are three values, unassigned.
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
