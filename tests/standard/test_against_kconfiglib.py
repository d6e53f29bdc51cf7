"""Random trees with every feature: kgen's lanes and Kconfiglib's own evaluation are the same."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from running import write_tree
from standard_trees import ENVIRONMENT, NoShell, answers, made

from kgen.files.tree import open_tree
from kgen.model.problems import KgenError
from kgen.standard import outputs
from kgen.standard.defconfigs import Defconfigs, assigned
from kgen.standard.reader import read_model
from kgen.standard.resolver import resolve

# The seeds of a run: `KGEN_EXAMPLES=10000` tries so many trees.
SEEDS = max(400, int(os.environ.get("KGEN_EXAMPLES", "0")))
_PART = 50


def compared(folder: Path, seed: int) -> bool:
    """Compare one tree; False if it has a cycle, or another mistake that Kconfiglib refuses."""
    tree = made(seed)
    write_tree(folder, tree.files)
    paths = []
    for number, text in enumerate(tree.defconfigs):
        paths.append(folder / f"{number}_defconfig")
        paths[-1].write_text(text)
    expected = answers(folder, paths)
    if expected is None:
        return False
    opened = open_tree(str(folder))
    try:
        model = read_model(opened, "Kconfig", ENVIRONMENT, NoShell())
    except KgenError as error:
        # Kconfiglib overlooks some cycles through a choice, and evaluates what it needs.
        if {one.code for one in error.problems} == {"KG203"}:
            return False
        raise
    defconfigs = Defconfigs(opened)
    found, _ = assigned(model, [defconfigs.lines(str(path)) for path in paths])
    assert not defconfigs.problems
    resolution = resolve(model, found)
    numbers, count = model.numbers(), len(paths)
    files = {
        "config": outputs.configs(resolution, count),
        "defconfig": outputs.defconfigs(resolution, count),
        "header": outputs.headers(resolution, count),
        "auto_conf": outputs.auto_confs(resolution, count),
    }
    for lane, answer in enumerate(expected):
        values = {name: resolution.value(numbers[name], lane) for name in answer.values}
        assert values == answer.values, (seed, lane)
        written = {name for name in numbers if resolution.written[numbers[name]] >> lane & 1}
        assert written == answer.written, (seed, lane)
        for name, texts in files.items():
            assert texts[lane] == getattr(answer, name), (seed, lane, name)
    return True


@pytest.mark.parametrize("start", range(0, SEEDS, _PART))
def test_values_and_files_are_those_of_kconfiglib(tmp_path: Path, start: int) -> None:
    taken = 0
    for seed in range(start, start + _PART):
        taken += compared(tmp_path / str(seed), seed)
    assert taken > _PART * 0.4, "most of them are trees that Kconfiglib takes"
