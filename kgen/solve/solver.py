"""The one door to python-sat: satisfiable or not, with which values, and the cheapest way."""

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
    """Clauses of literals (variables from 1, negated with a minus), asked again and again."""

    def __init__(self, clauses: Clauses) -> None:
        self._solver: Any = _load().solvers.Glucose4(bootstrap_with=clauses, incr=False)

    def add(self, clause: Sequence[int]) -> None:
        """One more clause, for good."""
        self._solver.add_clause(list(clause))

    def holds(self, assumptions: Sequence[int] = ()) -> bool:
        """Whether there are values that make every clause and every assumption true."""
        given = list(assumptions)
        while True:
            self._solver.conf_budget(_CONFLICTS)
            answer = self._solver.solve_limited(assumptions=given)
            if answer is not None:
                return bool(answer)

    def model(self) -> set[int]:
        """After holds() was True: the literals that are true."""
        return set(self._solver.get_model())

    def core(self) -> list[int]:
        """After holds() was False: assumptions that cannot hold together, perhaps too many."""
        found = self._solver.get_core()
        return [] if found is None else list(found)

    def prefer(self, literals: Sequence[int]) -> None:
        """Try these first where there is a choice."""
        self._solver.set_phases(list(literals))


def smallest_core(solver: Solver, assumptions: Sequence[int]) -> list[int] | None:
    """Assumptions of which none can be left out if they are not to hold; None if all can hold.

    In the order given; those that stand last are left out first.
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
    """The least that it costs to make the clauses true; None if nothing does.

    prices: for each literal what it costs if it is true.
    """
    _load()
    from pysat.examples.rc2 import RC2Stratified
    from pysat.formula import WCNF

    formula = WCNF()
    for clause in clauses:
        formula.append(list(clause))
    for literal, price in prices.items():
        formula.append([-literal], weight=price)
    with RC2Stratified(formula, solver="g4", exhaust=True) as search:
        return None if search.compute() is None else int(search.cost)


def at_most(literals: Sequence[int], bound: int, variables: int) -> tuple[list[list[int]], int]:
    """Clauses that let at most so many of the literals be true, and the last variable now.

    variables: the last variable that is used already.
    """
    if bound >= len(literals):
        return [], variables
    if bound == 0:
        return [[-literal] for literal in literals], variables
    card = _load().card
    found = card.CardEnc.atmost(list(literals), bound, variables, encoding=card.EncType.seqcounter)
    return found.clauses, max(variables, found.nv)


class Counter:
    """How many of some literals are true, to be bounded again and again in one solver."""

    def __init__(self, solver: Solver, literals: Sequence[int], most: int, variables: int) -> None:
        with _load().card.ITotalizer(list(literals), ubound=most, top_id=variables) as totals:
            for clause in totals.cnf.clauses:
                solver.add(clause)
            self._over: list[int] = list(totals.rhs)

    def at_most(self, bound: int) -> list[int]:
        """Assumptions that at most so many are true."""
        return [-self._over[bound]] if bound < len(self._over) else []
