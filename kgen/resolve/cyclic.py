"""Resolves trees with dependency cycles, in the same way as scripts/minikconf.py.

A symbol may have no value in some lanes, so expressions are three-valued. For a tree with a cycle,
minikconf.py evaluates the symbols in one of several orders, depending on the memory addresses of
its objects, and fails when it reads a symbol that has no value yet. `resolve_cyclic` uses one of
those orders: it accepts no tree that minikconf.py always rejects, and rejects no tree that
minikconf.py always accepts.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator

from kgen.model.clauses import Clause, reads
from kgen.model.configurations import Contradiction, Cycle, Resolution
from kgen.model.expr import names
from kgen.model.order import order_of
from kgen.resolve.clashes import contradiction_of
from kgen.resolve.task import BySymbol, Task
from kgen.resolve.three_valued import Known, evaluate_known

# After all clauses: the position of the assignments of minikconf.py's command line.
_LAST = sys.maxsize


def _holds(clause: Clause, known: dict[str, Known], lanes: int) -> Known:
    """Where a clause's whole condition is true, false or unset. lanes: used if unconditional."""
    condition = reads(clause)
    return evaluate_known(condition, known) if condition else Known(lanes, 0)


def resolve_cyclic(task: Task) -> Resolution:
    """Resolve groups of lanes that share an order of symbols: the order of first mention."""
    values: dict[str, int] = dict.fromkeys(task.symbols, 0)
    decided = [0] * len(task.model.clauses)
    contradictions: list[Contradiction] = []
    cycles: list[Cycle] = []
    failed = 0
    for walk in _walks(task):
        lanes = walk.lanes
        for symbol, known in walk.known.items():
            values[symbol] |= known.true & lanes
        for index, given in enumerate(walk.decided):
            decided[index] |= given & lanes
        contradictions += walk.contradictions
        cycles += walk.cycles
        failed |= walk.failed
    return Resolution(
        task.model,
        task.lanes,
        values,
        tuple(decided),
        task.assigned,
        task.external,
        failed,
        _joined_contradictions(contradictions),
        _joined_cycles(cycles),
    )


def known_values(task: Task) -> dict[str, Known]:
    """The values that are known in spite of contradictions and cycles."""
    true = dict.fromkeys(task.symbols, 0)
    false = dict.fromkeys(task.symbols, 0)
    for walk in _walks(task):
        for symbol, known in walk.known.items():
            true[symbol] |= known.true & walk.lanes
            false[symbol] |= known.false & walk.lanes
    return {symbol: Known(true[symbol], false[symbol]) for symbol in task.symbols}


def _walks(task: Task) -> Iterator[_Walk]:
    """A finished walk for each group of lanes."""
    groups: dict[tuple[str, ...], int] = {}
    for bit, lane in enumerate(task.lanes):
        inside = [item.symbol for item in lane.assignments if not item.external]
        outside = [item.symbol for item in lane.assignments if item.external]
        roots = tuple(dict.fromkeys((*inside, *task.model.mentions, *outside)))
        groups[roots] = groups.get(roots, 0) | 1 << bit
    for roots, lanes in groups.items():
        walk = _Walk(task, lanes)
        walk.run(order_of(task.model.by_symbol.readers, roots)[0])
        yield walk


class _Walk:
    """Evaluates one group of lanes, clause by clause, in minikconf.py's order."""

    def __init__(self, task: Task, lanes: int) -> None:
        self.task = task
        self.assigned = BySymbol(task.model, task.lanes, lanes)
        self.lanes = lanes
        unset = Known(0, 0, lanes)
        self.known: dict[str, Known] = dict.fromkeys(task.symbols, unset)
        self.decided = [0] * len(task.model.clauses)
        self.contradictions: list[Contradiction] = []
        self.cycles: list[Cycle] = []
        self.failed = 0

    def run(self, order: list[str]) -> None:
        for symbol in order:
            self.visit(symbol)

    def visit(self, symbol: str) -> None:
        """Determine one symbol's value in every lane, from its clauses in minikconf.py's order."""
        task, lanes = self.task, self.lanes
        forcing, giving = task.model.by_symbol.forcing, task.model.by_symbol.giving
        waiting = self.assignments(symbol)
        yes = no = 0
        unknown = 0  # lanes in which the value is unknown due to a cycle or an earlier failure
        for index in (*forcing.get(symbol, ()), _LAST):
            while waiting and waiting[0][0] <= index:
                _, value, given = waiting.pop(0)
                yes, no = (yes | given, no) if value else (yes, no | given)
            if index == _LAST:
                break
            self.known[symbol] = Known(yes & ~no, no & ~yes, lanes & ~(yes | no))
            holds = self.read(symbol, index, lanes & ~unknown)
            if task.model.clauses[index].kind == "depends":
                given = holds.false & lanes
                no |= given
            else:
                given = holds.true & lanes
                yes |= given
            self.decided[index] = given
            unknown |= lanes & ~(holds.true | holds.false)
        conflict = yes & no & lanes
        if conflict:
            self.failed |= conflict
            forced = {index: self.decided[index] for index in forcing.get(symbol, ())}
            self.contradictions.append(
                contradiction_of(task, self.assigned, symbol, conflict, forced)
            )
        true, false = yes & ~conflict, no & ~conflict
        free = lanes & ~(yes | no | unknown)
        for index in giving.get(symbol, ()):
            self.known[symbol] = Known(true, false, free)
            holds = self.read(symbol, index, free)
            given = free & holds.true
            by_mode = task.given[index]
            self.decided[index] = given
            true |= given & by_mode
            false |= given & ~by_mode
            free &= holds.false
        true |= free & task.finally_[symbol]
        false |= free & ~task.finally_[symbol]
        self.known[symbol] = Known(true & lanes, false & lanes)

    def assignments(self, symbol: str) -> list[tuple[int, bool, int]]:
        """The assignments of a symbol, as (position, value, lanes), in minikconf.py's order.

        A devices file is read before the tree; assignments of the command line come last. So a
        `depends on` that reads its own symbol sees the value from a devices file, but not the one
        from the command line.
        """
        assignments = [
            (item.after or 0, item.value, self.lanes)
            for item in self.assigned.everywhere.get(symbol, ())
        ]
        for lane, item in self.assigned.lanes.get(symbol, ()):
            usual = _LAST if item.external else 0
            when = usual if item.after is None else item.after
            assignments.append((when, item.value, 1 << lane))
        return sorted(assignments, key=lambda item: item[0])

    def read(self, symbol: str, index: int, lanes: int) -> Known:
        """Evaluate the condition of a clause; reading a symbol without a value is a cycle."""
        holds = _holds(self.task.model.clauses[index], self.known, self.lanes)
        stuck = holds.unset & lanes
        if stuck:
            self.failed |= stuck
            self.cycles += self.cycles_through(symbol, index, stuck)
        # A read of a symbol without a value is a failure, even if the rest decides the expression.
        return Known(holds.true & ~holds.unset, holds.false & ~holds.unset)

    def cycles_through(self, symbol: str, index: int, lanes: int) -> list[Cycle]:
        """The shortest cycle through this clause and a symbol that it reads without a value;
        that symbol may differ between lanes."""
        cycles: list[Cycle] = []
        for needed in dict.fromkeys(names(reads(self.task.model.clauses[index]))):
            here = self.known[needed].unset & lanes
            path = self.path(symbol, needed) if here else None
            if path is not None:
                cycles.append(_normal_cycle([(symbol, index), *path], here))
                lanes ^= here
        return cycles

    def path(self, symbol: str, needed: str) -> list[tuple[str, int]] | None:
        """The path from `needed` to `symbol`: each symbol with the clause that reads the next."""
        if needed == symbol:
            return []
        came: dict[str, tuple[str, int]] = {symbol: ("", -1)}
        queue = [symbol]
        for here in queue:
            for reader in self.task.model.by_symbol.readers.get(here, ()):
                if reader not in came:
                    came[reader] = (here, self.through(reader, here))
                    queue.append(reader)
        if needed not in came:
            return None
        steps: list[tuple[str, int]] = []
        at = needed
        while at != symbol:
            before, clause = came[at]
            steps.append((at, clause))
            at = before
        return steps

    def through(self, reader: str, needed: str) -> int:
        """The first clause about `reader` that reads `needed`."""
        model = self.task.model
        return next(i for i in model.about(reader) if needed in reads(model.clauses[i]))


def _normal_cycle(steps: list[tuple[str, int]], lanes: int) -> Cycle:
    """A cycle, rotated to start at its least symbol, so that equal cycles compare equal."""
    start = min(range(len(steps)), key=lambda number: steps[number][0])
    rotated = steps[start:] + steps[:start]
    return Cycle(
        tuple(symbol for symbol, _ in rotated), tuple(clause for _, clause in rotated), lanes
    )


def _joined_cycles(cycles: list[Cycle]) -> tuple[Cycle, ...]:
    joined: dict[tuple[str, ...], Cycle] = {}
    for cycle in cycles:
        before = joined.get(cycle.symbols)
        lanes = cycle.lanes | (before.lanes if before else 0)
        joined[cycle.symbols] = (before or cycle)._replace(lanes=lanes)
    return tuple(joined[symbols] for symbols in sorted(joined))


def _joined_contradictions(contradictions: list[Contradiction]) -> tuple[Contradiction, ...]:
    joined: dict[str, Contradiction] = {}
    for item in contradictions:
        before = joined.get(item.symbol)
        if before is None:
            joined[item.symbol] = item
        else:
            facts = dict.fromkeys((*before.facts, *item.facts))
            joined[item.symbol] = Contradiction(
                item.symbol, before.lanes | item.lanes, tuple(facts)
            )
    return tuple(joined.values())
