"""Laws: what holds for every text, expression, set of lanes and command line."""

from __future__ import annotations

import itertools
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import click
import pytest
from hypothesis import given, reject
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn
from strategies import (
    DEVICES,
    SHARDS,
    Case,
    Tree,
    broken_text,
    cases,
    examples,
    expressions,
    on_disk,
    trees,
)

from kgen.commands import cli, dispatch
from kgen.commands.minikconf import cache
from kgen.formats.escapes import visible
from kgen.kconfig import kconfiglib_adapter, parser
from kgen.model.clauses import Assignment, Clause, Model
from kgen.model.configurations import Fact, Lane, Resolution
from kgen.model.expr import evaluate, parse, text
from kgen.model.places import File
from kgen.model.problems import KgenError
from kgen.resolve.cyclic import resolve_cyclic
from kgen.resolve.resolver import resolve
from kgen.resolve.task import make_task

_FILE = File("Kconfig")

# --------------------------------------------------------------------------------------------
# The dialect


def _assert_scanned_alike(written: str) -> None:
    plain = parser._scan_plain(written)
    if plain is not None:
        assert parser.scan_fully(written, _FILE) == (plain, [])


@examples(80)
@given(trees())
def test_plain_files_mean_to_the_quick_scan_what_they_mean_to_the_whole_one(tree: Tree) -> None:
    for written in tree.files.values():
        _assert_scanned_alike(written.replace("\r\n", "\n"))


@examples(100)
@given(st.data())
def test_damaged_files_mean_the_same_to_both_scans(data: st.DataObject) -> None:
    for written in data.draw(trees(acyclic=True)).files.values():
        _assert_scanned_alike(data.draw(broken_text(written.replace("\r\n", "\n"))))


@examples(100)
@given(st.lists(st.lists(st.sampled_from(SHARDS), max_size=5).map(" ".join), max_size=3))
def test_lines_of_odd_words_mean_the_same_to_both_scans(lines: list[str]) -> None:
    _assert_scanned_alike("\n".join(["config A", *lines]))


# --------------------------------------------------------------------------------------------
# Expressions

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


# --------------------------------------------------------------------------------------------
# Resolving


_ACYCLIC = cases(acyclic=True)
_CASE = st.one_of(_ACYCLIC, cases())


def _lane(found: Resolution, bit: int) -> dict[str, object]:
    """Everything that a resolution says of one lane."""

    def at(lanes: int) -> bool:
        return bool(lanes >> bit & 1)

    return {
        "failed": at(found.failed),
        "contradictions": {item.symbol for item in found.contradictions if at(item.lanes)},
        "cycles": {item.symbols for item in found.cycles if at(item.lanes)},
        "printed": at(found.failed) or found.printed(bit),
        "values": at(found.failed) or {symbol: at(lanes) for symbol, lanes in found.values.items()},
        "decided": at(found.failed) or [at(lanes) for lanes in found.decided],
    }


@examples(80)
@given(_CASE, st.data())
def test_a_lane_has_the_same_result_among_whatever_lanes(case: Case, data: st.DataObject) -> None:
    """Alone, with others added, in another order, and twice."""
    model, lanes = case
    found = resolve(model, lanes)
    alone = [_lane(resolve(model, [lane]), 0) for lane in lanes]
    assert [_lane(found, bit) for bit in range(len(lanes))] == alone
    chosen = data.draw(st.lists(st.integers(0, len(lanes) - 1), max_size=2 * len(lanes)))
    again = resolve(model, [lanes[index] for index in chosen])
    assert [_lane(again, bit) for bit in range(len(chosen))] == [alone[i] for i in chosen]


@examples(80)
@given(_CASE)
def test_contradictions_do_not_depend_on_the_order_of_lanes(case: Case) -> None:
    model, lanes = case
    assert _facts(resolve(model, lanes)) == _facts(resolve(model, lanes[::-1]))


def _facts(found: Resolution) -> dict[str, tuple[set[Lane], set[Fact]]]:
    return {
        item.symbol: (
            {lane for bit, lane in enumerate(found.lanes) if item.lanes >> bit & 1},
            set(item.facts),
        )
        for item in found.contradictions
    }


@examples(80)
@given(_ACYCLIC)
def test_the_careful_resolver_agrees_with_the_quick_one(case: Case) -> None:
    model, lanes = case
    quick = resolve(model, lanes)
    careful = resolve_cyclic(make_task(model, tuple(lanes)))
    count = range(len(lanes))
    assert [_lane(careful, bit) for bit in count] == [_lane(quick, bit) for bit in count]
    assert _facts(careful) == _facts(quick)


@examples(80)
@given(_CASE)
def test_every_contradiction_has_a_fact_for_y_and_one_for_n(case: Case) -> None:
    found = resolve(*case)
    for item in found.contradictions:
        assert {fact.value for fact in item.facts} == {True, False}
        assert item.lanes & ~found.failed == 0
    reasons = [item.lanes for item in found.contradictions]
    reasons += [item.lanes for item in found.cycles]
    assert found.failed == sum(1 << bit for bit in range(len(case[1])) if _any(reasons, bit))


def _any(masks: Sequence[int], bit: int) -> bool:
    return any(mask >> bit & 1 for mask in masks)


@examples(80)
@given(_CASE)
def test_in_each_lane_at_most_one_default_decides_and_it_gives_the_value(case: Case) -> None:
    model, lanes = case
    found = resolve(model, lanes)
    for bit, lane in enumerate(lanes):
        if found.failed >> bit & 1:
            continue
        given = {item.symbol: {item.value} for item in (*model.assignments, *lane.assignments)}
        forced = dict.fromkeys(given, True)
        decides: dict[str, list[Clause]] = {}
        for clause, decided in zip(model.clauses, found.decided, strict=True):
            if decided >> bit & 1:
                if clause.kind in ("depends", "select"):
                    given.setdefault(clause.target, set()).add(clause.value)
                    forced[clause.target] = True
                else:
                    decides.setdefault(clause.target, []).append(clause)
        for symbol, at in found.values.items():
            by = decides.get(symbol, [])
            if symbol in forced:
                assert not by
                assert given[symbol] == {bool(at >> bit & 1)}
            else:
                assert len(by) <= 1
                value = by[0].value if by else False
                wanted = {"allyesconfig": True, "allnoconfig": False}.get(lane.mode, value)
                assert bool(at >> bit & 1) == wanted


@examples(80)
@given(_CASE)
def test_an_accepted_lane_satisfies_every_line_of_the_tree(case: Case) -> None:
    model, lanes = case
    found = resolve(model, lanes)
    fine = (1 << len(lanes)) - 1 & ~found.failed
    for clause in model.clauses:
        holds = fine
        if clause.condition is not None:
            holds &= evaluate(clause.condition, found.values, fine)
        target = found.values[clause.target]
        if clause.kind == "depends":
            assert target & fine & ~holds == 0
        elif clause.kind == "select":
            assert found.values[clause.symbol] & holds & ~target == 0
    for bit, lane in enumerate(lanes):
        for item in (*model.assignments, *lane.assignments):
            assert not fine >> bit & 1 or bool(found.values[item.symbol] >> bit & 1) == item.value


@examples(80)
@given(_ACYCLIC)
def test_a_printed_configuration_read_back_gives_the_same_values(case: Case) -> None:
    """Together with what was set to n, which the output does not tell from what merely is n."""
    model, lanes = case
    found = resolve(model, lanes)
    again = []
    for bit, lane in enumerate(lanes):
        kept = [item for item in lane.assignments if item.external or not item.value]
        printed = "".join(f"CONFIG_{symbol}=y\n" for symbol in found.printed(bit))
        statements, problems = parser.scan(printed, _FILE)
        assert not problems
        inside = [Assignment(statement.name, statement.value) for statement in statements]
        again.append(lane._replace(assignments=(*inside, *kept)))
    second = resolve(model, again)
    assert second.failed & ~found.failed == 0
    fine = (1 << len(lanes)) - 1 & ~found.failed
    for symbol, at in found.values.items():
        assert second.values[symbol] & fine == at & fine
    for bit in range(len(lanes)):
        if fine >> bit & 1:
            assert second.printed(bit) == found.printed(bit)


# --------------------------------------------------------------------------------------------
# The cache


@examples(60)
@given(st.one_of(trees(acyclic=True), st.just(Tree({DEVICES: "", "Kconfig": "CONFIG_=y"}))))
def test_a_cached_tree_is_the_tree_that_was_loaded(tree: Tree) -> None:
    loads: list[Model] = []
    with on_disk(tree) as (folder, inputs), pytest.MonkeyPatch.context() as patch:
        patch.setenv("KGEN_CACHE", str(folder / "cache"))

        def parse_all(read: Callable[[str], str]) -> Model:
            names = list(map(str, inputs))
            loads.append(
                kconfiglib_adapter.load(names, root=str(folder), merge=lambda: True, read=read)
            )
            return loads[-1]

        try:
            first, second = (cache.load_tree(str(inputs[1]), parse_all) for _ in range(2))
        except KgenError:
            reject()
        assert second == first
        (folder / "Kconfig").write_text("config NEW\n", encoding="utf-8")
        assert cache.load_tree(str(inputs[1]), parse_all).entries[-1].symbol == "NEW"


# --------------------------------------------------------------------------------------------
# Text for a terminal

_TEXT = st.text(st.characters(exclude_categories=()))


def _shows(char: str) -> bool:
    # Blanks that are no ASCII are no danger, though Python does not call them printable.
    return char.isprintable() or unicodedata.category(char) == "Zs"


@examples(100)
@given(_TEXT)
def test_visible_text_can_be_printed_and_stays_as_it_is(written: str) -> None:
    shown = visible(written)
    assert all(map(_shows, shown))
    assert visible(shown) == shown
    assert shown == written or not all(map(_shows, written))
    shown.encode("utf-8")


# --------------------------------------------------------------------------------------------
# The command line

_TABLES = {name: dispatch.module_of(name).OPTIONS for name in dispatch.NAMES}
_ALL = [option for table in _TABLES.values() for option in table]
_FLAGS = sorted({flag for option in _ALL for flag in option.flags})
_VALUES = sorted(
    {choice for option in _ALL for choice in option.choices}
    | set(
        "A=y CONFIG_A=n A=m =y CONFIG_=y A= mak mak,header mak,,json , none x86* a=b a/b @".split()
    )
    | {"", " ", "-", "--", "-x", "--mode", "ü", "*", "a b", "0", "42", "-1"}
)
_WORD = st.one_of(
    st.tuples(st.sampled_from(_FLAGS), st.sampled_from(_VALUES)),
    st.tuples(st.sampled_from(_FLAGS), st.sampled_from(_VALUES)).map(
        lambda pair: ("=".join(pair),)
    ),
    st.sampled_from([(value,) for value in (*_VALUES, *_FLAGS, "-h", "--help", "-tx", "--targe")]),
)


@st.composite
def _proper(draw: DrawFn, command: str) -> list[str]:
    """A command line in which most options have a value that suits them."""
    words = [command]
    table = _TABLES[command]
    chosen = draw(st.lists(st.sampled_from(table), max_size=5))
    for option in [*(option for option in table if option.required), *chosen]:
        suits = [
            value
            for value in option.choices or _VALUES
            if option.valid is None or option.valid(value)
        ] or _VALUES
        value = draw(st.sampled_from(suits))
        if not option.flags:
            words.append(value)
            continue
        flag = draw(st.sampled_from(option.flags))
        if option.switch:
            words.append(flag)
            continue
        words += [f"{flag}={value}"] if draw(st.booleans()) else [flag, value]
    return words


_COMMAND = st.sampled_from(sorted(_TABLES))
_ODD = st.tuples(_COMMAND, st.lists(_WORD, max_size=5)).map(
    lambda parts: [parts[0], *itertools.chain.from_iterable(parts[1])]
)


@examples(100)
@given(st.one_of(_ODD, _COMMAND.flatmap(_proper)))
def test_a_command_line_read_quickly_has_the_values_that_click_gives_it(words: list[str]) -> None:
    quick = dispatch.read_command(words)
    if quick is not None:
        assert _by_click(words) == quick


def test_most_proper_command_lines_are_read_quickly() -> None:
    words = "generate -o out --tree=/a --target x --target=y --mode allnoconfig --set A=y".split()
    assert dispatch.read_command(words) == _by_click(words)
    assert _by_click(["targets", "--mode", "none"]) is None


def _by_click(words: list[str]) -> tuple[str, dict[str, Any]] | None:
    """What click makes of a command line: what it would run, or None for a mistake."""
    called = []

    def run(command: str, values: dict[str, Any]) -> int:
        called.append((command, values))
        return 0

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(dispatch, "run", run)
        try:
            cli.main(words, prog_name="kgen", standalone_mode=False)
        except (SystemExit, click.ClickException):
            pass
    return called[0] if called else None
