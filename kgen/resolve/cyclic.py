"""Resolves trees with dependency cycles, in the same way as scripts/minikconf.py.

A symbol may have no value in some lanes, so expressions are three-valued. For a tree with a cycle,
minikconf.py evaluates the symbols in one of several orders, depending on the memory addresses of
its objects, and fails when it reads a symbol that has no value yet. `resolve_cyclic` uses one of
those orders: it accepts no tree that minikconf.py always rejects, and rejects no tree that
minikconf.py always accepts.
"""

from __future__ import annotations

import sys

from kgen.model.clauses import reads
from kgen.model.configurations import Contradiction, Cycle, Resolution
from kgen.model.expr import names
from kgen.resolve.clashes import contradiction_of
from kgen.resolve.cyclic_order import visits
from kgen.resolve.task import BySymbol, Task
from kgen.resolve.three_valued import Known, evaluate_known

# After all clauses: the position of the assignments of minikconf.py's command line.
_LAST = sys.maxsize


def resolve_cyclic(task: Task) -> Resolution:
    """Resolve all lanes, each in an order of symbols that the reference can take in it."""
    walk = _Walk(task)
    walk.run()
    return Resolution(
        task.model,
        task.lanes,
        {symbol: known.true for symbol, known in walk.known.items()},
        tuple(walk.decided),
        task.assigned,
        task.external,
        walk.failed,
        _joined_contradictions(walk.contradictions),
        _joined_cycles(walk.cycles),
    )


def known_values(task: Task) -> dict[str, Known]:
    """The values that are known in spite of contradictions and cycles."""
    walk = _Walk(task)
    walk.run()
    return walk.known


class _Walk:
    """Evaluates all lanes, clause by clause, in minikconf.py's order."""

    def __init__(self, task: Task) -> None:
        self.task = task
        self.assigned = BySymbol(task.model, task.lanes, task.everywhere)
        unset = Known(0, 0, task.everywhere)
        self.known: dict[str, Known] = dict.fromkeys(task.symbols, unset)
        self.decided = [0] * len(task.model.clauses)
        self.contradictions: list[Contradiction] = []
        self.cycles: list[Cycle] = []
        self.failed = 0
        self._given: dict[str, list[tuple[int, bool, int]]] = {}
        self._paths: dict[tuple[str, str], list[tuple[str, int]] | None] = {}

    def run(self) -> None:
        for symbol, lanes in visits(self.task):
            self.visit(symbol, lanes)

    def visit(self, symbol: str, lanes: int) -> None:
        """Determine one symbol's value in these lanes, from its clauses in minikconf.py's order."""
        task = self.task
        forcing, giving = task.model.by_symbol.forcing, task.model.by_symbol.giving
        before = self.known[symbol]  # has the values in other lanes

        def put(true: int, false: int, unset: int = 0) -> None:
            self.known[symbol] = Known(
                before.true | (true & lanes),
                before.false | (false & lanes),
                (before.unset & ~lanes) | (unset & lanes),
            )

        waiting = iter([*self.assignments(symbol), (_LAST + 1, False, 0)])
        position, value, given = next(waiting)
        yes = no = 0
        unknown = 0  # lanes in which the value is unknown due to a cycle or an earlier failure
        for index in (*forcing.get(symbol, ()), _LAST):
            while position <= index:
                given &= lanes
                yes, no = (yes | given, no) if value else (yes, no | given)
                position, value, given = next(waiting)
            if index == _LAST:
                break
            put(yes & ~no, no & ~yes, ~(yes | no))
            holds = self.read(symbol, index, lanes & ~unknown)
            if task.model.clauses[index].kind == "depends":
                forced = holds.false & lanes
                no |= forced
            else:
                forced = holds.true & lanes
                yes |= forced
            self.decided[index] |= forced
            unknown |= lanes & ~(holds.true | holds.false)
        conflict = yes & no & lanes
        if conflict:
            self.failed |= conflict
            causes = {index: self.decided[index] for index in forcing.get(symbol, ())}
            self.contradictions.append(
                contradiction_of(task, self.assigned, symbol, conflict, causes)
            )
        true, false = yes & ~conflict, no & ~conflict
        free = lanes & ~(yes | no | unknown)
        for index in giving.get(symbol, ()):
            put(true, false, free)
            holds = self.read(symbol, index, free)
            decided = free & holds.true
            by_mode = task.given[index]
            self.decided[index] |= decided
            true |= decided & by_mode
            false |= decided & ~by_mode
            free &= holds.false
        finally_ = task.finally_[symbol]
        put(true | (free & finally_), false | (free & ~finally_))

    def assignments(self, symbol: str) -> list[tuple[int, bool, int]]:
        """The assignments of a symbol, as (position, value, lanes), in minikconf.py's order.

        A devices file is read before the tree; assignments of the command line come last. So a
        `depends on` that reads its own symbol sees the value from a devices file, but not the one
        from the command line.
        """
        found = self._given.get(symbol)
        if found is None:
            masks: dict[tuple[int, bool], int] = {}
            for item in self.assigned.everywhere.get(symbol, ()):
                masks[item.after or 0, item.value] = self.task.everywhere
            for lane, item in self.assigned.lanes.get(symbol, ()):
                usual = _LAST if item.external else 0
                key = (usual if item.after is None else item.after, item.value)
                masks[key] = masks.get(key, 0) | 1 << lane
            found = self._given[symbol] = [(*key, masks[key]) for key in sorted(masks)]
        return found

    def read(self, symbol: str, index: int, lanes: int) -> Known:
        """Evaluate the condition of a clause; reading a symbol without a value is a cycle."""
        condition = reads(self.task.model.clauses[index])
        if not condition:
            return Known(self.task.everywhere, 0)
        holds = evaluate_known(condition, self.known)
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
        if (symbol, needed) not in self._paths:
            self._paths[symbol, needed] = self.search(symbol, needed)
        return self._paths[symbol, needed]

    def search(self, symbol: str, needed: str) -> list[tuple[str, int]] | None:
        """The shortest such path."""
        if needed == symbol:
            return []
        readers = self.task.model.by_symbol.readers
        came = {symbol: symbol}
        queue = [symbol]
        for here in queue:
            if needed in came:
                break
            for reader in readers.get(here, ()):
                if reader not in came:
                    came[reader] = here
                    queue.append(reader)
        if needed not in came:
            return None
        steps: list[tuple[str, int]] = []
        at = needed
        while at != symbol:
            steps.append((at, self.through(at, came[at])))
            at = came[at]
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
