"""The formula against the resolver, each way round: they share no code and must agree."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from oracle import facts_tree
from strategies import Tree, examples, externals, load, on_disk, trees

from kgen.kconfig import kconfiglib_adapter
from kgen.model.clauses import Assignment, Model
from kgen.model.configurations import MODES, Lane
from kgen.model.order import order_of
from kgen.model.problems import KgenError
from kgen.resolve.resolver import resolve
from kgen.resolve.task import make_task
from kgen.solve.formula import Formula, formula
from kgen.solve.solver import Solver
from kgen.targets.undeclared import undefined

_VALUE = st.sampled_from([None, None, None, True, False, "both"])


def _assigned(found: Formula, values: dict[str, object]) -> list[int]:
    """That exactly these symbols are assigned, and so."""
    literals = []
    for symbol in found.yes:
        value = values.get(symbol)
        literals.append(found.yes[symbol] if value in (True, "both") else -found.yes[symbol])
        literals.append(found.no[symbol] if value in (False, "both") else -found.no[symbol])
    return literals


def _lane(values: dict[str, object], more: tuple[Assignment, ...], mode: str) -> Lane:
    inside = [
        Assignment(symbol, choice)
        for symbol, value in values.items()
        for choice in (True, False)
        if value is choice or value == "both"
    ]
    return Lane("it", mode, (*inside, *more))  # type: ignore[arg-type]


@examples(150)
@given(tree=trees(acyclic=True), data=st.data())
def test_both_ways_round(tree: Tree, data: st.DataObject) -> None:
    """Assignments in: the formula holds exactly where nothing fails, with the same values.
    Models out: what they assign resolves to the values that they have."""
    with on_disk(tree) as (folder, inputs):
        try:
            model = load(inputs, folder, merge=True)
        except KgenError:
            return  # a path that leads nowhere, say
    outside = externals(tree)
    if undefined(model, outside):
        return
    task = make_task(model, ())
    assert order_of(model.by_symbol.readers, task.symbols)[1]
    fixed: dict[str, set[bool]] = {}
    for item in outside:
        fixed.setdefault(item.symbol, set()).add(item.value)
    free = {entry.symbol for entry in model.entries} - fixed.keys()
    mode = data.draw(st.sampled_from(MODES))
    found = formula(model, free, fixed, mode)
    solver = Solver(found.clauses)
    for _ in range(4):
        values: dict[str, object] = {symbol: data.draw(_VALUE) for symbol in sorted(free)}
        resolution = resolve(model, [_lane(values, outside, mode)])
        assert not resolution.cycles
        assert solver.holds(_assigned(found, values)) is not bool(resolution.failed)
        if not resolution.failed:
            _same_values(model, found, solver.model(), outside, mode, values)
    for _ in range(12):  # other models each time: what is assigned must differ
        if not solver.holds():
            break
        true = solver.model()
        _same_values(model, found, true, outside, mode)
        literals = [*found.yes.values(), *found.no.values()]
        if not literals:
            break
        solver.add([-item if item in true else item for item in literals])


def _same_values(
    model: Model,
    found: Formula,
    true: set[int],
    outside: tuple[Assignment, ...],
    mode: str,
    values: dict[str, object] | None = None,
) -> None:
    read: dict[str, object] = {}
    for symbol in found.yes:
        yes, no = found.yes[symbol] in true, found.no[symbol] in true
        read[symbol] = "both" if yes and no else True if yes else False if no else None
    assert values is None or read == values
    resolution = resolve(model, [_lane(read, outside, mode)])
    assert not resolution.failed
    assert {s for s, literal in found.value.items() if literal in true} == {
        s for s, lanes in resolution.values.items() if lanes
    }


@pytest.mark.parametrize("name", ["qemu-e2k-5.2", "qemu-e2k-6.0"])
def test_every_target_of_the_facts(name: str, facts: Path, tmp_path: Path) -> None:
    """What the trees' own program printed satisfies the formula, and is its only model."""
    data = json.loads((facts / f"{name}.json").read_text())
    facts_tree(data, tmp_path)
    model = kconfiglib_adapter.load(
        [str(tmp_path / "Kconfig")], root=str(tmp_path), merge=lambda: True
    )
    declared = {entry.symbol for entry in model.entries}
    found = {mode: formula(model, declared, {}, mode) for mode in MODES}
    solvers = {mode: Solver(found[mode].clauses) for mode in MODES}
    compared = 0
    for number, target in enumerate(data["targets"]):
        given = {symbol: value == "y" for symbol, value in target["mak"] + target["command_line"]}
        outside = {symbol for symbol, _ in target["command_line"]}
        for mode in MODES:
            solver, value = solvers[mode], found[mode].value
            assumptions = _assigned(found[mode], {**given})
            assert solver.holds(assumptions), target["name"]
            true = solver.model()
            got = {s for s, literal in value.items() if literal in true} - outside
            expected = {s for s, at in data["expected"][mode].items() if number in at}
            assert got == expected, target["name"]
            another = found[mode].variables + 1 + number
            differs = (-literal if literal in true else literal for literal in value.values())
            solver.add([-another, *differs])
            assert not solver.holds([*assumptions, another]), "the same assignments give others"
            compared += 1
    assert compared >= 90


def test_a_relaxed_symbol_may_be_forced_both_ways(tmp_path: Path) -> None:
    path = tmp_path / "Kconfig"
    path.write_text("config A\n bool\n select B\nconfig B\n bool\n depends on C\nconfig C\n bool\n")
    model = kconfiglib_adapter.load([str(path)], root=str(tmp_path))
    found = formula(model, {"A", "C"}, {}, relaxable={"B"})
    solver = Solver(found.clauses)
    failing = [found.yes["A"], found.no["C"], found.fires[0], found.unmet["B"]]
    assert solver.holds([*failing, -found.sound["B"]])
    assert not solver.holds([*failing, found.sound["B"]])
    assert solver.holds([found.yes["A"], found.yes["C"], found.sound["B"]])
