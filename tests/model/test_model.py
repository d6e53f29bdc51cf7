"""Expressions folded, sets of lanes taken apart, and the index of clauses."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from strategies import examples, expressions

from kgen.model import lanes
from kgen.model.clauses import Clause, model_of
from kgen.model.expr import AND, NOT, OR, conjuncts, evaluate, fold, parse, well_formed
from kgen.model.places import File, Place

NAMES = ("A", "B", "C")
HERE = Place(File("Kconfig"), 1)


@examples(100)
@given(expressions(NAMES), st.lists(st.integers(0, 255), min_size=3, max_size=3))
def test_a_fold_over_lanes_is_what_evaluate_gives(
    tokens: tuple[str, ...], masks: list[int]
) -> None:
    expr = parse(tokens)
    values = dict(zip(NAMES, masks, strict=True))
    folded: int = fold(
        expr,
        values.__getitem__,
        lambda inner: inner ^ 255,
        lambda left, right: left & right,
        lambda left, right: left | right,
    )
    assert folded == evaluate(expr, values, 255)


def test_a_fold_goes_from_left_to_right_and_leaves_nothing_out() -> None:
    seen: list[str] = []

    def note(name: str) -> str:
        seen.append(name)
        return name

    found = fold(
        ("A", "B", NOT, OR, "A", AND),
        note,
        lambda inner: note(f"!{inner}"),
        lambda left, right: note(f"[{left} & {right}]"),
        lambda left, right: note(f"[{left} | {right}]"),
    )
    assert found == "[[A | !B] & A]"
    assert seen == ["A", "B", "!B", "[A | !B]", "A", found]


@examples(100)
@given(expressions(NAMES))
def test_what_is_parsed_is_well_formed_and_so_are_its_parts(tokens: tuple[str, ...]) -> None:
    expr = parse(tokens)
    assert well_formed(expr)
    parts = conjuncts(expr)
    assert all(map(well_formed, parts))
    # Eight lanes are all there are with three names.
    values = {"A": 0b10101010, "B": 0b11001100, "C": 0b11110000}
    joined = 255
    for part in parts:
        joined &= evaluate(part, values, 255)
    assert joined == evaluate(expr, values, 255)


def test_what_no_expression_is() -> None:
    for words in ((), (NOT,), (AND,), ("A", "B"), ("A", AND), ("A", AND, "B"), (NOT, "A")):
        assert not well_formed(words), words


@examples(200)
@given(st.sets(st.integers(0, 300)))
def test_a_set_of_lanes_has_the_members_it_was_made_of(numbers: set[int]) -> None:
    made = lanes.union(1 << number for number in numbers)
    assert list(lanes.members(made)) == sorted(numbers)
    assert made == lanes.flagged(number in numbers for number in range(301))
    if numbers:
        assert lanes.first(made) == min(numbers)
    backwards = lanes.moved(made, [(number, 300 - number) for number in range(301)])
    assert set(lanes.members(backwards)) == {300 - number for number in numbers}
    repeated = made * lanes.starts(3, 301)
    assert list(lanes.members(repeated >> 2 * 301)) == sorted(numbers)


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
