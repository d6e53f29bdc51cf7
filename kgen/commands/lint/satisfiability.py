"""Solver queries about all configurations of one target."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence, Set

from kgen.model.clauses import Clause, Model
from kgen.model.configurations import Outcome
from kgen.project.load import Project
from kgen.solve.formula import Formula, formula
from kgen.solve.gates import TRUE, Gates
from kgen.solve.solver import Counter, Solver

# Witnesses in real trees need at most three assignments; larger ones than this are not searched.
MOST_ASSIGNMENTS = 12


class Shared:
    """The formula and the solver of all targets with one model, and the values seen so far.

    What differs between the targets, the assignments of external symbols, is a literal of each
    target. So they are asked together, and the solver keeps for all what it has learned for one.
    After open_to(): anywhere is a literal that stands for any of them, and free has the symbols
    that can be assigned in all of them.
    """

    def __init__(self, model: Model, outside: dict[str, str]) -> None:
        """outside: the external symbols of the model."""
        self.model = model
        self.outside = outside
        self.declared = frozenset(model.declared())
        self.formula = formula(model, self.declared, {}, relaxable=_relaxable(model))
        self.position = {clause: index for index, clause in enumerate(model.clauses)}
        self.decides, gates = _deciding(model, self.formula)
        self._assigned = {
            name: gates.any_of((yes, self.formula.no[name]))
            for name, yes in self.formula.yes.items()
        }
        # All of the first or last relaxable symbols are sound.
        symbols = list(self.formula.sound)
        self._number = {symbol: number for number, symbol in enumerate(symbols)}
        self._first = _chain(gates, [self.formula.sound[symbol] for symbol in symbols])
        self._last = _chain(gates, [self.formula.sound[symbol] for symbol in reversed(symbols)])
        self.solver = Solver(gates.clauses)
        self._variables = gates.variables
        self._inside = self.declared - outside.keys()
        self._nothing = self.together(-self._assigned[name] for name in sorted(self._inside))
        self.anywhere = TRUE
        self.free = self.declared
        # Of the literals that can_be() is asked for: those that no configuration so far had.
        values = self.formula.value.values()
        self._unseen = {*values, *(-value for value in values), *self.decides.values()}
        self._seen: set[int] = set()

    def open_to(self, spaces: Sequence[Space]) -> None:
        """Say which targets there are."""
        self.anywhere = self.either(space.here for space in spaces)
        self.free = self.free.intersection(*(space.free for space in spaces))

    def holds(self, *literals: int) -> bool:
        """Whether a configuration satisfies all of these literals; what is true in it is noted."""
        if not self.solver.holds([self._first[-1], *literals]):
            return False
        seen = self._unseen & self.solver.model()
        self._unseen -= seen
        self._seen |= seen
        return True

    def can_be(self, literal: int) -> bool:
        """Whether a symbol's literal, its negation, or one of `decides` is true in a configuration
        of any target."""
        return literal in self._seen or self.holds(self.anywhere, literal)

    def fails(self, index: int, free: Set[str], *literals: int) -> bool:
        """Whether there is a configuration whose only failure is that this select conflicts with a
        false dependency of the symbol that it selects. free: what can be assigned."""
        selected = self.model.clauses[index].target
        number = self._number[selected]
        after = len(self._number) - number - 1
        others = (self._first[number], self._last[after])
        own = failure(self.formula, self.model, index, free)
        return self.solver.holds([*others, *literals, *own])

    def together(self, literals: Iterable[int]) -> int:
        """A new literal that is true only if all of these are."""
        self._variables += 1
        for literal in literals:
            self.solver.add((-self._variables, literal))
        return self._variables

    def either(self, literals: Iterable[int]) -> int:
        """A new literal that is true only if one of these is."""
        self._variables += 1
        self.solver.add((-self._variables, *literals))
        return self._variables

    def without(self, symbols: Set[str]) -> int:
        """A new literal that is true only if none of these symbols is assigned."""
        literals = []
        if symbols >= self._inside:  # so it is for all targets, before their own are added
            symbols = symbols - self._inside
            literals.append(self._nothing)
        return self.together([*literals, *(-self._assigned[name] for name in sorted(symbols))])


def _chain(gates: Gates, literals: Sequence[int]) -> list[int]:
    """A literal for each number of literals that is true only if so many of them, from the first
    on, are true."""
    made = [TRUE]
    for literal in literals:
        variable = gates.variable()
        gates.add(-variable, literal)
        gates.add(-variable, made[-1])
        made.append(variable)
    return made


class Space:
    """All configurations of one target. here: the literal that stands for it."""

    def __init__(self, project: Project, outcome: Outcome, shared: Shared) -> None:
        self.outcome = outcome
        self.target = outcome.target.name
        model = shared.model
        self.model = model
        self.group = project.group_of(outcome)
        self.outside = shared.outside
        lane = outcome.as_lane
        # A witness says all that is passed.
        needs = ",".join(name for name in outcome.target.needs if name in self.outside)
        self.nothing = lane.build and lane.build._replace(host=needs or "none", accel="")
        self.passed = tuple(
            item
            for item in lane.assignments
            if item.external
            and (
                self.outside.get(item.symbol) == "architecture"
                or item.symbol in outcome.target.needs
            )
        )
        self._fixed: dict[str, set[bool]] = {}
        for item in self.passed:
            self._fixed.setdefault(item.symbol, set()).add(item.value)
        self.declared = shared.declared
        architectures = {s for s, kind in self.outside.items() if kind == "architecture"}
        self.given = frozenset(self._fixed)
        self.free = self.declared - architectures - self.given
        self.shared = shared
        self.formula = shared.formula
        self.position = shared.position
        self.here = shared.together(self._of_target())
        self._limits: dict[int, Set[str]] = {}
        self._counting: _Counting | None = None
        self.possible = shared.holds(self.here)

    def _of_target(self) -> Iterator[int]:
        """What is assigned of the symbols that nobody else can assign."""
        for name in sorted(self.declared - self.free):
            values = self._fixed.get(name, set())
            yield self.formula.yes[name] if True in values else -self.formula.yes[name]
            yield self.formula.no[name] if False in values else -self.formula.no[name]

    def limit(self, symbols: Set[str]) -> int:
        """A literal that is true only if no other symbols than these are assigned."""
        literal = self.shared.without(self.free - symbols)
        self._limits[literal] = symbols
        return literal

    def smallest_failure(
        self, index: int, most: int, limits: list[int]
    ) -> list[tuple[str, bool]] | None:
        """The fewest assignments of a configuration that fails() finds; None if it takes more than
        `most`. After the last limit()."""
        if self._counting is None:
            self._counting = _Counting(self.model, self.free, self._fixed, self._limits)
        own = self._counting
        selected = self.model.clauses[index].target
        literals = [item for s, item in own.formula.sound.items() if s != selected]
        literals += [
            *failure(own.formula, self.model, index, self.free),
            *(own.limits[item] for item in limits),
        ]
        for bound in range(min(most, MOST_ASSIGNMENTS) + 1):
            if own.solver.holds([*literals, *own.counter.at_most(bound)]):
                true = own.solver.model()
                return sorted(own.meaning[item] for item in own.meaning if item in true)
        return None


def failure(formula: Formula, model: Model, index: int, free: Set[str]) -> list[int]:
    """Literals: a select conflicts with a false dependency of the symbol that it selects, which is
    not assigned if it can be."""
    selected = model.clauses[index].target
    literals = [-formula.sound[selected], formula.fires[index], formula.unmet[selected]]
    if selected in free:
        literals += [-formula.yes[selected], -formula.no[selected]]
    return literals


class _Counting:
    """A solver for one target, which counts assignments.

    Few targets need one, and counting would slow the others down. limits: its literal for each
    literal of Space.limit().
    """

    def __init__(
        self,
        model: Model,
        free: Set[str],
        fixed: Mapping[str, Set[bool]],
        limits: Mapping[int, Set[str]],
    ) -> None:
        self.formula = formula(model, free, fixed, relaxable=_relaxable(model))
        clauses = list(self.formula.clauses)
        self.limits: dict[int, int] = {}
        # Which of several smallest failures is found depends on the numbers of the variables.
        variables = _deciding(model, self.formula, fixed)[1].variables
        for literal, symbols in limits.items():
            variables += 1
            self.limits[literal] = variables
            for name in sorted(free - symbols):
                clauses += [(-variables, -self.formula.yes[name])]
                clauses += [(-variables, -self.formula.no[name])]
        self.meaning = {literal: (name, True) for name, literal in self.formula.yes.items()}
        self.meaning |= {literal: (name, False) for name, literal in self.formula.no.items()}
        self.solver = Solver(clauses)
        self.counter = Counter(self.solver, list(self.meaning), MOST_ASSIGNMENTS, variables)


def _relaxable(model: Model) -> set[str]:
    return {clause.symbol for clause in model.clauses if clause.kind == "depends"}


def clauses_of(spaces: Sequence[Space]) -> list[Clause]:
    """The clauses of all targets: of the tree, then those of devices files with declarations."""
    models = {space.group: space.model for space in spaces}
    return list(dict.fromkeys(clause for model in models.values() for clause in model.clauses))


def _deciding(
    model: Model, base: Formula, given: Iterable[str] = ()
) -> tuple[dict[int, int], Gates]:
    """For each default and imply a literal that is true if it determines its symbol's value, and
    the formula's clauses and variables with its definition."""
    gates = Gates()
    assigned = {*given, *(item.symbol for item in model.assignments)}
    gates.clauses = list(base.clauses)
    gates.variables = base.variables
    forced: dict[str, list[int]] = {symbol: [] for symbol in base.value}
    giving: dict[str, list[tuple[int, int]]] = {}
    for index, clause in enumerate(model.clauses):
        if clause.kind == "depends":
            continue
        if clause.kind == "select":
            forced[clause.target].append(base.fires[index])
            continue
        holds = gates.expression(clause.condition, base.value) if clause.condition else TRUE
        if clause.kind == "imply":
            holds = gates.all_of((holds, base.value[clause.symbol]))
        giving.setdefault(clause.target, []).append((index, holds))
    result = {}
    for symbol, items in giving.items():
        either = [base.yes[symbol], base.no[symbol]] if symbol in base.yes else []
        unmet = [base.unmet[symbol]] if symbol in base.unmet else []
        blocked = [*forced[symbol], *either, *unmet]
        if symbol in assigned:
            blocked.append(TRUE)
        for index, holds in items:
            result[index] = gates.all_of((holds, *(-item for item in blocked)))
            blocked.append(holds)
    return result, gates
