"""Lint rules about all configurations: what can never be, and what must always be.

A configuration here is a target's architecture and endianness, any host, any accelerators, and
any assignment of every other symbol; devices files play no part. Each target has one solver,
which is asked only what the configurations seen so far have not answered.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence, Set

from kgen.commands.lint.rules import found
from kgen.commands.lint.satisfiability import MOST_ASSIGNMENTS, Room
from kgen.model.clauses import Assignment, Clause, Model, assignment_texts, said, written
from kgen.model.configurations import Lane
from kgen.model.expr import OR, Expr, conjuncts, text
from kgen.model.finding import Finding
from kgen.model.lanes import first
from kgen.model.order import order_of
from kgen.model.places import Place
from kgen.model.record import Record
from kgen.project.load import Project
from kgen.resolve.resolver import resolve
from kgen.resolve.task import make_task
from kgen.solve.gates import TRUE, Gates
from kgen.solve.solver import Solver


def findings(project: Project, chosen: Set[str], step: Callable[[], None]) -> Iterator[Finding]:
    """What the solver's rules find. step is called once for each target and at the end of each
    pass; see steps()."""
    rooms = []
    for outcome in project.outcomes:
        rooms.append(Room(project, outcome))
        step()
    rooms = [room for room in rooms if room.possible]
    if not rooms:
        return
    dead = _dead(rooms)
    step()
    if "dead-symbol" in chosen:
        yield from _dead_symbols(rooms, dead)
    if "unreachable-board" in chosen:
        yield from _unreachable(rooms, dead)
    if "always-on" in chosen:
        yield from _always_on(rooms)
    step()
    if "shadowed-default" in chosen:
        yield from _shadowed(rooms, dead)
    step()
    if "implied-dependency" in chosen:
        yield from _implied(rooms[0].model)
    step()
    if "unmet-select" in chosen:
        yield from _unmet(rooms, step)


def steps(project: Project) -> int:
    """How often findings() calls step."""
    return len(project.outcomes) + 4 + len(_risky(project.model))


def circular(model: Model) -> bool:
    """Whether symbols need each other in a circle, so that there is no exact formula."""
    task = make_task(model, ())
    return not order_of(model.by_symbol.readers, task.symbols)[1]


def _entries(rooms: Sequence[Room]) -> dict[str, tuple[Place, tuple[str, ...]]]:
    """Each declared symbol with its first place and the targets that have it."""
    found_: dict[str, tuple[Place, tuple[str, ...]]] = {}
    for room in rooms:
        for entry in room.model.entries:
            place, targets = found_.get(entry.symbol, (entry.place, ()))
            if room.target not in targets:
                found_[entry.symbol] = place, (*targets, room.target)
    return found_


def _dead(rooms: Sequence[Room]) -> set[str]:
    """Symbols that no configuration of any target has at y."""
    alive: set[str] = set()
    for room in rooms:
        alive |= room.seen_y
        for symbol in sorted(room.declared - alive):
            if symbol not in alive and room.holds(room.formula.value[symbol]):
                alive |= room.seen_y
    return {symbol for room in rooms for symbol in room.declared} - alive


def _dead_symbols(rooms: Sequence[Room], dead: Set[str]) -> Iterator[Finding]:
    for symbol, (place, targets) in _entries(rooms).items():
        if symbol in dead:
            message = f"no configuration of any target has {symbol} at y"
            yield found("dead-symbol", message, place, symbol, targets)


def _unreachable(rooms: Sequence[Room], dead: Set[str]) -> Iterator[Finding]:
    """A dead symbol that selects or implies others, and that nothing selects or implies."""
    clauses = [clause for room in rooms for clause in room.model.clauses]
    bringing = {c.symbol for c in clauses if c.kind in ("select", "imply")}
    brought = {c.target for c in clauses if c.kind in ("select", "imply")}
    outside = {symbol for room in rooms for symbol in room.outside}
    for symbol, (place, targets) in _entries(rooms).items():
        if symbol in dead and symbol in bringing - brought - outside:
            message = f"the board {symbol} can be on no target"
            yield found("unreachable-board", message, place, symbol, targets)


def _always_on(rooms: Sequence[Room]) -> Iterator[Finding]:
    for symbol, (place, targets) in _entries(rooms).items():
        having = [room for room in rooms if symbol in room.declared]
        if any(symbol in room.seen_n or symbol in room.given for room in having):
            continue
        if not any(room.holds(-room.formula.value[symbol]) for room in having):
            message = f"{symbol} is y in every configuration of every target"
            yield found("always-on", message, place, symbol, targets)


def _shadowed(rooms: Sequence[Room], dead: Set[str]) -> Iterator[Finding]:
    """Defaults and implies that decide in no configuration of any target."""
    seen: set[tuple[object, ...]] = set()
    for clause in _clauses(rooms):
        if clause.kind not in ("default", "imply"):
            continue
        repeats = said(clause) in seen  # that has a rule of its own
        seen.add(said(clause))
        if repeats or clause.target in dead or clause.symbol in dead:
            continue
        if not any(_can_decide(room, clause) for room in rooms):
            message = f'"{written(clause)}" of {clause.symbol} can never decide'
            yield found("shadowed-default", message, clause.place, clause.target)


def _clauses(rooms: Sequence[Room]) -> list[Clause]:
    """The clauses of all targets: of the tree, then those of devices files that declare."""
    models = {room.group: room.model for room in rooms}
    return list(dict.fromkeys(clause for model in models.values() for clause in model.clauses))


def _can_decide(room: Room, clause: Clause) -> bool:
    index = room.position.get(clause)
    return index is not None and (index in room.seen_deciding or room.holds(room.decides[index]))


class _Needed(Record):
    """One conjunct of a `depends on`, and the literal that says that it holds."""

    clause: Clause
    expr: Expr
    literal: int


def _implied(model: Model) -> Iterator[Finding]:
    """Conjuncts of `depends on` that the symbol's others imply, whatever the target.

    Together with what every configuration that does not fail has: a symbol that is y has what
    it depends on, and what it selects is y.
    """
    gates = Gates()
    value = {symbol: gates.variable() for symbol in model.mentions}
    own: dict[str, list[_Needed]] = {}
    switches: dict[str, int] = {}
    for clause in model.clauses:
        holds = gates.expression(clause.condition, value) if clause.condition else TRUE
        if clause.kind == "depends":
            # A symbol's own dependencies are what is asked about: they can be switched off.
            switch = switches.setdefault(clause.symbol, gates.variable())
            gates.add(-switch, -value[clause.symbol], holds)
            for conjunct in conjuncts(clause.condition or ()):
                literal = gates.expression(conjunct, value)
                own.setdefault(clause.symbol, []).append(_Needed(clause, conjunct, literal))
        elif clause.kind == "select":
            gates.add(-value[clause.symbol], -holds, value[clause.target])
    solver = Solver(gates.clauses)
    for symbol, parts in own.items():
        others = [switch for name, switch in switches.items() if name != symbol]
        left = list(parts)
        for part in reversed(parts):
            if len(left) < 2:
                break
            rest = [item for item in left if item is not part]
            if any(item.literal == part.literal and item.expr == part.expr for item in rest):
                left = rest  # a duplicate, which has a rule of its own
                if any(item.clause.condition == part.clause.condition for item in rest):
                    continue
            elif solver.holds([*others, *(item.literal for item in rest), -part.literal]):
                continue
            left = rest
            why = _reason(solver, others, rest, part)
            message = f"{symbol} needs {text(part.expr)}, which {why} implies"
            yield found("implied-dependency", message, part.clause.place, symbol)


def _reason(solver: Solver, others: list[int], rest: list[_Needed], part: _Needed) -> str:
    """The other dependencies that imply one, in words."""
    for item in rest:
        if not solver.holds([*others, item.literal, -part.literal]):
            return text(item.expr)
    return "all others together"


def _risky(model: Model) -> list[int]:
    """The selects of symbols that have a dependency."""
    depending = {clause.symbol for clause in model.clauses if clause.kind == "depends"}
    return [
        index
        for index, clause in enumerate(model.clauses)
        if clause.kind == "select" and clause.target in depending
    ]


def _unmet(rooms: Sequence[Room], step: Callable[[], None]) -> Iterator[Finding]:
    """Selects that can meet a dependency that is false, with a smallest witness over all
    targets."""
    singles = {room.target: _single_witnesses(room) for room in rooms}
    depending = {c.symbol for c in _clauses(rooms) if c.kind == "depends"}
    for clause in _clauses(rooms):
        if clause.kind != "select" or clause.target not in depending:
            continue
        # What a Kconfig file assigns is forced without the select, too.
        having = [
            (room, room.position[clause])
            for room in rooms
            if clause in room.position
            and all(item.symbol != clause.target for item in room.model.assignments)
        ]
        failing = [
            (room, index)
            for room, index in having
            if index in singles[room.target] or room.solver.holds(room.fails_only_there(index))
        ]
        step()
        if not failing:
            continue
        target, assignments = _smallest_witness(failing, singles)
        lines = tuple(assignment_texts(assignments))
        needs = _unmet_words(failing[0][0].model, clause.target)
        message = f"{clause.symbol} selects {clause.target}, which needs {needs}"
        targets = tuple(room.target for room, _ in failing)
        yield found(
            "unmet-select",
            message,
            clause.place,
            clause.symbol,
            targets,
            clause.target,
            (target, lines),
        )


def _unmet_words(model: Model, symbol: str) -> str:
    conditions = [
        clause.condition or ()
        for clause in model.clauses
        if clause.kind == "depends" and clause.symbol == symbol
    ]
    return " && ".join(
        f"({text(one)})" if OR in one and len(conditions) > 1 else text(one) for one in conditions
    )


_Assigned = tuple[tuple[str, bool], ...]


def _smallest_witness(
    failing: Sequence[tuple[Room, int]], singles: dict[str, dict[int, _Assigned]]
) -> tuple[str, _Assigned]:
    """The target and the fewest assignments with which the contradiction is the only failure."""
    best: tuple[str, _Assigned] | None = None
    for room, index in failing:
        small = singles[room.target].get(index)
        if small is not None and (best is None or len(small) < len(best[1])):
            best = (room.target, small)
    for room, index in failing if best is None else ():
        most = MOST_ASSIGNMENTS if best is None else len(best[1]) - 1
        assigned = room.smallest_failure(index, most)
        if assigned is not None:
            best = (room.target, tuple(assigned))
    assert best is not None
    return best


def _single_witnesses(room: Room) -> dict[int, _Assigned]:
    """For each select that none or one assignment makes the only failure, that assignment."""
    risky = _risky(room.model)
    sets: list[_Assigned] = [()]
    sets += [((name, value),) for name in sorted(room.free) for value in (True, False)]
    lanes = [
        Lane(room.target, "defconfig", (*(Assignment(n, v) for n, v in one), *room.passed))
        for one in sets
    ]
    resolution = resolve(room.model, lanes, reasons=False)
    everywhere = (1 << len(lanes)) - 1
    no: dict[str, int] = {}
    yes: dict[str, int] = {}
    for index, clause in enumerate(room.model.clauses):
        if clause.kind == "depends":
            no[clause.symbol] = no.get(clause.symbol, 0) | resolution.decided[index]
        elif clause.kind == "select":
            yes[clause.target] = yes.get(clause.target, 0) | resolution.decided[index]
    conflicts: dict[str, int] = {}
    for symbol in resolution.values:
        assigned = resolution.assigned.get(symbol, (0, 0))
        both = (yes.get(symbol, 0) | assigned[0]) & (no.get(symbol, 0) | assigned[1])
        if both:
            conflicts[symbol] = both
    several = once = 0
    for lanes_ in conflicts.values():
        several |= once & lanes_
        once |= lanes_
    result: dict[int, _Assigned] = {}
    for index in risky:
        selected = room.model.clauses[index].target
        assigned = resolution.assigned.get(selected, (0, 0))
        lanes_ = resolution.decided[index] & no.get(selected, 0) & once & ~several & everywhere
        lanes_ &= ~(assigned[0] | assigned[1])
        if lanes_:
            result[index] = sets[first(lanes_)]
    return result
