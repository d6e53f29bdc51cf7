"""Lint rules about all configurations: what is impossible, and what is always true.

A configuration here is a target's architecture and endianness, any host, any accelerators, and
any assignment of every other symbol; devices files are ignored. Targets with the same model share
a solver, which is asked only what the configurations seen so far have not answered; first those
with at most one assignment, which are resolved all at once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence, Set

from kgen.commands.lint import unmet_select
from kgen.commands.lint.rules import found
from kgen.commands.lint.satisfiability import Shared, Space, clauses_of, sets_with
from kgen.model.clauses import Clause, Model, said, written
from kgen.model.expr import Expr, conjuncts, text
from kgen.model.finding import Finding
from kgen.model.lanes import members
from kgen.model.order import order_of
from kgen.model.places import Place
from kgen.model.record import Record
from kgen.project.load import Project
from kgen.solve.gates import TRUE, Gates
from kgen.solve.solver import Solver
from kgen.targets.externals import externals


def findings(
    project: Project,
    chosen: Set[str],
    step: Callable[[], None],
    unlikely: bool = False,
    noun: str = "target",
) -> Iterator[Finding]:
    """The findings of the rules that use the solver.

    step: called once for each target and after each pass, steps() times in all. unlikely: also
    those of unmet_select.UNLIKELY. noun: what "any" and "every" are said of.
    """
    models = [group.resolution.model for group in project.groups]
    shared = [Shared(model, externals(model, project.outcomes)) for model in models]
    spaces = [
        Space(project, outcome, shared[project.group_of(outcome)]) for outcome in project.outcomes
    ]
    for one in shared:
        one.open_to([space for space in spaces if space.shared is one], step)
    spaces = [space for space in spaces if space in space.shared.spaces]
    if not spaces:
        return
    shared = [one for one in shared if one.spaces]
    dead = _dead(shared)
    step()
    if "dead-symbol" in chosen:
        yield from _dead_symbols(spaces, dead, noun)
    if "unreachable-board" in chosen:
        yield from _unreachable(spaces, dead, noun)
    if "always-on" in chosen:
        yield from _always_on(spaces, shared, noun)
    step()
    if "shadowed-default" in chosen:
        yield from _shadowed(spaces, shared, dead)
    step()
    if "implied-dependency" in chosen:
        yield from _implied(spaces[0].model)
    step()
    if "unmet-select" in chosen:
        yield from unmet_select.findings(project, spaces, unlikely, step)


def steps(project: Project) -> int:
    """The number of times that findings() calls step."""
    return len(project.outcomes) + 4 + len(unmet_select.risky(project.model))


def circular(project: Project) -> bool:
    """Whether the dependencies of any target have a cycle, so that there is no exact formula."""
    return any(
        not order_of(model.by_symbol.readers, model.mentions)[1] for model in project.models()
    )


def _entries(spaces: Sequence[Space]) -> dict[str, tuple[Place, tuple[str, ...]]]:
    """Each declared symbol with its first place and the targets that have it."""
    places: dict[str, Place] = {}
    for shared in dict.fromkeys(space.shared for space in spaces):
        for entry in shared.model.entries:
            places.setdefault(entry.symbol, entry.place)
    having = sets_with([space.declared for space in spaces])
    targets = {
        numbers: tuple(dict.fromkeys(spaces[number].target for number in members(numbers)))
        for numbers in set(having.values())
    }
    return {symbol: (place, targets[having[symbol]]) for symbol, place in places.items()}


def _dead(shared: Sequence[Shared]) -> set[str]:
    """Symbols that are n in every configuration of every target."""
    declared = {symbol for one in shared for symbol in one.declared}
    return {symbol for symbol in sorted(declared) if not _can_be(shared, symbol, 1)}


def _can_be(shared: Sequence[Shared], symbol: str, sign: int) -> bool:
    """Whether a symbol is y, or with the sign -1 n, in a configuration of any target."""
    return any(
        symbol in one.declared and one.can_be(sign * one.formula.value[symbol]) for one in shared
    )


def _dead_symbols(spaces: Sequence[Space], dead: Set[str], noun: str) -> Iterator[Finding]:
    for symbol, (place, targets) in _entries(spaces).items():
        if symbol in dead:
            message = f"{symbol} cannot be y in any configuration of any {noun}"
            yield found("dead-symbol", message, place, symbol, targets)


def _unreachable(spaces: Sequence[Space], dead: Set[str], noun: str) -> Iterator[Finding]:
    """Dead symbols that select or imply others, and that nothing selects or implies."""
    clauses = clauses_of(spaces)
    selecting = {c.symbol for c in clauses if c.kind in ("select", "imply")}
    selected = {c.target for c in clauses if c.kind in ("select", "imply")}
    outside = {symbol for space in spaces for symbol in space.outside}
    for symbol, (place, targets) in _entries(spaces).items():
        if symbol in dead and symbol in selecting - selected - outside:
            message = f"the board {symbol} cannot be enabled on any {noun}"
            yield found("unreachable-board", message, place, symbol, targets)


def _always_on(spaces: Sequence[Space], shared: Sequence[Shared], noun: str) -> Iterator[Finding]:
    given = {symbol for space in spaces for symbol in space.given & space.declared}
    for symbol, (place, targets) in _entries(spaces).items():
        if symbol not in given and not _can_be(shared, symbol, -1):
            message = f"{symbol} is y in every configuration of every {noun}"
            yield found("always-on", message, place, symbol, targets)


def _shadowed(
    spaces: Sequence[Space], shared: Sequence[Shared], dead: Set[str]
) -> Iterator[Finding]:
    """Defaults and implies without effect in all configurations of all targets."""
    seen: set[tuple[object, ...]] = set()
    for clause in clauses_of(spaces):
        if clause.kind not in ("default", "imply"):
            continue
        repeats = said(clause) in seen  # another rule reports these
        seen.add(said(clause))
        if repeats or clause.target in dead or clause.symbol in dead:
            continue
        if not any(_can_decide(one, clause) for one in shared):
            message = f'"{written(clause)}" of {clause.symbol} never has an effect'
            yield found("shadowed-default", message, clause.place, clause.target)


def _can_decide(shared: Shared, clause: Clause) -> bool:
    index = shared.position.get(clause)
    return index is not None and shared.can_be(shared.decides[index])


class _Needed(Record):
    """One conjunct of a `depends on`, and the literal that is true if it holds."""

    clause: Clause
    expr: Expr
    literal: int


def _implied(model: Model) -> Iterator[Finding]:
    """Conjuncts of `depends on` that the symbol's other conjuncts imply, on any target.

    The proof also uses what is true in every configuration that does not fail: the dependencies
    of a symbol that is y hold, and the symbols that it selects are y.
    """
    gates = Gates()
    value = {symbol: gates.variable() for symbol in model.mentions}
    own: dict[str, list[_Needed]] = {}
    switches: dict[str, int] = {}
    for clause in model.clauses:
        holds = gates.expression(clause.condition, value) if clause.condition else TRUE
        if clause.kind == "depends":
            # A symbol's own dependencies are being tested, so they can be switched off.
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
                left = rest  # a duplicate, which another rule reports
                if any(item.clause.condition == part.clause.condition for item in rest):
                    continue
            elif solver.holds([*others, *(item.literal for item in rest), -part.literal]):
                continue
            left = rest
            why = _reason(solver, others, rest, part)
            message = f"{symbol} depends on {text(part.expr)}, already implied by {why}"
            yield found("implied-dependency", message, part.clause.place, symbol)


def _reason(solver: Solver, others: list[int], rest: list[_Needed], part: _Needed) -> str:
    """The other dependencies that imply one, in words."""
    for item in rest:
        if not solver.holds([*others, item.literal, -part.literal]):
            return text(item.expr)
    return "the other dependencies together"
