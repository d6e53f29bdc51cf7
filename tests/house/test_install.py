"""What people install: a wheel, built from the sdist, in a new environment far from a checkout."""

from __future__ import annotations

import os
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest
from running import ROOT, run_kgen


def run(*command: str | Path, cwd: Path) -> str:
    env = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    done = subprocess.run(
        list(map(str, command)), cwd=cwd, env=env, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The bin folder of an environment with the wheel and nothing else."""
    folder = tmp_path_factory.mktemp("install")
    run(sys.executable, "-m", "build", "--outdir", folder / "dist", ROOT, cwd=folder)
    (sdist,) = (folder / "dist").glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    wanted = {
        "templates/meson.build.j2",
        "templates/report/page.html",
        "fixtures/virtio/Kconfig",
        "tests/shared/oracle.py",
        "LICENSE",
    }
    assert wanted <= names
    (wheel,) = (folder / "dist").glob("*.whl")
    run(sys.executable, "-m", "venv", folder / "venv", cwd=folder)
    python = folder / "venv" / "bin" / "python"
    run(python, "-m", "pip", "install", "-q", "--disable-pip-version-check", wheel, cwd=folder)
    return python.parent


def test_the_wheel_generates_what_the_checkout_does(installed: Path, tmp_path: Path) -> None:
    run(installed / "kgen", "generate", "-o", "installed", cwd=tmp_path)
    assert run_kgen(["generate", "-o", "checkout"], tmp_path).returncode == 0
    ours = {path.name: path.read_bytes() for path in (tmp_path / "checkout").iterdir()}
    theirs = {path.name: path.read_bytes() for path in (tmp_path / "installed").iterdir()}
    assert len(ours) > 70
    assert theirs == ours


def test_the_wheel_makes_the_report_that_the_checkout_does(installed: Path, tmp_path: Path) -> None:
    run(installed / "kgen", "audit", "--format", "html", "-o", "installed.html", cwd=tmp_path)
    assert run_kgen(["audit", "--format", "html", "-o", "r.html"], tmp_path).returncode == 0
    assert (tmp_path / "installed.html").read_bytes() == (tmp_path / "r.html").read_bytes()


def test_modules_that_lie_about_are_not_imported(installed: Path, tmp_path: Path) -> None:
    """Neither the current folder nor Kconfiglib's extension points get any code to run."""
    for name in ("kgen", "jinja2", "click", "kconfiglib", "kconfigfunctions", "msgspec"):
        (tmp_path / f"{name}.py").write_text("raise SystemExit('a module of the folder ran')\n")
    assert "e2k-softmmu" in run(installed / "kgen", "targets", cwd=tmp_path)


def test_version_and_help(installed: Path, tmp_path: Path) -> None:
    assert run(installed / "kgen", "--version", cwd=tmp_path).startswith("kgen, version ")
    assert "generate" in run(installed / "kgen", "--help", cwd=tmp_path)
