"""`kgen verify`: every configuration against the tree's own program."""

from __future__ import annotations

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


def test_verify_needs_a_program(kgen: Run, tree: Path) -> None:
    (tree / "scripts" / "minikconf.py").unlink()
    done = kgen("verify", "--tree", str(tree))
    assert (done.returncode, done.stdout) == (1, "")
    assert "has no scripts/minikconf.py to compare with" in done.stderr
    assert kgen("verify").returncode == 1
