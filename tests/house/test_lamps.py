"""The project in fixtures/lamps, whose Kconfig is the standard dialect, built by Meson and make."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from running import ROOT

PATH = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)])
PRINTED = {
    "desk": "desk lamp, LED, 0x4000, dimmed to 8\n",
    "night": 'night "owl" lamp, LED, 0x4000\n',
    "street": "street lamp, bulb, 0x8000, logged\n",
}


class Project:
    """A copy of the project, and a kgen for its build systems."""

    def __init__(self, root: Path) -> None:
        self.root = root / "lamps"
        shutil.copytree(ROOT / "fixtures" / "lamps", self.root,
                        ignore=shutil.ignore_patterns("build", "generated"))  # fmt: skip
        program = root / "bin" / "kgen"
        program.parent.mkdir()
        lines = [
            "#!/bin/sh",
            f"export PYTHONPATH='{ROOT}'",
            f"exec '{sys.executable}' -m kgen \"$@\"",
        ]
        program.write_text("\n".join([*lines, ""]))
        program.chmod(0o755)
        self.path = f"{program.parent}{os.pathsep}{PATH}"

    def run(self, *words: str) -> str:
        if "/" not in words[0] and shutil.which(words[0], path=self.path) is None:
            pytest.skip(f"{words[0]} is not installed")
        done = subprocess.run(
            words, cwd=self.root, env={"PATH": self.path, "HOME": str(self.root), "LC_ALL": "C"},
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout
        return done.stdout

    def edit(self, name: str, old: str, new: str) -> None:
        path = self.root / name
        text = path.read_text()
        assert old in text
        path.write_text(text.replace(old, new))


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path)


def test_meson_builds_all_boards_and_only_what_changed(project: Project) -> None:
    project.run("meson", "setup", "build")
    project.run("ninja", "-C", "build")
    assert {name: project.run(f"./build/{name}") for name in PRINTED} == PRINTED
    assert "no work to do" in project.run("ninja", "-C", "build")
    project.edit("configs/desk_defconfig", "STEPS=16", "STEPS=32")
    said = project.run("ninja", "-C", "build")
    assert project.run("./build/desk") == "desk lamp, LED, 0x4000, dimmed to 16\n"
    assert "street" not in said
    project.edit("configs/log.config", "LOG=y", "LOG=n")
    project.run("ninja", "-C", "build")
    assert project.run("./build/street") == "street lamp, bulb, 0x8000\n"


def test_make_builds_a_board_and_only_what_changed(project: Project) -> None:
    for name, printed in PRINTED.items():
        project.run("make", f"BOARD={name}")
        assert project.run(f"build/{name}/lamp") == printed
    assert "up to date" in project.run("make")
    project.edit("configs/street_defconfig", "0x8000", "0x9000")
    assert "up to date" in project.run("make"), "the desk lamp is as it was"
    project.run("make", "BOARD=street")
    assert project.run("build/street/lamp") == "street lamp, bulb, 0x9000, logged\n"
    project.edit("Kconfig", "default 0x4000", "default 0x4001")
    project.run("make")
    assert "0x4001" in project.run("build/desk/lamp")


def test_the_template_has_values_of_their_types(project: Project) -> None:
    project.run("kgen", "generate")
    texts = {name: (project.root / f"generated/{name}-lamp.txt").read_text() for name in PRINTED}
    assert texts == {
        "desk": "desk: desk lamp, 16 steps\n",
        "night": 'night: night "owl" lamp\n',
        "street": "street: street lamp\n",
    }
    (project.root / "T-lamp.txt.j2").write_text("{{ target.config.LAMPP }}")
    done = subprocess.run(
        ["kgen", "generate"], cwd=project.root, env={"PATH": project.path}, capture_output=True,
        text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert "T-lamp.txt.j2" in done.stderr
    assert "LAMPP" in done.stderr
    assert texts["desk"] == (project.root / "generated/desk-lamp.txt").read_text()
