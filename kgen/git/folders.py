"""Folders as a commit has them: trees, whose entries are files, folders, links and submodules."""

from __future__ import annotations

import os

from kgen.git.objects import WHOLE, Objects
from kgen.git.repository import Unreadable
from kgen.model.record import Record

FILE, FOLDER, LINK, SUBMODULE = "file", "folder", "symbolic link", "submodule"
_KINDS = {0o100000: FILE, 0o040000: FOLDER, 0o120000: LINK, 0o160000: SUBMODULE}
# No tree that somebody wrote has as many. A small one can claim any number, when folders are
# entries of many others, and whoever goes through all files would never come to an end.
_ENTRIES = 2_000_000


class Entry(Record):
    """What stands under a name: its kind, and its object."""

    kind: str
    object: str


class Folders:
    """The folders below one tree, each read when it is asked for."""

    def __init__(self, objects: Objects, tree: str, width: int) -> None:
        self._objects = objects
        self._width = width
        self._known: dict[tuple[str, ...], dict[str, Entry]] = {}
        self._top = Entry(FOLDER, tree)
        self._entries = 0

    def entry(self, path: tuple[str, ...]) -> tuple[Entry | None, int]:
        """What stands at a path, and how many of its names lead there.

        If there is nothing, the entry is None, or the file, link or submodule in the middle that
        ends the way. Raises Unreadable.
        """
        found = self._top
        for used, name in enumerate(path):
            if found.kind != FOLDER:
                return found, used
            inside = self._entries_of(path[:used], found.object).get(name)
            if inside is None:
                return None, used
            found = inside
        return found, len(path)

    def entries(self, path: tuple[str, ...]) -> dict[str, Entry]:
        """What a folder holds; nothing if there is none. Raises Unreadable."""
        found, used = self.entry(path)
        if found is None or used < len(path) or found.kind != FOLDER:
            return {}
        return self._entries_of(path, found.object)

    def _entries_of(self, path: tuple[str, ...], tree: str) -> dict[str, Entry]:
        known = self._known.get(path)
        if known is None:
            known = self._known[path] = _parsed(
                self._objects.of_kind(tree, "tree"), tree, self._width
            )
            self._entries += len(known)
            if self._entries > _ENTRIES:
                raise Unreadable(
                    f"the revision has more than {_ENTRIES} entries", "name a folder of it"
                )
        return known


def _parsed(data: bytes, tree: str, width: int) -> dict[str, Entry]:
    found: dict[str, Entry] = {}
    at = 0
    while at < len(data):
        space = data.find(b" ", at, at + 8)
        end = data.find(b"\0", space)
        mode = data[at:space]
        if space < 0 or end < 0 or len(data) < end + 1 + width or mode.strip(b"01234567"):
            raise Unreadable(f"git object {tree} is no folder that can be read", WHOLE)
        raw = data[space + 1 : end]
        kind = _KINDS.get(int(mode, 8) & 0o170000 if mode else 0)
        # Whoever walks through a tree would walk out of it.
        if kind is None or raw in (b"", b".", b"..") or b"/" in raw:
            raise Unreadable(f"git object {tree} has an entry that no folder can have", WHOLE)
        found[os.fsdecode(raw)] = Entry(kind, data[end + 1 : end + 1 + width].hex())
        at = end + 1 + width
    return found
