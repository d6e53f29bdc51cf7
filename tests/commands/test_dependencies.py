"""Packages that are missing, broken, or others than they should be."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from processes import LINES, environment, words, write_every_tree
from running import ROOT

PACKAGES = {
    "click": "click",
    "jinja2": "jinja2",
    "kconfiglib": "kconfiglib",
    "msgspec": "msgspec",
    "pysat": "python-sat",
}
# The commands of LINES that do not work without a package.
NEED = {
    "click": set(),
    "jinja2": set(),  # but for --template
    "kconfiglib": LINES.keys() - {"native-file", "host"},
    "msgspec": {"snapshot"},
    "pysat": {"enable", "disable", "trim"},
}
MISSING = "raise ModuleNotFoundError(\"No module named '{0}'\", name='{0}')\n"
BROKEN = "raise ImportError('libx.so: cannot open shared object file', name='{0}')\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_every_tree(tmp_path)


def run(line: list[str], folder: Path, module: str, text: str) -> subprocess.CompletedProcess[str]:
    """A process in which a module is this text."""
    hidden = folder / "hidden"
    hidden.mkdir(exist_ok=True)
    (hidden / f"{module}.py").write_text(text.format(module))
    return subprocess.run(
        line,
        cwd=folder,
        env=environment(PYTHONPATH=f"{hidden}{os.pathsep}{ROOT}"),
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("module", PACKAGES)
def test_what_needs_no_package_works_without_it(module: str, folder: Path) -> None:
    for command in LINES:
        done = run(words(command), folder, module, MISSING)
        assert "Traceback" not in done.stderr, done.stderr
        if command in NEED[module]:
            assert (done.returncode, done.stdout) == (1, "")
            package = PACKAGES[module]
            assert f"error: KG901 the Python package {package} is missing\n" in done.stderr
            assert f"hint: python3 -m pip install {package}" in done.stderr
        else:
            assert "KG9" not in done.stderr, command
            assert done.stdout


def test_a_template_of_the_user_needs_jinja(folder: Path) -> None:
    (folder / "x.txt.j2").write_text("{{ mode }}\n")
    done = run([*words("generate"), "--template", "x.txt.j2"], folder, "jinja2", MISSING)
    assert (done.returncode, done.stdout) == (1, "")
    assert "error: KG901 the Python package jinja2 is missing\n" in done.stderr


def test_the_report_needs_no_jinja(folder: Path) -> None:
    done = run([*words("audit"), "--format", "html"], folder, "jinja2", MISSING)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("<!DOCTYPE html>")


@pytest.mark.parametrize(
    ("module", "text", "message"),
    [
        ("msgspec", BROKEN, "KG901 the Python package msgspec cannot be imported: libx.so: cannot"),
        (
            "pysat",
            "",
            "KG902 the Python module pysat does not belong to python-sat: No module named",
        ),
        (
            "msgspec",
            "",
            "KG902 the Python module msgspec does not belong to msgspec: module 'msgspec'",
        ),
        (
            "kconfiglib",
            "",
            "KG902 the Python module kconfiglib does not belong to kconfiglib 14.1.0",
        ),
        (
            "kconfiglib",
            "VERSION = (12, 0, 0)",
            "KG902 the Python module kconfiglib does not belong to",
        ),
    ],
)
def test_another_module_of_that_name(module: str, text: str, message: str, folder: Path) -> None:
    line = words("enable" if module == "pysat" else "snapshot")
    done = run(line, folder, module, text)
    assert done.returncode == 1
    assert message in done.stderr
    assert "Traceback" not in done.stderr
    assert "pip install" in done.stderr
    form = run([*line, "--format", "json"], folder, module, text)
    assert json.loads(form.stdout)["errors"][0]["code"] == message[:5]


def test_the_drop_in_says_it_too(folder: Path) -> None:
    line = [sys.executable, "-c", "import kgen; kgen.minikconf()", *words("minikconf")[4:]]
    done = run(line, folder, "kconfiglib", MISSING)
    assert (done.returncode, done.stdout) == (1, "")
    assert "error: KG901 the Python package kconfiglib is missing\n" in done.stderr
    assert "hint: python3 -m pip install kconfiglib==14.1.0\n" in done.stderr


@pytest.mark.parametrize("line", [["--help"], ["why", "--help"], ["minikconf", "--help"]])
def test_help_needs_click_alone(line: list[str], folder: Path) -> None:
    start = [sys.executable, "-m", "kgen"]
    for module in PACKAGES.keys() - {"click"}:
        done = run([*start, *line], folder, module, MISSING)
        assert (done.returncode, done.stderr) == (0, ""), module
    done = run([*start, "why", "--help"], folder / ".", "click", MISSING)
    assert done.returncode == 1
    assert "KG901 the Python package click is missing" in done.stderr


def test_lint_without_the_solver(folder: Path) -> None:
    """The other rules are asked; which are left out is said; what is asked for is an error."""
    (folder / "tree" / "hw" / "Kconfig").write_text(
        "config CARD\n    bool\n    depends on !CARD2\nconfig CARD2\n    bool\n    default y\n"
    )
    (folder / "tree/configs/devices/arm-softmmu/default.mak").write_text("")
    with_solver = subprocess.run(
        words("lint"), cwd=folder, env=environment(), capture_output=True, text=True, check=False
    )
    done = run(words("lint"), folder, "pysat", MISSING)
    assert done.returncode == 1
    assert set(done.stdout.splitlines()[:-1]) <= set(with_solver.stdout.splitlines())
    assert "[unused-symbol]" in done.stdout
    assert done.stderr == (
        "the Python package python-sat is missing: left out always-on, dead-symbol, "
        "implied-dependency, shadowed-default, unmet-select, unreachable-board\n"
        "hint: python3 -m pip install python-sat\n"
    )
    quiet = run([*words("lint"), "--select", "unused-symbol"], folder, "pysat", MISSING)
    assert quiet.stderr == ""
    asked = run([*words("lint"), "--select", "dead-symbol"], folder, "pysat", MISSING)
    assert (asked.returncode, asked.stdout) == (1, "")
    assert "error: KG901 the Python package python-sat is missing" in asked.stderr
