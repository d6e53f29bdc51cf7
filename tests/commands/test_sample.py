"""Samples: valid, different, read back as they were meant, and every pair that there is."""

from __future__ import annotations

import itertools
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from oracle import facts_tree, solve
from running import Run, write_tree

from kgen.commands.sample.pairwise import Sample, different, pairwise, shows
from kgen.commands.sample.refute import refuted
from kgen.commands.sample.settings import device_settings
from kgen.commands.sweep.masks import masks_of
from kgen.commands.sweep.scope import Scope, scope_of, values_in
from kgen.project.load import load
from kgen.project.options import Options

KCONFIG = """\
config BUS
    bool
config HUB
    bool
    depends on BUS
config BOARD
    bool
    default y
    select BUS
config SMALL
    bool
    default y
    depends on !BOARD
config CARD
    bool
    default y
    depends on BUS
config WIFI
    bool
    default y
    depends on BUS
config TOWER
    bool
    default y
    select HUB
config NEVER
    bool
    default y
    depends on GONE
config GONE
    bool
"""


def checkout(folder: Path, mak: str = "") -> Path:
    return write_tree(
        folder,
        {
            "Kconfig": KCONFIG,
            "VERSION": "9.0.0\n",
            "configs/targets/x-softmmu.mak": "TARGET_ARCH=x\n",
            "configs/devices/x-softmmu/default.mak": mak,
        },
    )


def scope(folder: Path) -> Scope:
    project = load(Options(tree=str(folder)))
    return scope_of(project, project.outcomes[0])


def everything(found: Scope, names: tuple[str, ...]) -> set[frozenset[tuple[str, bool]]]:
    """By trying all of them: the values that the settings have in a valid configuration."""
    lanes = [
        [(name, on) for name, on in zip(names, values, strict=True) if on is not None]
        for values in itertools.product([None, False, True], repeat=len(names))
    ]
    values, failed = values_in(found._replace(lines={}), len(lanes), masks_of(lanes))
    return {
        frozenset((name, bool(values[name] >> bit & 1)) for name in names)
        for bit in range(len(lanes))
        if not failed >> bit & 1
    }


def test_settings_are_what_a_default_turns_on_or_a_line_sets(tmp_path: Path) -> None:
    found = scope(checkout(tmp_path, "CONFIG_HUB=y\n"))
    names = ("BOARD", "CARD", "HUB", "NEVER", "SMALL", "TOWER", "WIFI")
    assert device_settings(found) == names


def test_every_pair_that_there_is(tmp_path: Path) -> None:
    """Against all configurations, one by one."""
    found = scope(checkout(tmp_path))
    names = device_settings(found)
    possible = {
        pair
        for values in everything(found, names)
        for pair in itertools.combinations(sorted(values), 2)
    }
    chosen, pairs = pairwise(found, 1, lambda: None)
    differ = set(pairs.settings)
    wanted = {pair for pair in possible if {pair[0][0], pair[1][0]} <= differ}
    assert pairs.covered == len(wanted)
    assert pairs.missing == ()
    assert pairs.covered + pairs.impossible == 2 * len(differ) * (len(differ) - 1)
    assert shows(chosen, pairs.settings) == pairs.covered
    assert len(chosen) < 10
    for name in set(names) - differ:
        assert len({on for values in everything(found, names) for n, on in values if n == name}) < 2


def test_only_what_cannot_be_is_refuted(tmp_path: Path) -> None:
    found = scope(checkout(tmp_path))
    names = device_settings(found)
    valid = everything(found, names)
    literals = [(name, value) for name in names for value in (False, True)]
    wishes = [dict(pair) for pair in itertools.combinations(literals, 2) if len(dict(pair)) == 2]
    proofs = refuted(found, wishes, frozenset(names))
    assert any(proofs)
    assert not all(proofs)
    for wish, proof in zip(wishes, proofs, strict=True):
        exists = any(wish.items() <= set(values) for values in valid)
        assert proof != exists


@pytest.mark.parametrize("words", [["-n", "10"], ["--pairwise"]])  # there are ten
def test_files_read_back_are_the_configurations(
    words: list[str], kgen: Run, tmp_path: Path
) -> None:
    checkout(tmp_path / "tree")
    done = kgen("sample", "--tree", "tree", *words, "-o", "out", "--format", "json")
    assert done.returncode == 0, done.stderr
    data = json.loads(done.stdout)
    printed = set()
    for sample in data["targets"][0]["samples"]:
        path = tmp_path / "out" / sample["file"]
        result = solve([path, tmp_path / "tree" / "Kconfig"])
        again = load(Options(tree=str(tmp_path / "tree"), devices=str(path))).outcomes[0]
        assert not again.failed
        text = "".join(f"CONFIG_{symbol}=y\n" for symbol in again.printed())
        assert text == result.printed()
        assert len(again.printed()) == sample["y"]
        printed.add(text)
    assert len(printed) == len(data["targets"][0]["samples"]) >= 4


def _read_back(samples: tuple[Sample, ...], tree: Path, target: str, folder: Path) -> None:
    for number, sample in enumerate(samples):
        path = folder / f"{number}.mak"
        lines = [f"CONFIG_{name}={'y' if on else 'n'}\n" for name, on in sample.assigned]
        path.write_text("".join(lines))
        options = Options(tree=str(tree), only=(target,), devices=str(path))
        (outcome,) = load(options).outcomes
        assert not outcome.failed
        assert tuple(outcome.printed()) == sample.on


@pytest.mark.parametrize("name", ["qemu-e2k-5.2", "qemu-e2k-6.0"])
def test_samples_of_real_trees(name: str, facts: Path, tmp_path: Path) -> None:
    facts_tree(json.loads((facts / f"{name}.json").read_text()), tmp_path)
    project = load(Options(tree=str(tmp_path), only=("sh4",)))
    found = scope_of(project, project.outcomes[0])
    some = different(found, 5, 1)
    assert len({sample.on for sample in some}) == 5
    _read_back(some, tmp_path, "sh4", tmp_path)
    chosen, pairs = pairwise(found, 1, lambda: None)
    assert len(pairs.settings) > 20
    assert shows(chosen, pairs.settings) == pairs.covered
    every = 2 * len(pairs.settings) * (len(pairs.settings) - 1)
    assert pairs.covered + pairs.impossible + len(pairs.missing) == every
    _read_back(chosen[:5], tmp_path, "sh4", tmp_path)


@pytest.mark.skipif("QEMU_TREE" not in os.environ, reason="needs a QEMU checkout")
def test_samples_through_qemus_own_program(tmp_path: Path) -> None:
    tree = Path(os.environ["QEMU_TREE"])
    project = load(Options(tree=str(tree), only=("x86_64", "arm")))
    for outcome in project.outcomes:
        for sample in different(scope_of(project, outcome), 5, 1):
            path = tmp_path / "sample.mak"
            lines = [f"CONFIG_{name}={'y' if on else 'n'}\n" for name, on in sample.assigned]
            path.write_text("".join(lines))
            outside = [f"CONFIG_{name}={'y' if on else 'n'}" for name, on in outcome.external()]
            program = str(tree / "scripts/minikconf.py")
            words = ["--defconfig", "out", str(tmp_path / "out.d"), str(path), f"{tree}/Kconfig"]
            done = subprocess.run(
                [sys.executable, program, *words, *outside],
                capture_output=True,
                text=True,
                check=True,
            )
            assert done.stdout == "".join(f"CONFIG_{symbol}=y\n" for symbol in sample.on)


def test_jobs_for_both_kinds_of_farm(kgen: Run, tmp_path: Path) -> None:
    checkout(tmp_path / "tree")
    words = ("sample", "--tree", "tree", "-n", "2", "-o", "out")
    assert kgen(*words, "--ci", "github").returncode == 0
    matrix = json.loads((tmp_path / "out/matrix.json").read_text())
    assert matrix["include"][1] == {
        "target": "x-softmmu",
        "name": "kgen-2",
        "file": "out/x-softmmu/kgen-2.mak",
        "configure": "--with-devices-x=kgen-2",
    }
    assert kgen(*words, "--ci", "gitlab").returncode == 0
    jobs = (tmp_path / "out/gitlab-ci.yml").read_text()
    assert '"x-softmmu kgen-2":\n  extends: .kgen-sample\n' in jobs
    assert '    KGEN_FILE: "out/x-softmmu/kgen-2.mak"\n' in jobs
    again = kgen(*words, "--ci", "gitlab")
    assert again.stdout.endswith("3 files in out: 0 written, 3 unchanged\n")


def test_all_or_nothing(kgen: Run, tmp_path: Path) -> None:
    checkout(tmp_path / "tree")
    done = kgen("sample", "--tree", "tree", "-n", "5000", "-o", "out")
    assert done.returncode == 1
    assert "of 5000 different configurations" in done.stderr
    assert not (tmp_path / "out").exists()


def test_a_target_that_cannot_be_sampled(kgen: Run, tmp_path: Path) -> None:
    tree = checkout(tmp_path / "tree", "CONFIG_HUB=y\nCONFIG_HUB=n\n")
    assert "0 different" in kgen("sample", "--tree", "tree", "-o", "out").stderr
    mak = tree / "configs/devices/x-softmmu/default.mak"
    mak.write_text("config OWN\n    bool\nCONFIG_OWN=y\n")
    done = kgen("sample", "--tree", "tree", "-o", "out")
    assert "declares symbols" in done.stderr
    assert kgen("sample", "--tree", "tree", "-o", "out", "--bare", "-n", "3").returncode == 0
    done = kgen("sample", "--tree", "tree", "--pairwise", "-n", "3", "-o", "out")
    assert "excludes --configurations" in done.stderr
