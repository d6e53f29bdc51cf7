"""The independent contradictions of any number of lanes, in one pass with values that may be open.

Where a symbol is contradicted it has no value, and what follows from it is not known. So only
what known facts force both ways is found, and nothing that merely follows from it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from kgen.model.clauses import Assignment, Clause
from kgen.model.configurations import Contradiction, Fact
from kgen.model.expr import AND, NOT, OR
from kgen.model.lanes import members
from kgen.model.record import Record
from kgen.resolve.task import Task
from kgen.resolve.three_valued import Known


class Clash(Record):
    """A symbol that is forced both ways in these lanes, whatever other clashes mean.

    forced: for each clause that may force it the lanes in which it does. circle: instead, the
    symbols that need each other, in a tree where some do.
    """

    symbol: str
    lanes: int
    forced: dict[int, int]
    circle: tuple[str, ...] = ()


def clashes(
    task: Task, order: list[str], true: dict[str, int], false: dict[str, int]
) -> Iterator[Clash]:
    """Every contradiction that does not depend on another one. A lane that fails has at least one.

    true, false: filled, symbol by symbol, with the lanes in which it is known to be y, and n.
    """
    everywhere = task.everywhere
    clauses = task.model.clauses
    forcing, giving = task.model.by_symbol.forcing, task.model.by_symbol.giving
    nothing = (0, 0)
    for symbol in order:
        yes, no = task.assigned.get(symbol, nothing)
        sure = everywhere
        forced: dict[int, int] = {}
        for index in forcing.get(symbol, ()):
            clause = clauses[index]
            holds, fails = _partly(clause, true, false, everywhere)
            if clause.kind == "depends":
                forced[index] = fails
                no |= fails
            else:
                forced[index] = holds
                yes |= holds
            sure &= holds | fails
        conflict = yes & no
        if conflict:
            yield Clash(symbol, conflict, forced)
        # A value that is known to be forced stands, whatever the unknown facts would say:
        # if they disagreed, that would follow from the contradiction they depend on.
        # `x & ~y` would cost Python five times what `x & y` costs; `everywhere ^ y` costs once.
        free = sure & (everywhere ^ (yes | no))
        if conflict:
            yes ^= conflict
            no ^= conflict
        for index in giving.get(symbol, ()):
            if not free:
                break
            holds, fails = _partly(clauses[index], true, false, everywhere)
            given = task.given[index]
            if given is everywhere:
                yes |= free & holds
            elif not given:
                no |= free & holds
            else:
                holds &= free
                yes |= holds & given
                no |= holds ^ (holds & given)
            free &= fails
        left = free & task.finally_[symbol]
        true[symbol] = yes | left
        false[symbol] = no | (free ^ left)


def _partly(
    clause: Clause, true: Mapping[str, int], false: Mapping[str, int], everywhere: int
) -> tuple[int, int]:
    """The lanes in which a clause's whole condition is known to hold, and not to hold."""
    condition = clause.condition
    if condition is None:
        if clause.kind == "default":
            return everywhere, 0
        return true[clause.symbol], false[clause.symbol]
    if len(condition) == 1:
        holds, fails = true[condition[0]], false[condition[0]]
    else:
        # No `fold`: a sweep comes here for every clause of every block of lanes, and a call of a
        # function for each word costs more than the operations on what is in the caches.
        stack: list[tuple[int, int]] = []
        for item in condition:
            if item == NOT:
                yes, no = stack[-1]
                stack[-1] = no, yes
            elif item == AND:
                yes, no = stack.pop()
                before = stack[-1]
                stack[-1] = before[0] & yes, before[1] | no
            elif item == OR:
                yes, no = stack.pop()
                before = stack[-1]
                stack[-1] = before[0] | yes, before[1] & no
            else:
                stack.append((true[item], false[item]))
        holds, fails = stack[0]
    if clause.kind == "select" or clause.kind == "imply":
        return holds & true[clause.symbol], fails | false[clause.symbol]
    return holds, fails


def contradictions_in(task: Task, order: list[str]) -> tuple[Contradiction, ...]:
    """Every contradiction that does not depend on another one."""
    return settled(task, order)[0]


def settled(task: Task, order: list[str]) -> tuple[tuple[Contradiction, ...], dict[str, Known]]:
    """Every independent contradiction, and what is known of each symbol in spite of them."""
    true: dict[str, int] = {}
    false: dict[str, int] = {}
    found = tuple(
        contradiction_of(task, clash.symbol, clash.lanes, clash.forced)
        for clash in clashes(task, order, true, false)
    )
    return found, {symbol: Known(true[symbol], false[symbol]) for symbol in order}


def contradiction_of(task: Task, symbol: str, lanes: int, forced: dict[int, int]) -> Contradiction:
    """The facts that force a symbol both ways in some of these lanes.

    forced: for each clause that may force it the lanes in which it does.
    """
    facts: list[Fact] = []
    seen: set[tuple[object, ...]] = set()

    def add(item: Assignment) -> None:
        key = (item.value, item.place, item.origin)
        if item.symbol == symbol and key not in seen:
            seen.add(key)
            facts.append(Fact(item.value, assignment=item))

    for item in task.model.assignments:
        add(item)
    for lane in members(lanes):
        for item in task.lanes[lane].assignments:
            add(item)
    for index, where in forced.items():
        if where & lanes:
            facts.append(Fact(task.model.clauses[index].kind != "depends", clause=index))
    return Contradiction(symbol, lanes, tuple(facts))
