"""A target's configuration laid open for trying changes: every line of it in the lane."""

from __future__ import annotations

from kgen.model.clauses import Model
from kgen.model.configurations import Lane, Resolution


def laid_open(resolution: Resolution, lane: int) -> tuple[Model, Lane]:
    """A model without assignments of its own, and the lane with those in front.

    Lines that stand in Kconfig files, or in a devices file that declares symbols, belong to the
    model and hold in all lanes; as part of the lane they can be left out one by one.
    """
    model, one = resolution.model, resolution.lanes[lane]
    if not model.assignments:
        return model, one
    # In a devices file that declares symbols a line is part of both.
    before = tuple(item for item in model.assignments if not _has(one, item.symbol, item.place))
    return model._replace(assignments=()), one._replace(assignments=(*before, *one.assignments))


def _has(lane: Lane, symbol: str, place: object) -> bool:
    return any(item.symbol == symbol and item.place == place for item in lane.assignments)
