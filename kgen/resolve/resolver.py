"""Model and lanes to a Resolution: every lane at once, one bit a lane. Pure.

The rules are those of QEMU's `scripts/minikconf.py`. For each symbol, in an order in which
whatever its clauses read has its value already:

1. Assignments, `depends on` whose condition is false, and `select` whose condition and
   selecting symbol hold, force a value. Forced both ways is a contradiction.
2. Where nothing forces it, the first `default` or `imply`, in textual order over all files,
   whose condition holds gives the value.
3. Else it is n; in allyesconfig y. The modes replace the value that a default gives, too, and
   randconfig draws each.

A tree whose symbols need each other in a circle has no such order: `conflicts` resolves it, and
it says what contradicts what.
"""

from __future__ import annotations

from collections.abc import Sequence

from kgen.model.clauses import Model
from kgen.model.configurations import Contradiction, Lane, Resolution
from kgen.model.expr import evaluate
from kgen.model.lanes import union
from kgen.model.order import order_of
from kgen.resolve.task import Task, make_task


def resolve(
    model: Model, lanes: Sequence[Lane], seed: int = 0, *, reasons: bool = True
) -> Resolution:
    """Resolve every lane. All symbols that are assigned must be declared in the model.

    Never raises for a configuration that fails: its lanes are in `failed`, with the reasons
    in `contradictions` and `cycles`. seed: for lanes in randconfig mode. reasons: False leaves
    `contradictions` empty where there is an order, for callers that try out many lanes.
    """
    lanes = tuple(lanes)
    task = make_task(model, lanes, seed)
    order, sound = order_of(model.by_symbol.readers, task.symbols)
    if sound:
        return _resolve_ordered(task, order, reasons)
    from kgen.resolve.cyclic import resolve_cyclic  # no real tree needs it

    return resolve_cyclic(task)


def _resolve_ordered(task: Task, order: list[str], reasons: bool) -> Resolution:
    """The whole resolution where an order exists."""
    decided = [0] * len(task.model.clauses)
    values, conflicts = values_of(task, order, decided)
    contradictions: tuple[Contradiction, ...] = ()
    if conflicts and reasons:
        from kgen.resolve.clashes import contradictions_in  # seldom needed

        contradictions = contradictions_in(task, order)
    return Resolution(
        task.model,
        task.lanes,
        values,
        tuple(decided),
        task.assigned,
        task.external,
        union(conflicts.values()),
        contradictions,
        (),
    )


def values_of(
    task: Task, order: list[str], decided: list[int] | None = None
) -> tuple[dict[str, int], dict[str, int]]:
    """One pass, plain bit arithmetic: the lanes in which each symbol is y, and those in which
    it is forced both ways.

    In a lane that fails anywhere the values mean nothing. decided: where to note for each
    clause the lanes in which it gives the value; many lanes would pay for that in memory.
    """
    clauses = task.model.clauses
    forcing, giving = task.model.by_symbol.forcing, task.model.by_symbol.giving
    everywhere = task.everywhere
    values: dict[str, int] = {}
    conflicts: dict[str, int] = {}
    nothing = (0, 0)
    for symbol in order:
        yes, no = task.assigned.get(symbol, nothing)
        for index in forcing.get(symbol, ()):
            clause = clauses[index]
            condition = clause.condition
            if clause.kind == "depends":
                assert condition is not None
                lanes = everywhere ^ evaluate(condition, values, everywhere)
                no |= lanes
            else:
                lanes = values[clause.symbol]
                if condition is not None:
                    lanes &= evaluate(condition, values, everywhere)
                yes |= lanes
            if decided is not None:
                decided[index] = lanes
        if yes & no:
            conflicts[symbol] = yes & no
        free = everywhere ^ (yes | no)
        for index in giving.get(symbol, ()):
            clause = clauses[index]
            lanes = free
            if clause.kind == "imply":
                lanes &= values[clause.symbol]
            if clause.condition is not None:
                lanes &= evaluate(clause.condition, values, everywhere)
            if decided is not None:
                decided[index] = lanes
            yes |= lanes & task.given[index]
            free ^= lanes
        values[symbol] = yes | (free & task.finally_[symbol])
    return values, conflicts
