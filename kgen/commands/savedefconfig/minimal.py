"""The fewest assignments that reproduce a configuration in a mode. Pure.

Let v be the values of one lane that does not fail. In another mode, with a set S of the user's
assignments, the result is v if and only if each symbol, given v for all symbols that it reads, gets
its value in v (by induction in the order in which symbols are resolved). So each symbol can be
examined alone, with v for the rest:

- Where a `depends on`, a `select`, an assignment of a Kconfig file or an external one forces
  it, it is forced to its value in v: these do not depend on the mode, and v did not contradict
  them. It needs no assignment, and an equal one changes nothing.
- Where nothing forces it, the mode's defaults give it a value. If that is its value in v, it needs
  no assignment; if not, it needs one, whatever else is in S, and that is not a contradiction.

So the symbols that need an assignment are the same for every S: there is one smallest set, and
every other valid set contains it. In a tree with a dependency cycle there is no such order, so the
set has to be checked by resolving it.
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
    """The assignments that reproduce a lane's values in a mode, sorted by symbol.

    The lane must not fail. External assignments and those in Kconfig files are kept and not
    included.
    """
    bit = 1 << lane
    values = {symbol: bool(lanes & bit) for symbol, lanes in resolution.values.items()}
    everywhere = True  # with a single lane, a set of lanes is a bool
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
