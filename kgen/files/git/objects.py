"""Objects by their names: commits, trees, blobs and tags, loose and packed.

Only objects in the repository itself are read. `objects/info/alternates`, grafts and replace
references would add objects from elsewhere or replace some; a promisor remote would make git fetch
them. All of these are ignored: an object that is not in the repository is missing. The name of an
object is its digest, which is checked, so a repository cannot replace one object with another.
"""

from __future__ import annotations

import hashlib
import os
import re
import zlib

from kgen.files.git.packs import Corrupt, Packs, TooBig, inflated
from kgen.files.git.repository import LIMIT, Repository, Unreadable, content
from kgen.model.record import Record

_HEADER = re.compile(rb"(commit|tree|blob|tag) (0|[1-9][0-9]{0,18})\0")

_TIME = re.compile(rb"^committer .*> ([0-9]{1,18}) ", re.M)

# The hint for what git itself could not read either.
WHOLE = "check the repository with `git fsck`, or clone it again"

_SHALLOW = (
    "the repository is a shallow clone: `git fetch --unshallow` fetches the rest; "
    "in CI set GIT_DEPTH or fetch-depth to 0"
)


class Commit(Record):
    """A commit: the names of its tree and of its parents, and its time in seconds since 1970."""

    tree: str
    parents: tuple[str, ...]
    time: int


class Objects:
    """The objects of one repository."""

    def __init__(self, repository: Repository) -> None:
        self._repository = repository
        self._folder = os.path.join(repository.common, "objects")
        self._packs = Packs(self._folder, repository.width)
        self._shallow: set[str] | None = None

    def read(self, name: str) -> tuple[str, bytes]:
        """The kind and the content of an object. Raises Unreadable."""
        raw = bytes.fromhex(name)
        try:
            found = self._packs.read(raw) or self._loose(name)
            if found is None and self._packs.look_again():
                found = self._packs.read(raw)
            if found is None:
                raise Unreadable(f"git object {name} is missing", self._why_missing())
            kind, data = found
            digest = hashlib.new(self._repository.hashing, usedforsecurity=False)
            digest.update(b"%s %d\0" % (kind.encode(), len(data)))
            digest.update(data)
            if digest.digest() != raw:
                raise Corrupt
        except Corrupt:
            raise Unreadable(f"git object {name} is corrupt", WHOLE) from None
        except TooBig:
            raise Unreadable(
                f"git object {name} is too big, or takes too much to unpack",
                f"kgen reads objects of up to {LIMIT >> 20} MiB",
            ) from None
        return kind, data

    def of_kind(self, name: str, kind: str) -> bytes:
        """The content of an object, which must be of this kind. Raises Unreadable."""
        found, data = self.read(name)
        if found != kind:
            raise Unreadable(f"git object {name} is a {found}; expected a {kind}", WHOLE)
        return data

    def commit(self, name: str) -> Commit:
        """A commit. Raises Unreadable."""
        data = self.of_kind(name, "commit")
        digits = 2 * self._repository.width
        match = re.match(
            rb"tree ([0-9a-f]{%d})\n((?:parent [0-9a-f]{%d}\n)*)" % (digits, digits), data
        )
        if not match:
            raise Unreadable(f"git object {name} is not a valid commit", WHOLE)
        parents = tuple(line[7:].decode() for line in match[2].splitlines())
        time = _TIME.search(data, match.end())
        return Commit(match[1].decode(), parents, int(time[1]) if time else 0)

    def peeled(self, name: str) -> tuple[str, str]:
        """The object that a tag points to, and its kind; any other object itself."""
        kind, data = self.read(name)
        while kind == "tag":
            match = re.match(rb"object ([0-9a-f]{%d})\n" % (2 * self._repository.width), data)
            if not match:
                raise Unreadable(f"git object {name} is not a valid tag", WHOLE)
            name = match[1].decode()
            kind, data = self.read(name)
        return name, kind

    def beginning(self, start: str) -> set[str]:
        """The names of all objects that begin with `start`, which has at least two hex digits."""
        try:
            found = self._packs.beginning(start)
        except Corrupt:
            raise Unreadable("an index of packed objects is corrupt", WHOLE) from None
        try:
            rests = os.listdir(os.path.join(self._folder, start[:2]))
        except OSError:
            rests = []
        digits = rf"[0-9a-f]{{{2 * self._repository.width}}}"
        names = (start[:2] + rest for rest in rests)
        found.update(
            name for name in names if name.startswith(start) and re.fullmatch(digits, name)
        )
        return found

    def is_shallow(self, commit: str) -> bool:
        """Whether the history is cut off at a commit, so that its parents were not fetched."""
        return commit in self._ends()

    def shallow_hint(self) -> str:
        """The hint for what a shallow clone may lack; "" if the repository is none."""
        return _SHALLOW if self._ends() else ""

    def _ends(self) -> set[str]:
        if self._shallow is None:
            path = os.path.join(self._repository.common, "shallow")
            self._shallow = {
                line.decode("ascii", "replace") for line in (content(path) or b"").split()
            }
        return self._shallow

    def _loose(self, name: str) -> tuple[str, bytes] | None:
        data = content(os.path.join(self._folder, name[:2], name[2:]), LIMIT + (1 << 20))
        if data is None:
            return None
        # Only the header at first, of at most 32 bytes: its size limits how much is unpacked.
        try:
            start = zlib.decompressobj().decompress(data, 32)
        except zlib.error:
            raise Corrupt from None
        match = _HEADER.match(start)
        if not match:
            raise Corrupt
        size = int(match[2])
        if size > LIMIT:
            raise TooBig
        whole = inflated(data, lambda: b"", len(match[0]) + size)
        return match[1].decode(), whole[len(match[0]) :]

    def _why_missing(self) -> str:
        alternates = os.path.join(self._folder, "info", "alternates")
        if os.path.lexists(alternates):
            return (
                "the repository uses objects of another one, which kgen does not read: "
                "`git repack -a -d` copies them"
            )
        if self._repository.partial:
            return (
                "the repository is a partial clone, and kgen fetches nothing: "
                "if you trust the repository, check the revision out with git"
            )
        return self.shallow_hint() or WHOLE
