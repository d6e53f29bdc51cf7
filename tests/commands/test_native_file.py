"""An unpatched build that calls `scripts/minikconf.py` as QEMU's does takes kgen instead."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
import small_build
from running import ROOT, Run


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return small_build.write(tmp_path / "source")


def run(*command: str | Path, cwd: Path) -> str:
    env = {**os.environ, "PYTHONPATH": str(ROOT), "KGEN_CACHE": str(cwd / "cache")}
    env["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{env['PATH']}"
    done = subprocess.run(
        list(map(str, command)), cwd=cwd, env=env, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def told(output: str) -> list[str]:
    return [line for line in output.splitlines() if line.startswith("Message: CONFIG")]


def test_meson_takes_kgen_and_gets_the_same(project: Path, tmp_path: Path) -> None:
    run("kgen", "native-file", "-o", "kgen.ini", cwd=tmp_path)
    without = run("meson", "setup", "without", project, cwd=tmp_path)
    with_kgen = run("meson", "setup", "--native-file", "kgen.ini", "with", project, cwd=tmp_path)
    assert "PROGRAM " + str(project / "scripts" / "minikconf.py") in without
    assert "kgen" in next(line for line in with_kgen.splitlines() if "PROGRAM" in line)
    assert told(without) == told(with_kgen) != []
    for target in ("arm-softmmu", "sparc-softmmu"):
        name = f"{target}-config-devices.mak"
        assert (tmp_path / "with" / name).read_bytes() == (tmp_path / "without" / name).read_bytes()


@pytest.mark.parametrize(
    ("name", "old", "new", "gained"),
    [
        ("configs/devices/common.mak", "PCI=", "BOARD=y\nCONFIG_PCI=", "arm-softmmu CONFIG_BOARD"),
        ("hw/Kconfig", "BOARD\n    bool", "BOARD\n    select PCI", "sparc-softmmu CONFIG_NIC"),
    ],
)
def test_a_change_reconfigures(
    name: str, old: str, new: str, gained: str, project: Path, tmp_path: Path
) -> None:
    """ninja notices a Kconfig file and an included devices file through kgen's depfile."""
    run("kgen", "native-file", "-o", "kgen.ini", cwd=tmp_path)
    before = run("meson", "setup", "--native-file", "kgen.ini", "build", project, cwd=tmp_path)
    assert gained not in before
    assert "CONFIG" not in run("ninja", "-C", "build", cwd=tmp_path)
    path = project / name
    path.write_text(path.read_text().replace(old, new))
    assert gained in run("ninja", "-C", "build", cwd=tmp_path)


def test_a_machine_file_that_configure_wrote(project: Path, tmp_path: Path) -> None:
    """QEMU's configure passes its own machine file to Meson; the entry can go into that."""
    machine = tmp_path / "config-meson.cross"
    machine.write_text("# made by configure\n[properties]\n[binaries]\nar = ['ar']\n")
    built = run("meson", "setup", "--native-file", machine, "build", project, cwd=tmp_path)
    assert "kgen" not in next(line for line in built.splitlines() if "PROGRAM" in line)
    for _ in range(2):
        run("kgen", "native-file", "--into", machine, cwd=tmp_path)
    text = machine.read_text()
    assert text.count("scripts/minikconf.py") == 1
    assert "ar = ['ar']" in text
    again = run("ninja", "-C", "build", cwd=tmp_path)
    assert "kgen" in next(line for line in again.splitlines() if "PROGRAM" in line)


def test_native_file_mistakes(kgen: Run, tmp_path: Path) -> None:
    done = kgen("native-file", "--into", "gone.ini")
    assert (done.returncode, done.stderr.strip()) == (
        1,
        "error: KG104 cannot read gone.ini: no such file or directory",
    )
    (tmp_path / "two.ini").write_text("[binaries]\n[binaries]\n")
    assert (
        "two.ini:2:1: error: KG604 second [binaries]"
        in kgen("native-file", "--into", "two.ini").stderr
    )
