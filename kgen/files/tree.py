"""A tree to read: a folder on disk, or one git revision of it read without a checkout."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, Protocol

from kgen.files.read import NotText, Within, read_bytes, read_text
from kgen.model.problems import fail, os_reason

if TYPE_CHECKING:
    import subprocess


class Tree(Protocol):
    """What the rest of kgen asks of a tree. Paths are absolute."""

    root: str
    shown: str
    on_disk: bool
    within: Within | None

    def read(self, path: str) -> str: ...
    def data(self, path: str) -> bytes: ...
    def names(self, folder: str) -> list[str]: ...
    def is_file(self, path: str) -> bool: ...


class Folder:
    """A folder on disk. root is absolute; shown is how the user wrote it. within: the folders
    that its files may be in, those that links lead to, too; None for any."""

    on_disk = True

    def __init__(self, path: str, allow_outside: bool = False) -> None:
        self.root = os.path.abspath(path)
        self.shown = path
        self.within = None if allow_outside else Within(self.root)

    def read(self, path: str) -> str:
        """The text of a file; Outside, and OSError and NotText as read_text raises them."""
        if self.within is not None:
            self.within.check(path)
        return read_text(path)

    def data(self, path: str) -> bytes:
        """A file as it is stored; Outside, and OSError as read_bytes raises it."""
        if self.within is not None:
            self.within.check(path)
        return read_bytes(path)

    def names(self, folder: str) -> list[str]:
        """The sorted names in a folder; none if it does not exist."""
        try:
            return sorted(os.listdir(folder))
        except OSError:
            return []

    def is_file(self, path: str) -> bool:
        return os.path.isfile(path)


class Revision:
    """A folder as it was in a git revision. Only git's objects are read, and git is only
    started because the user wrote `DIR@REV`; hooks, filters and the work tree play no part."""

    on_disk = False
    within: Within | None = None  # git's objects are all in the tree

    def __init__(self, path: str, revision: str) -> None:
        self.root = os.path.abspath(path)
        self.shown = f"{path}@{revision}"
        if revision.startswith("-"):
            raise fail(f"{revision} is no git revision", code="KG402")
        prefix = self._git("rev-parse", "--show-prefix").decode().strip()
        self._git("rev-parse", "--verify", f"{revision}^{{commit}}")
        listing = self._git("ls-tree", "-r", "-z", "--full-tree", f"{revision}:{prefix}")
        self._blobs: dict[str, str] = {}
        self._folders: dict[str, set[str]] = {}
        for line in listing.decode("utf-8", "surrogateescape").split("\0"):
            match = re.match(r"(100644|100755) blob ([0-9a-f]+)\t(.+)", line, re.S)
            if match:
                self._add(os.path.join(self.root, *match[3].split("/")), match[2])
        self._reader: subprocess.Popen[bytes] | None = None

    def read(self, path: str) -> str:
        """The text of a file; OSError and NotText as read_text raises them."""
        data = self.data(path)
        try:
            text = data.decode("utf-8")
        except UnicodeDecodeError as error:
            raise NotText(data[: error.start].count(b"\n") + 1, 0) from None
        return text.replace("\r\n", "\n").replace("\r", "\n")

    def data(self, path: str) -> bytes:
        """A file as git stores it; OSError as read_bytes raises it."""
        path = os.path.normpath(path)
        blob = self._blobs.get(path)
        if blob is None:
            if path in self._folders:
                raise IsADirectoryError(21, "Is a directory", path)
            raise FileNotFoundError(2, "No such file in this revision", path)
        return self._contents(blob)

    def names(self, folder: str) -> list[str]:
        """The sorted names in a folder; none if it does not exist."""
        return sorted(self._folders.get(folder, ()))

    def is_file(self, path: str) -> bool:
        return path in self._blobs

    def _add(self, path: str, blob: str) -> None:
        self._blobs[path] = blob
        while path != self.root:
            folder, name = os.path.split(path)
            inside = self._folders.setdefault(folder, set())
            if name in inside:
                return
            inside.add(name)
            path = folder

    def _contents(self, blob: str) -> bytes:
        import subprocess

        if self._reader is None:
            self._reader = subprocess.Popen(
                ["git", "-C", self.root, "cat-file", "--batch"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                env=_environment(),
            )
        assert self._reader.stdin is not None
        assert self._reader.stdout is not None
        self._reader.stdin.write(blob.encode() + b"\n")
        self._reader.stdin.flush()
        header = self._reader.stdout.readline().split()
        if len(header) != 3:
            raise OSError(5, "git does not have this file's content")
        size = int(header[2])
        data = self._reader.stdout.read(size + 1)
        return data[:size]

    def _git(self, *arguments: str) -> bytes:
        import subprocess  # only a revision needs it, and every start would pay for it

        try:
            done = subprocess.run(
                ["git", "-C", self.root, *arguments],
                capture_output=True,
                check=False,
                env=_environment(),
            )
        except OSError as error:
            raise fail(f"cannot run git: {os_reason(error)}", code="KG402") from None
        if done.returncode != 0:
            said = done.stderr.decode("utf-8", "replace").strip().splitlines()
            reason = f": {said[0]}" if said else ""
            raise fail(f"cannot read {self.shown} from git{reason}", code="KG402")
        return done.stdout


def version_of(tree: Tree) -> str:
    """The first line of a tree's VERSION file; "" without one."""
    try:
        return tree.read(os.path.join(tree.root, "VERSION")).strip().split("\n")[0]
    except (OSError, NotText):
        return ""


def _environment() -> dict[str, str]:
    """Without what a git hook sets: the folder that was asked for says which repository."""
    return {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}


def open_tree(spec: str, allow_outside: bool = False) -> Tree:
    """The tree of `--tree DIR` or `DIR@REV`; a folder whose name holds an `@` wins.

    allow_outside: a file of a folder may lead to files outside it.
    """
    if os.path.isdir(spec):
        return Folder(spec, allow_outside)
    folder, at, revision = spec.partition("@")
    while at and not os.path.isdir(folder):
        more, at, revision = revision.partition("@")
        folder = f"{folder}@{more}"
    if at and revision:
        return Revision(folder, revision)
    folder, at, revision = spec.rpartition("@")
    if os.path.exists(spec):
        raise fail(
            f"{spec} is no folder", hint="--tree takes a QEMU checkout or a folder", code="KG401"
        )
    missing = folder if at and not os.path.isdir(folder) else spec
    raise fail(f"there is no folder {missing}", code="KG401")
