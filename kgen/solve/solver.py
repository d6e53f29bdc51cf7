"""The only module that uses python-sat: satisfiability, models, cores and minimal costs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from kgen.model.dependencies import problem_of
from kgen.model.problems import Problem

Clauses = Iterable[Sequence[int]]

# The conflicts of the search after which the solver returns to Python, which then sees signals.
# A search that takes more goes on with all that it has learned; few do, and each part takes about
# a second.
_CONFLICTS = 20_000


def _load() -> Any:
    """python-sat, with its handling of signals switched off.

    Its own handler jumps out of C++ code that is at work on its data. What happens to that data
    afterwards was a crash, now and then.
    """
    import pysat.card
    import pysat.solvers

    pysat.card.MainThread.check = pysat.solvers.MainThread.check = staticmethod(lambda: False)
    return pysat


def problem() -> Problem | None:
    """What is wrong with python-sat, if it cannot be used."""
    try:
        _load()
    except (ImportError, AttributeError) as error:
        found = problem_of(error)
        if found is None:
            raise
        return found
    return None


class Solver:
    """An incremental solver. Literals are variables from 1; a minus sign negates."""

    def __init__(self, clauses: Clauses) -> None:
        self._solver: Any = _load().solvers.Glucose4(bootstrap_with=clauses, incr=False)

    def add(self, clause: Sequence[int]) -> None:
        """Add a clause permanently."""
        self._solver.add_clause(clause)

    def holds(self, assumptions: Sequence[int] = ()) -> bool:
        """Whether all clauses and assumptions can be true together."""
        given = list(assumptions)
        while True:
            self._solver.conf_budget(_CONFLICTS)
            answer = self._solver.solve_limited(assumptions=given)
            if answer is not None:
                return bool(answer)

    def model(self) -> set[int]:
        """After holds() returned True: the true literals."""
        return set(self._solver.get_model())

    def core(self) -> list[int]:
        """After holds() returned False: contradictory assumptions, not necessarily minimal."""
        core = self._solver.get_core()
        return [] if core is None else list(core)

    def prefer(self, literals: Sequence[int]) -> None:
        """Prefer these literals to be true."""
        self._solver.set_phases(list(literals))


def smallest_core(solver: Solver, assumptions: Sequence[int]) -> list[int] | None:
    """A minimal set of contradictory assumptions, in the given order; None if there is none.

    Later assumptions are removed first.
    """
    if solver.holds(assumptions):
        return None
    core = set(solver.core())
    kept = [item for item in assumptions if item in core]
    for item in reversed(list(kept)):
        rest = [other for other in kept if other != item]
        if not solver.holds(rest):
            core = set(solver.core())
            kept = [other for other in rest if other in core]
    return kept


def least_cost(clauses: Clauses, prices: Mapping[int, int]) -> int | None:
    """The minimum cost of a model of the clauses; None if they are unsatisfiable.

    prices: the cost of each literal if it is true.
    """
    _load()
    from pysat.examples.rc2 import RC2Stratified
    from pysat.formula import WCNF

    clauses = list(clauses)
    decided = implied(clauses)
    if decided is None:
        return None
    cost = sum(price for literal, price in prices.items() if literal in decided)
    rest = {x: price for x, price in prices.items() if x not in decided and -x not in decided}
    if not rest:  # RC2 does not expect that
        return cost if Solver(clauses).holds() else None
    formula = WCNF()
    for clause in clauses:
        formula.append(list(clause))
    for literal, price in rest.items():
        formula.append([-literal], weight=price)
    with RC2Stratified(formula, solver="g4", exhaust=True) as search:
        return None if search.compute() is None else cost + int(search.cost)


def implied(clauses: Clauses) -> set[int] | None:
    """The literals that follow from the clauses of one literal by unit propagation; None if the
    clauses are found to be unsatisfiable."""
    units: list[int] = []
    others: list[Sequence[int]] = []
    for clause in clauses:
        if len(clause) == 1:
            units.append(clause[0])
        else:
            others.append(clause)
    with _load().solvers.Glucose4(bootstrap_with=others, incr=False) as solver:
        possible, literals = solver.propagate(assumptions=units)
    return set(literals) if possible else None


def at_most(literals: Sequence[int], bound: int, variables: int) -> tuple[list[list[int]], int]:
    """Clauses that allow at most `bound` true literals, and the new highest variable.

    variables: the highest variable in use.
    """
    if bound >= len(literals):
        return [], variables
    if bound == 0:
        return [[-literal] for literal in literals], variables
    card = _load().card
    encoded = card.CardEnc.atmost(
        list(literals), bound, variables, encoding=card.EncType.seqcounter
    )
    return encoded.clauses, max(variables, encoded.nv)


class Counter:
    """Counts the true literals of a set, so that one solver can be asked with several bounds.

    variables: the highest variable in use.
    """

    def __init__(self, solver: Solver, literals: Sequence[int], most: int, variables: int) -> None:
        with _load().card.ITotalizer(list(literals), ubound=most, top_id=variables) as totals:
            for clause in totals.cnf.clauses:
                solver.add(clause)
            self._over: list[int] = list(totals.rhs)
            self.variables: int = max(variables, totals.top_id)

    def at_most(self, bound: int) -> list[int]:
        """Assumptions: at most `bound` of the literals are true."""
        return [-self._over[bound]] if bound < len(self._over) else []
