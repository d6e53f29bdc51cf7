"""The fewest assignments that still cause a kind of contradiction.

This is delta debugging with lanes: every round tries, for all kinds in one resolution, each set of
assignments with a half, a quarter, an eighth and so on left out, down to single ones. It ends when
no single assignment can be left out, and the last round proves that.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise

from kgen.commands.sweep.failing_lanes import Conflict, Example, conflicts_of
from kgen.commands.sweep.masks import masks_of
from kgen.commands.sweep.scope import Scope, clashes_in
from kgen.model.record import Record

Assigned = tuple[tuple[str, bool], ...]


# Lanes of one resolution.
_MOST = 1 << 15


class Core(Record):
    """The fewest assignments of a kind, sorted by symbol: a devices file of them fails this way.

    alone: that failure has no other contradiction.
    """

    assigned: Assigned
    alone: bool


def shrink(scope: Scope, examples: Mapping[Conflict, Sequence[Example]]) -> dict[Conflict, Core]:
    """For each kind the smallest core that any of its examples shrinks to.

    An example without other contradictions stays so; some of those with others lose them.
    """
    # An example has all assignments of its lane, so the lines of the scope are not needed.
    scope = scope._replace(lines={})
    tasks = [(kind, example.alone) for kind, some in examples.items() for example in some]
    active = {
        number: tuple(sorted(example.assigned.items()))
        for number, example in enumerate(one for some in examples.values() for one in some)
    }
    done: dict[int, Assigned] = {}
    finest = dict.fromkeys(active, 8)
    while active:
        tries = [
            (number, smaller)
            for number, items in active.items()
            for smaller in _smaller(items, finest[number])
        ]
        works = _works(scope, [(*tasks[number], items) for number, items in tries])
        best: dict[int, Assigned] = {}
        for (number, items), fails in zip(tries, works, strict=True):
            if fails and (number not in best or len(items) < len(best[number])):
                best[number] = items
        for number, items in list(active.items()):
            if number in best:
                active[number] = best[number]
            elif finest[number] < len(items):
                finest[number] *= 4
            else:
                done[number] = active.pop(number)
    alone = _works(scope, [(kind, True, done[n]) for n, (kind, _) in enumerate(tasks)])
    found: dict[Conflict, Core] = {}
    for number, (kind, _) in enumerate(tasks):
        core = Core(done[number], alone[number])
        before = found.get(kind)
        if before is None or _rank(core) < _rank(before):
            found[kind] = core
    return found


def _rank(core: Core) -> tuple[bool, int, Assigned]:
    return not core.alone, len(core.assigned), core.assigned


def _smaller(items: Assigned, finest: int) -> list[Assigned]:
    """The parts of a list and the list without each part, for two parts, four, up to finest."""
    length = len(items)
    found: dict[Assigned, None] = {(): None} if length else {}
    parts = 2
    while length > 1:
        parts = min(parts, length)
        edges = [length * number // parts for number in range(parts + 1)]
        for start, end in pairwise(edges):
            found[items[start:end]] = None
            found[items[:start] + items[end:]] = None
        if parts >= min(length, finest):
            break
        parts *= 2
    return list(found)


def _works(scope: Scope, tries: Sequence[tuple[Conflict, bool, Assigned]]) -> list[bool]:
    """Whether each set of assignments fails with its kind and, if required, with no other."""
    found: list[bool] = []
    for start in range(0, len(tries), _MOST):
        part = tries[start : start + _MOST]
        width = len(part)
        masks = masks_of([items for _, _, items in part])
        wanted: dict[Conflict, list[int]] = {}
        for bit, (kind, _, _) in enumerate(part):
            wanted.setdefault(kind, []).append(bit)
        hit = bytearray(width)
        failed = several = 0
        for clash in clashes_in(scope, width, masks):
            several |= failed & clash.lanes
            failed |= clash.lanes
            for kind, lanes in conflicts_of(scope, clash, width, masks):
                if kind in wanted:
                    ones = lanes.to_bytes((width + 7) // 8, "little")
                    for bit in wanted[kind]:
                        hit[bit] = ones[bit >> 3] >> (bit & 7) & 1
        more = several.to_bytes((width + 7) // 8, "little")
        found += [
            bool(hit[bit]) and not (alone and more[bit >> 3] >> (bit & 7) & 1)
            for bit, (_, alone, _) in enumerate(part)
        ]
    return found
