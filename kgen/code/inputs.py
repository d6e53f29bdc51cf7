"""What is read of a tree, with digests: to know later whether it is still the same.

To read thousands of files only to see that none has changed takes longer than all else. So the
stamp of a file (`Tree.stamp`) is kept beside its digest, and while the stamp is the same the file
is not read. A stamp counts only if the file had not been changed for some time when it was read:
two changes that follow each other faster than the clock of the file system leave the same stamp.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Mapping

from kgen.files.read import digest
from kgen.files.tree import Tree

# Nanoseconds. The clocks of file systems have steps of up to two seconds.
_SETTLED = 2_000_000_000

# The digest of a file that was read twice and held different things: it is never the same again.
_BOTH = "?"

_C = ".c"

# For each path from the tree's root, the stamp ("" if it does not count) and the digest.
Digests = dict[str, tuple[str, str]]


class Inputs:
    """The files and folders of a tree that are read. Paths are relative to its root.

    known: of an earlier run. files: the digests of what was asked for, "" of what is not a file.
    folders: a digest of the names in each folder that was asked for: `hw/net/*` of all of them,
    `hw/net` of those that are not C files.
    """

    def __init__(self, tree: Tree, known: Mapping[str, tuple[str, str]] | None = None) -> None:
        self._tree = tree
        self._known = known or {}
        self._settled = time.time_ns() - _SETTLED
        self._names: dict[str, frozenset[str]] = {}
        self.files: Digests = {}
        self.folders: dict[str, str] = {}

    def data(self, path: str) -> bytes | None:
        """What a file holds; None if there is none. Raises OSError."""
        full = self._full(path)
        stamp = self._tree.stamp(full)
        if not stamp:
            self._enter(path, "", "")
            return None
        try:
            data = self._tree.data(full)
        except OSError:
            self._enter(path, "", _BOTH)
            raise
        self._enter(path, self._counting(stamp), digest(data))
        return data

    def digest(self, path: str) -> str:
        """The digest of a file; "" if there is none, or it cannot be read."""
        if path not in self.files:
            stamp = self._tree.stamp(self._full(path))
            known = self._known.get(path)
            if known is not None and stamp and known[0] == stamp:
                self.files[path] = known
            else:
                try:
                    self.data(path)
                except OSError:
                    return ""
        return self.files[path][1]

    def has(self, path: str) -> bool:
        """Whether there may be something of this name, judged by the names in its folder.

        Of a C file that is noticed when it is read, so that a new one is not a change of the
        folder.
        """
        folder, _, name = path.rpartition("/")
        return name.endswith(_C) or name in self.listed(folder)

    def names(self, folder: str) -> list[str]:
        """The sorted names in a folder; none if it does not exist."""
        names = self._tree.names(self._full(folder))
        self.folders[f"{folder}/*"] = _names_digest(names)
        return names

    def listed(self, folder: str) -> frozenset[str]:
        """The names in a folder, for files other than C; none if it does not exist."""
        found = self._names.get(folder)
        if found is None:
            names = self._tree.names(self._full(folder))
            self.folders[folder] = _names_digest(one for one in names if not one.endswith(_C))
            found = self._names[folder] = frozenset(names)
        return found

    def are_same(self, files: Mapping[str, str], folders: Mapping[str, str]) -> bool:
        """Whether files and folders still have these digests."""
        for folder in folders:
            if folder.endswith("/*"):
                self.names(folder[:-2])
            else:
                self.listed(folder)
        return all(self.folders[one] == old for one, old in folders.items()) and all(
            self.digest(path) == old != _BOTH for path, old in files.items()
        )

    def join(self, files: Mapping[str, tuple[str, str]], folders: Mapping[str, str]) -> None:
        """Take over what another process has read."""
        for path, (stamp, found) in files.items():
            self._enter(path, stamp, found)
        for folder, found in folders.items():
            if self.folders.setdefault(folder, found) != found:
                self.folders[folder] = _BOTH

    def _full(self, path: str) -> str:
        return os.path.join(self._tree.root, *path.split("/"))

    def _counting(self, stamp: str) -> str:
        """The stamp, if it counts. That of a git revision has no time."""
        _, space, changed = stamp.rpartition(" ")
        return stamp if not space or int(changed) < self._settled else ""

    def _enter(self, path: str, stamp: str, found: str) -> None:
        old = self.files.get(path)
        if old is not None and old[1] != found:
            stamp, found = "", _BOTH
        self.files[path] = stamp, found


def _names_digest(names: Iterable[str]) -> str:
    return digest("\0".join(names).encode("utf-8", "surrogateescape"))
