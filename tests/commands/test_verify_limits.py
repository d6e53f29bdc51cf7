"""`kgen verify` and a tree's program that hangs, floods, or leaves processes behind."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from threading import Thread

import pytest
from processes import ended, environment
from running import Run, write_tree

from kgen.commands.verify import program as tree_program

TREE = {
    "Kconfig": "config BUS\n    bool\n",
    "configs/targets/arm-softmmu.mak": "TARGET_ARCH=arm\n",
    "configs/devices/arm-softmmu/default.mak": "CONFIG_BUS=y\n",
}
# What agrees with kgen; each program below does this and something else.
RIGHT = """\
import os, subprocess, sys, time
mode, output, depfile, *inputs = sys.argv[1:]
printed = "CONFIG_BUS=y\\n"
open(depfile, "w").write("".join(f"{output}: {os.getcwd()}/{name}\\n" for name in inputs))
"""


def tree_with(folder: Path, program: str) -> Path:
    return write_tree(folder / "tree", {**TREE, "scripts/minikconf.py": RIGHT + program})


def verify(kgen: Run, tree: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return kgen("verify", "--tree", str(tree), *words)


def test_a_program_that_agrees(kgen: Run, tmp_path: Path) -> None:
    done = verify(kgen, tree_with(tmp_path, "print(printed, end='')"))
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.endswith("3 configurations, 0 different\n")


@pytest.mark.parametrize(
    "program",
    [
        "time.sleep(60)",
        "sys.stdout.close(); os.close(1); time.sleep(60)",
        "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(60)",
        "print(printed, end='', flush=True); time.sleep(60)",
    ],
    ids=["silent", "closed", "stubborn", "after the output"],
)
def test_a_program_that_hangs(program: str, kgen: Run, tmp_path: Path) -> None:
    tree = tree_with(tmp_path, f"open({str(tmp_path / 'pid')!r}, 'w').write(str(os.getpid()))\n")
    (tree / "scripts" / "minikconf.py").write_text(
        (tree / "scripts" / "minikconf.py").read_text() + program
    )
    start = time.monotonic()
    done = verify(kgen, tree, "--timeout", "1")
    assert time.monotonic() - start < 30
    assert (done.returncode, done.stderr) == (1, "")
    assert "3 configurations, 0 different, 3 timed out\n" in done.stdout
    assert "    scripts/minikconf.py did not end within 1 s\n" in done.stdout
    assert ended((tmp_path / "pid").read_text())
    data = json.loads(verify(kgen, tree, "--timeout=1", "--format", "json").stdout)
    assert [item["verdict"] for item in data["different"]] == ["timed out"] * 3


def test_a_program_that_floods(kgen: Run, tmp_path: Path) -> None:
    """Two gigabytes are neither held nor waited for."""
    tree = tree_with(tmp_path, "for _ in range(2048): sys.stdout.write('x' * (1 << 20))")
    start = time.monotonic()
    done = verify(kgen, tree)
    assert time.monotonic() - start < 30
    assert (done.returncode, done.stderr) == (1, "")
    assert "3 configurations, 0 different, 3 with too much output\n" in done.stdout
    assert "    scripts/minikconf.py printed more than 16 MiB\n" in done.stdout


def test_a_depfile_that_is_too_large_or_none(kgen: Run, tmp_path: Path) -> None:
    for program in ("os.truncate(depfile, 1 << 43)", "os.unlink(depfile); os.mkfifo(depfile)"):
        done = verify(kgen, tree_with(tmp_path, program + "; print(printed, end='')"))
        assert (done.returncode, done.stderr) == (1, "")
        assert "the depfile of scripts/minikconf.py cannot be read" in done.stdout


def test_a_child_that_keeps_the_output_open(kgen: Run, tmp_path: Path) -> None:
    mark = tmp_path / "pid"
    program = (
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'])\n"
        f"open({str(mark)!r}, 'w').write(str(child.pid))\n"
        "print(printed, end='')"
    )
    start = time.monotonic()
    done = verify(kgen, tree_with(tmp_path, program))
    assert time.monotonic() - start < 30
    assert (done.returncode, done.stderr) == (0, "")
    assert ended(mark.read_text()), "the whole process group is killed"


def test_output_that_is_not_text(kgen: Run, tmp_path: Path) -> None:
    """Neither a traceback nor bytes that a terminal would obey."""
    program = "sys.stdout.buffer.write(b'\\xff\\x1b[2Jowned\\x9b\\n' + printed.encode())"
    tree = tree_with(tmp_path, program)
    done = verify(kgen, tree)
    assert (done.returncode, done.stderr) == (1, "")
    assert "    - \\udcff\\x1b[2Jowned\\udc9b\n" in done.stdout
    data = json.loads(verify(kgen, tree, "--format", "json").stdout)
    assert data["different"][0]["lines"] == ["- \udcff\x1b[2Jowned\udc9b"]


def test_other_line_ends_are_a_difference(kgen: Run, tmp_path: Path) -> None:
    done = verify(kgen, tree_with(tmp_path, "print('CONFIG_BUS=y', end='\\r\\n')"))
    assert done.returncode == 1
    assert "with other line ends" in done.stdout


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_the_program_too(number: int, tmp_path: Path) -> None:
    mark = tmp_path / "pid"
    program = f"open({str(mark)!r}, 'w').write(str(os.getpid())); time.sleep(60)"
    folder = tmp_path / "temporary"
    folder.mkdir()
    tree = tree_with(tmp_path, program)
    with subprocess.Popen(
        [sys.executable, "-m", "kgen", "verify", "--tree", str(tree)],
        cwd=tmp_path,
        env=environment(TMPDIR=str(folder)),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        deadline = time.monotonic() + 30
        while not (mark.exists() and mark.read_text()) and time.monotonic() < deadline:
            time.sleep(0.02)
        begin = time.monotonic()
        os.kill(process.pid, number)
        assert process.communicate() == ("", "interrupted\n")
    assert process.returncode == 1
    assert time.monotonic() - begin < 10
    assert ended(mark.read_text())
    assert not list(folder.iterdir())


def test_runs_are_cancelled_in_threads_that_no_pool_knows(tmp_path: Path) -> None:
    mark = tmp_path / "pid"
    command = ["/bin/sh", "-c", f"echo $$ >{mark}; sleep 60"]
    runs = tree_program.Runs()
    stopped = []

    def ask() -> None:
        stopped.append(tree_program.run(command, "/", 60, runs).stopped)

    thread = Thread(target=ask)
    thread.start()
    deadline = time.monotonic() + 30
    while not (mark.exists() and mark.read_text()) and time.monotonic() < deadline:
        time.sleep(0.02)
    runs.cancel()
    assert ended(mark.read_text(), 0)
    thread.join()
    mark.unlink()
    ask()
    assert stopped == [tree_program.CANCELLED] * 2
    assert not mark.exists(), "nothing starts after the end"
