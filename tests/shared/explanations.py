"""Explanations held against the resolver: what they name, and nothing else, gives the value."""

from __future__ import annotations

from kgen.explain.steps import Explanation, Reasons
from kgen.model import expr
from kgen.model.clauses import model_of
from kgen.model.configurations import Lane, Resolution
from kgen.resolve.resolver import resolve


def only_the_facts(resolution: Resolution, explanation: Explanation) -> Resolution:
    """The lane of an explanation in a tree of nothing but what the explanation names."""
    model = resolution.model
    named = set()
    assigned = set()
    symbols = set(explanation.steps)
    for table in (explanation.steps, explanation.missed):
        for steps in table.values():
            for step in steps:
                if step.clause is not None:
                    named.add(step.clause)
                    clause = model.clauses[step.clause]
                    symbols |= {clause.symbol, clause.target, *expr.names(clause.condition or ())}
                if step.assignment is not None:
                    assigned.add(step.assignment)
    lane = resolution.lanes[explanation.lane]
    return resolve(
        model_of(
            tuple(entry for entry in model.entries if entry.symbol in symbols),
            tuple(model.clauses[index] for index in sorted(named)),
            tuple(item for item in model.assignments if item in assigned),
            tuple(sorted(symbols)),
            model.files,
        ),
        [Lane(lane.name, lane.mode, tuple(i for i in lane.assignments if i in assigned))],
    )


def assert_its_facts_are_enough(reasons: Reasons, symbol: str, lane: int) -> None:
    """Resolve a tree of nothing but the facts of a value's explanation: it has that value."""
    explanation = reasons.explain(symbol, lane)
    alone = only_the_facts(reasons.resolution, explanation)
    assert not alone.failed
    assert bool(alone.values[symbol]) == reasons.value(symbol, lane), (symbol, explanation)
