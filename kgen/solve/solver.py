"""The only module that uses python-sat: satisfiability, models, cores and minimal costs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

Clauses = Iterable[Sequence[int]]


@contextmanager
def _interruptible() -> Iterator[None]:
    """Convert the library's own exception for Ctrl-C to KeyboardInterrupt."""
    import pysolvers

    try:
        yield
    except pysolvers.error as error:
        if "keyboard interrupt" in str(error):
            raise KeyboardInterrupt from None
        raise


class Solver:
    """An incremental solver. Literals are variables from 1; a minus sign negates."""

    def __init__(self, clauses: Clauses) -> None:
        from pysat.solvers import Glucose4

        self._solver: Any = Glucose4(bootstrap_with=clauses, incr=False)

    def add(self, clause: Sequence[int]) -> None:
        """Add a clause permanently."""
        self._solver.add_clause(list(clause))

    def holds(self, assumptions: Sequence[int] = ()) -> bool:
        """Whether all clauses and assumptions can be true together."""
        with _interruptible():
            return bool(self._solver.solve(assumptions=list(assumptions)))

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
    from pysat.examples.rc2 import RC2Stratified
    from pysat.formula import WCNF

    formula = WCNF()
    for clause in clauses:
        formula.append(list(clause))
    for literal, price in prices.items():
        formula.append([-literal], weight=price)
    with _interruptible(), RC2Stratified(formula, solver="g4", exhaust=True) as search:
        return None if search.compute() is None else int(search.cost)


def at_most(literals: Sequence[int], bound: int, variables: int) -> tuple[list[list[int]], int]:
    """Clauses that allow at most `bound` true literals, and the new highest variable.

    variables: the highest variable in use.
    """
    from pysat.card import CardEnc, EncType

    if bound >= len(literals):
        return [], variables
    if bound == 0:
        return [[-literal] for literal in literals], variables
    encoded = CardEnc.atmost(list(literals), bound, variables, encoding=EncType.seqcounter)
    return encoded.clauses, max(variables, encoded.nv)


class Counter:
    """Counts the true literals of a set, so that one solver can be asked with several bounds."""

    def __init__(self, solver: Solver, literals: Sequence[int], most: int, variables: int) -> None:
        from pysat.card import ITotalizer

        with ITotalizer(list(literals), ubound=most, top_id=variables) as totals:
            for clause in totals.cnf.clauses:
                solver.add(clause)
            self._over: list[int] = list(totals.rhs)

    def at_most(self, bound: int) -> list[int]:
        """Assumptions: at most `bound` of the literals are true."""
        return [-self._over[bound]] if bound < len(self._over) else []
