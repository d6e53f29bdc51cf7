"""Resolves a model and lanes to a Resolution: all lanes in one pass, one bit per lane. Pure.

The rules are those of QEMU's scripts/minikconf.py (see docs/devel/kconfig.rst). Symbols are
evaluated in topological order, so that all symbols that a clause reads have values:

1. A value is forced by an assignment, by a `depends on` whose condition is false, or by a
   `select` whose condition is true and whose symbol is y. Forced to both values is a
   contradiction.
2. If nothing forces a value, the first `default` or `imply` whose condition is true, in textual
   order over all files, gives it.
3. Otherwise the symbol is n, in allyesconfig y. allnoconfig and allyesconfig also replace the
   values that defaults give, and randconfig draws them at random.

A tree with a dependency cycle has no such order; `cyclic` resolves it.
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
    """Resolve every lane. All assigned symbols must be declared in the model.

    Never raises for a configuration that fails: its lane is in `failed`, and the reasons are in
    `contradictions` and `cycles`. seed: random seed for lanes in randconfig mode. reasons: False
    leaves `contradictions` empty for a tree without cycles; for callers that try many lanes.
    """
    lanes = tuple(lanes)
    task = make_task(model, lanes, seed)
    order, acyclic = order_of(model.by_symbol.readers, task.symbols)
    if acyclic:
        return _resolve_ordered(task, order, reasons)
    from kgen.resolve.cyclic import resolve_cyclic  # no release of QEMU needs it

    return resolve_cyclic(task)


def _resolve_ordered(task: Task, order: list[str], reasons: bool) -> Resolution:
    """The resolution of a tree without cycles. order: topological."""
    decided = [0] * len(task.model.clauses)
    values, conflicts = values_of(task, order, decided)
    contradictions: tuple[Contradiction, ...] = ()
    if conflicts and reasons:
        from kgen.resolve.clashes import contradictions_in  # rarely needed

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
    """For each symbol the lanes in which it is y, and for each contradicted symbol the lanes in
    which it is forced both ways.

    One pass of plain bit operations. The values of lanes with a contradiction are undefined.
    decided: output, one item per clause: the lanes in which it gives the value. It needs much
    memory for many lanes; None omits it.
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
