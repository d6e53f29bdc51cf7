"""Expressions: parsed, written, folded and evaluated over lanes, as the grammar says."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence

from hypothesis import given
from hypothesis import strategies as st
from strategies import examples, expressions

from kgen.kconfig import parser
from kgen.model.expr import AND, NOT, OR, conjuncts, evaluate, fold, parse, text, well_formed
from kgen.model.places import File

_FILE = File("Kconfig")

_NAMES = ("A", "B", "C")
_LETTERS = ("A", "8139", "y2", "on_")
_ROWS = list(itertools.product([False, True], repeat=len(_LETTERS)))
_EVERYWHERE = (1 << len(_ROWS)) - 1
# One lane for each row of a truth table.
_COLUMNS = {
    name: sum(1 << bit for bit, row in enumerate(_ROWS) if row[number])
    for number, name in enumerate(_LETTERS)
}
_EXPRESSION = expressions(_LETTERS)


def _true(tokens: Sequence[str], values: dict[str, bool]) -> bool:
    """The meaning of infix tokens, straight from the grammar."""
    return all(
        any(_operand(operand, values) for operand in _split(part, "||"))
        for part in _split(tokens, "&&")
    )


def _operand(tokens: Sequence[str], values: dict[str, bool]) -> bool:
    if tokens[0] == "!":
        return not _operand(tokens[1:], values)
    return _true(tokens[1:-1], values) if tokens[0] == "(" else values[tokens[0]]


def _split(tokens: Sequence[str], operator: str) -> Iterator[Sequence[str]]:
    depth = start = 0
    for index, token in enumerate(tokens):
        depth += {"(": 1, ")": -1}.get(token, 0)
        if token == operator and not depth:
            yield tokens[start:index]
            start = index + 1
    yield tokens[start:]


def _table(tokens: Sequence[str]) -> int:
    rows = (dict(zip(_LETTERS, row, strict=True)) for row in _ROWS)
    return sum(1 << bit for bit, values in enumerate(rows) if _true(tokens, values))


def _scanned(condition: str) -> tuple[str, ...]:
    statements, problems = parser.scan(f"config Q\ndepends on {condition}", _FILE)
    assert not problems
    assert statements[1].condition is not None
    return statements[1].condition


@examples(100)
@given(_EXPRESSION)
def test_an_expression_holds_in_the_lanes_that_the_grammar_says(tokens: tuple[str, ...]) -> None:
    assert evaluate(parse(tokens), _COLUMNS, _EVERYWHERE) == _table(tokens)
    assert _scanned(" ".join(tokens)) == parse(tokens)


@examples(100)
@given(_EXPRESSION)
def test_a_written_expression_reads_back_with_the_same_meaning(tokens: tuple[str, ...]) -> None:
    again = _scanned(text(parse(tokens)))
    assert evaluate(again, _COLUMNS, _EVERYWHERE) == _table(tokens)
    assert text(again) == text(parse(tokens))


@examples(50)
@given(_EXPRESSION, st.integers(1, 3000))
def test_an_expression_may_be_nested_as_deeply_as_one_likes(
    tokens: tuple[str, ...], depth: int
) -> None:
    nested = (*["!", "("] * depth, *tokens, *[")"] * depth)
    wanted = _table(tokens) if depth % 2 == 0 else _EVERYWHERE ^ _table(tokens)
    assert evaluate(parse(nested), _COLUMNS, _EVERYWHERE) == wanted
    assert evaluate(_scanned(text(parse(nested))), _COLUMNS, _EVERYWHERE) == wanted


@examples(100)
@given(expressions(_NAMES), st.lists(st.integers(0, 255), min_size=3, max_size=3))
def test_a_fold_over_lanes_is_what_evaluate_gives(
    tokens: tuple[str, ...], masks: list[int]
) -> None:
    expr = parse(tokens)
    values = dict(zip(_NAMES, masks, strict=True))
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
@given(expressions(_NAMES))
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


def test_expressions_are_split_at_their_top() -> None:
    whole = parse(("A", "||", "B", "&&", "!", "(", "C", "&&", "D", ")", "&&", "E"))
    assert [text(part) for part in conjuncts(whole)] == ["A || B", "!(C && D)", "E"]
    assert conjuncts(("A",)) == [("A",)]


def test_a_reader_sees_what_is_joined_first() -> None:
    mixed = _scanned("A && B || C")
    assert text(mixed) == "A && (B || C)"
    assert text(mixed, fewest=True) == "A && B || C"
    other = _scanned("(A && B) || !C")
    assert text(other) == text(other, fewest=True) == "(A && B) || !C"
