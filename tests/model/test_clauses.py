"""The index of clauses."""

from __future__ import annotations

from kgen.model.clauses import Clause, model_of
from kgen.model.expr import AND, NOT
from kgen.model.places import File, Place

NAMES = ("A", "B", "C")
HERE = Place(File("Kconfig"), 1)


def test_the_index_has_every_clause_by_what_it_is_about_and_by_what_it_reads() -> None:
    clauses = (
        Clause("default", "A", "A", True, ("B", "B", AND), HERE),
        Clause("depends", "A", "A", False, ("C", NOT), HERE),
        Clause("imply", "B", "A", True, None, HERE),
        Clause("select", "C", "A", True, ("B",), HERE),
    )
    model = model_of((), clauses, (), NAMES, ())
    assert model.by_symbol.forcing == {"A": [1, 3]}
    assert model.by_symbol.giving == {"A": [0, 2]}
    assert model.by_symbol.readers == {"B": ["A", "A", "A", "A"], "C": ["A", "A"]}
    assert model.about("A") == [0, 1, 2, 3]
    assert model.about("B") == []
