"""The one door to the disk: texts in, and output that appears whole or not at all."""

from __future__ import annotations

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
    renamed into place. A failure leaves no file changed and nothing lying about. What is a
    device or a pipe (a depfile can be) is written through instead. Raises KgenError.
    """
    made: list[str] = []
    temporary: dict[str, str] = {}
    new: set[str] = set()
    devices: dict[str, bytes] = {}
    current = ""
    done = False
    try:
        folders = sorted({os.path.dirname(path) or "." for path in files})
        for current in folders:
            made.extend(_make_folder(current))
        with _terminable(), _alone(folders):
            for current, text in files.items():
                data = text.encode("utf-8", "surrogateescape")
                before = None if os.path.dirname(current) in made else _content(current)
                if before is None and _is_device(current):
                    devices[current] = data
                elif before != data:
                    name = f".kgen-{os.urandom(6).hex()}.tmp"
                    temporary[current] = os.path.join(os.path.dirname(current), name)
                    _write_new(temporary[current], data)
                    if before is None and not os.path.lexists(current):
                        new.add(current)
            with _uninterrupted():
                _replace_all(temporary, new)
                done = True
            for current, data in devices.items():
                _write_through(current, data)
    except OSError as error:
        message = f"cannot write {current}: {os_reason(error)}"
        raise KgenError(Problem(message, hint="no output file was changed", code="KG601")) from None
    except UnicodeEncodeError as error:
        message = f"cannot write {current}: it would hold {error.object[error.start]!r}"
        hint = "that is no character: no output file was changed"
        raise KgenError(Problem(message, hint=hint, code="KG601")) from None
    finally:
        if not done:
            for name in temporary.values():
                _remove(name)
            for folder in reversed(made):
                _remove_empty(folder)
    changed = (*temporary, *devices)
    return Written(changed, tuple(path for path in files if path not in changed))


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


def _is_device(path: str) -> bool:
    """Whether writing to a path goes somewhere else than into a file of that name."""
    try:
        mode = os.stat(path).st_mode
    except OSError:
        return False
    return not stat.S_ISREG(mode) and not stat.S_ISDIR(mode)


def _write_new(path: str, data: bytes, mode: int = 0o666) -> None:
    _write(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), data)


def _write_through(path: str, data: bytes) -> None:
    _write(os.open(path, os.O_WRONLY), data)


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
            # the first for ever. All runs lock in the same order, so none waits in a circle.
            known: dict[tuple[int, int], int] = {}
            for folder in folders:
                descriptor = os.open(folder, os.O_RDONLY)
                descriptors.append(descriptor)
                status = os.fstat(descriptor)
                known.setdefault((status.st_dev, status.st_ino), descriptor)
            for _, descriptor in sorted(known.items()):
                fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        for descriptor in descriptors:
            os.close(descriptor)


def _make_folder(folder: str) -> list[str]:
    """Create a folder and those above it; returns what was made, outermost first."""
    missing = []
    folder = os.path.normpath(folder)
    while not os.path.isdir(folder):
        if os.path.lexists(folder):
            raise NotADirectoryError(20, "Not a directory", folder)
        missing.append(folder)
        parent = os.path.dirname(folder)
        if parent in ("", folder):
            break
        folder = parent
    made = []
    for path in reversed(missing):
        try:
            os.mkdir(path)
            made.append(path)
        except FileExistsError:  # another run was quicker
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
