"""Objects by their names: commits, trees, blobs and tags, loose ones and packed ones.

Only what lies in the repository itself is read. `objects/info/alternates`, grafts and replace
references would put something else in its place, or bring it from elsewhere; a promisor remote
would have it fetched. None of them plays a part: an object that is not there is missing. What was
read has to have its name, which is its digest, so a repository cannot pass off one for another.
"""

from __future__ import annotations

import hashlib
import os
import re
import zlib

from kgen.git.packs import Corrupt, Packs, TooBig, inflated
from kgen.git.repository import LIMIT, Repository, Unreadable, content
from kgen.model.record import Record

_HEADER = re.compile(rb"(commit|tree|blob|tag) (0|[1-9][0-9]{0,18})\0")

# For what git itself could not read either.
WHOLE = "`git fsck` says what else is wrong; a fresh clone is whole"


class Commit(Record):
    """A commit: the name of its tree, and those of its parents."""

    tree: str
    parents: tuple[str, ...]


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
                f"git object {name} is too big", f"kgen reads files of up to {LIMIT >> 20} MiB"
            ) from None
        return kind, data

    def of_kind(self, name: str, kind: str) -> bytes:
        """The content of an object that has to be of a kind. Raises Unreadable."""
        found, data = self.read(name)
        if found != kind:
            raise Unreadable(f"git object {name} is a {found} where a {kind} has to be", WHOLE)
        return data

    def commit(self, name: str) -> Commit:
        """A commit. Raises Unreadable."""
        data = self.of_kind(name, "commit")
        digits = 2 * self._repository.width
        match = re.match(
            rb"tree ([0-9a-f]{%d})\n((?:parent [0-9a-f]{%d}\n)*)" % (digits, digits), data
        )
        if not match:
            raise Unreadable(f"git object {name} is no commit that can be read", WHOLE)
        parents = tuple(line[7:].decode() for line in match[2].splitlines())
        return Commit(match[1].decode(), parents)

    def peeled(self, name: str) -> tuple[str, str]:
        """What a tag stands for, and its kind; another object stands for itself."""
        kind, data = self.read(name)
        while kind == "tag":
            match = re.match(rb"object ([0-9a-f]{%d})\n" % (2 * self._repository.width), data)
            if not match:
                raise Unreadable(f"git object {name} is no tag that can be read", WHOLE)
            name = match[1].decode()
            kind, data = self.read(name)
        return name, kind

    def beginning(self, start: str) -> set[str]:
        """The names of all objects whose names begin so: at least two hex digits."""
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
        """Whether the history was cut off at a commit: its parents were never fetched."""
        if self._shallow is None:
            path = os.path.join(self._repository.common, "shallow")
            self._shallow = {
                line.decode("ascii", "replace") for line in (content(path) or b"").split()
            }
        return commit in self._shallow

    def _loose(self, name: str) -> tuple[str, bytes] | None:
        data = content(os.path.join(self._folder, name[:2], name[2:]), LIMIT + (1 << 20))
        if data is None:
            return None
        # The header first, with room for its longest: it says how much may be unpacked.
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
                "the repository borrows objects from another one, where kgen does not look: "
                "`git repack -a -d` copies them"
            )
        if self._repository.partial:
            return (
                "the repository is a partial clone, and kgen fetches nothing: "
                "have git check the revision out if you trust the repository"
            )
        return WHOLE
