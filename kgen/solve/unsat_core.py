"""Why no assignment gives some symbols the wanted values: the clauses that prevent it.

Assignments need no variables here: a symbol that can be assigned can have any value that no clause
prevents. So the formula consists of `depends on` and `select` as implications. Each has a selector
variable, and the result is a minimal set of selectors that cannot all be true.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set

from kgen.model.clauses import Clause, letter, of_code, written
from kgen.model.expr import names, text
from kgen.model.places import Place
from kgen.model.record import Record
from kgen.solve.assignable import Freedom
from kgen.solve.gates import TRUE, Gates
from kgen.solve.solver import Solver, smallest_core
from kgen.targets.externals import OTHER_ARCHITECTURE, lacking, passing
from kgen.targets.symbol_kinds import only_selected_by


class Obstacle(Record):
    """One cause: a line of the tree, or a fixed symbol (place: where it is declared or
    assigned)."""

    symbol: str
    message: str
    place: Place | None


class _Item(Record):
    """An implication of the formula. clause: None for a fixed symbol, and for one that is y only
    where it is selected. reads: the symbols that it contains."""

    symbol: str
    clause: Clause | None
    reads: tuple[str, ...]


def why_forbidden(
    freedom: Freedom, wanted: Mapping[str, bool], barred: Set[str] = frozenset()
) -> tuple[Obstacle, ...] | None:
    """A minimal set of causes that prevent the wanted values; None if they are possible.

    barred: free symbols that no assignment sets to y, except lines of `freedom.own`.
    """
    gates = Gates()
    model = freedom.model
    named = (*model.mentions, *freedom.fixed, *wanted)
    value = {symbol: gates.variable() for symbol in dict.fromkeys(named)}
    items: dict[int, _Item] = {}
    supports: dict[str, list[tuple[str, int]]] = {}

    def item(symbol: str, clause: Clause | None, *literals: int) -> None:
        selector = gates.variable()
        gates.add(-selector, *literals)
        if clause is None:
            read = (symbol, *freedom.internal.get(symbol, ()))
        else:
            read = (clause.symbol, clause.target, *names(clause.condition or ()))
        items[selector] = _Item(symbol, clause, tuple(dict.fromkeys(read)))

    for clause in model.clauses:
        holds = TRUE if clause.condition is None else gates.expression(clause.condition, value)
        if clause.kind == "depends":
            item(clause.symbol, clause, -value[clause.symbol], holds)
            continue
        if clause.kind != "default":
            holds = gates.all_of((value[clause.symbol], holds))
        if clause.kind == "select":
            item(clause.target, clause, -holds, value[clause.target])
        if clause.value:
            supports.setdefault(clause.target, []).append((clause.symbol, holds))
    assigned = {symbol: set(values) for symbol, values in freedom.fixed.items()}
    for line in model.assignments:
        assigned.setdefault(line.symbol, set()).add(line.value)
    never = _never(freedom, assigned, supports)
    for symbol in value:
        for given in sorted(assigned.get(symbol, ())):
            item(symbol, None, value[symbol] if given else -value[symbol])
        if freedom.only_selected(symbol) or (
            symbol in barred and all(not line.value for line in freedom.own.get(symbol, ()))
        ):
            item(symbol, None, -value[symbol], *(holds for _, holds in supports.get(symbol, ())))
        elif symbol not in freedom.free and not assigned.get(symbol):
            enabling = () if symbol in never else supports.get(symbol, ())
            item(symbol, None, -value[symbol], *(holds for _, holds in enabling))
    solver = Solver(gates.clauses)
    goal = [value[symbol] if wish else -value[symbol] for symbol, wish in wanted.items()]
    core = smallest_core(solver, [*goal, *items])
    if core is None:
        return None
    nowhere = _nowhere_selected(freedom, solver, items, core, value)
    if nowhere:
        # As fixed symbols: that each of its selectors is of another architecture is
        # obvious.
        for symbol in nowhere:
            item(symbol, None, -value[symbol])
        new = list(items)[-len(nowhere) :]
        solver = Solver(gates.clauses)
        core = smallest_core(solver, [*goal, *new, *items])
        assert core is not None, "a stronger formula is possible"
    causes = [items[literal] for literal in core if literal in items]
    return _described(freedom, _in_order(causes, wanted), nowhere)


def _nowhere_selected(
    freedom: Freedom,
    solver: Solver,
    items: Mapping[int, _Item],
    core: Sequence[int],
    value: Mapping[str, int],
) -> list[str]:
    """The internal symbols of a core that nothing of the target's architecture can select."""
    passed = {
        literal
        for literal, item in items.items()
        if item.clause is None and _is_passed(freedom, item.symbol)
    }
    named = [items[literal].symbol for literal in core if literal in items]
    return [
        symbol
        for symbol in dict.fromkeys(named)
        if freedom.only_selected(symbol)
        and not solver.holds([value[symbol], *(one for one in items if one not in passed)])
    ]


def _never(
    freedom: Freedom,
    assigned: Mapping[str, set[bool]],
    supports: Mapping[str, Sequence[tuple[str, int]]],
) -> set[str]:
    """External symbols that are not passed and that only other such symbols can enable."""
    never = {
        s for s in freedom.outside if True not in assigned.get(s, ()) and s not in freedom.free
    }
    while True:
        remaining = {
            s for s in never if all(by in never and by != s for by, _ in supports.get(s, ()))
        }
        if remaining == never:
            return never
        never = remaining


def _in_order(items: Sequence[_Item], wanted: Mapping[str, bool]) -> list[_Item]:
    """The items, from the wanted symbols on; each shares a symbol with an earlier one."""
    known = set(wanted)
    rest = list(items)
    ordered: list[_Item] = []
    while rest:
        following = next((item for item in rest if known & set(item.reads)), rest[0])
        ordered.append(following)
        rest.remove(following)
        known.update(following.reads)
    return ordered


def _is_passed(freedom: Freedom, symbol: str) -> bool:
    """Whether an option sets the symbol or passes it, or could."""
    if symbol in freedom.outside:
        return freedom.outside[symbol] not in ("architecture", "code")
    return symbol in freedom.fixed


def _described(
    freedom: Freedom, items: Sequence[_Item], nowhere: Sequence[str]
) -> tuple[Obstacle, ...]:
    """The causes, with messages. A clause that reads one fixed symbol explains that symbol, too.

    nowhere: the internal symbols that nothing of the target's architecture can select.
    """
    alone = {item.symbol for item in items if item.clause is None}
    selected = {symbol for symbol in alone if freedom.only_selected(symbol)}
    fixed = alone - selected
    causes = []
    described = set()
    for item in items:
        clause = item.clause
        if clause is None:
            continue
        condition = "" if clause.condition is None else text(clause.condition)
        if of_code(clause.target) and clause.kind == "select":
            message = f"{clause.symbol} {written(clause)}"
        elif clause.kind == "depends":
            message = f"{clause.symbol} needs {condition}"
            if condition in fixed:
                message += f", which {_why_fixed(freedom, condition)}"
                described.add(condition)
        else:
            message = f"{clause.symbol} selects {clause.target}"
            message += f" if {condition}" if condition else ""
            if clause.symbol in fixed and not condition:
                message += f", and {clause.symbol} is fixed on this target"
                described.add(clause.symbol)
        causes.append(Obstacle(item.symbol, message, clause.place))
    for symbol in sorted(selected):
        causes.append(_internal(freedom, symbol, symbol in nowhere))
    for symbol in sorted(fixed - described):
        causes.append(_fixed(freedom, symbol))
    return tuple(causes)


def _why_fixed(freedom: Freedom, symbol: str) -> str:
    """What fixes a symbol at n, as a sentence without a subject."""
    if symbol in freedom.fixed:
        return "is fixed on this target" if symbol in freedom.outside else "is fixed by --set"
    if freedom.outside.get(symbol) in ("host", "accelerator"):
        return f"is {lacking(symbol, [freedom.lane.build])}"
    return OTHER_ARCHITECTURE


def _internal(freedom: Freedom, symbol: str, nowhere: bool) -> Obstacle:
    """The cause for a symbol that is y only where it is selected."""
    place = next(entry.place for entry in freedom.model.entries if entry.symbol == symbol)
    selectors = freedom.internal[symbol]
    message = f"{symbol} is internal: {only_selected_by(selectors)}"
    if nowhere and selectors:
        message += f", and no board or device of {freedom.target.removesuffix('-softmmu')} does"
    return Obstacle(symbol, message, place)


def _fixed(freedom: Freedom, symbol: str) -> Obstacle:
    """The cause for a symbol whose value a user cannot change."""
    for item in (*freedom.lane.assignments, *freedom.model.assignments):
        if item.symbol == symbol and (item.external or symbol in freedom.fixed or item.place):
            if item.external and freedom.outside.get(symbol) in ("host", "accelerator"):
                message = f"{symbol} is passed by {item.origin}"
                other = passing({symbol: False}, freedom.lane.build)
                message += f"; {other} does not pass it" if other else ""
                return Obstacle(symbol, message, item.place)
            value = letter(item.value)
            by = f" ({item.origin})" if item.origin else ""
            return Obstacle(symbol, f"{symbol} is fixed at {value} on this target{by}", item.place)
    place = next((entry.place for entry in freedom.model.entries if entry.symbol == symbol), None)
    if place is None:
        return Obstacle(symbol, f"{symbol} is not declared", None)
    return Obstacle(symbol, f"{symbol} {_why_fixed(freedom, symbol)}", place)
