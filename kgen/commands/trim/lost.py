"""What a configuration loses without one of its lines. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from kgen.model.configurations import Outcome
from kgen.model.lanes import members
from kgen.resolve.resolver import resolve


def lost_without(
    outcome: Outcome, lines: Sequence[str], symbols: Iterable[str]
) -> dict[str, frozenset[str]]:
    """Which of some symbols are no longer y without each of some assigned ones.

    A line that is left out may have given what another line depends on, which contradicts then:
    this one is left out as well, and so on.
    """
    wanted = frozenset(symbols)
    lane = outcome.as_lane
    left_out = [{name} for name in lines]
    more = True
    while more:
        lanes = [
            lane._replace(assignments=tuple(x for x in lane.assignments if x.symbol not in names))
            for names in left_out
        ]
        resolution = resolve(outcome.resolution.model, lanes)
        more = False
        for item in resolution.contradictions:
            for number in members(item.lanes & resolution.failed):
                more |= item.symbol not in left_out[number]
                left_out[number].add(item.symbol)
    return {
        name: frozenset(
            symbol
            for symbol in wanted
            if (resolution.failed | ~resolution.values[symbol]) >> number & 1
        )
        for number, name in enumerate(lines)
    }
