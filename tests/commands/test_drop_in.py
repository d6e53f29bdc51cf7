"""An unpatched build that calls `scripts/minikconf.py` as QEMU's does takes kgen instead."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from running import ROOT, Run, run_kgen, write_tree

MESON_BUILD = """\
project('emulators')
keyval = import('keyval')
minikconf = find_program('scripts/minikconf.py')
message('PROGRAM ' + minikconf.full_path())
foreach target : ['arm-softmmu', 'sparc-softmmu']
  config_devices_mak = target + '-config-devices.mak'
  config_devices_mak = configure_file(
    input: ['configs/devices' / target / 'default.mak', 'Kconfig'],
    output: config_devices_mak,
    depfile: config_devices_mak + '.d',
    capture: true,
    command: [minikconf,
              '--defconfig',
              config_devices_mak, '@DEPFILE@', '@INPUT@',
              ['CONFIG_LINUX=y'], ['CONFIG_TCG=y']])
  config_devices = keyval.load(config_devices_mak)
  foreach k, v : config_devices
    message('CONFIG ' + target + ' ' + k + ' ' + v)
  endforeach
endforeach
"""

# Stands in for the reference, with its arguments: the tests' own second resolver.
PROGRAM = f"""\
#!{sys.executable}
import sys
sys.path.insert(0, {str(ROOT / "tests" / "shared")!r})
from pathlib import Path
from oracle import solve
mode, output, depfile, *rest = sys.argv[1:]
inputs = [Path(word) for word in rest if not word.startswith("CONFIG_")]
outside = [(w[7:-2], w.endswith("=y")) for w in rest if w.startswith("CONFIG_")]
result = solve(inputs, outside, mode[2:])
sys.stdout.write(result.printed())
Path(depfile).write_text("".join(f"{{output}}: {{name}}\\n" for name in result.files))
"""

TREE = {
    "meson.build": MESON_BUILD,
    "scripts/minikconf.py": PROGRAM,
    "Kconfig": "source hw/Kconfig\nconfig LINUX\n    bool\nconfig TCG\n    bool\n",
    "hw/Kconfig": "config NIC\n    bool\n    default y if LINUX\n    depends on PCI\n"
    "config PCI\n    bool\nconfig BOARD\n    bool\n",
    "configs/devices/common.mak": "CONFIG_PCI=y\n",
    "configs/devices/arm-softmmu/default.mak": "include ../common.mak\n",
    "configs/devices/sparc-softmmu/default.mak": "CONFIG_BOARD=y\n",
}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = write_tree(tmp_path / "source", TREE)
    (folder / "scripts" / "minikconf.py").chmod(0o755)
    return folder


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
        "two.ini:2:1: error: KG604 a second [binaries]"
        in kgen("native-file", "--into", "two.ini").stderr
    )


def checkout(folder: Path) -> Path:
    """The project above as a checkout that `kgen verify` understands."""
    files = {
        f"configs/targets/{name}-softmmu.mak": f"TARGET_ARCH={name}\n" for name in ("arm", "sparc")
    }
    return write_tree(folder, files | {"configs/devices/arm-softmmu/small.mak": ""})


def test_verify_agrees_and_says_so(project: Path) -> None:
    tree = checkout(project)
    done = run_kgen(["verify", "--tree", str(tree), "--random", "8"], tree)
    assert done.returncode == 0, done.stdout
    assert done.stdout == (
        "TARGET         DEVICES  DEFCONFIG  ALLNOCONFIG  ALLYESCONFIG  RANDOM\n"
        "arm-softmmu    default          2            1             3  8 of 8\n"
        "arm-softmmu    small            0            0             3\n"
        "sparc-softmmu  default          1            1             3  8 of 8\n"
        "25 configurations, 0 different\n"
    )


def test_verify_finds_a_difference(project: Path) -> None:
    """A program that prints one symbol more is caught, in every configuration that has it."""
    tree = checkout(project)
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


def test_verify_needs_a_program(kgen: Run, project: Path) -> None:
    tree = checkout(project)
    (tree / "scripts" / "minikconf.py").unlink()
    done = kgen("verify", "--tree", str(tree))
    assert (done.returncode, done.stdout) == (1, "")
    assert "has no scripts/minikconf.py to compare with" in done.stderr
    assert kgen("verify").returncode == 1
