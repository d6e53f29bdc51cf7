"""Symbols of an explanation that belong to other architectures."""

from __future__ import annotations

from collections.abc import Mapping, Set

from kgen.explain.bounds import Bounds
from kgen.explain.steps import Explanation
from kgen.model.clauses import Model
from kgen.resolve.three_valued import Known, evaluate_known


def elsewhere(model: Model, explanation: Explanation, bounds: Bounds) -> frozenset[str]:
    """The symbols of an explanation that are n because they belong to other architectures.

    This follows from their `depends on`, from the folder in which they are declared, or because
    only symbols of other architectures could give them a y. Such symbols are folded in the text;
    `--full` shows them.
    """
    values = explanation.values
    foreign = {
        symbol
        for symbol in explanation.steps
        if not values[symbol] and (symbol in bounds.foreign or symbol in bounds.fixed)
    }
    ways: dict[str, list[tuple[str, ...]]] = {}
    for symbol, steps in explanation.steps.items():
        if symbol in foreign or values[symbol]:
            continue
        depends = [step for step in steps if step.kind == "depends"]
        if any(_settled(model, step.clause, values, bounds.fixed) for step in depends):
            foreign.add(symbol)
        elif steps and not depends:
            if may_be_given(model, symbol):
                continue
            missed = explanation.missed.get(symbol, ())
            ways[symbol] = [tuple(name for name, value in one.needs if not value) for one in missed]
    more = True
    while more:
        more = False
        for symbol, needs in ways.items():
            if symbol not in foreign and needs and all(foreign & set(names) for names in needs):
                foreign.add(symbol)
                more = True
    return frozenset(foreign)


def may_be_given(model: Model, symbol: str) -> bool:
    """Whether a symbol has a default or an imply, also where the mode overrides it: a user can set
    such a symbol (a device or a group of devices)."""
    return any(model.clauses[index].kind in ("default", "imply") for index in model.about(symbol))


def _settled(model: Model, clause: int | None, values: Mapping[str, bool], fixed: Set[str]) -> bool:
    """Whether a `depends on` is false, given only the fixed symbols."""
    if clause is None:
        return False
    condition = model.clauses[clause].condition or ()
    known = {
        name: Known(int(values.get(name, False)), int(not values.get(name, False)))
        if name in fixed
        else Known(0, 0, 1)
        for name in condition
    }
    return bool(evaluate_known(condition, known).false)
