"""The input files of a project, with machine-independent names and digests."""

from __future__ import annotations

import hashlib
import os

from kgen.files.read import read_bytes
from kgen.files.tree import Tree
from kgen.model.places import File
from kgen.model.problems import fail, os_reason
from kgen.model.record import Record
from kgen.project.load import Project


class Input(Record):
    """An input file.

    name: relative to the tree's root, or, if outside, to the common folder of all such files.
    digest: SHA-256 in hex.
    """

    name: str
    digest: str
    outside: bool


class Inputs:
    """The sorted inputs of a project, and their index by place."""

    def __init__(self, project: Project) -> None:
        self._root = project.tree.root
        paths: set[str] = set()
        for outcome in project.outcomes:
            paths.update(outcome.resolution.model.files)
            paths.update(outcome.target.files)
        below = self._root + os.sep
        # The project file is on the disk, even below a folder of which a revision is read.
        file = project.options.file and os.path.abspath(project.options.file)
        if file is not None:
            paths.add(file)
        outside = sorted(path for path in paths if not path.startswith(below))
        shared = os.path.commonpath([os.path.dirname(path) for path in outside]) if outside else ""
        made = {}
        for path in paths:
            inside = path.startswith(below)
            name = os.path.relpath(path, self._root if inside else shared).replace(os.sep, "/")
            digest = _digest(project.tree, path, inside and path != file)
            made[path] = Input(plain(name), digest, not inside)
        order = sorted(made, key=lambda path: (made[path].outside, made[path].name, path))
        self.files = [made[path] for path in order]
        self._index = {path: index for index, path in enumerate(order)}

    def index(self, file: File) -> int | None:
        """The index of the input that a place is in; None if it is in none of them."""
        path = file.path if file.outside else os.path.join(self._root, file.path)
        return self._index.get(os.path.abspath(path))


def is_of_standard(text: str) -> bool:
    """Whether a text begins like a snapshot of a tree of standard Kconfig."""
    return text.startswith('{"kgen-standard-snapshot":')


def plain(text: str) -> str:
    """Text that can be encoded as UTF-8: lone surrogates become escapes."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def _digest(tree: Tree, path: str, inside: bool) -> str:
    try:
        data = tree.data(path) if inside else read_bytes(path)
    except OSError as error:
        raise fail(f"cannot read {path}: {os_reason(error)}", code="KG104") from None
    return hashlib.sha256(data).hexdigest()
