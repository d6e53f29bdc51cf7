"""Costs, bounds and cores against all ways there are."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from strategies import examples

from kgen.solve.solver import Counter, Solver, at_most, least_cost, smallest_core


@examples(60)
@given(
    st.lists(st.lists(st.integers(1, 6), min_size=1, max_size=3, unique=True), max_size=8),
    st.lists(st.integers(1, 30), min_size=6, max_size=6),
)
def test_costs_bounds_and_cores_against_all_ways(
    clauses: list[list[int]], costs: list[int]
) -> None:
    """By trying out all values of six variables."""
    ways = [
        {number for number in range(1, 7) if bits >> number & 1}
        for bits in range(0, 128, 2)
        if all(any(bits >> literal & 1 for literal in clause) for clause in clauses)
    ]
    prices = dict(enumerate(costs, 1))
    assert least_cost(clauses, prices) == min(sum(prices[x] for x in way) for way in ways)
    fewest = min(len(way) for way in ways)
    solver = Solver(clauses)
    counter = Counter(solver, range(1, 7), 6, 6)
    for bound in range(7):
        bounded = Solver([*clauses, *at_most(range(1, 7), bound, 6)[0]])
        assert bounded.holds() == (bound >= fewest) == solver.holds(counter.at_most(bound))
    every = [-literal for literal in range(1, 7)]
    core = smallest_core(Solver(clauses), every)
    assert (core is None) == (fewest == 0)
    if core is not None:
        assert not Solver(clauses).holds(core)
        for item in core:
            assert Solver(clauses).holds([other for other in core if other != item])
