"""Outputs that are not regular files: links are followed, pipes and devices are written to."""

from __future__ import annotations

import errno
import os
import re
import stat
import sys
import time

from kgen.files.read import NONBLOCK

# Seconds to wait until a process opens a named pipe for reading.
READER = 10.0

# The folders of a process's open files. Their entries look like links, but the path that such a
# link shows may belong to another file or to no file.
_OPEN_FILES = re.compile(r"/proc/(\d+)(?:/task/\d+)?/fd|/dev/fd")


def place(path: str) -> str | None:
    """The path of the file to replace; None if the output must be written to instead.

    The result is the path itself or the target of the link, which need not exist yet. Raises
    OSError for a folder, a socket, a block device or a cycle of links.
    """
    try:
        os.stat(path)  # the system refuses cycles, and links of other users in shared folders
    except FileNotFoundError:
        pass
    current = path
    for _ in range(64):
        if _open_file(current) is not None:
            return None
        try:
            mode = os.lstat(current).st_mode
        except FileNotFoundError:
            return current
        if stat.S_ISLNK(mode):
            current = os.path.join(os.path.dirname(current), os.readlink(current))
        elif stat.S_ISREG(mode):
            return current
        elif stat.S_ISDIR(mode):
            raise IsADirectoryError(errno.EISDIR, "Is a directory", path)
        elif stat.S_ISSOCK(mode) or stat.S_ISBLK(mode):
            kind = "socket" if stat.S_ISSOCK(mode) else "block device"
            raise OSError(errno.EINVAL, f"It is a {kind}", path)
        else:
            return None
    raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), path)


def _open_file(path: str) -> tuple[int | None, int] | None:
    """The process (None: this one) and the number of an open file, if a path names one."""
    folder, name = os.path.split(path)
    if not name.isdecimal():
        return None
    match = _OPEN_FILES.fullmatch(os.path.realpath(folder))
    if match is None:
        return None
    process = None if match[1] is None or int(match[1]) == os.getpid() else int(match[1])
    return process, int(name)


def opened(path: str) -> int:
    """A descriptor to write to an open file, a pipe or a device. Raises OSError."""
    while os.path.islink(path) and (found := _open_file(path)) is None:
        path = os.path.join(os.path.dirname(path), os.readlink(path))
    found = _open_file(path)
    if found is not None and found[0] is None:
        # A duplicate shares the file position. To open the path again would overwrite a file to
        # which this process's output is redirected.
        for stream in (sys.stdout, sys.stderr):
            if stream is not None:
                stream.flush()
        return os.dup(found[1])
    append = os.O_WRONLY | os.O_APPEND | getattr(os, "O_NOCTTY", 0)
    if not stat.S_ISFIFO(os.stat(path).st_mode):
        return os.open(path, append)
    limit = time.monotonic() + READER
    while True:
        try:
            descriptor = os.open(path, os.O_WRONLY | NONBLOCK)
        except OSError as error:
            if error.errno != errno.ENXIO:
                raise
            if time.monotonic() > limit:
                raise OSError(errno.ENXIO, "No process reads this pipe", path) from None
            time.sleep(0.02)
        else:
            os.set_blocking(descriptor, True)
            return descriptor
