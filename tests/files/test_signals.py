"""Signals at any moment: one line, no traceback; and none where they are to be ignored."""

from __future__ import annotations

import functools
import random
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from processes import environment, leave, words, write_every_tree

KGEN = [sys.executable, "-m", "kgen"]
# Start-up, loading and writing; the solver; the drop-in.
LINES = {
    "generate": [*KGEN, "generate", "-o", "out"],
    "lint": [*KGEN, "lint"],
    "enable": [*KGEN, "enable", "VIRTIO_RNG", "-t", "e2k"],
    "minikconf": words("minikconf"),
}


def ignore(number: int) -> Callable[[], object]:
    return functools.partial(signal.signal, number, signal.SIG_IGN)


def start(
    command: list[str], folder: Path, before: Callable[[], object] | None = None
) -> subprocess.Popen[str]:
    return subprocess.Popen(
        command,
        cwd=folder,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=before,
    )


@functools.cache
def length(name: str, folder: Path) -> float:
    """How long a line takes."""
    begin = time.monotonic()
    start(LINES[name], folder).communicate()
    return time.monotonic() - begin


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_every_tree(tmp_path_factory.mktemp("signals"))


def in_kgen(stderr: str) -> bool:
    """Whether a traceback is from after kgen's first line ran. Before that Python is at work."""
    return "in run\n" in stderr or "in minikconf\n" in stderr


@pytest.mark.parametrize("name", LINES)
def test_interrupts_at_random_moments(name: str, folder: Path) -> None:
    """A hundred in all. Every second one comes twice, as from somebody who is impatient."""
    dice = random.Random()
    for number in range(25):
        process = start(LINES[name], folder)
        time.sleep(dice.uniform(0, 1.1 * length(name, folder)))
        process.send_signal(signal.SIGINT)
        if number % 2:
            time.sleep(dice.uniform(0, 0.01))
            process.send_signal(signal.SIGINT)
        stdout, stderr = process.communicate()
        assert process.returncode in (0, 1, -signal.SIGINT), process.returncode
        if process.returncode == -signal.SIGINT or re.search("Traceback|Fatal Python", stderr):
            # Python's own start was interrupted; in a callback, it says so and goes on.
            assert not in_kgen(stderr), stderr
            assert stdout == "" or "Exception ignored" in stderr, (process.returncode, stderr)
            continue
        if "interrupted" in stderr:
            assert process.returncode == 1
            assert stderr.splitlines()[-1:] == ["interrupted"], stderr
            assert stderr.count("interrupted") == 1
        else:
            assert stderr.strip() == "", stderr
            assert stdout != ""
        assert not list((folder / "out").glob(".kgen-*"))


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
@pytest.mark.parametrize("name", ["generate", "enable"])
def test_termination_at_random_moments(name: str, number: int, folder: Path) -> None:
    dice = random.Random()
    for _ in range(8):
        process = start(LINES[name], folder)
        time.sleep(dice.uniform(0, 1.1 * length(name, folder)))
        process.send_signal(number)
        _, stderr = process.communicate()
        assert process.returncode in (-number, 0, 1)
        assert stderr == ("interrupted\n" if process.returncode == 1 else "")
        assert not list((folder / "out").glob(".kgen-*"))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
@pytest.mark.parametrize("name", LINES)
def test_a_signal_that_is_ignored_stays_ignored(name: str, number: int, folder: Path) -> None:
    """As nohup has it for SIGHUP, and a shell for a command in the background for SIGINT."""
    process = start(LINES[name], folder, ignore(number))
    while process.poll() is None:
        process.send_signal(number)
        time.sleep(0.002)
    _, stderr = process.communicate()
    assert process.returncode >= 0
    assert "interrupted" not in stderr


INTERRUPT = "os.kill(os.getpid(), signal.SIGINT)"


@pytest.mark.parametrize(
    "action",
    [
        INTERRUPT,
        f"try:\n    {INTERRUPT}\nexcept BaseException:\n    raise ImportError('half loaded')",
        f"try:\n    {INTERRUPT}\nfinally:\n    {INTERRUPT}\n    1 / 0",
        f"class A:\n    def __del__(self): {INTERRUPT}\nA()\nreturn 0",
        f"for _ in range(3):\n    try:\n        {INTERRUPT}\n    except BaseException: pass",
        f"print('x'); {INTERRUPT}",
        "raise KeyboardInterrupt",
    ],
    ids=["plain", "converted", "twice", "lost", "swallowed", "printing", "of a library"],
)
@pytest.mark.parametrize("cleans_up", [False, True])
def test_no_interrupt_is_lost(action: str, cleans_up: bool) -> None:
    """Whatever a library makes of the exception, where there is one."""
    if cleans_up:
        indented = "".join(f"    {line}\n" for line in action.splitlines())
        action = "from kgen.files.process import clean_up_on_termination\n"
        action += f"with clean_up_on_termination():\n{indented}"
    done = leave(action)
    assert (done.returncode, done.stdout, done.stderr) == (1, "", "interrupted\n")


def test_click_says_interrupted_too(folder: Path) -> None:
    """A command line that click reads, with an exception that click has words for."""
    code = (
        "import sys; sys.argv = ['kgen', 'targets', '-te2k']\n"
        "import kgen.commands.targets.command as c, kgen.__main__ as m\n"
        "def run(arguments): raise KeyboardInterrupt\n"
        "c.run = run; m.run()"
    )
    done = start([sys.executable, "-c", code], folder)
    assert done.communicate() == ("", "interrupted\n")
    assert done.returncode == 1
