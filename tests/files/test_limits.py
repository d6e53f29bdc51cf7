"""Files that are too large, and memory that is too small: one message, status 1."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
from processes import LINES, environment, words, write_every_tree
from running import Run

from kgen.files import read

HUGE = 1 << 43  # bytes: 8 TB, all of them a hole


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_every_tree(tmp_path)


def make_huge(path: Path) -> None:
    path.parent.mkdir(exist_ok=True)
    with path.open("wb") as stream:
        try:
            stream.truncate(HUGE)
        except OSError:
            pytest.skip("this file system has no files of that size")


GENERATE = ("generate", "-o", "out", "--tree")
EMPTY = ("--tree", "tree", "-t", "arm")


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("tree/Kconfig", (*GENERATE, "tree")),
        ("tree/hw/Kconfig", (*GENERATE, "tree")),
        ("tree/configs/targets/arm-softmmu.mak", (*GENERATE, "tree")),
        ("tree/configs/devices/arm-softmmu/default.mak", (*GENERATE, "tree")),
        ("targets/a-softmmu.toml", (*GENERATE, "tree", "--targets", "targets")),
        ("x.j2", (*GENERATE, "tree", "--template", "x.j2")),
        ("x.toml", (*GENERATE, "tree", "--sources", "x.toml")),
        ("x.toml", ("audit", *EMPTY, "--policy", "x.toml")),
        ("x.json", ("audit", *EMPTY, "--format", "html", "--diff", "x.json")),
        ("x.json", ("lint", *EMPTY, "--baseline", "x.json")),
        ("x.json", ("diff", "x.json", "tree")),
        ("x.mak", ("migrate", "tree", "tree", "--devices", "x.mak", "-t", "arm")),
        ("x.ini", ("native-file", "--into", "x.ini")),
        ("tree/Kconfig", words("minikconf")[3:]),
        ("out/default.mak", words("minikconf")[3:]),
    ],
)
def test_a_file_that_is_too_large(
    name: str, line: tuple[str, ...], kgen: Run, folder: Path
) -> None:
    make_huge(folder / name)
    done = kgen(*line, KGEN_CACHE="off")
    assert done.returncode == 1, done.stdout
    assert "cannot read " in done.stderr
    assert os.path.basename(name) in done.stderr
    assert "it has 8,796,093,022,208 bytes, and kgen reads no file of more than" in done.stderr
    assert "Traceback" not in done.stderr


def test_the_limit_is_exact(tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_bytes(b"x" * 100)
    assert read.read_bytes(str(path), 100) == b"x" * 100
    with pytest.raises(OSError, match="It has 100 bytes, and kgen reads no file of more than 99"):
        read.read_bytes(str(path), 99)


def test_a_file_that_does_not_tell_its_size() -> None:
    status = "/proc/self/status"
    if not os.path.exists(status):
        pytest.skip("only Linux has such files")
    assert b"Name:" in read.read_bytes(status)
    with pytest.raises(OSError, match="no file of more than 50"):
        read.read_bytes(status, 50)


@pytest.mark.parametrize("command", LINES)
def test_little_memory(command: str, folder: Path) -> None:
    """Whatever is short, a command succeeds or says so; Python itself needs most of this."""
    subprocess.run(words(command), cwd=folder, env=environment(), capture_output=True, check=False)
    for limit in range(20_000, 120_000, 8_000):
        done = subprocess.run(
            ["sh", "-c", f'ulimit -v {limit} || exit 77; exec "$@"', "sh", *words(command)],
            cwd=folder,
            env=environment(KGEN_DEBUG=""),
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
            timeout=300,
        )
        if done.returncode == 77:
            pytest.skip("no limit can be set here")
        if "in run\n" not in done.stderr and "Traceback" in done.stderr:
            continue  # Python's own start
        assert "Traceback" not in done.stderr, (limit, done.stderr)
        assert "bug in kgen" not in done.stderr, (limit, done.stderr)
