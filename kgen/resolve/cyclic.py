"""Trees whose symbols need each other in a cycle, walked as the reference walks them.

Here a symbol may have no value in some lanes, so expressions are three-valued. Where there is a
cycle, the reference walks the symbols in one of several orders, depending on where its objects
lie in memory, and fails when it reads a symbol too early. `resolve_cyclic` takes one of those
orders and does the same, so it accepts nothing that the reference never accepts and rejects
nothing that the reference always accepts.
"""

from __future__ import annotations

import sys

from kgen.model.clauses import Clause, reads
from kgen.model.configurations import Contradiction, Cycle, Resolution
from kgen.model.expr import names
from kgen.model.lanes import members
from kgen.model.order import order_of
from kgen.resolve.clashes import contradiction_of
from kgen.resolve.task import Task
from kgen.resolve.three_valued import Known, evaluate_known

# Behind every clause: where the reference puts the command line's assignments.
_LAST = sys.maxsize


def _holds(clause: Clause, known: dict[str, Known], lanes: int) -> Known:
    """In which of these lanes a clause's whole condition is known to hold, and not to hold."""
    condition = reads(clause)
    return evaluate_known(condition, known) if condition else Known(lanes, 0)


def resolve_cyclic(task: Task) -> Resolution:
    """Lanes are resolved in groups that share an order: that of their first mentions."""
    groups: dict[tuple[str, ...], int] = {}
    for bit, lane in enumerate(task.lanes):
        inside = [item.symbol for item in lane.assignments if not item.external]
        outside = [item.symbol for item in lane.assignments if item.external]
        roots = tuple(dict.fromkeys((*inside, *task.model.mentions, *outside)))
        groups[roots] = groups.get(roots, 0) | 1 << bit
    values: dict[str, int] = dict.fromkeys(task.symbols, 0)
    decided = [0] * len(task.model.clauses)
    contradictions: list[Contradiction] = []
    cycles: list[Cycle] = []
    failed = 0
    for roots, lanes in groups.items():
        walk = _Walk(task, lanes)
        walk.run(order_of(task.model.by_symbol.readers, roots)[0])
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


class _Walk:
    """One group of lanes, clause by clause as the reference goes, in one order of symbols."""

    def __init__(self, task: Task, lanes: int) -> None:
        self.task = task
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
        """Give one symbol its value in every lane, from its clauses in the reference's order."""
        task, lanes = self.task, self.lanes
        forcing, giving = task.model.by_symbol.forcing, task.model.by_symbol.giving
        waiting = self.assignments(symbol)
        yes = no = 0
        unknown = 0  # lanes in which a cycle or an earlier failure keeps the value open
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
            self.contradictions.append(contradiction_of(task, symbol, conflict, forced))
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
        """When, what and in which lanes a symbol is assigned, in the reference's order.

        A devices file is read before the tree; the command line's assignments come last. So a
        `depends on` that reads its own symbol finds the value of a devices file there, and
        none of the command line.
        """
        found = [
            (item.after or 0, item.value, self.lanes)
            for item in self.task.model.assignments
            if item.symbol == symbol
        ]
        for lane in members(self.lanes):
            for item in self.task.lanes[lane].assignments:
                if item.symbol == symbol:
                    usual = _LAST if item.external else 0
                    when = usual if item.after is None else item.after
                    found.append((when, item.value, 1 << lane))
        return sorted(found, key=lambda item: item[0])

    def read(self, symbol: str, index: int, lanes: int) -> Known:
        """The condition of a clause; where it needs a symbol without value, a cycle is noted."""
        holds = _holds(self.task.model.clauses[index], self.known, self.lanes)
        stuck = holds.unset & lanes
        if stuck:
            self.failed |= stuck
            self.cycles += self.circles(symbol, index, stuck)
        # What was read too early has no value, even if the rest would decide the expression.
        return Known(holds.true & ~holds.unset, holds.false & ~holds.unset)

    def circles(self, symbol: str, index: int, lanes: int) -> list[Cycle]:
        """The shortest circle through this clause and a symbol that it reads too early; lanes
        may differ in which symbol that is."""
        found: list[Cycle] = []
        for needed in dict.fromkeys(names(reads(self.task.model.clauses[index]))):
            here = self.known[needed].unset & lanes
            path = self.path(symbol, needed) if here else None
            if path is not None:
                found.append(_normal_cycle([(symbol, index), *path], here))
                lanes ^= here
        return found

    def path(self, symbol: str, needed: str) -> list[tuple[str, int]] | None:
        """How `needed` needs `symbol`: each symbol with the clause through which it goes on."""
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
    """A cycle written from its least symbol on, so that one circle has one form."""
    start = min(range(len(steps)), key=lambda number: steps[number][0])
    turned = steps[start:] + steps[:start]
    return Cycle(
        tuple(symbol for symbol, _ in turned), tuple(clause for _, clause in turned), lanes
    )


def _joined_cycles(cycles: list[Cycle]) -> tuple[Cycle, ...]:
    joined: dict[tuple[str, ...], Cycle] = {}
    for cycle in cycles:
        before = joined.get(cycle.symbols)
        lanes = cycle.lanes | (before.lanes if before else 0)
        joined[cycle.symbols] = (before or cycle)._replace(lanes=lanes)
    return tuple(joined[symbols] for symbols in sorted(joined))


def _joined_contradictions(found: list[Contradiction]) -> tuple[Contradiction, ...]:
    joined: dict[str, Contradiction] = {}
    for item in found:
        before = joined.get(item.symbol)
        if before is None:
            joined[item.symbol] = item
        else:
            facts = dict.fromkeys((*before.facts, *item.facts))
            joined[item.symbol] = Contradiction(
                item.symbol, before.lanes | item.lanes, tuple(facts)
            )
    return tuple(joined.values())
