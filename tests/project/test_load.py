"""From options to results: whole QEMU trees, and the embedded one, as they are loaded."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from oracle import facts_tree
from running import REAL_TREES

from kgen.project.load import load
from kgen.project.options import Options


def test_a_checkout_gives_the_same_without_being_told(
    real_tree: dict[str, Any], tmp_path: Path
) -> None:
    """From configs/ alone: targets, devices files, host symbols, accelerators, architecture."""
    facts_tree(real_tree, tmp_path)
    project = load(Options(tree=str(tmp_path), accel="tcg,kvm,xen"))
    assert [outcome.target.name for outcome in project.outcomes] == [
        target["name"] for target in real_tree["targets"]
    ]
    for index, outcome in enumerate(project.outcomes):
        expected = {s for s, at in real_tree["expected"]["defconfig"].items() if index in at}
        assert set(outcome.printed()) == expected, outcome.target.name
        given = {name for name, _ in real_tree["targets"][index]["command_line"]}
        assert {name for name, _ in outcome.external()} == given


def test_embedded_descriptors_are_true_to_the_facts(facts: Path) -> None:
    """The embedded tree gives each target the devices below hw/ that the real trees give it."""
    project = load(Options())
    shared = {
        entry.symbol for entry in project.model.entries if entry.place.file.path.startswith("hw/")
    }
    seen = set()
    for name in reversed(REAL_TREES):
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
