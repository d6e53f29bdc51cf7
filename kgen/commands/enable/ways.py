"""The smallest sets of assignments that give symbols a value, or why there are none."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from typing import TYPE_CHECKING

from kgen.model.configurations import Lane, Outcome, Resolution
from kgen.model.kinds import CHOSEN
from kgen.model.lanes import members
from kgen.model.order import order_of
from kgen.model.problems import KgenError, Problem, near
from kgen.model.record import Record
from kgen.project.load import Project
from kgen.resolve.resolver import resolve
from kgen.resolve.task import make_task
from kgen.solve.assignable import Freedom, freedom_of
from kgen.solve.formula import formula
from kgen.solve.solver import Counter, Solver, at_most, least_cost
from kgen.solve.unsat_core import Obstacle, why_forbidden
from kgen.targets.externals import foreign_symbols
from kgen.targets.symbol_kinds import kinds

if TYPE_CHECKING:
    from typing import Literal

    Status = Literal["already", "possible", "impossible"]

# The cost of an assignment. A symbol that users are not meant to set costs 1 more, and changing a
# line of the user's own _CHANGED_LINE more, so the number of assignments always comes first.
_ASSIGNMENT = 1_000_000


_CHANGED_LINE = 1000


# Limits of the search: WAYS with --all; without it, after _SOME sets of the least cost the search
# continues with those that change fewer other symbols.
WAYS = 400


_SOME = 25


class Way(Record):
    """A set of assignments. gained, lost: the other symbols that it enables and disables."""

    assignments: tuple[tuple[str, bool], ...]
    gained: tuple[str, ...]
    lost: tuple[str, ...]


class Answer(Record):
    """The answer for one target.

    ways: all with the same number of assignments, the best first. complete: whether these are all
    ways of that size. because: why there is none.
    """

    target: str
    status: Status
    ways: tuple[Way, ...]
    complete: bool
    because: tuple[Obstacle, ...]


def find_ways(
    project: Project, outcome: Outcome, symbols: Sequence[str], value: bool, every: bool = False
) -> Answer:
    """Find the smallest sets of assignments that give the symbols the value in one target.

    They are added to what the target's devices file and `--set` assign; they may change a line of
    that file, but not an assignment of `--set`. The best way has the fewest assignments, changes
    the fewest lines, sets the fewest symbols that are not for users, and changes the fewest
    other symbols, in this order. Symbols of the boards of other architectures are set to y only
    if there is no other way. every: find all ways of that size, up to WAYS; without it the answer
    is complete only if one assignment is enough. Raises KgenError for symbols that are not
    declared, and for a tree with a dependency cycle.
    """
    freedom = freedom_of(project, outcome)
    _check(freedom, symbols)
    name = outcome.target.name
    if not outcome.failed and all(outcome.value(symbol) == value for symbol in symbols):
        return Answer(name, "already", (), True, ())
    wanted = dict.fromkeys(symbols, value)
    before = None if outcome.failed else outcome
    foreign = foreign_symbols(freedom.model, outcome.target)
    question = _Question(freedom, wanted, before, _internal(freedom), foreign)
    best = _best(question, _single(question))
    if best:
        return Answer(name, "possible", tuple(best), True, ())
    because = why_forbidden(freedom, wanted)
    if because is not None:
        return Answer(name, "impossible", (), True, because)
    sets, complete = _several(question, every)
    if not sets:  # only with a board of another architecture
        question = question._replace(foreign=frozenset())
        sets, complete = _single(question), True
        if not _best(question, sets):
            sets, complete = _several(question, every)
    best = _best(question, sets)
    assert best, "the formula and the resolver disagree"
    return Answer(name, "possible", tuple(best), complete, ())


class _Question(Record):
    """The search problem.

    before: the present outcome, None if it fails, so that changes cannot be determined. internal:
    symbols that users are not meant to set. foreign: symbols of boards of other architectures,
    which must not be set to y.
    """

    freedom: Freedom
    wanted: Mapping[str, bool]
    before: Outcome | None
    internal: Set[str]
    foreign: Set[str]

    def choices(self, symbol: str) -> tuple[bool, ...]:
        """The values that a free symbol may be set to, without what its lines already assign."""
        own = {item.value for item in self.freedom.own.get(symbol, ())}
        choices = tuple(value for value in (True, False) if own != {value})
        if symbol in self.foreign and True not in own:
            choices = tuple(value for value in choices if not value)
        return choices


def _internal(freedom: Freedom) -> frozenset[str]:
    sorted_ = kinds(freedom.model, freedom.outside)
    return frozenset(symbol for symbol, kind in sorted_.items() if kind not in CHOSEN)


def _check(freedom: Freedom, symbols: Sequence[str]) -> None:
    declared = freedom.model.declared()
    unknown = [symbol for symbol in symbols if symbol not in declared]
    if unknown:
        raise KgenError(
            *(
                Problem(f"there is no symbol {name}", hint=near(name, declared), code="KG704")
                for name in unknown
            )
        )
    task = make_task(freedom.model, ())
    if not order_of(freedom.model.by_symbol.readers, task.symbols)[1]:
        raise KgenError(
            Problem(
                "the dependencies of this tree have a cycle, so it has no exact formula",
                hint="kgen generate reports the cycle if it affects a target",
                code="KG801",
            )
        )


def _single(question: _Question) -> list[dict[str, bool]]:
    """Every single assignment."""
    return [
        {symbol: value}
        for symbol in sorted(question.freedom.free)
        for value in question.choices(symbol)
    ]


def _several(question: _Question, every: bool) -> tuple[list[dict[str, bool]], bool]:
    """The smallest sets of assignments, found by the solver, and whether these are all.

    Without every, only sets of the least cost are found, and there may be more of the same size.
    """
    search = _Search(question)
    cost = least_cost(search.clauses, search.costs)
    if cost is None:
        return [], True
    search.bound(cost, every)
    sets: list[dict[str, bool]] = []
    while len(sets) < (WAYS if every else _SOME):
        chosen = search.following()
        if chosen is None:
            return sets, every
        sets.append(chosen)
    if question.before is not None:
        sets += search.fewest_changes(_best(question, sets)[0], question.before)
    return sets, False


class _Search:
    """The formula of a search problem, and the solver that enumerates its smallest answers."""

    def __init__(self, question: _Question) -> None:
        self.question = question
        freedom = question.freedom
        self.formula = formula(freedom.model, freedom.free, freedom.fixed, freedom.lane.mode)
        value = self.formula.value
        self.clauses: list[Sequence[int]] = list(self.formula.clauses)
        wanted = question.wanted.items()
        self.clauses += [(value[name] if wish else -value[name],) for name, wish in wanted]
        self.meaning: dict[int, tuple[str, bool]] = {}
        self.costs: dict[int, int] = {}
        for symbol in sorted(freedom.free):
            literals = {True: self.formula.yes[symbol], False: self.formula.no[symbol]}
            own = {item.value for item in freedom.own.get(symbol, ())}
            if own:
                self.clauses.append(tuple(literals.values()))
            choices = question.choices(symbol)
            for value_, literal in literals.items():
                if value_ in choices:
                    self.meaning[literal] = (symbol, value_)
                    line = _CHANGED_LINE if own else 0
                    self.costs[literal] = _ASSIGNMENT + (symbol in question.internal) + line
                elif own != {value_}:
                    self.clauses.append((-literal,))
        self.variables = self.formula.variables

    def bound(self, cost: int, every: bool) -> None:
        """From now on search only for sets as small (every) or as cheap as the cheapest."""
        solver = self.solver = Solver(self.clauses)
        number, rest = divmod(cost, _ASSIGNMENT)
        lines, internal = divmod(rest, _CHANGED_LINE)
        costs = self.costs.items()
        bounds = [(number, list(self.costs))]
        if not every:
            bounds.append(
                (lines, [x for x, price in costs if price % _ASSIGNMENT >= _CHANGED_LINE])
            )
            bounds.append((internal, [x for x, price in costs if price % _CHANGED_LINE]))
        for most, literals in bounds:
            clauses, self.variables = at_most(literals, most, self.variables)
            for clause in clauses:
                solver.add(clause)
        # Prefer few assignments and the present values: the first answers are then near the best.
        before = self.question.before
        now = [
            literal if before is not None and before.value(symbol) else -literal
            for symbol, literal in self.formula.value.items()
        ]
        solver.prefer([*now, *(-literal for literal in self.costs)])

    def following(self, assumptions: Sequence[int] = ()) -> dict[str, bool] | None:
        """The next set of assignments that contains no earlier one; None if there is none."""
        if not self.solver.holds(assumptions):
            return None
        model = self.solver.model()
        chosen = [literal for literal in self.costs if literal in model]
        self.solver.add([-literal for literal in chosen])
        return dict(self.meaning[literal] for literal in chosen)

    def fewest_changes(self, best: Way, before: Outcome) -> list[dict[str, bool]]:
        """Sets with fewer and fewer changes to other symbols than the best way, to the fewest."""
        changed = []
        for symbol, literal in self.formula.value.items():
            if symbol in self.question.wanted:
                continue
            self.variables += 1
            differs = -literal if before.value(symbol) else literal
            free = symbol in self.formula.yes
            own = [self.formula.yes[symbol], self.formula.no[symbol]] if free else []
            self.solver.add([self.variables, -differs, *(x for x in own if x in self.costs)])
            changed.append(self.variables)
        most = _others(best, self.question.wanted)
        counter = Counter(self.solver, changed, most, self.variables)
        sets: list[dict[str, bool]] = []
        while most > 0:
            chosen = self.following(counter.at_most(most - 1))
            if chosen is None:
                break
            sets.append(chosen)
            most = _others(_best(self.question, [chosen])[0], self.question.wanted)
        return sets


def _best(question: _Question, sets: Sequence[dict[str, bool]]) -> list[Way]:
    """The sets that resolve to the wanted values, as ways, the best first."""
    freedom = question.freedom
    lanes: list[Lane] = [freedom.lane_with({}), *(freedom.lane_with(one) for one in sets)]
    resolution = resolve(freedom.model, lanes, reasons=False)
    good = ((1 << len(lanes)) - 2) & ~resolution.failed
    for symbol, wish in question.wanted.items():
        good &= resolution.values[symbol] if wish else ~resolution.values[symbol]
    changes = _changes(resolution, good)
    ranked = []
    for number, one in enumerate(sets, 1):
        if good >> number & 1:
            gained, lost = (
                [name for name in names if name not in one] for names in changes[number]
            )
            if question.before is None:
                gained, lost = [], []
            lines = sum(symbol in freedom.own for symbol in one)
            internal = len(question.internal & one.keys())
            way = Way(tuple(sorted(one.items())), tuple(gained), tuple(lost))
            ranked.append((lines, internal, _others(way, question.wanted), way))
    return [way for *_, way in sorted(ranked)]


def _others(way: Way, wanted: Mapping[str, bool]) -> int:
    """The number of symbols that change and are neither wanted nor assigned."""
    return sum(name not in wanted for name in (*way.gained, *way.lost))


def _changes(resolution: Resolution, lanes: int) -> dict[int, tuple[list[str], list[str]]]:
    """For each of these lanes the symbols that are y there but not in lane 0, and the reverse."""
    changes: dict[int, tuple[list[str], list[str]]] = {lane: ([], []) for lane in members(lanes)}
    for symbol in sorted(resolution.values):
        values = resolution.values[symbol]
        lost = values & 1
        for lane in members(lanes & (~values if lost else values)):
            changes[lane][lost].append(symbol)
    return changes
