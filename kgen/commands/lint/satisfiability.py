"""Solver queries about all configurations of one target."""

from __future__ import annotations

from collections.abc import Sequence, Set

from kgen.model.clauses import Clause
from kgen.model.configurations import Outcome
from kgen.project.load import Project
from kgen.solve.formula import Formula, formula
from kgen.solve.gates import TRUE, Gates
from kgen.solve.solver import Counter, Solver
from kgen.targets.externals import externals

# Witnesses in real trees need at most three assignments; larger ones than this are not searched.
MOST_ASSIGNMENTS = 12


class Space:
    """All configurations of one target: the formula, its solver, and the values seen so far."""

    def __init__(self, project: Project, outcome: Outcome) -> None:
        self.outcome = outcome
        self.target = outcome.target.name
        model = outcome.resolution.model
        self.model = model
        self.group = project.group_of(outcome)
        self.outside = externals(model, project.outcomes)
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
        fixed: dict[str, set[bool]] = {}
        for item in self.passed:
            fixed.setdefault(item.symbol, set()).add(item.value)
        self.declared = model.declared()
        architectures = {s for s, kind in self.outside.items() if kind == "architecture"}
        self.given = frozenset(fixed)
        self.free = self.declared - architectures - self.given
        relaxable = {clause.symbol for clause in model.clauses if clause.kind == "depends"}
        self.formula: Formula = formula(model, self.free, fixed, relaxable=relaxable)
        self.position = {clause: index for index, clause in enumerate(model.clauses)}
        self.decides, gates = _deciding(self)
        self.solver = Solver(gates.clauses)
        self._variables = gates.variables
        self._limits: list[tuple[int, int]] = []
        self._counting: tuple[Solver, Counter] | None = None
        self.sound = list(self.formula.sound.values())
        self.seen_y: set[str] = set()
        self.seen_n: set[str] = set()
        self.seen_deciding: set[int] = set()
        self.possible = self.holds()

    def holds(self, *literals: int) -> bool:
        """Whether a configuration satisfies all of these literals; its values are recorded."""
        if not self.solver.holds([*self.sound, *literals]):
            return False
        true = self.solver.model()
        for symbol, literal in self.formula.value.items():
            (self.seen_y if literal in true else self.seen_n).add(symbol)
        self.seen_deciding.update(i for i, literal in self.decides.items() if literal in true)
        return True

    def fails_only_there(self, index: int) -> list[int]:
        """Literals of a configuration whose only failure is that this select conflicts with a
        false dependency of the symbol that it selects."""
        selected = self.model.clauses[index].target
        formula = self.formula
        literals = [item for s, item in formula.sound.items() if s != selected]
        literals += [-formula.sound[selected], formula.fires[index], formula.unmet[selected]]
        if selected in formula.yes:
            literals += [-formula.yes[selected], -formula.no[selected]]
        return literals

    def limit(self, symbols: Set[str]) -> int:
        """A literal that is true only if no other symbols than these are assigned. Before the
        first smallest_failure()."""
        assert self._counting is None
        self._variables += 1
        for name in sorted(self.free - symbols):
            for assigned in (self.formula.yes[name], self.formula.no[name]):
                self._limits.append((-self._variables, -assigned))
                self.solver.add(self._limits[-1])
        return self._variables

    def smallest_failure(
        self, index: int, most: int, limits: list[int]
    ) -> list[tuple[str, bool]] | None:
        """The fewest assignments of a configuration that fails_only_there describes; None if it
        takes more than `most`. limits: literals of limit()."""
        meaning = {literal: (name, True) for name, literal in self.formula.yes.items()}
        meaning |= {literal: (name, False) for name, literal in self.formula.no.items()}
        if self._counting is None:
            solver = Solver([*self.formula.clauses, *self._limits])
            counter = Counter(solver, list(meaning), MOST_ASSIGNMENTS, self._variables)
            self._counting = solver, counter
        solver, counter = self._counting
        literals = [*self.fails_only_there(index), *limits]
        for bound in range(min(most, MOST_ASSIGNMENTS) + 1):
            if solver.holds([*literals, *counter.at_most(bound)]):
                true = solver.model()
                return sorted(meaning[literal] for literal in meaning if literal in true)
        return None


def clauses_of(spaces: Sequence[Space]) -> list[Clause]:
    """The clauses of all targets: of the tree, then those of devices files with declarations."""
    models = {space.group: space.model for space in spaces}
    return list(dict.fromkeys(clause for model in models.values() for clause in model.clauses))


def _deciding(space: Space) -> tuple[dict[int, int], Gates]:
    """For each default and imply a literal that is true if it determines its symbol's value, and
    the formula's clauses and variables with its definition."""
    gates = Gates()
    base = space.formula
    assigned = space.given | {item.symbol for item in space.model.assignments}
    gates.clauses = list(base.clauses)
    gates.variables = base.variables
    forced: dict[str, list[int]] = {symbol: [] for symbol in base.value}
    giving: dict[str, list[tuple[int, int]]] = {}
    for index, clause in enumerate(space.model.clauses):
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
