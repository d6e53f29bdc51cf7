"""Real builds: QEMU's own configure and Meson are run, and kgen says what they passed.

QEMU_TREE is a release of QEMU, or another tree with its C sources and subprojects. QEMU_CONFIGURE
has more options for its configure: `--meson=PATH` for QEMU up to 7.2, for example. Nothing is
compiled; configure needs a compiler, ninja, pkg-config and the headers of glib.
"""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest
from running import run_kgen

from kgen.commands.host.passed import passed
from kgen.files.tree import open_tree
from kgen.targets.build_folder import read_build

TREE = Path(os.environ.get("QEMU_TREE", ""))

pytestmark = pytest.mark.skipif(
    not os.environ.get("QEMU_TREE") or not (TREE / "configure").is_file(),
    reason="needs a whole QEMU tree in QEMU_TREE",
)

OPTIONS = (
    "--target-list=x86_64-softmmu,arm-softmmu,s390x-softmmu",
    "--without-default-devices --target-list=x86_64-softmmu,riscv64-softmmu",
    "--disable-tcg --enable-kvm --target-list=x86_64-softmmu,i386-softmmu",
    "--disable-tpm --disable-vhost-user --disable-virtfs --target-list=x86_64-softmmu",
)


@pytest.fixture(params=OPTIONS)
def build(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[Path, list[str]]:
    """A configured build folder, and the options that it was configured with."""
    folder = tmp_path / "build"
    folder.mkdir()
    words = [*shlex.split(request.param), *shlex.split(os.environ.get("QEMU_CONFIGURE", ""))]
    command = [str(TREE.resolve() / "configure"), "--disable-docs", *words]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        pytest.skip(f"configure of {TREE} fails here: {(done.stdout + done.stderr)[-300:]}")
    return folder, ["--disable-docs", *words]


def _same_bytes(folder: Path, out: Path) -> None:
    words = ["generate", "--from-build", str(folder), "-o", str(out), "--output", "mak"]
    done = run_kgen(words, folder)
    assert done.returncode == 0, done.stderr
    made = sorted(out.glob("*-config-devices.mak"))
    assert [path.name for path in made] == sorted(
        path.name for path in folder.glob("*-config-devices.mak")
    )
    for path in made:
        assert path.read_bytes() == (folder / path.name).read_bytes(), path.name


def test_each_target_is_the_same_byte_for_byte(
    build: tuple[Path, list[str]], tmp_path: Path
) -> None:
    folder, _ = build
    _same_bytes(folder, tmp_path / "out")
    shutil.rmtree(folder / "meson-logs")
    _same_bytes(folder, tmp_path / "without-log")


def test_kgen_host_says_what_was_passed(build: tuple[Path, list[str]]) -> None:
    folder, words = build
    real = read_build(str(folder))
    found = {one.target: one for one in passed(open_tree(real.source), words, "x86_64", ())}
    assert found.keys() == {one.name for one in real.built}
    for one in real.built:
        said = found[one.name]
        assert (said.mode, said.devices) == (one.mode, one.devices)
        passed_ = {*one.host, *(name.upper() for name in one.accelerators)}
        sure = {*said.host, *(name.upper() for name in said.accelerators)}
        assert sure <= passed_ <= sure | {symbol for symbol, _ in said.open_}
