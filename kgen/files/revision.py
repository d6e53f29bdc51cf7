"""Reads a tree from a git revision, without a checkout; finds where histories parted."""

from __future__ import annotations

import os

from kgen.files.git.folders import FILE, FOLDER, LINK, SUBMODULE, Entry, Folders
from kgen.files.git.history import parting
from kgen.files.git.objects import Objects
from kgen.files.git.repository import Unreadable, find
from kgen.files.git.revisions import resolve
from kgen.files.read import Within, decoded
from kgen.model.problems import KgenError, fail


class Revision:
    """A folder as it was in a git revision. root is absolute; shown is how the user wrote it, with
    the folder alone; commit is the full name of the revision.

    kgen reads the objects of the repository itself, without git: see files/git. Symbolic links and
    submodules are not followed: the target of a link may be outside the revision or the tree, and
    a submodule is another repository. `names` leaves them out.
    """

    on_disk = False

    def __init__(self, path: str, revision: str, allow_outside: bool = False) -> None:
        self.root = os.path.abspath(path)
        self.folder = path
        self.shown = f"{path}@{revision}"
        # Of the disk, only the devices files that the user names are read, and what is beside them.
        self.within: Within | None = None if allow_outside else Within()
        try:
            repository = find(self.root)
            self._objects = Objects(repository)
            commit = resolve(repository, self._objects, revision)
            self.commit = commit
            tree = self._objects.commit(commit).tree
            above = Folders(self._objects, tree, repository.width)
            top, used = above.entry(repository.prefix)
            if top is None or used < len(repository.prefix) or top.kind != FOLDER:
                raise Unreadable(
                    f"the revision has no folder {'/'.join(repository.prefix)}",
                    "DIR must be a folder that exists in REV",
                )
            self._folders = Folders(self._objects, top.object, repository.width)
            self._folders.entries(())
        except Unreadable as error:
            message = f"cannot read {self.shown} from git: {error.reason}"
            raise fail(message, hint=error.hint, code="KG402") from None

    def read(self, path: str) -> str:
        """The text of a file; OSError and NotText as read_text raises them, and KgenError."""
        return decoded(self.data(path))

    def data(self, path: str) -> bytes:
        """A file as git stores it; OSError as read_bytes raises it.

        Raises KgenError if the revision has the file, but the repository lacks its content.
        """
        entry = self._file(path)
        try:
            return self._objects.of_kind(entry.object, "blob")
        except Unreadable as error:
            raise self._broken(path, error, "KG104") from None

    def names(self, folder: str) -> list[str]:
        """The sorted names in a folder; empty if it does not exist. Raises KgenError."""
        parts = self._parts(folder)
        if parts is None:
            return []
        try:
            entries = self._folders.entries(parts)
        except Unreadable as error:
            raise self._broken(folder, error, "KG402") from None
        return sorted(name for name, entry in entries.items() if entry.kind in (FILE, FOLDER))

    def is_file(self, path: str) -> bool:
        """Whether a path is a regular file. Raises KgenError."""
        try:
            self._file(path)
        except OSError:
            return False
        return True

    def stamp(self, path: str) -> str:
        """The object of a file, which never changes; "" if there is none. Raises KgenError."""
        try:
            return str(self._file(path).object)
        except OSError:
            return ""

    def _file(self, path: str) -> Entry:
        parts = self._parts(path)
        try:
            entry, used = (None, 0) if parts is None else self._folders.entry(parts)
        except Unreadable as error:
            raise self._broken(path, error, "KG402") from None
        if entry is None or parts is None:
            raise FileNotFoundError(2, "No such file in this revision", path)
        if entry.kind in (LINK, SUBMODULE):
            where = "Is" if used == len(parts) else "Is behind"
            reason = f"{where} a {entry.kind}, which is not followed in a git revision"
            raise OSError(40, reason, path)
        if used < len(parts):
            raise NotADirectoryError(20, "Not a directory", path)
        if entry.kind == FOLDER:
            raise IsADirectoryError(21, "Is a directory", path)
        return entry

    def _parts(self, path: str) -> tuple[str, ...] | None:
        """The components of a path, relative to the root; None if it is not below the root."""
        path = os.path.normpath(path)
        if path == self.root:
            return ()
        top = self.root.rstrip(os.sep) + os.sep
        return tuple(path[len(top) :].split(os.sep)) if path.startswith(top) else None

    def _broken(self, path: str, error: Unreadable, code: str) -> KgenError:
        name = os.path.relpath(path, self.root).replace(os.sep, "/")
        return fail(
            f"cannot read {name} of {self.shown}: {error.reason}", hint=error.hint, code=code
        )


def parted(root: str, shown: str, head: str, revision: str) -> str:
    """The full name of the commit at which the history of a tree left that of a revision: the last
    commit that both have.

    root, shown: of the tree, which is what the revision `head` became. Raises KgenError.
    """
    hint = "it has to be a clone of git"
    try:
        repository = find(root)
        objects, hint = Objects(repository), ""
        ends = (resolve(repository, objects, one) for one in (revision, head))
        return parting(objects, *ends)
    except Unreadable as error:
        message = f"cannot go back from {shown} to {revision}: {error.reason}"
        raise fail(message, hint=hint or error.hint, code="KG426") from None
