"""Two whole QEMU trees, every target, three modes: not one symbol may differ."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from oracle import facts_tree

from kgen.kconfig import kconfiglib_adapter
from kgen.model.clauses import Assignment
from kgen.model.configurations import MODES, Lane
from kgen.resolve.resolver import resolve


def test_every_symbol_of_every_target_and_mode(real_tree: dict[str, Any], tmp_path: Path) -> None:
    """All targets in all three modes are one resolution of about a hundred lanes."""
    facts_tree(real_tree, tmp_path)
    model = kconfiglib_adapter.load(
        [str(tmp_path / "Kconfig")], root=str(tmp_path), merge=lambda: True
    )
    lanes = []
    for mode in MODES:
        for target in real_tree["targets"]:
            assignments = [Assignment(name, value == "y") for name, value in target["mak"]]
            assignments += [
                Assignment(name, value == "y", external=True)
                for name, value in target["command_line"]
            ]
            lanes.append(Lane(target["name"], mode, tuple(assignments)))
    resolution = resolve(model, lanes)
    assert not resolution.failed
    count = len(real_tree["targets"])
    compared = 0
    for number, lane in enumerate(lanes):
        index = number % count
        expected = {
            symbol
            for symbol, targets in real_tree["expected"][lane.mode].items()
            if index in targets
        }
        assert set(resolution.printed(number)) == expected, f"{lane.name} {lane.mode}"
        compared += len(model.entries)
    assert compared > 50_000
