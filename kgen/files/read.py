"""Reads files: regular files only, text in UTF-8 only."""

from __future__ import annotations

import os
import stat

from kgen.model.places import File, Place
from kgen.model.problems import KgenError, Problem, os_reason

NONBLOCK = getattr(os, "O_NONBLOCK", 0)

# Bytes of one file. The Kconfig files of all of QEMU together are a hundredth of it.
LIMIT = 64 << 20


class Outside(OSError):
    """A file that is not in the folders that may be read."""

    def __init__(self, path: str) -> None:
        super().__init__(1, "outside the tree", path)


class Within:
    """Some folders, and what is really in them: a link that leads out of them does not count."""

    def __init__(self, *folders: str) -> None:
        self._folders = [os.path.join(os.path.realpath(folder), "") for folder in folders]
        self._real: dict[str, str] = {}

    def add_beside(self, path: str) -> None:
        """A file that the user named, wherever it is, and what is in its folder."""
        path = os.path.abspath(path)
        link = not any(os.path.join(path, "").startswith(folder) for folder in self._folders)
        for name in (path, os.path.realpath(path)) if link else (path,):
            self._folders.append(os.path.join(os.path.realpath(os.path.dirname(name)), ""))

    def check(self, path: str) -> None:
        """Raise Outside for a file that is in none of the folders."""
        # Files share few folders, and to follow a whole path takes a while.
        folder, _, name = path.rpartition(os.sep)
        above = self._real.get(folder)
        if above is None:
            above = self._real[folder] = self._followed(folder)
        if not self._below(above, name).startswith(tuple(self._folders)):
            raise Outside(path)

    def _followed(self, folder: str) -> str:
        """What a folder leads to; if the one above it is known, only its own name is followed."""
        outer, _, name = folder.rpartition(os.sep)
        above = self._real.get(outer)
        return os.path.realpath(folder) if above is None else self._below(above, name)

    def _below(self, above: str, name: str) -> str:
        """What a name in a folder, which is no link, leads to."""
        path = f"{above}{os.sep}{name}"
        if name in ("", ".", "..") or os.path.islink(path):
            return os.path.realpath(path)
        return path


class NotText(Exception):
    """A file that is not UTF-8; line and column (both from 1) of its first bad byte."""

    def __init__(self, line: int, column: int) -> None:
        super().__init__("not valid UTF-8")
        self.line = line
        self.column = column


def read_bytes(path: str, limit: int = LIMIT) -> bytes:
    """A regular file's content.

    Raises OSError, also for a file of more bytes than the limit, and for anything that is not
    a regular file: a pipe or a device may never end.
    """
    if "\0" in path:
        raise OSError(22, "A name cannot hold a NUL character", path)
    # O_NONBLOCK: opening a pipe without a writer would block. The direct calls take half the time
    # of a file object, and a tree has a hundred files.
    descriptor = os.open(path, os.O_RDONLY | NONBLOCK)
    try:
        status = os.fstat(descriptor)
        if stat.S_ISDIR(status.st_mode):
            raise IsADirectoryError(21, "Is a directory", path)
        if not stat.S_ISREG(status.st_mode):
            raise OSError(22, "Not a regular file", path)
        size = status.st_size
        if size <= limit:
            data = os.read(descriptor, size + 1)
            if len(data) > size:  # it grows at this moment, or does not tell its size
                data += _rest(descriptor, limit - size)
                size = len(data)
        if size > limit:
            reason = f"It has {size:,} bytes, and kgen reads no file of more than {limit:,}"
            raise OSError(27, reason, path)
    finally:
        os.close(descriptor)
    return data


def _rest(descriptor: int, most: int) -> bytes:
    """What follows in a file, up to a little more than so many bytes."""
    parts = []
    while most >= 0 and (part := os.read(descriptor, 1 << 20)):
        parts.append(part)
        most -= len(part)
    return b"".join(parts)


def read_text(path: str, limit: int = LIMIT) -> str:
    """A regular file's text, with `\\r\\n` and `\\r` read as new lines as Python's text mode does.

    Raises OSError as read_bytes does, and NotText.
    """
    return decoded(read_bytes(path, limit))


def read_stream(path: str, limit: int = LIMIT) -> str:
    """The text of a pipe or device that the user named, up to its end; waits for its writer.

    Raises OSError, also for more bytes than the limit, and NotText.
    """
    descriptor = os.open(path, os.O_RDONLY)
    try:
        data = _rest(descriptor, limit)
    finally:
        os.close(descriptor)
    if len(data) > limit:
        reason = f"It has more than {limit:,} bytes, the limit of kgen"
        raise OSError(27, reason, path)
    return decoded(data)


def decoded(data: bytes) -> str:
    """The text that bytes are, as read_text gives it; raises NotText."""
    text = exact_text(data)
    return _new_lines(text) if "\r" in text else text


def exact_text(data: bytes) -> str:
    """The text that bytes are, with its line ends as they are; raises NotText."""
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        before = _new_lines(data[: error.start].decode("utf-8"))
        column = len(before) - before.rfind("\n")
        raise NotText(before.count("\n") + 1, column) from None


def _new_lines(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


def read_input(path: str, shown: str) -> str:
    """read_text for a file that the user named: errors become a KgenError about `shown`."""
    return _new_lines(_input(path, shown))


def read_exactly(path: str) -> str:
    """read_input for a file that is to be changed: with its line ends as they are."""
    return _input(path, path)


def _input(path: str, shown: str) -> str:
    try:
        return exact_text(read_bytes(path))
    except OSError as error:
        raise KgenError(Problem(f"cannot read {shown}: {os_reason(error)}", code="KG104")) from None
    except NotText as error:
        place = Place(File(shown, outside=True), error.line, error.column)
        raise KgenError(Problem("not valid UTF-8", place, code="KG103")) from None
