"""The fewest assignments after which a mode gives a configuration again. Pure.

Let v be the values of one lane that resolved well. In another mode, with a set S of the user's
assignments, the result is v exactly if each symbol, given v for all the symbols that it reads,
gets its value in v: by induction in the order in which symbols are resolved. So each symbol can
be looked at alone, with v for the rest:

- Where a `depends on`, a `select`, an assignment of a Kconfig file or one from outside forces
  it, it is forced to its value in v: these do not depend on the mode, and v did not contradict
  them. It needs no assignment, and an equal one changes nothing.
- Where nothing forces it, the mode's defaults give it a value. If that is its value in v, it
  needs none; if not, it needs one, whatever else is in S, and that one is no contradiction.

So the symbols that need an assignment are the same for every S: there is one smallest set, each
other that works contains it. On a tree whose symbols need each other in a circle there is no
such order, and the set is a proposal that has to be resolved to be known.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kgen.model.configurations import Resolution
from kgen.model.expr import evaluate

if TYPE_CHECKING:
    from typing import Literal

    Aim = Literal["defconfig", "allnoconfig"]

AIMS: tuple[Aim, ...] = ("defconfig", "allnoconfig")


def needed(resolution: Resolution, lane: int, aim: Aim) -> dict[str, bool]:
    """The assignments that give a lane's values again in a mode, sorted by symbol.

    The lane must not be one that fails. What its lines set from outside stays as it is, and so
    does what Kconfig files assign.
    """
    bit = 1 << lane
    values = {symbol: bool(lanes & bit) for symbol, lanes in resolution.values.items()}
    everywhere = True  # one lane alone, so that a set of lanes is y or n
    lines = resolution.lanes[lane].assignments
    fixed = {item.symbol for item in resolution.model.assignments}
    fixed.update(item.symbol for item in lines if item.external)
    given = dict.fromkeys(values, False)
    settled = set(fixed)
    for clause in resolution.model.clauses:
        symbol = clause.target
        if symbol in settled:
            continue
        held = clause.condition is None or evaluate(clause.condition, values, everywhere)
        if clause.kind == "depends":
            if not held:
                settled.add(symbol)
                given[symbol] = False
        elif clause.kind == "select" and held and values[clause.symbol]:
            settled.add(symbol)
            given[symbol] = True
    decided = set(settled)
    for clause in resolution.model.clauses:
        symbol = clause.target
        if symbol in decided or clause.kind not in ("default", "imply"):
            continue
        if clause.kind == "imply" and not values[clause.symbol]:
            continue
        if clause.condition is None or evaluate(clause.condition, values, everywhere):
            decided.add(symbol)
            given[symbol] = clause.value and aim == "defconfig"
    return {
        symbol: value
        for symbol, value in sorted(values.items())
        if symbol not in fixed and given[symbol] is not value
    }
