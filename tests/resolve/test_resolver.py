"""Laws of resolving: what holds for every tree and every set of lanes."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st
from strategies import Case, cases, examples

from kgen.kconfig import parser
from kgen.model.clauses import Assignment, Clause
from kgen.model.configurations import Fact, Lane, Resolution
from kgen.model.expr import evaluate
from kgen.model.places import File
from kgen.resolve.cyclic import resolve_cyclic
from kgen.resolve.resolver import resolve
from kgen.resolve.task import make_task

_FILE = File("Kconfig")

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
