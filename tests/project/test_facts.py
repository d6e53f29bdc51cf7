"""Two whole QEMU trees, every target, three modes: not one symbol may differ."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from oracle import facts_tree

from kgen.kconfig import kconfiglib_adapter
from kgen.model.clauses import Assignment
from kgen.model.configurations import MODES, Lane
from kgen.project.load import load
from kgen.project.options import Options
from kgen.resolve.resolver import resolve

TREES = ("qemu-e2k-5.2", "qemu-e2k-6.0")


@pytest.fixture(params=TREES)
def tree(request: pytest.FixtureRequest, facts: Path) -> dict[str, Any]:
    data: dict[str, Any] = json.loads((facts / f"{request.param}.json").read_text())
    return data


def test_every_symbol_of_every_target_and_mode(tree: dict[str, Any], tmp_path: Path) -> None:
    """All targets in all three modes are one resolution of about a hundred lanes."""
    facts_tree(tree, tmp_path)
    model = kconfiglib_adapter.load(
        [str(tmp_path / "Kconfig")], root=str(tmp_path), merge=lambda: True
    )
    lanes = []
    for mode in MODES:
        for target in tree["targets"]:
            assignments = [Assignment(name, value == "y") for name, value in target["mak"]]
            assignments += [
                Assignment(name, value == "y", external=True)
                for name, value in target["command_line"]
            ]
            lanes.append(Lane(target["name"], mode, tuple(assignments)))
    resolution = resolve(model, lanes)
    assert not resolution.failed
    count = len(tree["targets"])
    compared = 0
    for number, lane in enumerate(lanes):
        index = number % count
        expected = {
            symbol for symbol, targets in tree["expected"][lane.mode].items() if index in targets
        }
        assert set(resolution.printed(number)) == expected, f"{lane.name} {lane.mode}"
        compared += len(model.entries)
    assert compared > 50_000


def test_a_checkout_gives_the_same_without_being_told(tree: dict[str, Any], tmp_path: Path) -> None:
    """From configs/ alone: targets, devices files, host symbols, accelerators, architecture."""
    facts_tree(tree, tmp_path)
    project = load(Options(tree=str(tmp_path), accel="tcg,kvm,xen"))
    assert [outcome.target.name for outcome in project.outcomes] == [
        target["name"] for target in tree["targets"]
    ]
    for index, outcome in enumerate(project.outcomes):
        expected = {s for s, at in tree["expected"]["defconfig"].items() if index in at}
        assert set(outcome.printed()) == expected, outcome.target.name
        given = {name for name, _ in tree["targets"][index]["command_line"]}
        assert {name for name, _ in outcome.external()} == given


def test_embedded_descriptors_are_true_to_the_facts(facts: Path) -> None:
    """The embedded tree gives each target the devices below hw/ that the real trees give it."""
    project = load(Options())
    shared = {
        entry.symbol for entry in project.model.entries if entry.place.file.path.startswith("hw/")
    }
    seen = set()
    for name in reversed(TREES):
        tree = json.loads((facts / f"{name}.json").read_text())
        index = {target["name"]: number for number, target in enumerate(tree["targets"])}
        symbols = shared & {entry["symbol"] for entry in tree["entries"]}
        for outcome in project.outcomes:
            target = outcome.target.name
            if target in index and target not in seen:
                seen.add(target)
                expected = {
                    symbol
                    for symbol, at in tree["expected"]["defconfig"].items()
                    if symbol in symbols and index[target] in at
                }
                assert set(outcome.printed()) & symbols == expected, target
    assert len(seen) == 34, "every target of both trees has a descriptor"
