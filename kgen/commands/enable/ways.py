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
from kgen.solve.solver import Counter, Solver, at_most, implied, least_cost
from kgen.solve.unsat_core import Obstacle, why_forbidden
from kgen.targets.externals import foreign_symbols
from kgen.targets.symbol_kinds import internal_symbols, kinds

if TYPE_CHECKING:
    from typing import Literal

    Status = Literal["already", "possible", "impossible"]

# Limits of the search: WAYS with --all; without it, after _SOME sets of the least cost the search
# continues with those that change fewer other symbols.
WAYS = 400


_SOME = 25


class Way(Record):
    """A set of assignments. gained, lost: the other symbols that it enables and disables.
    internal: the internal symbols that it sets to y, each with the symbols that select it."""

    assignments: tuple[tuple[str, bool], ...]
    gained: tuple[str, ...]
    lost: tuple[str, ...]
    internal: tuple[tuple[str, tuple[str, ...]], ...] = ()


class Answer(Record):
    """The answer for one target.

    ways: all with the same number of assignments (to disable: that also change as few other
    symbols), the best first. complete: whether these are all such ways. because: why there is none.
    """

    target: str
    status: Status
    ways: tuple[Way, ...]
    complete: bool
    because: tuple[Obstacle, ...]


def find_ways(
    project: Project,
    outcome: Outcome,
    symbols: Sequence[str],
    value: bool,
    every: bool = False,
    allow_internal: bool = False,
    settable: Set[str] = frozenset(),
) -> Answer:
    """Find the best sets of assignments that give the symbols the value in one target.

    They are added to what the target's devices file and `--set` assign; they may change a line of
    that file, but not an assignment of `--set`. To enable, the best way has the fewest assignments,
    changes the fewest lines, sets the fewest symbols that are not for users, and changes the fewest
    other symbols, in this order. To disable, it first changes the fewest other symbols; to assign a
    symbol the value that it has is no means to that. An internal symbol is set to y only with
    allow_internal, or if it is one of settable. Symbols of the boards of other architectures are
    set to y only if there is no other way. every: find all ways that are as good (without regard to
    changed lines and kinds of symbols), up to WAYS; without it the answer is complete only if one
    assignment is enough to enable. Raises KgenError for symbols that are not declared, and for a
    tree with a dependency cycle.
    """
    freedom = freedom_of(project, outcome)
    _check(freedom, symbols)
    name = outcome.target.name
    if not outcome.failed and all(outcome.value(symbol) == value for symbol in symbols):
        return Answer(name, "already", (), True, ())
    wanted = dict.fromkeys(symbols, value)
    before = None if outcome.failed else outcome
    foreign = foreign_symbols(freedom.model, outcome.target)
    kinds_of = kinds(freedom.model, freedom.outside)
    internal = {
        symbol: by
        for symbol, by in internal_symbols(freedom.model, kinds_of).items()
        if symbol not in settable
    }
    # In allyesconfig the mode itself sets internal symbols.
    if not allow_internal and freedom.lane.mode != "allyesconfig":
        freedom = freedom._replace(internal=internal)
    unmeant = {symbol for symbol, kind in kinds_of.items() if kind not in CHOSEN} - settable
    lines_first = value or before is None
    question = _Question(freedom, wanted, before, internal, unmeant, foreign, lines_first)
    single = _best(question, _single(question))
    if single and lines_first:
        return Answer(name, "possible", tuple(single), True, ())
    because = None if single else why_forbidden(freedom, wanted)
    if because is not None:
        return Answer(name, "impossible", (), True, because)
    ways, complete = _several(question, single, every)
    if not ways:
        # A board of another architecture is no better than to set an internal symbol.
        if _Search(question._replace(freedom=freedom._replace(internal={}))).possible():
            because = why_forbidden(freedom, wanted, foreign)
            if because is not None:
                return Answer(name, "impossible", (), True, because)
        question = question._replace(foreign=frozenset())
        ways, complete = _best(question, _single(question)), True
        if not ways:
            ways, complete = _several(question, [], every)
    assert ways, "the formula and the resolver disagree"
    return Answer(name, "possible", tuple(ways), complete, ())


class _Question(Record):
    """The search problem.

    before: the present outcome, None if it fails, so that changes cannot be determined. internal:
    the internal symbols, each with the symbols that select it. unmeant: symbols that users are not
    meant to set. foreign: symbols of boards of other architectures, which must not be set to y.
    lines_first: whether the number of assignments comes before that of other symbols that change.
    """

    freedom: Freedom
    wanted: Mapping[str, bool]
    before: Outcome | None
    internal: Mapping[str, tuple[str, ...]]
    unmeant: Set[str]
    foreign: Set[str]
    lines_first: bool

    def is_now(self, symbol: str) -> bool:
        """The value of a symbol before the change."""
        return self.before is not None and self.before.value(symbol)

    def choices(self, symbol: str) -> tuple[bool, ...]:
        """The values that a free symbol may be set to, without what its lines already assign."""
        own = {item.value for item in self.freedom.own.get(symbol, ())}
        choices = tuple(value for value in (True, False) if own != {value})
        if symbol in self.foreign and True not in own:
            choices = tuple(value for value in choices if not value)
        return choices


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
    """Every single assignment.

    An internal symbol with a line of its own may turn to y where it is y without the line.
    """
    freedom = question.freedom
    lined = [name for name in sorted(freedom.own) if freedom.only_selected(name)]
    selected = set()
    if lined:
        lane = freedom.lane
        lanes = [
            lane._replace(assignments=tuple(x for x in lane.assignments if x.symbol != name))
            for name in lined
        ]
        without = resolve(freedom.model, lanes, reasons=False)
        for number, name in enumerate(lined):
            if without.values[name] & ~without.failed & 1 << number:
                selected.add(name)
    return [
        {symbol: value}
        for symbol in sorted(freedom.free)
        for value in question.choices(symbol)
        if not (value and freedom.only_selected(symbol)) or symbol in selected
    ]


def _several(question: _Question, single: Sequence[Way], every: bool) -> tuple[list[Way], bool]:
    """The best sets of several assignments, found by the solver, and whether these are all.

    single: the ways of one assignment, which are preferred if they change as few other symbols.
    Without every, only sets of the least cost are found, and there may be more of the same size.
    """
    search = _Search(question)
    fewest = -1
    if single and not question.lines_first:
        fewest = min(_changed(question, way) for way in single)
        single = [way for way in single if _changed(question, way) == fewest]
        if fewest <= search.inevitable():
            return list(single), True
    counts = search.least()
    if counts is None:
        if question.lines_first:
            return [], True
        # Only by turning something on.
        question = question._replace(lines_first=True)
        return (list(single), True) if single else _several(question, (), every)
    if 0 <= fewest <= counts[0]:
        return list(single), True
    search.bound(counts, every)
    sets: list[dict[str, bool]] = []
    while len(sets) < (WAYS if every else _SOME):
        chosen = search.following()
        if chosen is None:
            return _best(question, sets), every
        sets.append(chosen)
    if question.before is not None and question.lines_first:
        sets += search.fewest_changes(_best(question, sets)[0], question.before)
    return _best(question, sets), False


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
        # Literals of which as few as possible should be true.
        changed_lines: list[int] = []
        unmeant: list[int] = []
        for symbol in sorted(freedom.free):
            literals = {True: self.formula.yes[symbol], False: self.formula.no[symbol]}
            own = {item.value for item in freedom.own.get(symbol, ())}
            if own:
                self.clauses.append(tuple(literals.values()))
            choices = question.choices(symbol)
            if freedom.only_selected(symbol):
                # A line of its own may turn to y, or go, where the symbol is selected.
                selects = self.formula.selects(freedom.model, symbol) if own else ()
                self.clauses.append((-literals[True], *selects))
            if not question.lines_first and symbol not in question.wanted:
                # No line that only keeps the value of a symbol, or of what follows from it.
                choices = (False,) if False in choices and question.is_now(symbol) else ()
            for value_, literal in literals.items():
                if value_ in choices:
                    self.meaning[literal] = (symbol, value_)
                    if own:
                        changed_lines.append(literal)
                    if symbol in question.unmeant:
                        unmeant.append(literal)
                elif own != {value_}:
                    self.clauses.append((-literal,))
        self.levels: list[list[int]] = [list(self.meaning), changed_lines, unmeant]
        if not question.lines_first:
            others = [
                -literal if question.is_now(symbol) else literal
                for symbol, literal in self.formula.value.items()
                if symbol not in question.wanted
            ]
            self.levels.insert(0, others)
        self.variables = self.formula.variables

    def possible(self) -> bool:
        """Whether there is an answer."""
        return Solver(self.clauses).holds()

    def inevitable(self) -> int:
        """A number of true literals of the first level that no answer goes below."""
        decided = implied(self.clauses) or set()
        return sum(literal in decided for literal in self.levels[0])

    def least(self) -> list[int] | None:
        """The number of true literals of each level: the first level has as few as possible, then
        the second, and so on. None if there is no answer."""
        prices: dict[int, int] = {}
        places: list[int] = []
        place = 1
        for literals in reversed(self.levels):
            places.insert(0, place)
            for literal in literals:
                prices[literal] = prices.get(literal, 0) + place
            place *= len(literals) + 1
        cost = least_cost(self.clauses, prices)
        if cost is None:
            return None
        counts = []
        for place in places:
            count, cost = divmod(cost, place)
            counts.append(count)
        return counts

    def bound(self, counts: Sequence[int], every: bool) -> None:
        """From now on search only for sets with these counts; every: without regard to changed
        lines and kinds of symbols."""
        for most, literals in list(zip(counts, self.levels, strict=True))[: -2 if every else None]:
            decided = implied(self.clauses) or set()
            undecided = [x for x in literals if x not in decided and -x not in decided]
            rest = most - sum(x in decided for x in literals)
            clauses, self.variables = at_most(undecided, rest, self.variables)
            self.clauses += clauses
        solver = self.solver = Solver(self.clauses)
        # Prefer few assignments and the present values: the first answers are then near the best.
        now = [
            literal if self.question.is_now(symbol) else -literal
            for symbol, literal in self.formula.value.items()
        ]
        solver.prefer([*now, *(-literal for literal in self.meaning)])

    def following(self, assumptions: Sequence[int] = ()) -> dict[str, bool] | None:
        """The next set of assignments that contains no earlier one; None if there is none."""
        if not self.solver.holds(assumptions):
            return None
        model = self.solver.model()
        chosen = [literal for literal in self.meaning if literal in model]
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
            self.solver.add([self.variables, -differs, *(x for x in own if x in self.meaning)])
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
            unmeant = len(question.unmeant & one.keys())
            internal = tuple(
                (symbol, question.internal[symbol])
                for symbol in sorted(one)
                if one[symbol] and symbol in question.internal
            )
            way = Way(tuple(sorted(one.items())), tuple(gained), tuple(lost), internal)
            ranked.append((lines, unmeant, _others(way, question.wanted), way))
    return [way for *_, way in sorted(ranked)]


def _changed(question: _Question, way: Way) -> int:
    """The number of symbols that change and are not wanted."""
    assigned = (name for name, value in way.assignments if question.is_now(name) != value)
    return _others(way, question.wanted) + sum(name not in question.wanted for name in assigned)


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
