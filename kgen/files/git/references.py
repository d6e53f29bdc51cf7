"""References: branches, tags and HEAD, and their reflogs."""

from __future__ import annotations

import os
import re

from kgen.files.git import reftable
from kgen.files.git.repository import Repository, Unreadable, content

# Each work tree has its own references in these folders, and outside of folders, such as HEAD.
_OF_ONE_WORK_TREE = ("refs/bisect/", "refs/rewritten/", "refs/worktree/")
# In git's order: `v1` is refs/v1, else the tag, else the branch, else the branch of a remote.
_PLACES = (
    "{}",
    "refs/{}",
    "refs/tags/{}",
    "refs/heads/{}",
    "refs/remotes/{}",
    "refs/remotes/{}/HEAD",
)
_SYMBOLIC_AT_MOST = 5


class References:
    """The references of one repository."""

    def __init__(self, repository: Repository) -> None:
        self._repository = repository
        self._packed: bytes | None = None
        self._tables: dict[str, str] | None = None

    def named(self, word: str) -> str | None:
        """The full name of a reference that a user wrote; None if there is none.

        Raises Unreadable.
        """
        for place in _PLACES:
            name = place.format(word)
            if _may_be(name) and self.value(name) is not None:
                return name
        return None

    def value(self, name: str) -> str | None:
        """The name of the object that a reference points to. Raises Unreadable."""
        value = self._stored(self.end(name))
        if value is None:
            return None
        match = re.match(rf"([0-9a-f]{{{2 * self._repository.width}}})(?:\s|$)", value)
        return match[1] if match else None

    def end(self, name: str) -> str:
        """The reference that a symbolic one finally points to; any other reference itself."""
        for _ in range(_SYMBOLIC_AT_MOST):
            value = self._stored(name)
            if value is None or not value.startswith("ref:"):
                return name
            name = value[4:].strip()
        raise Unreadable(
            f"the symbolic references at {name} form a cycle or are nested too deeply",
            "change one of them with `git symbolic-ref`",
        )

    def log(self, name: str) -> list[tuple[str, str]]:
        """The old and new value in each entry of a reflog, the oldest first. Raises Unreadable."""
        if self._repository.reftable:
            raise Unreadable(
                "kgen does not support reflogs in reftables",
                "use the full commit id, which `git rev-parse REVISION` prints",
            )
        data = content(os.path.join(self._base(name), "logs", *name.split("/"))) or b""
        digits = 2 * self._repository.width
        pattern = rb"^([0-9a-f]{%d}) ([0-9a-f]{%d}) " % (digits, digits)
        return [(m[1].decode(), m[2].decode()) for m in re.finditer(pattern, data, re.M)]

    def short_names(self) -> list[str]:
        """The short names of all tags and branches, as a user can write them."""
        if self._repository.reftable:
            names = set(self._from_tables())
        else:
            names = {
                os.fsdecode(line[1]) for line in re.finditer(rb" (refs/\S+)$", self._all(), re.M)
            }
            for kind in ("tags", "heads", "remotes"):
                top = os.path.join(self._repository.common, "refs", kind)
                for folder, _, files in os.walk(top):
                    below = os.path.relpath(folder, self._repository.common)
                    names.update(f"{below}/{name}" for name in files)
        return sorted({re.sub(r"^refs/(tags|heads|remotes)/", "", name) for name in names})

    def _stored(self, name: str) -> str | None:
        if not _may_be(name):
            return None
        if self._repository.reftable and (name == "HEAD" or name.startswith("refs/")):
            return self._from_tables().get(name)
        path = os.path.join(self._base(name), *name.split("/"))
        # Old versions of git made HEAD a symbolic link to the file of the branch.
        if os.path.islink(path) and os.readlink(path).startswith("refs/"):
            return f"ref: {os.readlink(path)}"
        data = content(path)
        if data is None and name.startswith("refs/"):
            data = self._in_packed(os.fsencode(name))
        return None if data is None else os.fsdecode(data)

    def _base(self, name: str) -> str:
        if "/" not in name or name.startswith(_OF_ONE_WORK_TREE):
            return self._repository.own
        return self._repository.common

    def _all(self) -> bytes:
        if self._packed is None:
            self._packed = content(os.path.join(self._repository.common, "packed-refs")) or b""
        return self._packed

    def _in_packed(self, name: bytes) -> bytes | None:
        """The value in `packed-refs`, whose lines are `VALUE NAME`."""
        every = self._all()
        at = every.find(b" " + name + b"\n")
        return None if at < 0 else every[every.rfind(b"\n", 0, at) + 1 : at]

    def _from_tables(self) -> dict[str, str]:
        if self._tables is None:
            own, common = self._repository.own, self._repository.common
            self._tables = reftable.references(os.path.join(common, "reftable"), self._repository)
            if own != common:
                mine = reftable.references(os.path.join(own, "reftable"), self._repository)
                self._tables = {**self._tables, **mine}
        return self._tables


def _may_be(name: str) -> bool:
    """Whether a reference can have this name. No such name leads out of the repository."""
    if "/" not in name:
        return re.fullmatch(r"[A-Z][A-Z0-9_-]*", name) is not None
    return name.startswith("refs/") and not re.search(
        r"[\x00-\x20\x7f~^:?*\[\\]|\.\.|@\{|//|/\.|/$|\.$|\.lock(/|$)", name
    )
