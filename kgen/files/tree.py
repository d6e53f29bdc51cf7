"""A tree to read: a folder on disk, or one git revision of it read without a checkout."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator

from kgen.files.read import (
    NotText,
    Within,
    exists,
    is_file,
    is_folder,
    names_in,
    read_bytes,
    read_text,
)
from kgen.model.problems import fail

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Protocol
else:
    Protocol = object


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
    def stamp(self, path: str) -> str: ...


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
            return names_in(folder)
        except OSError:
            return []

    def is_file(self, path: str) -> bool:
        return is_file(path)

    def stamp(self, path: str) -> str:
        """What differs when a file has changed, known without reading it; "" if there is none.

        It ends with the time of the last change, in nanoseconds: a file may be changed twice
        within the resolution of the file system's clock.
        """
        try:
            status = os.stat(path)
        except (OSError, ValueError):
            return ""
        if not stat.S_ISREG(status.st_mode):
            return ""
        numbers = status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns
        return f"{' '.join(map(str, numbers))} {status.st_ctime_ns}"


def text_of(tree: Tree, path: str) -> str | None:
    """The text of a file of a tree; None if it cannot be read. path: absolute, or from its root."""
    try:
        return tree.read(os.path.join(tree.root, path))
    except (OSError, NotText):
        return None


def version_of(tree: Tree) -> str:
    """The first line of a tree's VERSION file; "" without one."""
    return (text_of(tree, "VERSION") or "").strip().split("\n")[0]


def open_tree(spec: str, allow_outside: bool = False) -> Tree:
    """The tree of `--tree DIR` or `DIR@REV`; a folder whose name holds an `@` wins.

    allow_outside: a file of a folder may lead to files outside it.
    """
    try:
        return _opened(spec, allow_outside)
    except FileNotFoundError:  # what is relative cannot be made absolute
        raise fail(
            "the current folder does not exist any more", hint="go to one that does", code="KG401"
        ) from None


def _opened(spec: str, allow_outside: bool) -> Tree:
    if is_folder(spec):
        return Folder(spec, allow_outside)
    folder, at, revision = spec.partition("@")
    while at and not is_folder(folder):
        more, at, revision = revision.partition("@")
        folder = f"{folder}@{more}"
    if at and revision:
        from kgen.files.revision import Revision  # only a revision needs it

        return Revision(folder, revision, allow_outside)
    folder, at, revision = spec.rpartition("@")
    if exists(spec):
        raise fail(
            f"{spec} is not a folder", hint="--tree takes a QEMU checkout or a folder", code="KG401"
        )
    missing = folder if at and not is_folder(folder) else spec
    raise fail(f"there is no folder {missing}", code="KG401")


def relative(path: str, root: str) -> str:
    """os.path.relpath for absolute paths as `matches` gives them, in a tenth of its time."""
    inside = os.path.join(root, "")
    return path[len(inside) :] if path.startswith(inside) else os.path.relpath(path, root)


# Folders without this project's own text: build outputs and third-party code.
_SKIPPED = frozenset({"subprojects", "roms", "pc-bios", "node_modules", "__pycache__", "venv"})


_BUILT = frozenset({"build.ninja", "meson-info", "config.status", "pyvenv.cfg"})


def walk(tree: Tree) -> Iterator[str]:
    """The absolute path of every file, without folders of builds and other repositories."""
    stack = [tree.root]
    while stack:
        folder = stack.pop()
        names = tree.names(folder)
        # `.git` below the top marks the work tree of another repository.
        if folder != tree.root and (_BUILT.intersection(names) or ".git" in names):
            continue
        for name in names:
            path = os.path.join(folder, name)
            if tree.is_file(path):
                yield path
            elif not name.startswith(".") and name not in _SKIPPED and not os.path.islink(path):
                stack.append(path)


def matches(tree: Tree, pattern: str) -> tuple[list[str], bool]:
    """The absolute paths of the files that match a glob, sorted, and whether it leads outside.

    pattern: relative to the tree, or absolute. As in a shell, `*` matches no `/` and no dot at the
    beginning.
    """
    import re  # few commands have globs
    from fnmatch import translate

    root = tree.root
    path = os.path.normpath(os.path.join(root, pattern))
    if tree.within is not None and path != root and not path.startswith(os.path.join(root, "")):
        return [], True
    fixed, magic = _split(path)
    found = [fixed]
    for name in magic:
        fits = None
        if _has_magic(name):
            fits = re.compile(translate(name)).match
        following = []
        for folder in found:
            if fits is None:
                following.append(os.path.join(folder, name))
                continue
            hidden = name.startswith(".")
            following += [
                os.path.join(folder, one)
                for one in tree.names(folder)
                if fits(one) and (hidden or not one.startswith("."))
            ]
        found = following
    return sorted(filter(tree.is_file, found)), False


def obstacle(tree: Tree, path: str) -> OSError | None:
    """Why what is at an absolute path is no file to be read: it is a folder, a pipe, a circle of
    links, outside the tree. None if it is one, or nothing is there."""
    try:
        tree.data(path)
    except FileNotFoundError:
        pass
    except OSError as error:
        return error
    return None


def _split(path: str) -> tuple[str, list[str]]:
    """The part of a path before the first name with magic, and the names from there on."""
    parts = path.split(os.sep)
    for number, part in enumerate(parts):
        if _has_magic(part):
            return os.sep.join(parts[:number]), parts[number:]
    return path, []


def _has_magic(name: str) -> bool:
    return any(char in name for char in "*?[")
