"""Runs the tree's own program, or a binary, with limits on time and output.

The program is not ours and not trusted to end: it may hang, print without end, or leave
processes behind. It runs in a process group of its own, which is killed at the end of every run.
"""

from __future__ import annotations

import os
import select
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from threading import Condition

from kgen.model.record import Record

BYTES = 16 << 20  # of output; no known tree prints a thousandth of it

# The time after which a run notices that it is cancelled, or that the program has ended while
# another process keeps its output open.
_SECONDS = 0.1

TIMED_OUT = "timed out"
TOO_MUCH = "too much output"
CANCELLED = "cancelled"


class Run(Record):
    """status: the exit status, negative for a signal. stopped: why the run was cut short, "" if it
    was not."""

    output: bytes
    status: int
    stopped: str = ""


class Runs:
    """Runs that are cancelled together, in whatever threads they are.

    An interrupt can be raised after a pool has started a thread and before the pool has noted it.
    Nobody would wait for that thread, so the runs are counted here.
    """

    def __init__(self) -> None:
        self.cancelled = False
        self._ended = Condition()
        self._count = 0

    @contextmanager
    def one(self) -> Iterator[None]:
        """A run from its start to its end."""
        with self._ended:
            self._count += 1
        try:
            yield
        finally:
            with self._ended:
                self._count -= 1
                self._ended.notify_all()

    def cancel(self) -> None:
        """Let every run end, and wait until none is left; one that begins later starts nothing."""
        with self._ended:
            self.cancelled = True
            self._ended.wait_for(lambda: not self._count)


def run(
    command: Sequence[str],
    folder: str,
    seconds: float,
    runs: Runs,
    written: bytes = b"",
    environment: Mapping[str, str] | None = None,
    errors: bool = False,
    until: bytes = b"",
) -> Run:
    """Run a program in a folder.

    written: what it reads from stdin, at most a pipe's 4 KiB; after that its stdin has no end, as
    at a terminal. environment: its whole environment; None for ours. errors: the output has what it
    writes to stderr, too. until: the run is over when the output has this; b"" for the end of the
    program. Raises OSError if it cannot be started.
    """
    with runs.one():
        if runs.cancelled:
            return Run(b"", 0, CANCELLED)
        return _run(command, folder, seconds, runs, written, environment, errors, until)


def _run(
    command: Sequence[str],
    folder: str,
    seconds: float,
    runs: Runs,
    written: bytes,
    environment: Mapping[str, str] | None,
    errors: bool,
    until: bytes,
) -> Run:
    asking, answering = os.pipe()
    try:
        os.write(answering, written)
        process = subprocess.Popen(
            command,
            cwd=folder,
            env=environment,
            stdin=asking if written else subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT if errors else subprocess.DEVNULL,
            start_new_session=True,
        )
        deadline = time.monotonic() + seconds
        try:
            output, stopped = _read(process, deadline, runs, until)
            if not stopped and not (until and until in output):
                stopped = _wait(process, deadline, runs)
        finally:
            _kill(process)
    finally:
        os.close(asking)
        os.close(answering)
    return Run(output, process.wait(), stopped)


def _read(
    process: subprocess.Popen[bytes], deadline: float, runs: Runs, until: bytes
) -> tuple[bytes, str]:
    """The output, up to the part with `until`; and why reading stopped before that, "" if not."""
    assert process.stdout is not None
    descriptor = process.stdout.fileno()
    waiting = select.poll()
    waiting.register(descriptor, select.POLLIN)
    parts: list[bytes] = []
    end = b""
    size = 0
    with process.stdout:
        while not (stopped := _reason_to_stop(deadline, runs)):
            left = max(deadline - time.monotonic(), 0)
            if not waiting.poll(1000 * min(left, _SECONDS)):
                if _has_ended(process):
                    break
                continue
            part = os.read(descriptor, 1 << 16)
            if not part:
                break
            parts.append(part)
            size += len(part)
            if size > BYTES:
                return b"", TOO_MUCH
            if until:
                end = end[-len(until) :] + part
                if until in end:
                    break
    return b"".join(parts), stopped


def _wait(process: subprocess.Popen[bytes], deadline: float, runs: Runs) -> str:
    """Wait for the end of a program that has closed its output; why waiting stopped, or ""."""
    pause = 0.0005
    while not _has_ended(process):
        stopped = _reason_to_stop(deadline, runs)
        if stopped:
            return stopped
        time.sleep(pause)
        pause = min(2 * pause, _SECONDS)
    return ""


def _reason_to_stop(deadline: float, runs: Runs) -> str:
    if runs.cancelled:
        return CANCELLED
    return TIMED_OUT if time.monotonic() > deadline else ""


def _has_ended(process: subprocess.Popen[bytes]) -> bool:
    """Whether the program has ended. It stays a zombie, so that its process group exists."""
    if not hasattr(os, "waitid"):
        return process.poll() is not None
    flags = os.WEXITED | os.WNOHANG | os.WNOWAIT
    return os.waitid(os.P_PID, process.pid, flags) is not None


def _kill(process: subprocess.Popen[bytes]) -> None:
    """Kill the remaining processes of the program's process group."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except OSError:  # no process remains
        pass
