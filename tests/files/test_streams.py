"""Standard streams that are closed, full, or closed by the reader: for every command."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
from processes import LINES, environment, words, write_every_tree

COMMANDS = list(LINES)
FULL = Path("/dev/full")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_every_tree(tmp_path)


def run(command: str, redirections: str, folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["sh", "-c", f'exec "$@" {redirections}', "sh", *words(command)],
        cwd=folder,
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
    )


def messages(stderr: str) -> list[str]:
    """What a run writes to stderr, without the speed of a sweep."""
    return [line for line in stderr.splitlines() if "a second" not in line]


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_with_every_stream_that_is_not_usable(command: str, folder: Path) -> None:
    run(command, "", folder)  # the next run finds its output files there
    plain = run(command, "", folder)
    assert plain.stdout
    assert "Traceback" not in plain.stderr

    closed = run(command, ">&-", folder)
    assert (closed.returncode, closed.stdout) == (1, "")
    assert messages(closed.stderr) == [
        *messages(plain.stderr),
        "error: cannot write the output: bad file descriptor",
    ]
    for redirection in ("<&-", "2>&-", "2>/dev/full" if FULL.exists() else "2>/dev/null"):
        same = run(command, redirection, folder)
        assert (same.returncode, same.stdout) == (plain.returncode, plain.stdout), redirection
        if "2" not in redirection:
            assert messages(same.stderr) == messages(plain.stderr)
    none = run(command, "<&- >&- 2>&-", folder)
    assert (none.returncode, none.stdout, none.stderr) == (1, "", "")
    if FULL.exists():
        full = run(command, ">/dev/full", folder)
        assert full.returncode == 1
        assert full.stderr.endswith("error: cannot write the output: no space left on device\n")


@pytest.mark.parametrize("command", COMMANDS)
def test_a_reader_that_closes_the_pipe_is_no_error_to_speak_of(command: str, folder: Path) -> None:
    read, write = os.pipe()
    os.close(read)
    try:
        done = subprocess.run(
            words(command),
            cwd=folder,
            env=environment(),
            stdout=write,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    finally:
        os.close(write)
    assert done.returncode == 1
    assert "error" not in done.stderr
    assert "Traceback" not in done.stderr


def test_a_message_never_goes_to_stdout(folder: Path) -> None:
    failing = ["why", "GONE", "--tree", "tree"]
    start = words("targets")[:3]
    for redirection in ("2>&-", "2>/dev/null"):
        done = subprocess.run(
            ["sh", "-c", f'exec "$@" {redirection}', "sh", *start, *failing],
            cwd=folder,
            env=environment(),
            capture_output=True,
            text=True,
            check=False,
        )
        assert (done.returncode, done.stdout, done.stderr) == (1, "", "")


def test_click_s_words_do_not_go_to_stdout_either(folder: Path) -> None:
    done = run("targets", "--mode nonsense 2>&-", folder)
    assert (done.returncode, done.stdout, done.stderr) == (2, "", "")


def test_a_slow_reader_of_a_pipe_that_does_not_block(folder: Path) -> None:
    """As some terminals and build systems make it: a full pipe is waited for."""
    many = "".join(f"config S{number}\n    bool\n    default y\n" for number in range(9000))
    (folder / "tree" / "Kconfig").write_text(many + "config BUS\n    bool\n")
    read, write = os.pipe()
    os.set_blocking(write, False)
    command = [*words("minikconf")[:-1]]
    with subprocess.Popen(
        command, cwd=folder, env=environment(), stdout=write, stderr=subprocess.PIPE, text=True
    ) as process:
        os.close(write)
        try:
            process.wait(1)
        except subprocess.TimeoutExpired:
            pass
        with os.fdopen(read) as stream:
            printed = stream.read()
        _, stderr = process.communicate()
    assert (process.returncode, stderr) == (0, "")
    assert printed.count("\n") == 9001
