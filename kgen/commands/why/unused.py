"""Assignments without effect."""

from __future__ import annotations

from collections.abc import Sequence

from kgen.explain.steps import Reasons, Step
from kgen.model.clauses import Assignment
from kgen.model.configurations import Lane, Outcome
from kgen.model.record import Record
from kgen.resolve.editable_lane import laid_open
from kgen.resolve.resolver import resolve


class Unused(Record):
    """An assignment without effect.

    why: `anyway` (without it the symbol has the same value, by `step`), `twice` (`other` is the
    same), or `contradicted` (the target fails because something forces the other value).
    """

    assignment: Assignment
    why: str
    other: Assignment | None = None
    step: Step | None = None


def unused(outcomes: Sequence[Outcome]) -> list[tuple[Outcome, tuple[Unused, ...]]]:
    """For each target its lines, options and descriptor keys that have no effect.

    Each line is left out alone, as a lane of one pass, and the configurations are compared. Of two
    equal lines both are reported, because either can be removed.
    """
    return [
        (outcome, _contradicted(outcome) if outcome.failed else _idle(outcome))
        for outcome in outcomes
    ]


def _idle(outcome: Outcome) -> tuple[Unused, ...]:
    model, lane = laid_open(outcome.resolution, outcome.lane)
    own = tuple(dict.fromkeys(item for item in lane.assignments if not item.external))
    resolution = resolve(model, [lane, *(_without(lane, i) for i in own)])
    differs = resolution.failed
    for values in resolution.values.values():
        differs |= values ^ -(values & 1)
    reasons = Reasons(resolution)
    found = []
    for number, item in enumerate(own, 1):
        if differs >> number & 1:
            continue
        other = next((one for one in own if one != item and _is_duplicate(one, item)), None)
        if other is not None:
            found.append(Unused(item, "twice", other))
        else:
            steps = reasons.steps(item.symbol, 1 << number)
            found.append(Unused(item, "anyway", step=steps[0]))
    return tuple(found)


def _is_duplicate(one: Assignment, other: Assignment) -> bool:
    return one.symbol == other.symbol and one.value == other.value


def _contradicted(outcome: Outcome) -> tuple[Unused, ...]:
    """The lines of a failing target that are part of a contradiction."""
    found: dict[Assignment, None] = {}
    for item in outcome.resolution.contradictions:
        if item.lanes >> outcome.lane & 1:
            for fact in item.facts:
                if fact.assignment is not None and not fact.assignment.external:
                    found[fact.assignment] = None
    own = set(laid_open(outcome.resolution, outcome.lane)[1].assignments)
    return tuple(Unused(item, "contradicted") for item in found if item in own)


def _without(lane: Lane, left_out: Assignment) -> Lane:
    return lane._replace(assignments=tuple(i for i in lane.assignments if i != left_out))
