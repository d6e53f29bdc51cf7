"""`kgen sample --pairwise --names`: every pair of devices and machines."""

from __future__ import annotations

import itertools
import json
import shutil
from pathlib import Path

from running import ROOT, Run

FARM = ROOT / "fixtures" / "cases" / "why-a-device"


def _there(kgen: Run, devices: str) -> dict[str, bool]:
    done = kgen(
        *("audit", "--tree", "farm", "-t", "lark", "--names", "--format", "json"),
        *("--devices", devices),
    )
    data = json.loads(done.stdout)
    return {
        f"{kind}:{name}": bool(targets)
        for kind in ("device", "machine")
        for name, targets in data[f"{kind}s"].items()
    }


def test_every_possible_pair_is_in_one_of_the_samples(kgen: Run, tmp_path: Path) -> None:
    shutil.copytree(FARM, tmp_path / "farm")
    done = kgen(
        *("sample", "--tree", "farm", "-t", "lark", "--pairwise", "--names", "-o", "out"),
        *("--format", "json"),
    )
    (target,) = json.loads(done.stdout)["targets"]
    pairs = target["pairs"]
    assert pairs["not_found"] == []
    seen = [_there(kgen, f"./out/{sample['file']}") for sample in target["samples"]]
    # A barn needs FARM, and so do hens, which can do without a barn.
    barn, hen = "machine:barn-2025.1", "device:leghorn-hen"
    assert set(pairs["settings"]) <= seen[0].keys()
    assert {one for one in pairs["settings"] if one.startswith("machine:barn")}
    values = {(one[barn], one[hen]) for one in seen}
    assert values == set(itertools.product((True, False), repeat=2))
    covered = {
        (one, sample[one], other, sample[other])
        for sample in seen
        for one, other in itertools.combinations(pairs["settings"], 2)
    }
    assert len(covered) == pairs["covered"]
    number = len(pairs["settings"])
    assert pairs["covered"] + pairs["impossible"] == 4 * number * (number - 1) // 2


def test_lines_of_a_sample_are_of_symbols(kgen: Run, tmp_path: Path) -> None:
    shutil.copytree(FARM, tmp_path / "farm")
    kgen("sample", "--tree", "farm", "-t", "lark", "--pairwise", "--names", "-o", "out")
    for path in (tmp_path / "out").rglob("*.mak"):
        assert ":" not in path.read_text()


def test_it_needs_pairwise(kgen: Run) -> None:
    assert "KG706 --names requires --pairwise" in kgen("sample", "--names", "-o", "out").stderr
