"""`kgen savedefconfig`: the fewest assignments, against all sets of assignments there are."""

from __future__ import annotations

import itertools
import json
import re
from pathlib import Path

import pytest
import small_qemu
from hypothesis import given, reject
from oracle import facts_tree, solve
from running import Run, write_tree
from strategies import cases, examples

from kgen.commands.savedefconfig.minimal import AIMS, needed
from kgen.commands.savedefconfig.roundtrip import prove
from kgen.kconfig import mak_edit, mak_lines
from kgen.model.clauses import Assignment, Model
from kgen.model.configurations import Lane
from kgen.project.load import load
from kgen.project.options import Options
from kgen.resolve.resolver import resolve

ARM, SPARC = "arm-softmmu", "sparc-softmmu"

# All 3 ** n settings of n symbols are resolved in one pass.
_MOST = 6


@examples(150)
@given(cases(acyclic=True))
def test_no_smaller_set_of_assignments_gives_the_configuration(
    case: tuple[Model, list[Lane]],
) -> None:
    """Every set is tried. Exactly those that hold all of the smallest one, and agree, work."""
    model, lanes = case
    found = resolve(model, lanes)
    for bit, lane in enumerate(lanes):
        if found.failed >> bit & 1:
            continue
        outside = tuple(item for item in lane.assignments if item.external)
        symbols = sorted(found.values.keys() - {item.symbol for item in outside})
        if len(symbols) > _MOST:
            reject()
        values = {symbol: bool(at >> bit & 1) for symbol, at in found.values.items()}
        for aim in AIMS:
            smallest = needed(found, bit, aim)
            settings = list(itertools.product((None, False, True), repeat=len(symbols)))
            tried = []
            for setting in settings:
                lines = [
                    Assignment(symbol, value)
                    for symbol, value in zip(symbols, setting, strict=True)
                    if value is not None
                ]
                tried.append(Lane("x", aim, (*lines, *outside)))
            again = resolve(model, tried)
            for number, setting in enumerate(settings):
                works = not again.failed >> number & 1 and all(
                    bool(again.values[symbol] >> number & 1) == value
                    for symbol, value in values.items()
                )
                chosen = {s: v for s, v in zip(symbols, setting, strict=True) if v is not None}
                agrees = all(values[symbol] == value for symbol, value in chosen.items())
                assert works == (agrees and chosen.keys() >= smallest.keys())


@pytest.mark.parametrize("version", ["5.2", "6.0"])
def test_every_target_of_a_whole_tree_comes_out_again(
    facts: Path, tmp_path: Path, version: str
) -> None:
    """The written file, read by a second resolver that shares no code with the first."""
    facts_tree(json.loads((facts / f"qemu-e2k-{version}.json").read_text()), tmp_path)
    for mode in ("defconfig", "allnoconfig"):
        loaded = load(Options(str(tmp_path), mode=mode))
        for number, outcome in enumerate(loaded.outcomes):
            for aim in AIMS:
                wanted = needed(outcome.resolution, outcome.lane, aim)
                lines = mak_lines.lines_of(outcome.target.devices_file, loaded.tree.read)
                assert lines is not None
                text = mak_edit.kept(lines, wanted)
                prove(loaded, outcome, text, aim)
                if number % 8 == 0:  # it takes its time
                    path = tmp_path / "saved.mak"
                    path.write_text(text)
                    again = solve([path, tmp_path / "Kconfig"], outcome.external(), aim)
                    expected = "".join(f"CONFIG_{s}=y\n" for s in outcome.printed())
                    assert again.printed() == expected


def _save(kgen: Run, *options: str) -> str:
    done = kgen("savedefconfig", "--tree", "tree", *options)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def test_the_order_and_the_comments_of_the_file_are_kept(kgen: Run, tmp_path: Path) -> None:
    """Lines that say nothing go, one that is commented out is put to use, new ones follow."""
    small_qemu.write(tmp_path / "tree")
    assert _save(kgen, "-t", "sparc") == (
        "# For all sparcs\nCONFIG_ODD_CARD=y\n\n# Boards\nCONFIG_SUN=y # the only one\n"
    )
    assert _save(kgen, "-t", "sparc", "--for", "allnoconfig") == (
        "# For all sparcs\n"
        "CONFIG_ODD_CARD=y\n"
        "\n"
        "# Boards\n"
        "CONFIG_SUN=y # the only one\n"
        "CONFIG_NET_CARD=y\n"
        "\n"
        "CONFIG_SPARC_OLD_CPUS=y\n"
    )
    assert _save(kgen, "-t", "arm", "--set", "ARM_TINY=n", "--set", "UART=y") == (
        "# Devices of arm\n"
        "\n"
        "# Uncomment to leave them out:\n"
        "# CONFIG_BUS_DEVICES=n\n"
        "CONFIG_ARM_TINY=n\n"
    )
    assert _save(kgen, "-t", "arm", "--set", "ARM_TINY=n", "--plain") == "CONFIG_ARM_TINY=n\n"
    assert _save(kgen, "-t", "arm", "--plain") == ""


def test_a_list_outside_the_tree_is_saved_in_its_own_order(kgen: Run, tmp_path: Path) -> None:
    small_qemu.write(tmp_path / "tree")
    (tmp_path / "our.mak").write_bytes(
        b"# Ours\r\nCONFIG_ODD_CARD=y\r\nCONFIG_UART=y # for the console\r\nCONFIG_SUN=n\r\n"
    )
    saved = _save(kgen, "-t", "sparc", "--devices", "our.mak")
    assert saved == "# Ours\nCONFIG_ODD_CARD=y\nCONFIG_UART=y # for the console\n"
    (tmp_path / "saved.mak").write_text(saved)
    before, after = (
        kgen("targets", "--tree", "tree", "-t", "sparc", "--devices", name, "--format", "json")
        for name in ("./our.mak", "./saved.mak")
    )
    assert (
        json.loads(before.stdout)["targets"][0]["y"] == json.loads(after.stdout)["targets"][0]["y"]
    )


def test_statements_over_lines_are_saved_without_their_layout(kgen: Run, tmp_path: Path) -> None:
    odd = "CONFIG_SUN\n=\ny CONFIG_ODD_CARD=y\n"
    small_qemu.write(tmp_path / "tree", **{"configs__devices__sparc-softmmu__default.mak": odd})
    assert _save(kgen, "-t", "sparc") == "CONFIG_ODD_CARD=y\nCONFIG_SUN=y\n"


def test_entries_of_a_devices_file_are_kept_with_its_lines(kgen: Run, tmp_path: Path) -> None:
    own = "CONFIG_OURS=y\nCONFIG_BUS=y\n\nconfig OURS\n    bool\n    select BUS\n"
    small_qemu.write(tmp_path / "tree", **{"configs__devices__arm-softmmu__default.mak": own})
    assert _save(kgen, "-t", "arm") == "CONFIG_OURS=y\n\nconfig OURS\n    bool\n    select BUS\n"
    done = kgen("savedefconfig", "--tree", "tree", "-t", "arm", "--plain")
    assert done.returncode == 1
    assert "OURS is declared by the devices file itself" in done.stderr


def test_what_kconfig_files_assign_needs_no_line(kgen: Run, tmp_path: Path) -> None:
    write_tree(
        tmp_path,
        {
            "t/Kconfig": "config A\nconfig B\n    default y if A\nconfig C\nCONFIG_A=y\n",
            "d/x.toml": 'architecture = "x"\nendianness = "big"\n[symbols]\nC = true\nB = false\n',
        },
    )
    done = kgen("savedefconfig", "--tree", "t", "--targets", "d")
    assert done.stdout == "CONFIG_B=n\nCONFIG_C=y\n"


def test_mistakes_and_failures(kgen: Run, tmp_path: Path) -> None:
    small_qemu.write(tmp_path / "tree")
    several = kgen("savedefconfig", "--tree", "tree")
    assert (several.returncode, several.stdout) == (2, "")
    assert "one target, not 2" in several.stderr
    failing = kgen("savedefconfig", "--tree", "tree", "-t", "arm", "--set", "BUS=n")
    assert failing.returncode == 1
    assert "contradiction: BUS" in failing.stderr
    done = kgen("savedefconfig", "--tree", "tree", "-t", "arm", "-o", "new/arm.mak")
    assert (done.returncode, done.stdout) == (0, "")
    assert (tmp_path / "new/arm.mak").read_text().startswith("# Devices of arm\n")
    again = kgen("savedefconfig", "--tree", "tree", "-t", "sparc", "--format", "json")
    assert json.loads(again.stdout) == {
        "target": SPARC,
        "mode": "defconfig",
        "assignments": ["CONFIG_ODD_CARD=y", "CONFIG_SUN=y"],
        "file": None,
    }


def test_a_circle_is_solved_or_refused_but_never_wrong(kgen: Run, tmp_path: Path) -> None:
    """What is printed for a tree with a circle was resolved again like everything else."""
    write_tree(
        tmp_path,
        {
            "t/Kconfig": "config A\n    default y if B\nconfig B\n    default y if A\nconfig C\n",
            "d/x.toml": 'architecture = "x"\nendianness = "big"\n[symbols]\nA = true\n',
        },
    )
    done = kgen("savedefconfig", "--tree", "t", "--targets", "d")
    if done.returncode == 0:
        (tmp_path / "a.mak").write_text(done.stdout)
        (tmp_path / "d/x.toml").write_text('architecture = "x"\nendianness = "big"\n')
        again = kgen("targets", "--tree", "t", "--targets", "d", "--devices", "./a.mak")
        assert again.returncode == 0
    else:
        assert re.search("no list gives this configuration again|cycle", done.stderr)
