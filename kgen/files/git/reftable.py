"""Reftables: a binary format for references, in git since 2.45 and the default from 3.0 on.

A table has blocks of sorted references, each stored as the difference from the previous one. The
format has indexes to find one of them fast. kgen does not use them: it needs one or two of a few
thousand references, and reads all.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator

from kgen.files.git.packs import Corrupt, offset_number
from kgen.files.git.repository import LIMIT, Repository, Unreadable, content

# The limit of git is the length of a path. Without one, a name could grow with every record.
_LONGEST_NAME = 1 << 12
_DELETED, _VALUE, _PEELED, _SYMBOLIC = range(4)


def references(folder: str, repository: Repository) -> dict[str, str]:
    """The values of all references in a folder of tables, by name. Raises Unreadable.

    A value is the name of an object, or `ref: NAME`.
    """
    found: dict[str, str] = {}
    size = 0
    names = (content(os.path.join(folder, "tables.list")) or b"").decode("ascii", "replace")
    for name in names.splitlines():
        if not re.fullmatch(r"[0-9A-Za-z_-]+\.ref", name):
            raise Unreadable(
                f"{folder} lists a table with the invalid name {name!r}",
                "check the repository with `git fsck`",
            )
        data = content(os.path.join(folder, name))
        if data is None:
            raise Unreadable(
                f"{os.path.join(folder, name)} is missing",
                "try again; git may be changing the repository",
            )
        try:
            for key, value in _table(data, repository.width):
                size += len(key) + len(value)
                if size > 2 * LIMIT:
                    raise Unreadable(
                        f"{folder} has too many references", "a new clone may have fewer"
                    )
                if value:
                    found[key] = value
                else:
                    found.pop(key, None)
        except (Corrupt, IndexError):
            raise Unreadable(
                f"{os.path.join(folder, name)} is corrupt", "check the repository with `git fsck`"
            ) from None
    return found


def _table(data: bytes, width: int) -> Iterator[tuple[str, str]]:
    if data[:4] != b"REFT" or data[4] not in (1, 2):
        raise Corrupt
    head = 24 if data[4] == 1 else 28
    if len(data) < 2 * head + 44:
        raise Corrupt
    footer = data[-(head + 44) :]
    block_size = int.from_bytes(data[5:8], "big")
    places = [int.from_bytes(footer[head + i : head + i + 8], "big") for i in range(0, 40, 8)]
    places[1] >>= 5
    end = min([place for place in places if place] + [len(data) - len(footer)])
    start = 0
    while start < end:
        # The size of the first block includes the header of the table.
        at = start + (0 if start else head)
        if at >= end or data[at : at + 1] != b"r":
            break
        length = int.from_bytes(data[at + 1 : at + 4], "big")
        if length < 6 or start + length > end:
            raise Corrupt
        yield from _block(data[at + 4 : start + length], width)
        start = start + block_size if block_size else start + length


def _block(data: bytes, width: int) -> Iterator[tuple[str, str]]:
    """The references of a block. A list of restart offsets, which is not used, ends the block."""
    end = len(data) - 2 - 3 * int.from_bytes(data[-2:], "big")
    at = 0
    before = b""
    while at < end:
        shared, at = offset_number(data, at)
        kind, at = offset_number(data, at)
        length, kind = kind >> 3, kind & 7
        name = before[:shared] + data[at : at + length]
        at += length
        _, at = offset_number(data, at)
        value = ""
        if kind in (_VALUE, _PEELED):
            value = data[at : at + width].hex()
            at += width * kind
        elif kind == _SYMBOLIC:
            length, at = offset_number(data, at)
            value = f"ref: {os.fsdecode(data[at : at + length])}"
            at += length
        elif kind != _DELETED:
            raise Corrupt
        if at > end or len(name) > _LONGEST_NAME:
            raise Corrupt
        yield os.fsdecode(name), value
        before = name
