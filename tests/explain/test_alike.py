"""Standard Kconfig: lanes are divided by all that reasons read, so one has those of all."""

from __future__ import annotations

from pathlib import Path

import pytest
from running import write_tree
from standard_trees import ENVIRONMENT, made

from kgen.explain.standard.alike import Alike
from kgen.explain.standard.reasons import Reason, Reasons
from kgen.model.lanes import members, union
from kgen.model.problems import KgenError
from kgen.project.options import Options
from kgen.project.standard import load_standard


def shared(reasons: list[Reason]) -> list[tuple[object, ...]]:
    """What lanes of one division have in common."""
    own = ("assigned", "ignored")
    return [
        (
            one.clause,
            None if one.reason in own else (one.file, one.line),
            [x for x, _ in one.causes],
        )
        for one in reasons
    ]


@pytest.mark.parametrize("seed", range(80))
def test_lanes_of_a_division_have_the_same_reasons(tmp_path: Path, seed: int) -> None:
    tree = made(seed, defconfigs=9)
    files = {f"configs/d{n}_defconfig": text for n, text in enumerate(tree.defconfigs)}
    write_tree(tmp_path, {**tree.files, **files})
    variables = tuple(f"{name}={value}" for name, value in ENVIRONMENT.items())
    options = Options(tree=str(tmp_path), dialect="standard", env=variables)
    try:
        (part,) = load_standard(options).parts
    except KgenError:
        return  # it has a dependency cycle
    alike = Alike(part.resolution, part.assigned, part.lines)
    for number in part.model.defined:
        divisions = list(alike.of(number))
        assert union(lanes for lanes, _ in divisions) == part.resolution.lanes
        assert sum(lanes.bit_count() for lanes, _ in divisions) == len(part.targets)
        for lanes, reasons in divisions:
            for lane in members(lanes):
                own = Reasons(part.resolution, part.lines[lane], lane).of(number)
                assert shared(own) == shared(reasons)
