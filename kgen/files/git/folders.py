"""The folders of a commit: git trees, with files, folders, links and submodules as entries."""

from __future__ import annotations

import os

from kgen.files.git.objects import WHOLE, Objects
from kgen.files.git.repository import Unreadable
from kgen.model.record import Record

FILE, FOLDER, LINK, SUBMODULE = "file", "folder", "symbolic link", "submodule"
_KINDS = {0o100000: FILE, 0o040000: FOLDER, 0o120000: LINK, 0o160000: SUBMODULE}
# No real repository has as many entries. A small hostile one can have any number, if the same trees
# are entries of many others, and reading all files would never end.
_ENTRIES = 2_000_000


class Entry(Record):
    """An entry of a folder: its kind, and the name of its object."""

    kind: str
    object: str


class Folders:
    """The folders below one tree. Each is read when it is first needed."""

    def __init__(self, objects: Objects, tree: str, width: int) -> None:
        self._objects = objects
        self._width = width
        self._known: dict[tuple[str, ...], dict[str, Entry]] = {}
        self._top = Entry(FOLDER, tree)
        self._entries = 0

    def entry(self, path: tuple[str, ...]) -> tuple[Entry | None, int]:
        """The entry at a path, and how many components of the path were followed.

        If the path does not exist, the entry is None, or the file, link or submodule that stands
        where the path needs a folder. Raises Unreadable.
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
        """The entries of a folder by name; empty if there is no such folder. Raises Unreadable."""
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
                    f"the revision has more than {_ENTRIES} entries",
                    "read a folder of it: DIR/FOLDER@REV",
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
            raise Unreadable(f"git object {tree} is not a valid tree", WHOLE)
        raw = data[space + 1 : end]
        kind = _KINDS.get(int(mode, 8) & 0o170000 if mode else 0)
        # With such a name, a path could lead out of the tree.
        if kind is None or raw in (b"", b".", b"..") or b"/" in raw:
            raise Unreadable(f"git object {tree} has an entry with an invalid name or mode", WHOLE)
        found[os.fsdecode(raw)] = Entry(kind, data[end + 1 : end + 1 + width].hex())
        at = end + 1 + width
    return found
