"""Solver queries about all configurations of one target."""

from __future__ import annotations

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
        self.target = outcome.target.name
        model = outcome.resolution.model
        self.model = model
        self.group = project.group_of(outcome)
        self.outside = externals(model, project.outcomes)
        lane = outcome.as_lane
        # A witness says all that is passed.
        self.nothing = lane.build and lane.build._replace(host="none", accel="")
        self.passed = tuple(
            item
            for item in lane.assignments
            if item.external and self.outside.get(item.symbol) == "architecture"
        )
        fixed: dict[str, set[bool]] = {}
        for item in self.passed:
            fixed.setdefault(item.symbol, set()).add(item.value)
        self.declared = model.declared()
        architectures = {s for s, kind in self.outside.items() if kind == "architecture"}
        self.free = self.declared - architectures
        self.given = frozenset(fixed)
        relaxable = {clause.symbol for clause in model.clauses if clause.kind == "depends"}
        self.formula: Formula = formula(model, self.free, fixed, relaxable=relaxable)
        self.position = {clause: index for index, clause in enumerate(model.clauses)}
        self.decides, self.clauses = _deciding(self)
        self.solver = Solver(self.clauses)
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

    def smallest_failure(self, index: int, most: int) -> list[tuple[str, bool]] | None:
        """The fewest assignments of a configuration that fails_only_there describes; None if it
        takes more than `most`."""
        meaning = {literal: (name, True) for name, literal in self.formula.yes.items()}
        meaning |= {literal: (name, False) for name, literal in self.formula.no.items()}
        if self._counting is None:
            solver = Solver(self.formula.clauses)
            counter = Counter(solver, list(meaning), MOST_ASSIGNMENTS, self.formula.variables)
            self._counting = solver, counter
        solver, counter = self._counting
        literals = self.fails_only_there(index)
        for bound in range(min(most, MOST_ASSIGNMENTS) + 1):
            if solver.holds([*literals, *counter.at_most(bound)]):
                true = solver.model()
                return sorted(meaning[literal] for literal in meaning if literal in true)
        return None


def _deciding(space: Space) -> tuple[dict[int, int], list[tuple[int, ...]]]:
    """For each default and imply a literal that is true if it determines its symbol's value, and
    the clauses of the formula extended by its definition."""
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
    return result, gates.clauses
