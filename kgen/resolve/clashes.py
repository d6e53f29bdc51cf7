"""Independent contradictions of any number of lanes, in one pass with three-valued logic.

A contradicted symbol has no value, and values that depend on it are unknown. So only symbols that
known facts force both ways are reported, and no consequences of other contradictions.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from kgen.model.clauses import Assignment, Clause
from kgen.model.configurations import Contradiction, Fact
from kgen.model.expr import AND, NOT, OR
from kgen.model.record import Record
from kgen.resolve.task import BySymbol, Task
from kgen.resolve.three_valued import Known


class Clash(Record):
    """A symbol that is forced both ways in these lanes, independently of other clashes.

    forced: for each clause that may force the symbol the lanes in which it does. cycle: instead,
    the symbols of a dependency cycle.
    """

    symbol: str
    lanes: int
    forced: dict[int, int]
    cycle: tuple[str, ...] = ()


def clashes(
    task: Task, order: list[str], true: dict[str, int], false: dict[str, int]
) -> Iterator[Clash]:
    """All contradictions that do not depend on another one. A lane that fails has at least one.

    order: a topological order of the symbols. true, false: outputs, filled for each symbol with
    the lanes in which it is known to be y, and those in which it is known to be n.
    """
    everywhere = task.everywhere
    clauses = task.model.clauses
    forcing, giving = task.model.by_symbol.forcing, task.model.by_symbol.giving
    nothing = (0, 0)
    for symbol in order:
        yes, no = task.assigned.get(symbol, nothing)
        decided = everywhere
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
            decided &= holds | fails
        conflict = yes & no
        if conflict:
            yield Clash(symbol, conflict, forced)
        # A value forced by known facts is final. If unknown facts disagree, that is a consequence
        # of the contradiction that they depend on.
        # `everywhere ^ y` instead of `~y`: in Python `x & ~y` takes five times as long as `x & y`.
        free = decided & (everywhere ^ (yes | no))
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
    """The lanes in which a clause's whole condition is known to be true, and known to be false."""
    condition = clause.condition
    if condition is None:
        if clause.kind == "default":
            return everywhere, 0
        return true[clause.symbol], false[clause.symbol]
    if len(condition) == 1:
        holds, fails = true[condition[0]], false[condition[0]]
    else:
        # Not written with `fold`: a sweep calls this for every clause and every block of lanes,
        # and a function call per item costs more than the bit operations on cached data.
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
    """All contradictions that do not depend on another one."""
    return settled(task, order)[0]


def settled(task: Task, order: list[str]) -> tuple[tuple[Contradiction, ...], dict[str, Known]]:
    """All independent contradictions, and the values that are known in spite of them."""
    true: dict[str, int] = {}
    false: dict[str, int] = {}
    assigned = BySymbol(task.model, task.lanes, task.everywhere)
    contradictions = tuple(
        contradiction_of(task, assigned, clash.symbol, clash.lanes, clash.forced)
        for clash in clashes(task, order, true, false)
    )
    return contradictions, {symbol: Known(true[symbol], false[symbol]) for symbol in order}


def contradiction_of(
    task: Task, assigned: BySymbol, symbol: str, lanes: int, forced: dict[int, int]
) -> Contradiction:
    """The contradiction of a symbol in these lanes, with all facts that force its value.

    forced: for each clause that may force the symbol the lanes in which it does.
    """
    facts: list[Fact] = []
    seen: set[tuple[object, ...]] = set()

    def add(item: Assignment) -> None:
        key = (item.value, item.place, item.origin)
        if key not in seen:
            seen.add(key)
            facts.append(Fact(item.value, assignment=item))

    for item in assigned.everywhere.get(symbol, ()):
        add(item)
    for lane, item in assigned.lanes.get(symbol, ()):
        if lanes >> lane & 1:
            add(item)
    for index, where in forced.items():
        if where & lanes:
            facts.append(Fact(task.model.clauses[index].kind != "depends", clause=index))
    return Contradiction(symbol, lanes, tuple(facts))
