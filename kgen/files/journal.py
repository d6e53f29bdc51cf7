"""Replaces several files as one: a journal allows the next run to complete or undo an ended run.

`.kgen-journal` exists from before the first replacement until after the last one, so a set
without a journal is complete. The journal lists each file with its temporary name and the digests
of its new and old content. If the set is in several folders, one folder has this journal, and
each of the others has a link to it: a link has no content of its own, which would have to be
synced in each folder.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterable, Mapping, Sequence

from kgen.files.read import digest, read_bytes
from kgen.model.problems import KgenError, Problem
from kgen.model.record import Record

NAME = ".kgen-journal"

_HEAD = "kgen-journal 2"
_ABOUT = """\
# kgen is replacing these files. If no kgen is running, it was killed, and some of them may be new
# and others old; the next run that writes to this folder completes or undoes the replacement.
"""
# Not compiled here: only a run after one that was killed needs them.
_TEMPORARY = r"\.kgen-[0-9a-f]{12}\.tmp(\.old)?"
_DIGEST = r"[0-9a-f]{64}"
_NO_FILE = "-"
_UNCHANGED = "no output file was changed"
# The most folders that are synced one by one; for more, the whole system is synced.
_SINGLY = 8


class Change(Record):
    """A file to be replaced. new, old: digests of its contents; old is "-" if there is none."""

    path: str
    name: str
    new: str
    old: str

    @property
    def backup(self) -> str:
        return f"{self.name}.old"


class Journal(Record):
    """The content of a folder's journal.

    others: the other folders of the set. main: in a journal that only names another folder, that
    folder; else "".
    """

    folder: str
    changes: tuple[Change, ...]
    others: tuple[str, ...] = ()
    main: str = ""


class Unfinished(OSError):
    """An error that may leave some files new and others old, with a journal for the next run."""

    hint = "some output files may be new already; the next run completes or undoes the replacement"


def change(path: str, name: str, data: bytes, *, new: bool) -> Change:
    """The planned replacement of one file. new: the file does not exist yet. Raises OSError."""
    return Change(path, name, digest(data), _NO_FILE if new else digest(_content(path)))


def replace_all(changes: Sequence[Change], *, locked: bool) -> None:
    """Rename all temporary files into place, or none.

    locked: whether the folders are locked. Without locks no journal is written, because another
    run could not distinguish this run from one that has ended. Raises OSError if no file was
    changed, otherwise Unfinished.
    """
    for item in changes:
        if item.old != _NO_FILE:
            _back_up(item.path, item.backup)
    journal = _begin(changes) if locked else None
    moved: list[Change] = []
    try:
        for item in changes:
            os.replace(item.name, item.path)
            moved.append(item)
    except OSError:
        for item in moved:
            _put_back(item)
        if journal is not None:
            _end(journal)
        raise
    if journal is not None:
        _end(journal)
    for item in changes:
        if item.old != _NO_FILE:
            _remove(item.backup)


def others(folders: Iterable[str]) -> set[str]:
    """The other folders that must be locked before `recover` is called for these."""
    more: set[str] = set()
    for folder in folders:
        journal = _read(folder)
        if journal is not None:
            more.update(path for path in (*journal.others, journal.main) if os.path.isdir(path))
    return more - {os.path.realpath(folder) for folder in folders}


def recover(folders: Sequence[str], paths: Iterable[str]) -> list[Journal]:
    """Complete or undo the replacements of ended runs, and remove their temporary files.

    The folders and their `others` must be locked. paths: the files that this run will write. If a
    journal can be neither completed nor undone, this run must write all of its files: such
    journals are returned, to be closed afterwards. Otherwise raises KgenError.
    """
    written = {os.path.realpath(path) for path in paths}
    found = {folder: _read(folder) for folder in folders}
    journals = [journal for journal in found.values() if journal is not None]
    ended = []
    for shown, journal in found.items():
        if journal is None:
            continue
        if not (_can_complete(journal) or _can_undo(journal)):
            if not {os.path.realpath(item.path) for item in journal.changes} <= written:
                raise _hopeless(shown, journal.changes)
            ended.append(journal)
    for journal in journals:
        main = _read(journal.main) if journal.main else None
        if journal in ended or (main is not None and journal.folder in main.others):
            continue
        if not journal.main:
            _complete(journal) if _can_complete(journal) else _undo(journal)
        close([journal])
    for folder in folders:
        for name in os.listdir(folder):
            if re.fullmatch(_TEMPORARY, name):
                _remove(os.path.join(folder, name))
    return ended


def close(journals: Iterable[Journal]) -> None:
    """Remove journals of earlier runs, and those in other folders that name one of them.

    Raises Unfinished.
    """
    try:
        for journal in journals:
            found = ((folder, _read(folder)) for folder in journal.others if os.path.isdir(folder))
            naming = [folder for folder, other in found if other and other.main == journal.folder]
            _end(journal._replace(others=tuple(naming)))
    except OSError as error:
        raise Unfinished(error.errno, error.strerror, error.filename) from None


def _old_files(journal: Journal) -> list[Change]:
    return [item for item in journal.changes if _digest_of(item.path) != item.new]


def _can_complete(journal: Journal) -> bool:
    """Whether each file that is not new is unchanged or deleted, and its new content exists."""
    return all(
        _digest_of(item.path) in (item.old, _NO_FILE) and _digest_of(item.name) == item.new
        for item in _old_files(journal)
    )


def _complete(journal: Journal) -> None:
    try:
        for item in _old_files(journal):
            os.replace(item.name, item.path)
    except OSError as error:
        raise Unfinished(error.errno, error.strerror, error.filename, None, item.path) from None


def _new_files(journal: Journal) -> list[Change]:
    return [item for item in journal.changes if _digest_of(item.path) != item.old]


def _can_undo(journal: Journal) -> bool:
    """Whether each file that is not old is new or deleted, and its old content exists."""
    return all(
        _digest_of(item.path) in (item.new, _NO_FILE)
        and (item.old == _NO_FILE or _digest_of(item.backup) == item.old)
        for item in _new_files(journal)
    )


def _undo(journal: Journal) -> None:
    for item in _new_files(journal):
        _put_back(item)


def _put_back(item: Change) -> None:
    try:
        if item.old == _NO_FILE:
            os.unlink(item.path)
        else:
            os.replace(item.backup, item.path)
    except OSError as error:
        raise Unfinished(error.errno, error.strerror, error.filename, None, item.path) from None


def _back_up(path: str, name: str) -> None:
    """Keep an old file under a second name; as a copy if hard links are not permitted."""
    try:
        os.link(path, name, follow_symlinks=False)
    except (OSError, NotImplementedError):
        _write(name, _content(path), stat.S_IMODE(os.stat(path).st_mode))


def _begin(changes: Sequence[Change]) -> Journal:
    """Write the journals. The one with the changes is last; the replacement starts with it."""
    folders = list(dict.fromkeys(_folder(item.path) for item in changes))
    main, *rest = folders
    lines = [f"folder {_escaped(folder)}" for folder in rest]
    for item in changes:
        folder = _folder(item.path)
        base = os.path.basename(item.path)
        path = base if folder == main else os.path.join(folder, base)
        lines.append(f"file {item.new} {item.old} {os.path.basename(item.name)} {_escaped(path)}")
    journal = Journal(main, tuple(changes), tuple(rest))
    try:
        for folder in rest:
            _point(folder, main)
        _wait_for(rest)
        _put(main, lines)
    except OSError:
        _end(journal)
        raise
    return journal


def _point(folder: str, main: str) -> None:
    """Make a link to the journal of another folder."""
    name = os.path.join(folder, f".kgen-{os.urandom(6).hex()}.tmp")
    try:
        os.symlink(os.path.relpath(os.path.join(main, NAME), folder), name)
    except (OSError, NotImplementedError):  # a file system without links
        _put(folder, [f"see {_escaped(main)}"])
        return
    _place(name, folder)


def _wait_for(folders: Sequence[str]) -> None:
    """Wait until the links in these folders are on the disk."""
    if len(folders) > _SINGLY and hasattr(os, "sync"):
        os.sync()
        return
    for folder in folders:
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _put(folder: str, lines: Sequence[str]) -> None:
    """Write a folder's journal atomically, and wait until it is on the disk."""
    name = os.path.join(folder, f".kgen-{os.urandom(6).hex()}.tmp")
    text = "\n".join([_HEAD, _ABOUT + "\n".join(lines), "end\n"])
    try:
        _write(name, text.encode("utf-8", "surrogateescape"), 0o644, sync=True)
    except OSError as error:
        _remove(name)
        error.filename = os.path.join(folder, NAME)
        raise
    _place(name, folder)


def _place(name: str, folder: str) -> None:
    """Make a temporary file the journal of a folder."""
    try:
        os.replace(name, os.path.join(folder, NAME))
    except OSError as error:
        _remove(name)
        error.filename = os.path.join(folder, NAME)
        raise


def _end(journal: Journal) -> None:
    """Remove a journal, then those in other folders that name it."""
    try:
        os.unlink(os.path.join(journal.folder, NAME))
    except FileNotFoundError:
        pass
    except OSError as error:
        raise Unfinished(error.errno, error.strerror, error.filename) from None
    for folder in journal.others:
        _remove(os.path.join(folder, NAME))


def _read(folder: str) -> Journal | None:
    """A folder's journal; None without one. KgenError for one that is not this user's."""
    path = os.path.join(folder, NAME)
    try:
        status = os.lstat(path)
        data = _content(path) if stat.S_ISREG(status.st_mode) else b""
        is_link = stat.S_ISLNK(status.st_mode)
        leads_to = os.readlink(path) if is_link else ""
    except FileNotFoundError:
        return None
    # kgen renames what a journal says, and other users may be able to write to the folder.
    own = not hasattr(os, "geteuid") or status.st_uid == os.geteuid()
    if not own or (status.st_mode & 0o022 and not is_link) or status.st_nlink != 1:
        raise _hopeless(folder, ())
    if is_link:
        folder = os.path.realpath(folder)
        main = os.path.realpath(os.path.dirname(os.path.join(folder, leads_to)))
        if os.path.basename(leads_to) != NAME or main == folder:
            raise _hopeless(folder, ())
        return Journal(folder, (), (), main)
    journal = _parsed(folder, data.decode("utf-8", "surrogateescape"))
    if journal is None:
        raise _hopeless(folder, ())
    return journal


def _parsed(folder: str, text: str) -> Journal | None:
    """A journal's content; None if it was not written by this version of kgen."""
    folder = os.path.realpath(folder)
    head, *lines = text.split("\n")
    if head != _HEAD or lines[-2:] != ["end", ""]:
        return None
    changes: list[Change] = []
    rest: list[str] = []
    main = ""
    for line in lines[:-2]:
        word, _, value = line.partition(" ")
        if word == "see":
            main = _unescaped(value)
        elif word == "folder":
            rest.append(_unescaped(value))
        elif word == "file" and value.count(" ") >= 3:
            new, old, name, escaped = value.split(" ", 3)
            path = os.path.join(folder, _unescaped(escaped))
            where = os.path.dirname(path)
            known = re.fullmatch(_DIGEST, new) and (old == _NO_FILE or re.fullmatch(_DIGEST, old))
            if not known or not re.fullmatch(_TEMPORARY, name) or where not in (folder, *rest):
                return None
            changes.append(Change(path, os.path.join(where, name), new, old))
        elif word != "#":
            return None
    return Journal(folder, tuple(changes), tuple(rest), main)


def _hopeless(folder: str, changes: Sequence[Change]) -> KgenError:
    path = os.path.join(folder, NAME)
    if not changes:
        message = f"{path} is not a journal of this user and this version of kgen"
        hint = f"let that user or version run again, or remove it; {_UNCHANGED}"
        return KgenError(Problem(message, hint=hint, code="KG605"))
    names = ", ".join(os.path.basename(item.path) for item in changes[:3])
    more = f" and {len(changes) - 3} more" if len(changes) > 3 else ""
    message = f"a run was ended while it wrote {names}{more}, changed since then"
    hint = f"run again the command that writes all of that, or remove {path}; {_UNCHANGED}"
    return KgenError(Problem(message, hint=hint, code="KG605"))


def _folder(path: str) -> str:
    return os.path.realpath(os.path.dirname(path) or ".")


def _content(path: str) -> bytes:
    """A regular file's content, however long: it is only compared and copied."""
    return read_bytes(path, 1 << 62)


def _digest_of(path: str) -> str:
    """The digest of a file's content; "-" if there is no file."""
    try:
        return digest(_content(path)) if not os.path.islink(path) else ""
    except FileNotFoundError:
        return _NO_FILE
    except OSError:
        return ""


def _escaped(path: str) -> str:
    return path.replace("\\", "\\\\").replace("\n", "\\n").replace("\r", "\\r")


def _unescaped(text: str) -> str:
    known: Mapping[str, str] = {"n": "\n", "r": "\r"}
    return re.sub(r"\\(.)", lambda match: known.get(match[1], match[1]), text)


def _write(path: str, data: bytes, mode: int, *, sync: bool = False) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        while data:
            data = data[os.write(descriptor, data) :]
        if mode != 0o600:
            _set_mode(path, mode)
        if sync:
            os.fsync(descriptor)
    except OSError as error:
        error.filename = path
        raise
    finally:
        os.close(descriptor)


def _set_mode(path: str, mode: int) -> None:
    try:
        os.chmod(path, mode)
    except OSError:  # a file system without modes
        pass


def _remove(path: str) -> None:
    try:
        os.unlink(path)
    except OSError:
        pass
