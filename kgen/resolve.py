"""Model and lanes to a Resolution: every lane at once, one bit a lane. Pure.

The rules are those of QEMU's `scripts/minikconf.py`. For each symbol, in an order in which
whatever its clauses read has its value already:

1. Assignments, `depends on` whose condition is false, and `select` whose condition and
   selecting symbol hold, force a value. Forced both ways is a contradiction.
2. Where nothing forces it, the first `default` or `imply`, in textual order over all files,
   whose condition holds gives the value.
3. Else it is n; in allyesconfig y. The modes replace the value that a default gives, too.

A tree whose symbols need each other in a circle has no such order. The reference then walks
the symbols in one of several orders, depending on where its objects lie in memory, and fails
when it reads a symbol too early. `_resolve_cyclic` takes one of those orders and does the
same, so it accepts nothing that the reference never accepts and rejects nothing that the
reference always accepts.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import NamedTuple

from kgen.expr import Expr, Known, evaluate, evaluate_known, names
from kgen.model import (
    Assignment,
    Clause,
    Contradiction,
    Cycle,
    Fact,
    Lane,
    Model,
    Resolution,
)

# Behind every clause: where the reference puts the command line's assignments.
_LAST = sys.maxsize


def resolve(model: Model, lanes: Sequence[Lane]) -> Resolution:
    """Resolve every lane. All symbols that are assigned must be declared in the model.

    Never raises for a configuration that fails: its lanes are in `failed`, with the reasons
    in `contradictions` and `cycles`.
    """
    lanes = tuple(lanes)
    task = _task(model, lanes)
    order = _order(task.readers, task.symbols)
    if _is_acyclic(order, task.readers):
        return _resolve_ordered(task, order)
    return _resolve_cyclic(task)


class _Task(NamedTuple):
    """What all passes read: the clauses by target, the lanes and what they assign, as bits.

    readers: for each symbol those whose clauses read it, in textual order, with the clause.
    """

    model: Model
    lanes: tuple[Lane, ...]
    symbols: tuple[str, ...]
    forcing: dict[str, list[int]]
    giving: dict[str, list[int]]
    readers: dict[str, dict[str, int]]
    assigned: dict[str, tuple[int, int]]
    external: dict[str, int]
    everywhere: int
    no_lanes: int
    yes_lanes: int


def _task(model: Model, lanes: tuple[Lane, ...]) -> _Task:
    forcing: dict[str, list[int]] = {}
    giving: dict[str, list[int]] = {}
    readers: dict[str, dict[str, int]] = {symbol: {} for symbol in model.mentions}
    for index, clause in enumerate(model.clauses):
        target = clause.target
        kind = clause.kind
        table = forcing if kind in ("depends", "select") else giving
        table.setdefault(target, []).append(index)
        if clause.condition is not None:
            for name in names(clause.condition):
                readers[name].setdefault(target, index)
        if kind in ("select", "imply"):
            readers[clause.symbol].setdefault(target, index)
    everywhere = (1 << len(lanes)) - 1
    assigned, external = _assigned(model, lanes, everywhere)
    symbols = tuple(dict.fromkeys((*model.mentions, *assigned)))
    for symbol in assigned:
        readers.setdefault(symbol, {})
    modes = dict.fromkeys(("allnoconfig", "allyesconfig", "defconfig"), 0)
    for bit, lane in enumerate(lanes):
        modes[lane.mode] |= 1 << bit
    return _Task(
        model,
        lanes,
        symbols,
        forcing,
        giving,
        readers,
        assigned,
        external,
        everywhere,
        modes["allnoconfig"],
        modes["allyesconfig"],
    )


def _assigned(
    model: Model, lanes: tuple[Lane, ...], everywhere: int
) -> tuple[dict[str, tuple[int, int]], dict[str, int]]:
    """For each assigned symbol the lanes in which it is set to y and to n, and hidden ones."""
    assigned: dict[str, tuple[int, int]] = {}
    external: dict[str, int] = {}

    def assign(item: Assignment, lanes: int) -> None:
        yes, no = assigned.get(item.symbol, (0, 0))
        assigned[item.symbol] = (yes | lanes, no) if item.value else (yes, no | lanes)

    for item in model.assignments:
        assign(item, everywhere)
    for bit, lane in enumerate(lanes):
        for item in lane.assignments:
            assign(item, 1 << bit)
            if item.external:
                external[item.symbol] = external.get(item.symbol, 0) | 1 << bit
    return assigned, external


def _order(readers: dict[str, dict[str, int]], roots: Sequence[str]) -> list[str]:
    """All symbols, each before those that read it, as far as there is such an order.

    The reverse of a depth-first search's finishing order from the roots in turn, which is how
    the reference sorts.
    """
    seen: set[str] = set()
    finished: list[str] = []
    for root in roots:
        if root in seen:
            continue
        seen.add(root)
        stack = [(root, iter(readers[root]))]
        while stack:
            symbol, following = stack[-1]
            for reader in following:
                if reader not in seen:
                    seen.add(reader)
                    stack.append((reader, iter(readers[reader])))
                    break
            else:
                finished.append(symbol)
                stack.pop()
    finished.reverse()
    return finished


def _is_acyclic(order: list[str], readers: dict[str, dict[str, int]]) -> bool:
    position = {symbol: index for index, symbol in enumerate(order)}
    return all(
        position[symbol] < position[reader] for symbol in order for reader in readers[symbol]
    )


def _resolve_ordered(task: _Task, order: list[str]) -> Resolution:
    """The whole resolution where an order exists: one pass, plain bit arithmetic."""
    clauses = task.model.clauses
    everywhere, yes_lanes = task.everywhere, task.yes_lanes
    # In which lanes a default that says y or n gives y, after the modes.
    gives = {True: everywhere & ~task.no_lanes, False: yes_lanes}
    values: dict[str, int] = {}
    decided = [0] * len(clauses)
    conflicts: dict[str, int] = {}
    nothing = (0, 0)
    for symbol in order:
        yes, no = task.assigned.get(symbol, nothing)
        for index in task.forcing.get(symbol, ()):
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
            decided[index] = lanes
        if yes & no:
            conflicts[symbol] = yes & no
        free = everywhere & ~(yes | no)
        for index in task.giving.get(symbol, ()):
            clause = clauses[index]
            lanes = free
            if clause.kind == "imply":
                lanes &= values[clause.symbol]
            if clause.condition is not None:
                lanes &= evaluate(clause.condition, values, everywhere)
            decided[index] = lanes
            yes |= lanes & gives[clause.value]
            free ^= lanes
        values[symbol] = yes | (free & yes_lanes)
    contradictions: tuple[Contradiction, ...] = ()
    if conflicts:
        contradictions = _contradictions(task, order)
    failed = 0
    for lanes in conflicts.values():
        failed |= lanes
    return Resolution(
        task.model,
        task.lanes,
        values,
        tuple(decided),
        task.assigned,
        task.external,
        failed,
        contradictions,
        (),
    )


def _contradictions(task: _Task, order: list[str]) -> tuple[Contradiction, ...]:
    """Every contradiction that does not depend on another one.

    A second pass in which a contradicted symbol has no value: what follows from it is not
    known, and only what is forced both ways by known facts is reported.
    """
    known: dict[str, Known] = {}
    found: list[Contradiction] = []
    everywhere = task.everywhere
    for symbol in order:
        yes, no = task.assigned.get(symbol, (0, 0))
        maybe = 0
        for index in task.forcing.get(symbol, ()):
            holds = _holds(task.model.clauses[index], known, everywhere)
            if task.model.clauses[index].kind == "depends":
                no |= holds.false
            else:
                yes |= holds.true
            maybe |= everywhere & ~(holds.true | holds.false)
        conflict = yes & no
        if conflict:
            found.append(_contradiction(task, symbol, conflict, known))
        true, free = yes & ~conflict, everywhere & ~(yes | no | maybe)
        false = no & ~conflict
        # A value that is known to be forced stands, whatever the unknown facts would say:
        # if they disagreed, that would follow from the contradiction they depend on.
        for index in task.giving.get(symbol, ()):
            clause = task.model.clauses[index]
            holds = _holds(clause, known, everywhere)
            given = free & holds.true
            as_yes = given & (~task.no_lanes if clause.value else task.yes_lanes)
            true |= as_yes
            false |= given & ~as_yes
            free &= holds.false
        true |= free & task.yes_lanes
        false |= free & ~task.yes_lanes
        known[symbol] = Known(true, false)
    return tuple(found)


def _contradiction(task: _Task, symbol: str, lanes: int, known: dict[str, Known]) -> Contradiction:
    """The facts that force a symbol both ways in some of these lanes."""
    facts: list[Fact] = []
    seen: set[tuple[object, ...]] = set()

    def add(item: Assignment) -> None:
        key = (item.value, item.place, item.origin)
        if item.symbol == symbol and key not in seen:
            seen.add(key)
            facts.append(Fact(item.value, assignment=item))

    for item in task.model.assignments:
        add(item)
    for bit, lane in enumerate(task.lanes):
        if lanes >> bit & 1:
            for item in lane.assignments:
                add(item)
    for index in task.forcing.get(symbol, ()):
        clause = task.model.clauses[index]
        holds = _holds(clause, known, lanes)
        wanted = holds.false if clause.kind == "depends" else holds.true
        if wanted & lanes:
            facts.append(Fact(clause.kind != "depends", clause=index))
    return Contradiction(symbol, lanes, tuple(facts))


def _reads(clause: Clause) -> Expr:
    """The whole condition of a clause in the order in which the reference reads it.

    For `select` and `imply` that is the written condition, then the symbol of the entry. An
    unconditional default reads nothing: it is written as an empty expression.
    """
    if clause.kind in ("select", "imply"):
        if clause.condition is None:
            return (clause.symbol,)
        return (*clause.condition, clause.symbol, "&&")
    return clause.condition or ()


def _holds(clause: Clause, known: dict[str, Known], lanes: int) -> Known:
    """In which of these lanes a clause's whole condition is known to hold, and not to hold."""
    reads = _reads(clause)
    return evaluate_known(reads, known) if reads else Known(lanes, 0)


def _resolve_cyclic(task: _Task) -> Resolution:
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
        walk.run(_order(task.readers, roots))
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

    def __init__(self, task: _Task, lanes: int) -> None:
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
        waiting = self.assignments(symbol)
        yes = no = 0
        unknown = 0  # lanes in which a cycle or an earlier failure keeps the value open
        for index in (*task.forcing.get(symbol, ()), _LAST):
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
            self.contradictions.append(_contradiction(task, symbol, conflict, self.known))
        true, false = yes & ~conflict, no & ~conflict
        free = lanes & ~(yes | no | unknown)
        for index in task.giving.get(symbol, ()):
            self.known[symbol] = Known(true, false, free)
            holds = self.read(symbol, index, free)
            given = free & holds.true
            by_mode = ~task.no_lanes if task.model.clauses[index].value else task.yes_lanes
            self.decided[index] = given
            true |= given & by_mode
            false |= given & ~by_mode
            free &= holds.false
        true |= free & task.yes_lanes
        false |= free & ~task.yes_lanes
        self.known[symbol] = Known(true & lanes, false & lanes)

    def assignments(self, symbol: str) -> list[tuple[int, bool, int]]:
        """When, what and in which lanes a symbol is assigned, in the reference's order.

        A devices file is read before the tree; the command line's assignments come last. So a
        `depends on` that reads its own symbol finds the value of a devices file there, and
        none of the command line.
        """
        found = [
            (item.after, item.value, self.lanes)
            for item in self.task.model.assignments
            if item.symbol == symbol
        ]
        for bit, lane in enumerate(self.task.lanes):
            if self.lanes >> bit & 1:
                for item in lane.assignments:
                    if item.symbol == symbol:
                        when = _LAST if item.external else 0
                        found.append((when, item.value, 1 << bit))
        return sorted(found, key=lambda item: item[0])

    def read(self, symbol: str, index: int, lanes: int) -> Known:
        """The condition of a clause; where it needs a symbol without value, a cycle is noted."""
        holds = _holds(self.task.model.clauses[index], self.known, self.lanes)
        stuck = holds.unset & lanes
        if stuck:
            self.failed |= stuck
            cycle = self.cycle(symbol, index, stuck)
            if cycle is not None:
                self.cycles.append(cycle)
        # What was read too early has no value, even if the rest would decide the expression.
        return Known(holds.true & ~holds.unset, holds.false & ~holds.unset)

    def cycle(self, symbol: str, index: int, lanes: int) -> Cycle | None:
        """The shortest circle through this clause and a symbol that it reads too early."""
        for needed in dict.fromkeys(names(_reads(self.task.model.clauses[index]))):
            if self.known[needed].unset & lanes:
                path = self.path(symbol, needed)
                if path is not None:
                    return _normal_cycle([(symbol, index), *path], lanes)
        return None

    def path(self, symbol: str, needed: str) -> list[tuple[str, int]] | None:
        """How `needed` needs `symbol`: each symbol with the clause through which it goes on."""
        if needed == symbol:
            return []
        came: dict[str, tuple[str, int]] = {symbol: ("", -1)}
        queue = [symbol]
        for here in queue:
            for reader, clause in self.task.readers[here].items():
                if reader not in came:
                    came[reader] = (here, clause)
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
