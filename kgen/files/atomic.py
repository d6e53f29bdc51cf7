"""The one way to write files: output that appears whole or not at all."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager

from kgen.files.read import NONBLOCK
from kgen.model.problems import KgenError, Problem, os_reason
from kgen.model.record import Record

try:
    import fcntl
except ImportError:  # not on Windows; two runs at once then only keep each single file whole
    fcntl = None  # type: ignore[assignment]
_LOCKS = fcntl is not None


class Written(Record):
    """What a commit did: paths that were created or changed, and paths left as they were."""

    changed: tuple[str, ...]
    unchanged: tuple[str, ...]


def commit(files: Mapping[str, str]) -> Written:
    """Write all files (path to text) or none; one whose content is already right is not touched.

    Every new content is first written beside its file, and only when all are there are they
    renamed into place. A failure leaves no file changed and nothing lying about. What is behind
    a link is replaced where it is; a pipe or a device (a depfile can be one) is written to,
    before any file changes. Raises KgenError.
    """
    places: dict[str, str] = {}  # where each file is, and the path that was given for it
    through: list[str] = []
    current = ""
    try:
        data: dict[str, bytes] = {}
        for current, text in files.items():
            data[current] = text.encode("utf-8", "surrogateescape")
            place = _place(current)
            if place is None:
                through.append(current)
            elif places.setdefault(place, current) != current:
                raise _twice(current, places[place])
        for number, current in enumerate(through):
            from kgen.files.special import write_to

            try:
                write_to(current, data[current])
            except OSError as error:
                del through[number:]
                error.filename = current
                raise
        with _terminable():
            changed = _replace({place: data[path] for place, path in places.items()})
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


def _replace(files: Mapping[str, bytes]) -> list[str]:
    """Write all files or none; gives those that were created or changed.

    Raises OSError with the name of the file or folder that it is about.
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
            if not (locked and _left_over(folders)):
                break
            from kgen.files import journal  # an earlier run did not come to its end

            more = journal.others(folders)
            if not more:
                old_journals = journal.recover(sorted(folders), files)
                break
            folders |= more
        for path, data in files.items():
            before = None if os.path.dirname(path) in made else _content(path)
            if before != data:
                name = f".kgen-{os.urandom(6).hex()}.tmp"
                names[path] = os.path.join(os.path.dirname(path), name)
                if not _write_instead(path, names[path], data):
                    new.add(path)
        with _uninterrupted():
            if len(names) > 1:
                from kgen.files import journal  # one file alone needs none

                changes = [
                    journal.change(path, name, files[path], new=path in new)
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
        done = done or hasattr(error, "hint")  # the next run needs what there is
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


def replace_private(path: str, text: str) -> None:
    """Write a file that only this user may read, whole or not at all; not while another run
    writes to its folder. Raises OSError."""
    folder = os.path.dirname(path)
    os.makedirs(folder, mode=0o700, exist_ok=True)
    descriptor = os.open(folder, os.O_RDONLY) if _LOCKS else None
    try:
        # Of a run that was ended, one file is left at most: the next one has the same name.
        name = f"{path}.tmp" if descriptor is not None else f"{path}.{os.getpid()}.tmp"
        if descriptor is not None:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            _remove(name)
        try:
            _write_new(name, text.encode("utf-8"), 0o600)
            os.replace(name, path)
        finally:
            _remove(name)
    finally:
        if descriptor is not None:
            os.close(descriptor)


def _content(path: str) -> bytes | None:
    """What a regular file holds now; None if there is no such file."""
    try:
        descriptor = os.open(path, os.O_RDONLY | NONBLOCK)
    except OSError:  # not there, or not for us to read; writing will tell
        return None
    with os.fdopen(descriptor, "rb") as stream:
        return stream.read() if stat.S_ISREG(os.fstat(descriptor).st_mode) else None


def _place(path: str) -> str | None:
    """Where the file is that is to be replaced; None for what is written to instead."""
    try:
        if stat.S_ISREG(os.lstat(path).st_mode):
            return path
    except OSError:  # not there yet, or in no folder; making the folder finds that out
        return path
    from kgen.files import special  # rarely needed, and every start would pay for it

    return special.place(path)


def _twice(path: str, other: str) -> KgenError:
    message = f"writing {path} would replace {other}, which is written too"
    return KgenError(Problem(message, hint="no output file was changed", code="KG602"))


_UNCHANGED = "no output file was changed"


def _also(through: list[str]) -> str:
    """What else a failed run has done. through: what it has written to."""
    return f"; {', '.join(through)} was written to" if through else ""


def _write_instead(path: str, name: str, data: bytes) -> bool:
    """Write what is to replace a file, with its owner and mode; whether there is such a file."""
    try:
        old = os.lstat(path)
    except OSError:
        _write_new(name, data)
        return False
    _write_new(name, data, stat.S_IMODE(old.st_mode) & 0o666)
    made = os.lstat(name)
    if (made.st_uid, made.st_gid) != (old.st_uid, old.st_gid):
        for owner in (old.st_uid, -1):  # only the superuser can give a file away
            try:
                os.chown(name, owner, old.st_gid)
                break
            except OSError:
                pass
        made = os.lstat(name)
    mode = stat.S_IMODE(old.st_mode)
    if (made.st_uid, made.st_gid) != (old.st_uid, old.st_gid):
        mode &= 0o777  # a file of another owner must not run with that owner's rights
    if mode != stat.S_IMODE(made.st_mode):
        try:
            os.chmod(name, mode)
        except OSError:  # a file system without modes
            pass
    return True


def _write_new(path: str, data: bytes, mode: int = 0o666) -> None:
    _write(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), data)


def _write(descriptor: int, data: bytes) -> None:
    try:
        while data:
            data = data[os.write(descriptor, data) :]
    finally:
        os.close(descriptor)


@contextmanager
def _uninterrupted() -> Iterator[None]:
    """Hold back Ctrl-C and termination for the moment in which files change places."""
    import signal

    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    held = {signal.SIGINT, signal.SIGTERM, signal.SIGHUP}
    before = signal.pthread_sigmask(signal.SIG_BLOCK, held)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


@contextmanager
def _terminable() -> Iterator[None]:
    """Termination as an exception, as Ctrl-C is, so that nothing is left lying about."""
    import signal
    import threading

    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    if threading.current_thread() is not threading.main_thread():
        yield
        return
    # A signal that the parent process set to be ignored, as nohup does, stays ignored.
    numbers = [getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]
    caught = [number for number in numbers if signal.getsignal(number) is signal.SIG_DFL]
    for number in caught:
        signal.signal(number, stop)
    try:
        yield
    finally:
        for number in caught:
            signal.signal(number, signal.SIG_DFL)


def _lock_all(folders: Iterable[str], made: list[str], descriptors: list[int]) -> bool:
    """Make and lock folders, so that of runs that write to one each waits for the other.

    made and descriptors: for what was made and opened, also when this fails; descriptors that
    are there are closed first. Whether all are locked: some file systems have no locks, and two
    runs at once then only keep each single file whole.
    """
    while True:
        while descriptors:
            os.close(descriptors.pop())
        for folder in sorted(folders):
            made.extend(_make_folder(folder))
        if not _LOCKS:
            return False
        # One folder may be spelled in several ways, and a second lock of it would wait for
        # the first for ever. All runs lock in the same order, so none waits for itself.
        known: dict[tuple[int, int], tuple[int, str]] = {}
        for folder in folders:
            descriptor = os.open(folder, os.O_RDONLY)
            descriptors.append(descriptor)
            known.setdefault(_identity(os.fstat(descriptor)), (descriptor, folder))
        # All are locked, even when one cannot be.
        locked = [_lock(descriptor, folder) for _, (descriptor, folder) in sorted(known.items())]
        try:
            # A run that failed may have removed the folder that it had made.
            if all(_identity(os.stat(folder)) == key for key, (_, folder) in known.items()):
                return all(locked)
        except FileNotFoundError:
            pass


def _identity(status: os.stat_result) -> tuple[int, int]:
    return status.st_dev, status.st_ino


def _left_over(folders: Iterable[str]) -> bool:
    """Whether an earlier run has left something in folders that are locked now."""
    return any(name.startswith(".kgen-") for folder in folders for name in os.listdir(folder))


def _lock(descriptor: int, folder: str) -> bool:
    """Lock a folder when nobody else does; False where there are no locks."""
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
    """Create a folder and those above it; returns what was made, outermost first."""
    missing: list[str] = []
    while folder and not os.path.isdir(folder):
        if os.path.islink(folder) and not os.path.lexists(os.path.realpath(folder)):
            folder = os.path.realpath(folder)  # a link to a folder that is not there yet
            continue
        if os.path.lexists(folder):
            os.stat(folder)  # it may have a better reason
            raise NotADirectoryError(20, "Not a directory", folder)
        missing.append(folder)
        folder = os.path.dirname(folder.rstrip("/"))
    made: list[str] = []
    for path in reversed(missing):
        try:
            os.mkdir(path)
            made.append(path)
        except FileExistsError:  # another run was quicker, or it ends with `/..`
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
