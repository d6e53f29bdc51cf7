"""The one way to write files: output that appears whole or not at all."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from kgen.files.read import NONBLOCK
from kgen.model.problems import KgenError, Problem, os_reason
from kgen.model.record import Record

try:
    import fcntl
except ImportError:  # not on Windows; two runs at once then only keep each single file whole
    fcntl = None  # type: ignore[assignment]


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
    made: list[str] = []
    places: dict[str, str] = {}  # where each file is, and the path that was given for it
    temporary: dict[str, str] = {}
    new: set[str] = set()
    through: list[str] = []
    current = ""
    done = False
    try:
        data: dict[str, bytes] = {}
        for current, text in files.items():
            data[current] = text.encode("utf-8", "surrogateescape")
            place = _place(current)
            if place is not None and places.setdefault(place, current) != current:
                raise _twice(current, places[place])
        for current in files:
            if current not in places.values():
                from kgen.files.special import write_to

                write_to(current, data[current])
                through.append(current)
        folders = sorted({os.path.dirname(place) or "." for place in places})
        for current in folders:
            made.extend(_make_folder(current))
        with _terminable(), _alone(folders):
            for place, current in places.items():
                before = None if os.path.dirname(place) in made else _content(place)
                if before != data[current]:
                    name = f".kgen-{os.urandom(6).hex()}.tmp"
                    temporary[place] = os.path.join(os.path.dirname(place), name)
                    if not _write_instead(place, temporary[place], data[current]):
                        new.add(place)
            with _uninterrupted():
                _replace_all(temporary, new)
                done = True
    except OSError as error:
        failed = places.get(error.filename2, current)
        message = f"cannot write {failed}: {os_reason(error)}"
        raise KgenError(Problem(message, hint=_unchanged(through), code="KG601")) from None
    except UnicodeEncodeError as error:
        message = f"cannot write {current}: it would hold {error.object[error.start]!r}"
        hint = f"that is not a character: {_unchanged(through)}"
        raise KgenError(Problem(message, hint=hint, code="KG601")) from None
    finally:
        if not done:
            for name in temporary.values():
                _remove(name)
            for folder in reversed(made):
                _remove_empty(folder)
    changed = {*through, *(places[place] for place in temporary)}
    return Written(
        tuple(path for path in files if path in changed),
        tuple(path for path in files if path not in changed),
    )


def replace_private(path: str, text: str) -> None:
    """Write a file that only this user may read, whole or not at all. Raises OSError."""
    os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)
    name = f"{path}.{os.getpid()}.tmp"
    try:
        _write_new(name, text.encode("utf-8"), 0o600)
        os.replace(name, path)
    finally:
        _remove(name)


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


def _unchanged(through: list[str]) -> str:
    """What a failed run has changed; through: what it has written to."""
    also = f"; {', '.join(through)} was written to" if through else ""
    return f"no output file was changed{also}"


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


def _replace_all(temporary: Mapping[str, str], new: set[str]) -> None:
    """Move every temporary file over its path; when one cannot be moved, undo the others.

    An old content that cannot be brought back stays beside its file, with the ending `.old`.
    """
    backups: dict[str, str | None] = {}
    stay: set[str] = set()
    try:
        for path, name in temporary.items():
            backups[path] = None if path in new else _second_name(path, name + ".old")
            os.replace(name, path)
    except OSError:
        *moved, _ = backups
        for path in moved:
            backup = backups[path]
            if backup is None:
                _remove(path)
                continue
            try:
                os.replace(backup, path)
            except OSError:
                stay.add(backup)
        raise
    finally:
        for backup in backups.values():
            if backup is not None and backup not in stay:
                _remove(backup)


def _second_name(path: str, name: str) -> str | None:
    """Give an existing file a second name, to bring it back by; a copy where links are not had.

    None for what is no file: there is nothing to bring back.
    """
    if not os.path.isfile(path):
        return None
    try:
        os.link(path, name, follow_symlinks=False)
    except OSError:
        _write_new(name, _content(path) or b"")
    return name


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


@contextmanager
def _alone(folders: list[str]) -> Iterator[None]:
    """Let runs that write to the same folders do so one after the other."""
    descriptors: list[int] = []
    try:
        if fcntl is not None:
            # One folder may be spelled in several ways, and a second lock of it would wait for
            # the first for ever. All runs lock in the same order, so none waits for itself.
            known: dict[tuple[int, int], tuple[int, str]] = {}
            for folder in folders:
                descriptor = os.open(folder, os.O_RDONLY)
                descriptors.append(descriptor)
                status = os.fstat(descriptor)
                known.setdefault((status.st_dev, status.st_ino), (descriptor, folder))
            for _, (descriptor, folder) in sorted(known.items()):
                _lock(descriptor, folder)
        yield
    finally:
        for descriptor in descriptors:
            os.close(descriptor)


def _lock(descriptor: int, folder: str) -> None:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        from kgen.files import waiting  # most runs need not wait

        waiting.lock(descriptor, folder)
    except OSError as error:
        # A file system without locks: two runs at once then only keep each single file whole.
        if error.errno not in (errno.ENOLCK, errno.ENOTSUP, errno.ENOSYS):
            raise


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
