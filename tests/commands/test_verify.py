"""`kgen verify`: every configuration against the tree's own program."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import small_build
from running import Run, run_kgen, write_tree


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """The small build as a checkout, with a second devices file."""
    files = {
        f"configs/targets/{name}-softmmu.mak": f"TARGET_ARCH={name}\n" for name in ("arm", "sparc")
    }
    files["configs/devices/arm-softmmu/small.mak"] = ""
    return write_tree(small_build.write(tmp_path / "source"), files)


def test_verify_agrees_and_says_so(tree: Path) -> None:
    done = run_kgen(["verify", "--tree", str(tree), "--random", "8"], tree)
    assert done.returncode == 0, done.stdout
    assert done.stdout == (
        "TARGET         DEVICES  DEFCONFIG  ALLNOCONFIG  ALLYESCONFIG  RANDOM\n"
        "arm-softmmu    default          2            1             3  8 of 8\n"
        "arm-softmmu    small            0            0             3\n"
        "sparc-softmmu  default          1            1             3  8 of 8\n"
        "25 configurations, 0 different\n"
    )


def test_verify_finds_a_difference(tree: Path) -> None:
    """A program that prints one symbol more is caught, in every configuration that has it."""
    program = tree / "scripts" / "minikconf.py"
    program.write_text(
        program.read_text().replace("write(result", "write('CONFIG_A=y\\n' + result")
    )
    done = run_kgen(["verify", "--tree", str(tree), "-t", "sparc"], tree)
    assert done.returncode == 1
    assert "3 configurations, 3 different" in done.stdout
    assert "- CONFIG_A=y" in done.stdout
    data = run_kgen(["verify", "--tree", str(tree), "-t", "sparc", "--format", "json"], tree)
    assert '"lines": [\n        "- CONFIG_A=y"\n      ]' in data.stdout


def compared(kgen: Run, *arguments: str) -> tuple[list[str], str]:
    """The first row of the table of a comparison without differences, and its last line."""
    done = kgen("verify", "--tree", "source", *arguments)
    assert (done.returncode, done.stderr) == (0, ""), done.stdout
    lines = done.stdout.splitlines()
    return lines[1].split(), lines[-1]


def test_settings_reach_the_program(kgen: Run, tree: Path) -> None:
    row, _ = compared(kgen, "-t", "arm")
    assert row == ["arm-softmmu", "default", "2", "1", "3"]
    row, last = compared(kgen, "-t", "arm", "--set", "NIC=n", "--random", "8")
    assert row == ["arm-softmmu", "default", "1", "1", "2", *"8 of 8".split()]
    assert last == "14 configurations, 0 different"
    # Both refuse what contradicts itself.
    row, _ = compared(kgen, "-t", "arm", "--set", "NIC=n", "--set", "NIC=y")
    assert row[2:] == ["refused", "refused", "refused"]


def test_host_and_accelerators_reach_the_program(kgen: Run, tree: Path) -> None:
    """Passed externally, a symbol is not printed, by either program."""
    kconfig = tree / "Kconfig"
    text = "source Kconfig.host\n" + kconfig.read_text()
    write_tree(tree, {"Kconfig": text, "Kconfig.host": "config FEATURE\n    bool\n"})
    counts = [
        compared(kgen, "-t", "sparc", "--mode", "allyesconfig", *options)[0][2]
        for options in ((), ("--host", "FEATURE"), ("--host", "none"))
    ]
    assert counts == ["4", "4", "5"]


def test_only_one_mode_and_one_devices_file(kgen: Run, tree: Path) -> None:
    row, last = compared(kgen, "--devices", "small", "-t", "arm", "--mode", "defconfig")
    assert row == ["arm-softmmu", "small", "0"]
    assert last == "1 configuration, 0 different"


def test_a_devices_file_outside_the_tree(kgen: Run, tree: Path) -> None:
    """The program reads it, with what it includes: beside it and of the tree."""
    write_tree(tree.parent / "pkg" / "targets", {"our.mak": "CONFIG_PCI=n\n"})
    ours = ("--devices", "pkg/targets/our.mak", "-t", "arm")
    assert compared(kgen, *ours)[0] == ["arm-softmmu", "pkg/targets/our.mak", "0", "0", "1"]
    text = "include default.mak\ninclude more.mak\n"
    write_tree(tree.parent / "pkg" / "targets", {"our.mak": text, "more.mak": "CONFIG_NIC=n\n"})
    row, _ = compared(kgen, *ours, "--random", "4")
    assert row[2:] == ["1", "1", "2", *"4 of 4".split()]
    program = tree / "scripts" / "minikconf.py"
    text = program.read_text()
    program.write_text(text.replace("write(result", "write('CONFIG_A=y\\n' + result"))
    done = kgen("verify", "--tree", "source", *ours, "--format", "json")
    assert json.loads(done.stdout)["different"][0]["devices"] == "pkg/targets/our.mak"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--devices", "nowhere.mak"), "KG104 cannot read"),
        (("--devices", "small"), 'KG404 sparc-softmmu has no devices file "small"'),
        (("--set", "NOPE=y"), "KG201 undefined symbol NOPE"),
        (("--targets", "."), "KG701 kgen verify compares the targets of the tree"),
    ],
)
def test_options_that_do_not_apply(
    kgen: Run, tree: Path, options: tuple[str, ...], message: str
) -> None:
    done = kgen("verify", "--tree", "source", *options)
    assert (done.returncode, done.stdout) == (1, "")
    assert message in done.stderr


def test_a_tree_without_targets_is_no_success(kgen: Run, tree: Path) -> None:
    for name in ("arm", "sparc"):
        (tree / "configs" / "targets" / f"{name}-softmmu.mak").unlink()
    done = kgen("verify", "--tree", "source")
    assert (done.returncode, done.stdout) == (1, "")
    assert "source has no configs/targets to compare" in done.stderr


def test_verify_needs_a_program(kgen: Run, tree: Path) -> None:
    (tree / "scripts" / "minikconf.py").unlink()
    done = kgen("verify", "--tree", str(tree))
    assert (done.returncode, done.stdout) == (1, "")
    assert "has no scripts/minikconf.py to compare with" in done.stderr
    assert kgen("verify").returncode == 1
