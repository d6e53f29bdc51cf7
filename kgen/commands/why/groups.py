"""Groups of targets that have a value for the same reason."""

from __future__ import annotations

from kgen.explain.steps import Reasons, Step
from kgen.model.lanes import union
from kgen.model.record import Record


class Row(Record):
    """A step and the lanes (bits) of a group in which it gives the value."""

    step: Step
    lanes: int


class Group(Record):
    """Lanes (bits) in which a symbol has one value for reasons of one kind.

    rows: the steps, those of most lanes first; none if nothing sets the symbol. Lanes in which
    several steps force the value are in several rows.
    """

    value: bool
    kind: str
    lanes: int
    rows: tuple[Row, ...]


def groups(reasons: Reasons, symbol: str) -> tuple[Group, ...]:
    """The groups of a symbol, y before n, those of most lanes first; failing lanes are in none."""
    found: dict[tuple[bool, str], dict[object, Row]] = {}
    taken: dict[bool, int] = {True: 0, False: 0}
    for step in reasons.steps(symbol):
        # A lane belongs to its first kind of reason; further reasons of that kind are rows.
        rows = found.setdefault((step.value, step.kind), {})
        own = union(row.lanes for row in rows.values())
        lanes = step.lanes & (~taken[step.value] | own)
        if lanes:
            key = (step.clause, step.needs, step.assignment)
            before = rows.get(key)
            rows[key] = Row(step, lanes | (before.lanes if before else 0))
        taken[step.value] |= step.lanes
    groups_ = []
    for (value, kind), rows in found.items():
        lanes = union(row.lanes for row in rows.values())
        if lanes:
            ordered = sorted(rows.values(), key=lambda row: -row.lanes.bit_count())
            kept = tuple(row for row in ordered if row.step.kind != "unset")
            groups_.append(Group(value, kind, lanes, kept))
    return tuple(sorted(groups_, key=lambda g: (not g.value, -g.lanes.bit_count())))
