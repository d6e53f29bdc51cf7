"""Random trees of standard Kconfig: the sets of assignments are right, and the smallest."""

from __future__ import annotations

import os
from pathlib import Path
from random import Random

import pytest
from running import write_tree
from standard_trees import ENVIRONMENT, NoShell, answers, made

from kgen.files.tree import open_tree
from kgen.model.problems import KgenError
from kgen.solve.standard import Formula, Question, settings_of
from kgen.solve.standard_obstacles import obstacles
from kgen.standard.defconfigs import Defconfigs, assigned
from kgen.standard.model import Model
from kgen.standard.reader import read_model
from kgen.standard.resolver import resolve

SEEDS = max(60, int(os.environ.get("KGEN_EXAMPLES", "0")) // 10)
_PART = 20
_VALUES = {"bool": "yn", "tristate": "ymn"}


def _singles(model: Model, numbers: list[int]) -> list[dict[int, str]]:
    return [
        {number: value}
        for number in numbers
        for value in _VALUES.get(model.symbols[number].type, "")
        if model.symbols[number].prompts
    ]


def searched(folder: Path, seed: int) -> tuple[int, int]:
    """Search in one tree; how many wishes have a way, and how many none."""
    tree, random = made(seed), Random(seed)
    write_tree(folder, tree.files)
    path = folder / "0_defconfig"
    path.write_text(tree.defconfigs[0])
    if answers(folder, [path]) is None:
        return 0, 0
    opened = open_tree(str(folder))
    try:
        model = read_model(opened, "Kconfig", ENVIRONMENT, NoShell())
    except KgenError:
        return 0, 0  # a loop through a choice
    reader = Defconfigs(opened)
    lines = reader.lines(str(path))
    logical = [number for number in model.defined if model.symbols[number].logical]
    singles = _singles(model, logical)
    # Every single assignment, and some of several.
    tried = [{}, *singles]
    for _ in range(300):
        mixed: dict[int, str] = {}
        for one in random.sample(singles, min(len(singles), random.randrange(2, 6))):
            mixed.update(one)
        tried.append(mixed)

    def lanes(sets: list[dict[int, str]]) -> list[list[str]]:
        texts = [settings_of(model, one) for one in sets]
        read = [[*lines, *reader.assignments("\n".join(text))] for text in texts]
        resolution = resolve(model, assigned(model, read)[0])
        return [
            [resolution.value(number, lane) for number in range(len(model.symbols))]
            for lane in range(len(sets))
        ]

    found = lanes(tried)
    possible = impossible = 0
    for number in random.sample(logical, min(9, len(logical))):
        value = random.choice(_VALUES[model.symbols[number].type])
        size = {
            len(one) for one, values in zip(tried, found, strict=True) if values[number] == value
        }
        formula = Formula(Question(model, lines, ((number, value),)))
        ways = list(formula.ways(8))
        name = (seed, model.symbols[number].name, value)
        if not ways:
            assert not size, (*name, "has a way")
            assert obstacles(formula), (*name, "without a reason")
            impossible += 1
            continue
        possible += 1
        assert len({len(one) for one in ways}) == 1, name
        assert len(ways[0]) <= min(size, default=99), (*name, "is not the smallest")
        paths = []
        for at, one in enumerate(ways):
            paths.append(folder / f"way{at}_defconfig")
            added = "".join(f"{line}\n" for line in settings_of(model, one))
            paths[-1].write_text(tree.defconfigs[0] + added)
        expected = answers(folder, paths)
        assert expected is not None
        for one, values, answer in zip(ways, lanes(ways), expected, strict=True):
            assert values[number] == value, (*name, one)
            assert answer.values[model.symbols[number].name] == value, (*name, one)
    return possible, impossible


@pytest.mark.parametrize("start", range(0, SEEDS, _PART))
def test_sets_are_right_and_the_smallest(tmp_path: Path, start: int) -> None:
    counts = [searched(tmp_path / str(seed), seed) for seed in range(start, start + _PART)]
    assert sum(possible for possible, _ in counts) > _PART
    assert sum(impossible for _, impossible in counts) > _PART // 4
