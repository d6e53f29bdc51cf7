"""A lane that contains all assignments of a configuration, so that changes can be tried."""

from __future__ import annotations

from kgen.model.clauses import Model
from kgen.model.configurations import Lane, Resolution


def laid_open(resolution: Resolution, lane: int) -> tuple[Model, Lane]:
    """The model without its assignments, and the lane with those assignments prepended.

    Assignments in Kconfig files belong to the model and apply to all lanes. As part of the lane
    they can be removed one by one.
    """
    model, one = resolution.model, resolution.lanes[lane]
    if not model.assignments:
        return model, one
    together = (*model.assignments, *one.assignments)
    return model._replace(assignments=()), one._replace(assignments=together)
