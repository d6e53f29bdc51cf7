"""Packs: many objects in one file, most of them stored as a delta to another object.

No number in a pack or its index is trusted. A size is checked before memory of that size is
allocated, and an object is not unpacked beyond the size in its header.
"""

from __future__ import annotations

import os
import zlib
from bisect import bisect_left
from collections.abc import Callable

from kgen.files.git.repository import LIMIT, opened, unreadable

KINDS = {1: "commit", 2: "tree", 3: "blob", 4: "tag"}
_FROM_OFFSET, _FROM_NAME = 6, 7
# The chains of git have at most 50 deltas by default, and never more than 4095.
_LONGEST_CHAIN = 4096
# The size of the cache of unpacked objects: the next object is often a delta to one of them.
_KEPT = 16 << 20
_OPEN_AT_MOST = 64


class Corrupt(Exception):
    """Stored data is invalid."""


class TooBig(Exception):
    """An object has more than LIMIT bytes, or its delta chain makes far more than that."""


class _Descriptors:
    """Files that are open for reading at an offset. If there are too many, the oldest is closed."""

    def __init__(self) -> None:
        self._open: dict[str, tuple[int, int]] = {}

    def size(self, path: str) -> int:
        """The size of a file. Raises FileNotFoundError and Unreadable."""
        return self._of(path)[1]

    def read(self, path: str, size: int, at: int) -> bytes:
        """Up to size bytes at an offset. With mmap, a file that shrinks would kill the process.

        Raises FileNotFoundError and Unreadable.
        """
        descriptor, _ = self._of(path)
        try:
            return os.pread(descriptor, size, at)
        except OSError as error:
            raise unreadable(path, error) from None

    def _of(self, path: str) -> tuple[int, int]:
        known = self._open.get(path)
        if known is None:
            if len(self._open) >= _OPEN_AT_MOST:
                os.close(self._open.pop(next(iter(self._open)))[0])
            try:
                known = self._open[path] = opened(path)
            except FileNotFoundError:
                raise
            except OSError as error:
                raise unreadable(path, error) from None
        return known


class Packs:
    """All packs in the `objects` folder of a repository."""

    def __init__(self, folder: str, width: int) -> None:
        self._folder = os.path.join(folder, "pack")
        self._width = width
        self._files = _Descriptors()
        self._packs: dict[str, _Pack] = {}
        self.look_again()

    def look_again(self) -> bool:
        """Update the list of packs; return whether there is a new one."""
        try:
            names = os.listdir(self._folder)
        except OSError:
            names = []
        stems = sorted(name[:-4] for name in names if name.endswith(".idx"))
        before = self._packs
        self._packs = {
            stem: before.get(stem)
            or _Pack(os.path.join(self._folder, stem), self._width, self._files)
            for stem in stems
            if f"{stem}.pack" in names
        }
        return not self._packs.keys() <= before.keys()

    def read(self, name: bytes) -> tuple[str, bytes] | None:
        """The kind and the content of an object; None if no pack has it.

        Raises Corrupt, TooBig and Unreadable.
        """
        for pack in self._packs.values():
            try:
                offset = pack.offset(name)
                if offset is not None:
                    return pack.read(offset)
            except FileNotFoundError:  # git has repacked in the meantime
                continue
        return None

    def beginning(self, start: str) -> set[str]:
        """The names of all objects that begin with `start`, which has at least two hex digits.

        Raises Corrupt and Unreadable.
        """
        found: set[str] = set()
        for pack in self._packs.values():
            try:
                names = pack.names(int(start[:2], 16))
            except FileNotFoundError:  # git has repacked in the meantime
                continue
            found.update(name for name in names if name.startswith(start))
        return found


class _Pack:
    """One pack with its index."""

    def __init__(self, stem: str, width: int, files: _Descriptors) -> None:
        self.path = f"{stem}.pack"
        self._index = f"{stem}.idx"
        self._width = width
        self._files = files
        self._fan: list[int] = []
        self._first_version = False
        self._kept: dict[int, tuple[str, bytes]] = {}
        self._kept_size = 0

    def offset(self, name: bytes) -> int | None:
        """The offset of an object in the pack; None if the pack does not have it."""
        low, high = self._range(name[0])
        step, data = self._rows(low, high)
        row = bisect_left(
            range(high - low),
            name,
            key=lambda i: data[(i + 1) * step - self._width : (i + 1) * step],
        )
        if data[(row + 1) * step - self._width : (row + 1) * step] != name:
            return None
        if self._first_version:
            return int.from_bytes(data[row * step : row * step + 4], "big")
        return self._offset_of(low + row)

    def names(self, first: int) -> list[str]:
        """The names of all objects that begin with this byte."""
        low, high = self._range(first)
        step, data = self._rows(low, high)
        ends = range(step, (high - low) * step + 1, step)
        return [data[end - self._width : end].hex() for end in ends]

    def read(self, offset: int) -> tuple[str, bytes]:
        """The kind and the content of the object at an offset."""
        chain: list[tuple[int, bytes]] = []
        at = offset
        deltas = 0
        while True:
            if at in self._kept:
                kind, data = self._kept[at]
                break
            number, body, base = self._entry(at)
            if number in KINDS:
                kind, data = KINDS[number], body
                self._keep(at, kind, data)
                break
            chain.append((at, body))
            deltas += len(body)
            if deltas > LIMIT:
                raise TooBig
            if len(chain) > _LONGEST_CHAIN:
                raise Corrupt
            at = base
        work = 0
        while chain:
            at, delta = chain.pop()
            data = patched(data, delta)
            work += len(data)
            if work > 16 * LIMIT:
                raise TooBig
            self._keep(at, kind, data)
        return kind, data

    def _keep(self, at: int, kind: str, data: bytes) -> None:
        if len(data) > _KEPT // 4 or at in self._kept:
            return
        self._kept[at] = kind, data
        self._kept_size += len(data)
        while self._kept_size > _KEPT:
            self._kept_size -= len(self._kept.pop(next(iter(self._kept)))[1])

    def _entry(self, at: int) -> tuple[int, bytes, int]:
        """The entry at an offset: number of its kind, content or delta, offset of its base."""
        head = self._files.read(self.path, 4096, at)
        try:
            number = head[0] >> 4 & 7
            size, used = head[0] & 15, 1
            shift = 4
            while head[used - 1] & 0x80:
                size |= (head[used] & 0x7F) << shift
                shift += 7
                used += 1
            base = 0
            if number == _FROM_OFFSET:
                back, used = offset_number(head, used)
                base = at - back
                if back <= 0 or base <= 0:
                    raise Corrupt
        except IndexError:
            raise Corrupt from None
        if number == _FROM_NAME:
            where = self.offset(head[used : used + self._width])
            if where is None:
                raise Corrupt
            base = where
            used += self._width
        elif number not in KINDS and number != _FROM_OFFSET:
            raise Corrupt
        if size > LIMIT:
            raise TooBig
        place = at + len(head)

        def more() -> bytes:
            nonlocal place
            data = self._files.read(self.path, 1 << 16, place)
            place += len(data)
            return data

        return number, inflated(head[used:], more, size), base

    def _load_fan(self) -> None:
        head = self._files.read(self._index, 8 + 1024, 0)
        self._first_version = head[:4] != b"\377tOc"
        if not self._first_version:
            if head[4:8] != b"\0\0\0\2":
                raise Corrupt
            head = head[8:]
        fan = [int.from_bytes(head[i : i + 4], "big") for i in range(0, 1024, 4)]
        rows = (self._width + (4 if self._first_version else 8)) * fan[-1]
        if sorted(fan) != fan or rows > self._files.size(self._index):
            raise Corrupt
        self._fan = fan

    def _range(self, first: int) -> tuple[int, int]:
        """The first row with this first byte, and the row after the last one."""
        if not self._fan:
            self._load_fan()
        return self._fan[first - 1] if first else 0, self._fan[first]

    def _rows(self, low: int, high: int) -> tuple[int, bytes]:
        """The size of a row, which ends with the name, and the rows from low to high."""
        step = self._width + (4 if self._first_version else 0)
        start = 1024 if self._first_version else 1032
        # Digests are evenly distributed: of a million names, about 4,000 have the same first byte.
        if (high - low) * step > LIMIT:
            raise Corrupt
        data = self._files.read(self._index, (high - low) * step, start + low * step)
        if len(data) != (high - low) * step:
            raise Corrupt
        return step, data

    def _offset_of(self, row: int) -> int:
        count = self._fan[-1]
        offsets = 1032 + count * (self._width + 4)
        data = self._files.read(self._index, 4, offsets + row * 4)
        offset = int.from_bytes(data, "big")
        if offset & 0x80000000:
            place = offsets + count * 4 + (offset & 0x7FFFFFFF) * 8
            data = self._files.read(self._index, 8, place)
            offset = int.from_bytes(data, "big")
        if not data or offset > self._files.size(self.path):
            raise Corrupt
        return offset


def inflated(data: bytes, more: Callable[[], bytes], size: int) -> bytes:
    """The content of a zlib stream, which must have `size` bytes. No more is unpacked."""
    stream = zlib.decompressobj()
    parts = []
    left = size
    try:
        while True:
            part = stream.decompress(data, left + 1)
            left -= len(part)
            if left < 0:
                raise Corrupt
            parts.append(part)
            if stream.eof:
                break
            data = stream.unconsumed_tail or more()
            if not data and not part:
                raise Corrupt
    except zlib.error:
        raise Corrupt from None
    if left:
        raise Corrupt
    return b"".join(parts)


def patched(base: bytes, delta: bytes) -> bytes:
    """The result of a delta: ranges that are copied from its base, and new bytes.

    When a whole tree is read, most of the time is spent here, so the loop is unrolled by hand.
    """
    made = bytearray()
    try:
        source, at = _size(delta, 0)
        size, at = _size(delta, at)
        if source != len(base):
            raise Corrupt
        if size > LIMIT:
            raise TooBig
        left = size
        end = len(delta)
        while at < end:
            op = delta[at]
            at += 1
            if op < 0x80:  # the next `op` bytes are new
                length = op
                piece = delta[at : at + op]
                at += op
            else:  # a range of the base; a bit for each byte of its offset and length
                offset = length = 0
                if op & 0x01:
                    offset = delta[at]
                    at += 1
                if op & 0x02:
                    offset |= delta[at] << 8
                    at += 1
                if op & 0x04:
                    offset |= delta[at] << 16
                    at += 1
                if op & 0x08:
                    offset |= delta[at] << 24
                    at += 1
                if op & 0x10:
                    length = delta[at]
                    at += 1
                if op & 0x20:
                    length |= delta[at] << 8
                    at += 1
                if op & 0x40:
                    length |= delta[at] << 16
                    at += 1
                length = length or 0x10000
                piece = base[offset : offset + length]
            left -= length
            if left < 0 or len(piece) != length or not length:
                raise Corrupt
            made += piece
    except IndexError:
        raise Corrupt from None
    if left:
        raise Corrupt
    return bytes(made)


def _size(data: bytes, at: int) -> tuple[int, int]:
    """A number with the lowest bits first, and the position after it."""
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        shift += 7
        if not byte & 0x80:
            return value, at
        if shift > 63:
            raise Corrupt


def offset_number(data: bytes, at: int) -> tuple[int, int]:
    """A number with the highest bits first, as for offsets, and the position after it."""
    byte = data[at]
    value = byte & 0x7F
    while byte & 0x80:
        at += 1
        byte = data[at]
        value = (value + 1) << 7 | byte & 0x7F
        if value >> 63:
            raise Corrupt
    return value, at + 1
