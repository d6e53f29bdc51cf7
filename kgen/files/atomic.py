"""Writes files: all of a set are replaced, or none."""

from __future__ import annotations

import errno
import os
import stat
from binascii import crc32
from collections.abc import Iterable, Mapping

from kgen.files.process import clean_up_on_termination, uninterrupted
from kgen.files.read import NONBLOCK, UNFINISHED, has_unfinished, note_answers
from kgen.model.problems import KgenError, Problem, os_reason
from kgen.model.record import Record

try:
    import fcntl
except ImportError:  # not on Windows; two simultaneous runs then keep only each single file whole
    fcntl = None  # type: ignore[assignment]
_LOCKS = fcntl is not None
# The number of files that can be open on any system.
_FEW = 128


class Written(Record):
    """The result of a commit: paths that were created or changed, and unchanged paths."""

    changed: tuple[str, ...]
    unchanged: tuple[str, ...]


def commit(files: Mapping[str, str]) -> Written:
    """Write all files (path to text) or none. A file that has the content already is not touched.

    All new contents are written to temporary files beside the files, and then renamed. After an
    error no file is changed and no temporary file remains. If a path is a symbolic link, the file
    that it points to is replaced. A pipe or a device is written to before any file is replaced.
    Raises KgenError.
    """
    places: dict[str, str] = {}  # real path of each file to the path that was given
    through: list[str] = []
    current = ""
    try:
        new = _new_folder(files)
        for current, text in files.items():
            if not text.isascii():
                _encoded(text)  # before anything is written
            place = current if new else _place(current)
            if place is None:
                through.append(current)
            elif places.setdefault(place, current) != current:
                raise _twice(current, places[place])
        for number, current in enumerate(through):
            from kgen.files.special import opened

            try:
                _write(opened(current), _encoded(files[current]))
            except OSError as error:
                del through[number:]
                error.filename = current
                raise
        with clean_up_on_termination():
            texts = {place: files[path] for place, path in places.items()}
            made = new is not None and _made_new(new, texts)
            changed = list(texts) if made else _replace(texts)
    except OSError as error:
        failed = error.filename or current
        failed = places.get(failed, failed)
        message = f"cannot write {failed}: {os_reason(error)}"
        hint = getattr(error, "hint", _UNCHANGED) + _also(through)
        raise KgenError(Problem(message, hint=hint, code="KG601")) from None
    except UnicodeEncodeError as error:
        message = f"cannot write {current}: it would hold {error.object[error.start]!r}"
        hint = f"that is not a character: {_UNCHANGED}"
        raise KgenError(Problem(message, hint=hint, code="KG601")) from None
    done = {*through, *(places[place] for place in changed)}
    return Written(
        tuple(path for path in files if path in done),
        tuple(path for path in files if path not in done),
    )


def _encoded(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")


def _made_new(folder: str, files: Mapping[str, str]) -> bool:
    """Make a folder that does not exist, with all files, which are all in it; whether it was.

    It is filled under another name, and then renamed: nothing in it has to be locked, or kept for
    a later run. If anything fails, it is removed, and the files are written in the other way, which
    tells what is wrong.
    """
    if not _LOCKS:
        return False
    name = f"{UNFINISHED}{crc32(os.fsencode(os.path.basename(folder))):08x}.new"
    temporary = os.path.join(os.path.dirname(folder), name)
    folders = {folder: temporary}
    descriptor, done = -1, False
    try:
        try:
            os.mkdir(temporary)
        except FileExistsError:
            _remove_left(temporary)
            return False
        descriptor = os.open(temporary, os.O_RDONLY)
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        for path, text in files.items():
            inner = os.path.dirname(path)
            if inner not in folders:
                folders[inner] = temporary + inner[len(folder) :]
                try:
                    os.mkdir(folders[inner])
                except OSError:  # it is in another one, or had to be made for another one
                    os.makedirs(folders[inner], exist_ok=True)
            _write_new(os.path.join(folders[inner], os.path.basename(path)), _encoded(text))
        with uninterrupted():
            os.rename(temporary, folder)
            done = True
    except OSError:
        return False
    finally:
        if not done and descriptor >= 0:
            from shutil import rmtree

            rmtree(temporary, ignore_errors=True)
        if descriptor >= 0:
            os.close(descriptor)
    note_answers((("unfinished", inner or "."), "n") for inner in folders)
    return True


def _new_folder(paths: Iterable[str]) -> str | None:
    """The outermost folder that does not exist and has all paths; None without one."""
    folder = os.path.dirname(next(iter(paths), ""))
    while folder and not os.path.lexists(outer := os.path.dirname(folder) or "."):
        folder = outer
    if not folder or os.path.lexists(folder):
        return None
    inside = os.path.join(folder, "")
    every = all(path.startswith(inside) for path in paths)
    # The path of a folder that is in no folder would be another one under another name.
    odd = any(f"{os.sep}..{os.sep}" in path[len(folder) :] for path in paths)
    return folder if every and not odd else None


def _remove_left(folder: str) -> None:
    """Wait until no run fills a folder that is to be renamed; remove one that was left."""
    if os.path.islink(folder):
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        _lock(descriptor, folder)
        if _identity(os.fstat(descriptor)) == _identity(os.stat(folder)):
            from shutil import rmtree

            rmtree(folder, ignore_errors=True)
    finally:
        os.close(descriptor)


def _replace(files: Mapping[str, str]) -> list[str]:
    """Write all files or none; returns those that were created or changed.

    Raises OSError with the name of the file or folder that failed.
    """
    made: list[str] = []
    names: dict[str, str] = {}  # the temporary name of each file that changes
    new: set[str] = set()
    descriptors: list[int] = []
    done = False
    path = ""
    try:
        folders = {os.path.dirname(path) or "." for path in files}
        old_journals = []
        while True:
            locked = _lock_all(folders, made, descriptors)
            if not (locked and any(map(has_unfinished, folders))):
                break
            from kgen.files import journal  # an earlier run was killed

            more = journal.others(folders)
            if not more:
                old_journals = journal.recover(sorted(folders), files)
                break
            folders |= more
        for path, text in files.items():
            data = _encoded(text)
            before = None if os.path.dirname(path) in made else _content(path)
            if before != data:
                name = f"{UNFINISHED}{os.urandom(6).hex()}.tmp"
                names[path] = os.path.join(os.path.dirname(path), name)
                if not _write_instead(path, names[path], data):
                    new.add(path)
        with uninterrupted():
            if len(names) > 1:
                from kgen.files import journal  # a single file needs no journal

                changes = [
                    journal.change(path, name, _encoded(files[path]), new=path in new)
                    for path, name in names.items()
                ]
                journal.replace_all(changes, locked=locked)
            else:
                for path, name in names.items():
                    os.replace(name, path)
            done = True
            if old_journals:
                journal.close(old_journals)
    except OSError as error:
        done = done or hasattr(error, "hint")  # the next run needs the temporary files
        owners = {name: path for path, name in names.items()}
        named = str(error.filename2 or error.filename or path).removesuffix(".old")
        error.filename = owners.get(named, named)
        raise
    finally:
        if not done:
            for name in names.values():
                _remove(name)
                _remove(f"{name}.old")
        for descriptor in descriptors:
            os.close(descriptor)
        if not done:
            for folder in reversed(made):
                _remove_empty(folder)
    return list(names)


def replace_private(path: str, data: bytes) -> None:
    """Write a file that only this user may read, whole or not at all; not while another run
    writes to its folder. Raises OSError."""
    folder = os.path.dirname(path)
    os.makedirs(folder, mode=0o700, exist_ok=True)
    descriptor = os.open(folder, os.O_RDONLY) if _LOCKS else None
    try:
        # The name is always the same, so a killed run leaves at most one file.
        name = f"{path}.tmp" if descriptor is not None else f"{path}.{os.getpid()}.tmp"
        if descriptor is not None:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            _remove(name)
        try:
            _write_new(name, data, 0o600)
            os.replace(name, path)
        finally:
            _remove(name)
    finally:
        if descriptor is not None:
            os.close(descriptor)


def _content(path: str) -> bytes | None:
    """The content of a regular file; None if it does not exist."""
    try:
        descriptor = os.open(path, os.O_RDONLY | NONBLOCK)
    except OSError:  # not there, or not for us to read; the write reports it
        return None
    with os.fdopen(descriptor, "rb") as stream:
        return stream.read() if stat.S_ISREG(os.fstat(descriptor).st_mode) else None


def _place(path: str) -> str | None:
    """The real path of the file to replace; None if the output is written to instead."""
    try:
        if stat.S_ISREG(os.lstat(path).st_mode):
            return path
    except OSError:  # it or its folder does not exist yet
        return path
    from kgen.files import special  # rarely needed, and its import takes time

    return special.place(path)


def _twice(path: str, other: str) -> KgenError:
    message = f"writing {path} would replace {other}, which is written too"
    return KgenError(Problem(message, hint=_UNCHANGED, code="KG602"))


_UNCHANGED = "no output file was changed"


def _also(through: list[str]) -> str:
    """The part of a hint that names the pipes and devices that were written to."""
    return f"; {', '.join(through)} was written to" if through else ""


def _write_instead(path: str, name: str, data: bytes) -> bool:
    """Write a file's new content with the file's owner and mode; returns whether it exists."""
    try:
        old = os.lstat(path)
    except OSError:
        _write_new(name, data)
        return False
    _write_new(name, data, stat.S_IMODE(old.st_mode) & 0o666)
    made = os.lstat(name)
    if (made.st_uid, made.st_gid) != (old.st_uid, old.st_gid):
        for owner in (old.st_uid, -1):  # only the superuser can change the owner
            try:
                os.chown(name, owner, old.st_gid)
                break
            except OSError:
                pass
        made = os.lstat(name)
    mode = stat.S_IMODE(old.st_mode)
    if (made.st_uid, made.st_gid) != (old.st_uid, old.st_gid):
        mode &= 0o777  # without the owner, set-user-ID would mean another user
    if mode != stat.S_IMODE(made.st_mode):
        try:
            os.chmod(name, mode)
        except OSError:  # a file system without modes
            pass
    return True


def _write_new(path: str, data: bytes, mode: int = 0o666) -> None:
    _write(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), data)


def _write(descriptor: int, data: bytes) -> None:
    """Write all of the data and close the descriptor. A pipe takes a little at a time."""
    rest = memoryview(data)
    try:
        while rest:
            rest = rest[os.write(descriptor, rest) :]
    finally:
        os.close(descriptor)


def _lock_all(folders: Iterable[str], made: list[str], descriptors: list[int]) -> bool:
    """Create and lock folders, so that simultaneous runs write to a folder one after the other.

    Created folders and opened descriptors are added to the lists, also if this fails; descriptors
    of an earlier call are closed. Returns whether all folders are locked: some file systems have
    no locks, and simultaneous runs then keep only each single file whole.
    """
    while True:
        while descriptors:
            os.close(descriptors.pop())
        for folder in sorted(folders):
            made.extend(_make_folder(folder))
        if not _LOCKS:
            return False
        # Two paths may name the same folder, and a second lock would wait for the first. All runs
        # lock in the same order, which prevents deadlocks.
        known: dict[tuple[int, int], tuple[int, str]] = {}
        _allow_open(len(set(folders)))
        for folder in folders:
            descriptor = os.open(folder, os.O_RDONLY)
            descriptors.append(descriptor)
            known.setdefault(_identity(os.fstat(descriptor)), (descriptor, folder))
        locked = [_lock(descriptor, folder) for _, (descriptor, folder) in sorted(known.items())]
        try:
            # A run that failed may have removed a folder that it had created.
            if all(_identity(os.stat(folder)) == key for key, (_, folder) in known.items()):
                return all(locked)
        except FileNotFoundError:
            pass


def _allow_open(count: int) -> None:
    """Let this process have so many more files open, as far as the system lets it."""
    if count <= _FEW:
        return
    import resource  # seldom needed

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = count + _FEW
    if soft != resource.RLIM_INFINITY and soft < wanted:
        most = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))


def _identity(status: os.stat_result) -> tuple[int, int]:
    return status.st_dev, status.st_ino


def _lock(descriptor: int, folder: str) -> bool:
    """Lock a folder; returns False if the file system has no locks."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        from kgen.files import waiting  # most runs need not wait

        waiting.lock(descriptor, folder)
    except OSError as error:
        if error.errno not in (errno.ENOLCK, errno.ENOTSUP, errno.ENOSYS):
            raise
        return False
    return True


def _make_folder(folder: str) -> list[str]:
    """Create a folder and its parents; returns those that were created, outermost first."""
    missing: list[str] = []
    while folder and not os.path.isdir(folder):
        if os.path.islink(folder) and not os.path.lexists(os.path.realpath(folder)):
            folder = os.path.realpath(folder)  # a link to a folder that does not exist yet
            continue
        if os.path.lexists(folder):
            os.stat(folder)  # the system may have a better reason
            raise NotADirectoryError(20, "Not a directory", folder)
        missing.append(folder)
        folder = os.path.dirname(folder.rstrip("/"))
    made: list[str] = []
    for path in reversed(missing):
        try:
            os.mkdir(path)
            made.append(path)
        except FileExistsError:  # created by another run, or the path ends with `/..`
            if not os.path.isdir(path):
                raise
        except OSError:
            for name in reversed(made):
                _remove_empty(name)
            raise
    return made


def _remove(path: str) -> None:
    try:
        os.unlink(path)
    except OSError:
        pass


def _remove_empty(folder: str) -> None:
    try:
        os.rmdir(folder)
    except OSError:
        pass
