"""A target's configuration laid open for trying changes: every line of it in the lane."""

from __future__ import annotations

from kgen.model.clauses import Model
from kgen.model.configurations import Lane, Resolution


def laid_open(resolution: Resolution, lane: int) -> tuple[Model, Lane]:
    """A model without assignments of its own, and the lane with those in front.

    Lines that stand in Kconfig files belong to the model and hold in all lanes; as part of the
    lane they can be left out one by one.
    """
    model, one = resolution.model, resolution.lanes[lane]
    if not model.assignments:
        return model, one
    together = (*model.assignments, *one.assignments)
    return model._replace(assignments=()), one._replace(assignments=together)
