"""Where the parts of a git repository are, found without git and without its configuration.

Whoever wrote a tree wrote its `.git/config`, too, and git has many settings there that name a
program or an address: remote.*.uploadpack, core.sshCommand, core.fsmonitor, include.path and more
with every version. So git is not asked at all, and of the configuration only `[extensions]` is
read, which says how the objects and references are stored.
"""

from __future__ import annotations

import errno
import os
import re
import stat

from kgen.model.problems import os_reason
from kgen.model.record import Record

# What a file of kgen's interest can hold at most, on disk and once unpacked: a hundred times the
# largest source file of QEMU, and little enough to be in memory three times over.
LIMIT = 64 << 20

# For what this user may not read.
OWNER = "whoever owns the repository can give you the right to read it"
_NONBLOCK = getattr(os, "O_NONBLOCK", 0)
# Extensions that change nothing for a reader of objects and references, and those that are known.
_HARMLESS = {
    "compatobjectformat",
    "noop",
    "noop-v1",
    "partialclone",
    "preciousobjects",
    "relativeworktrees",
    "submodulepathconfig",
    "worktreeconfig",
}


class Unreadable(Exception):
    """Something of a repository cannot be read: why, and a way out where there is one."""

    def __init__(self, reason: str, hint: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.hint = hint


class Repository(Record):
    """The places of a repository.

    own: the folder of HEAD and of what else belongs to one work tree. common: the folder of the
    objects and of what all work trees share. prefix: the names that lead from the top of the
    work tree to the folder that was asked for. hashing: the algorithm behind the objects' names.
    reftable: whether references are in such tables. partial: whether objects may lie elsewhere.
    """

    own: str
    common: str
    prefix: tuple[str, ...]
    hashing: str
    reftable: bool
    partial: bool

    @property
    def width(self) -> int:
        """How many bytes the name of an object has."""
        return 32 if self.hashing == "sha256" else 20


def find(folder: str) -> Repository:
    """The repository that a folder is in. Raises Unreadable.

    As git goes about it: upwards to the first `.git`. But a folder that itself looks like a
    repository without a work tree is taken only if it is the one that was asked for.
    """
    here = os.path.realpath(folder)
    prefix: list[str] = []
    top = here
    while True:
        dot = os.path.join(top, ".git")
        if os.path.isfile(dot):
            return _opened(_linked(dot), prefix)
        if _looks_right(dot):
            return _opened(dot, prefix)
        if top == here and _looks_right(top):
            return _opened(top, [])
        top, name = os.path.split(top)
        if not name:
            raise Unreadable("that folder is in no git repository", "`--tree DIR` reads a folder")
        prefix.insert(0, name)


def content(path: str, limit: int = LIMIT) -> bytes | None:
    """What a regular file holds; None if there is none. Raises Unreadable.

    What is no regular file might never end or do something when it is read.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | _NONBLOCK)
        try:
            status = os.fstat(descriptor)
            if not stat.S_ISREG(status.st_mode):
                return None
            if status.st_size > limit:
                raise Unreadable(
                    f"{path} has more than {limit >> 20} MiB", "kgen reads no file of that size"
                )
            parts = []
            left = limit
            while left > 0 and (part := os.read(descriptor, min(left, 1 << 20))):
                parts.append(part)
                left -= len(part)
            return b"".join(parts)
        finally:
            os.close(descriptor)
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
        return None
    except ValueError:  # a NUL in the name
        return None
    except OSError as error:
        if error.errno in (errno.ENAMETOOLONG, errno.ELOOP, errno.ENXIO):
            return None
        raise Unreadable(f"cannot read {path}: {os_reason(error)}", OWNER) from None


def line_of(path: str) -> str:
    """The only line of a small file, without its end; "" if there is none. Raises Unreadable."""
    data = content(path, 1 << 20) or b""
    return os.fsdecode(data.removesuffix(b"\n").removesuffix(b"\r"))


def _linked(dot: str) -> str:
    """The folder that a file `.git` names: that of a further work tree, or of a submodule."""
    line = line_of(dot)
    leads_to = os.path.normpath(
        os.path.join(os.path.dirname(dot), line.removeprefix("gitdir:").strip(" "))
    )
    if not line.startswith("gitdir:") or not _looks_right(leads_to):
        raise Unreadable(f"the file {dot} leads to no git repository", "see `git worktree repair`")
    return leads_to


def _common(own: str) -> str:
    line = line_of(os.path.join(own, "commondir"))
    return os.path.normpath(os.path.join(own, line)) if line else own


def _looks_right(own: str) -> bool:
    """What git asks of a folder to be a repository, but for what HEAD holds."""
    if not os.path.lexists(os.path.join(own, "HEAD")):
        return False
    common = _common(own)
    return all(os.path.isdir(os.path.join(common, name)) for name in ("objects", "refs"))


def _opened(own: str, prefix: list[str]) -> Repository:
    common = _common(own)
    data = content(os.path.join(common, "config"), 16 << 20) or b""
    version, extensions = _storage(os.fsdecode(data))
    hashing = extensions.get("objectformat", "sha1")
    storage = extensions.get("refstorage", "files")
    strange = sorted(extensions.keys() - _HARMLESS - {"objectformat", "refstorage"})
    if hashing not in ("sha1", "sha256"):
        strange.append(f"objectFormat = {hashing}")
    if storage not in ("files", "reftable"):
        strange.append(f"refStorage = {storage}")
    if version > 1 or (version == 1 and strange):
        what = f"version {version}" if version > 1 else f"the extension {strange[0]}"
        raise Unreadable(f"kgen does not know repositories with {what}", "check the revision out")
    if version < 1:  # git ignores them then, too
        hashing, storage = "sha1", "files"
    partial = "partialclone" in extensions or b"promisor" in data.lower()
    return Repository(own, common, tuple(prefix), hashing, storage == "reftable", partial)


def _storage(config: str) -> tuple[int, dict[str, str]]:
    """The version and the extensions that a configuration names; nothing else of it matters."""
    version = 0
    extensions: dict[str, str] = {}
    section = ""
    for line in config.replace("\\\n", "").splitlines():
        head = re.match(r"\s*\[\s*([\w.-]+)\s*(\"[^\"]*\")?\s*\](.*)", line)
        if head:
            section = "" if head[2] else head[1].lower()
            line = head[3]
        pair = re.match(r"\s*([A-Za-z][\w-]*)\s*(?:=\s*\"?([^\s\"#;]*))?", line)
        if pair and section == "extensions":
            extensions[pair[1].lower()] = (pair[2] or "").lower()
        elif pair and section == "core" and pair[1].lower() == "repositoryformatversion":
            version = int(pair[2]) if re.fullmatch(r"\d{1,9}", pair[2] or "") else 2
    return version, extensions
