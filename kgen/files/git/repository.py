"""Finds the parts of a git repository, without git and without its configuration.

The author of a tree also controls its `.git/config`, and many settings of git name a program or an
address: remote.*.uploadpack, core.sshCommand, core.fsmonitor, include.path and more with every
version. So git is not run, and of the configuration only the format version and `[extensions]` are
used, which determine how objects and references are stored.
"""

from __future__ import annotations

import errno
import os
import re
import stat

from kgen.model.problems import os_reason
from kgen.model.record import Record

# The maximum size of a file or object that kgen reads, on disk and unpacked: a hundred times the
# largest source file of QEMU, and small enough to be in memory three times.
LIMIT = 64 << 20

# The hint for what cannot be read; in most cases this user has no permission.
_OWNER = "ask the owner of the repository for permission to read it"
# Extensions that make no difference for reading objects and references, or that kgen supports.
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
    """A part of a repository cannot be read: the reason, and a hint if there is one."""

    def __init__(self, reason: str, hint: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.hint = hint


class _NotRegular(OSError):
    """A file is not a regular file."""


class Repository(Record):
    """The folders of a repository, and how it stores objects and references.

    own: the folder of HEAD and of other files that belong to one work tree. common: the folder of
    the objects and of all that the work trees share. prefix: the components of the path from the
    top of the work tree to the requested folder. hashing: the hash algorithm of the object names.
    reftable: whether references are in reftables. partial: whether this may be a partial clone.
    """

    own: str
    common: str
    prefix: tuple[str, ...]
    hashing: str
    reftable: bool
    partial: bool

    @property
    def width(self) -> int:
        """The length of an object name in bytes."""
        return 32 if self.hashing == "sha256" else 20


def find(folder: str) -> Repository:
    """The repository that a folder is in. Raises Unreadable.

    Like git, this searches upwards for the first `.git`. But a folder that itself looks like a
    bare repository is used only if it is the requested folder.
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
            raise Unreadable(
                "the folder is not in a git repository", "to read the folder itself, omit @REV"
            )
        prefix.insert(0, name)


def opened(path: str) -> tuple[int, int]:
    """A descriptor for reading a regular file, and the file's size. Raises OSError.

    Other files are refused, because reading them might never end or have side effects. Without
    O_NONBLOCK, opening a named pipe would wait for a writer.
    """
    descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise _NotRegular(errno.EINVAL, "Not a regular file", path)
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor, status.st_size


def content(path: str, limit: int = LIMIT) -> bytes | None:
    """The content of a regular file; None if there is none. Raises Unreadable."""
    try:
        descriptor, size = opened(path)
        try:
            if size > limit:
                raise Unreadable(
                    f"{path} has more than {limit >> 20} MiB",
                    "kgen does not read files of that size",
                )
            parts = []
            left = limit
            while left > 0 and (part := os.read(descriptor, min(left, 1 << 20))):
                parts.append(part)
                left -= len(part)
            return b"".join(parts)
        finally:
            os.close(descriptor)
    except (_NotRegular, FileNotFoundError, NotADirectoryError, IsADirectoryError):
        return None
    except ValueError:  # a NUL in the name
        return None
    except OSError as error:
        if error.errno in (errno.ENAMETOOLONG, errno.ELOOP, errno.ENXIO):
            return None
        raise unreadable(path, error) from None


def unreadable(path: str, error: OSError) -> Unreadable:
    """The error for a file of the repository that the system does not let kgen read."""
    return Unreadable(f"cannot read {path}: {os_reason(error)}", _OWNER)


def line_of(path: str) -> str:
    """The only line of a small file, without its line end; "" if there is none.

    Raises Unreadable.
    """
    data = content(path, 1 << 20) or b""
    return os.fsdecode(data.removesuffix(b"\n").removesuffix(b"\r"))


def _linked(dot: str) -> str:
    """The folder that a `.git` file points to, as in a linked work tree or a submodule."""
    line = line_of(dot)
    target = os.path.normpath(
        os.path.join(os.path.dirname(dot), line.removeprefix("gitdir:").strip(" "))
    )
    if not line.startswith("gitdir:") or not _looks_right(target):
        raise Unreadable(
            f"the file {dot} does not point to a git repository", "see `git worktree repair`"
        )
    return target


def _common(own: str) -> str:
    line = line_of(os.path.join(own, "commondir"))
    return os.path.normpath(os.path.join(own, line)) if line else own


def _looks_right(own: str) -> bool:
    """Whether git accepts a folder as a repository, apart from the content of HEAD."""
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
        raise Unreadable(
            f"kgen does not support repositories with {what}", "check the revision out with git"
        )
    if version < 1:  # git ignores extensions in version 0, too
        hashing, storage = "sha1", "files"
    # This only selects a hint.
    partial = "partialclone" in extensions or b"promisor" in data.lower()
    return Repository(own, common, tuple(prefix), hashing, storage == "reftable", partial)


def _storage(config: str) -> tuple[int, dict[str, str]]:
    """The format version and the extensions in a configuration; all else is ignored."""
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
