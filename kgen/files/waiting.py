"""Waiting for another run that writes to the same folder, with a time limit."""

from __future__ import annotations

import errno
import os
import time

# Seconds. A run locks a folder only while it writes its files.
LIMIT = 60.0


def lock(descriptor: int, folder: str) -> None:
    """Lock an open folder once no other process has it locked. Raises OSError after LIMIT."""
    import fcntl

    limit = time.monotonic() + LIMIT
    pause = 0.005
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        except BlockingIOError:
            if time.monotonic() > limit:
                raise OSError(errno.ETIMEDOUT, _way_out(descriptor, folder), folder) from None
            time.sleep(pause)
            pause = min(2 * pause, 0.1)


def _way_out(descriptor: int, folder: str) -> str:
    holder = _holder(descriptor)
    process = "another process" if holder is None else f"process {holder}"
    return f"{process} has had {folder} locked for {LIMIT:.0f} seconds; end it, or wait for it"


def _holder(descriptor: int) -> int | None:
    """The process that has locked an open folder; None if the system does not show it."""
    status = os.fstat(descriptor)
    device = f"{os.major(status.st_dev):02x}:{os.minor(status.st_dev):02x}"
    try:
        with open("/proc/locks", encoding="ascii") as stream:
            lines = [line.split() for line in stream]
    except OSError:
        return None
    for words in lines:
        # 1: FLOCK  ADVISORY  WRITE 4242 fe:00:262145 0 EOF
        if words[1:2] == ["FLOCK"] and words[5:6] == [f"{device}:{status.st_ino}"]:
            return int(words[4])
    return None
