"""Gates in clauses are what they say."""

from __future__ import annotations

import itertools

from kgen.solve.gates import TRUE, Gates
from kgen.solve.solver import Solver


def test_gates_are_what_they_say() -> None:
    gates = Gates()
    a, b, c = (gates.variable() for _ in range(3))
    both, any_, nested = (
        gates.all_of((a, b)),
        gates.any_of((a, b, c)),
        gates.expression(("a", "b", "||", "c", "!", "&&"), {"a": a, "b": b, "c": c}),
    )
    assert gates.all_of((b, a, TRUE)) == both
    assert gates.all_of((a, -a)) == gates.all_of((a, -TRUE)) == -TRUE
    assert gates.any_of(()) == -TRUE
    assert gates.all_of((a,)) == a
    solver = Solver(gates.clauses)
    for x, y, z in itertools.product((True, False), repeat=3):
        given = [a if x else -a, b if y else -b, c if z else -c]
        assert solver.holds([*given, both]) == (x and y)
        assert solver.holds([*given, any_]) == (x or y or z)
        assert solver.holds([*given, nested]) == ((x or y) and not z)
