"""Reads files: regular files only, text in UTF-8 only.

Every question that kgen asks of the disk passes through here: what a file holds, what is in a
folder, whether something exists, where links lead. A process can note its questions with their
answers; a later one asks them again, and where all answers are the same, so is all that follows.
"""

from __future__ import annotations

import os
import stat
import sys
from contextlib import contextmanager

from kgen.model.places import File, Place
from kgen.model.problems import KgenError, Problem, os_reason

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    # What is asked of a path, and the path.
    Question = tuple[str, str]

NONBLOCK = getattr(os, "O_NONBLOCK", 0)

# Bytes of one file. The Kconfig files of all of QEMU together are a hundredth of it.
LIMIT = 64 << 20


# At the beginning of a text it says that it is UTF-8.
BYTE_ORDER_MARK = "\ufeff"


# The names of files of a write that is not finished begin with this.
UNFINISHED = ".kgen-"


# What stands in NotText.marked for a byte that is not text.
BAD = "\ufffd"


# Questions.

# The answer to a question that got two: no file's state is that, so it is never the same again.
_BOTH = "?"

_noted: dict[Question, str] | None = None


def note_questions() -> None:
    """From now on the questions of this process are noted."""
    global _noted
    _noted = {}


def noted() -> dict[Question, str]:
    """The questions so far, with their answers; {} if they are not noted."""
    return _noted or {}


@contextmanager
def noting() -> Iterator[dict[Question, str]]:
    """Gives the questions that are asked in a `with` block, with their answers; they are noted for
    the process, too, if its questions are."""
    global _noted
    before, _noted = _noted, {}
    inner = _noted
    try:
        yield inner
    finally:
        _noted = before
        note_answers(inner.items())


def note_answers(answers: Iterable[tuple[Question, str]]) -> None:
    """Note questions with the answers that were got elsewhere."""
    if _noted is not None:
        for question, answer in answers:
            if _noted.setdefault(question, answer) != answer:
                _noted[question] = _BOTH


def note_written(path: str, content: str) -> None:
    """Note the digest of what a file holds that this process wrote, whatever it held before."""
    if _noted is not None:
        _noted["content", path] = content


def note_modules() -> None:
    """Note the modules that this process has imported, but not those of Python itself."""
    if _noted is None:
        return
    of_python = os.path.join(os.path.dirname(os.__file__), "")
    for module in list(sys.modules.values()):
        path = getattr(module, "__file__", None)
        # Packages may be installed in a folder of the standard library.
        if path and (not path.startswith(of_python) or "-packages" in path):
            note_answers([(("module", path), _module(path))])


def unchanged(answers: Iterable[tuple[str, str, str]]) -> bool:
    """Whether all questions (what, path, answer) have the same answers now.

    Raises KeyError for a question that nothing asks.
    """
    ask: dict[str, Callable[[str], str]] = {
        "content": _content,
        "names": _names,
        "file": lambda path: _yes_or_no(os.path.isfile(path)),
        "folder": lambda path: _yes_or_no(os.path.isdir(path)),
        "exists": lambda path: _yes_or_no(os.path.exists(path)),
        "there": lambda path: _yes_or_no(os.path.lexists(path)),
        "link": Links().followed,
        "unfinished": lambda path: _yes_or_no(_has_unfinished(path)),
        "module": _module,
    }
    try:
        return all(ask[what](path) == answer for what, path, answer in answers)
    except (OSError, ValueError):  # no folder any more, or no possible name
        return False


def digest(data: bytes) -> str:
    """A digest of some bytes; no two different contents with the same one can be made."""
    try:
        from _blake2 import blake2b  # without OpenSSL, which hashlib loads
    except ImportError:
        from hashlib import blake2b
    return blake2b(data, digest_size=32).hexdigest()


def is_file(path: str) -> bool:
    """os.path.isfile, noted."""
    return _noted_answer("file", path, os.path.isfile(path))


def is_folder(path: str) -> bool:
    """os.path.isdir, noted."""
    return _noted_answer("folder", path, os.path.isdir(path))


def exists(path: str) -> bool:
    """os.path.exists, noted."""
    return _noted_answer("exists", path, os.path.exists(path))


def is_there(path: str) -> bool:
    """os.path.lexists, noted: also of a link that leads nowhere."""
    return _noted_answer("there", path, os.path.lexists(path))


def has_unfinished(folder: str) -> bool:
    """Whether a folder holds files of a run that did not end normally. Raises OSError."""
    return _noted_answer("unfinished", folder, _has_unfinished(folder))


def names_in(folder: str) -> list[str]:
    """The sorted names in a folder. Raises OSError."""
    try:
        names = sorted(os.listdir(folder))
    except OSError:
        note_answers([(("names", folder), "")])
        raise
    if _noted is not None:
        note_answers([(("names", folder), _digest_of(names))])
    return names


def _noted_answer(what: str, path: str, answer: bool) -> bool:
    note_answers([((what, path), _yes_or_no(answer))])
    return answer


def _yes_or_no(answer: bool) -> str:
    return "y" if answer else "n"


def peek(path: str) -> bytes | None:
    """A regular file's content; None if it cannot be read. This question is not noted."""
    try:
        return _bytes(path, LIMIT)
    except OSError:
        return None


def _content(path: str) -> str:
    data = peek(path)
    return "" if data is None else digest(data)


def _names(folder: str) -> str:
    try:
        return _digest_of(sorted(os.listdir(folder)))
    except OSError:
        return ""


def _digest_of(names: list[str]) -> str:
    return digest(os.fsencode("\0".join(names)))


def _has_unfinished(folder: str) -> bool:
    return any(name.startswith(UNFINISHED) for name in os.listdir(folder))


def _module(path: str) -> str:
    """By which Python detects that a module's file has changed: its time and size."""
    try:
        status = os.stat(path)
    except OSError:
        return ""
    return f"{status.st_mtime_ns} {status.st_size}"


# Links.

# No system opens a longer one.
_LONGEST_PATH = 1 << 12


class Links:
    """Follows links: os.path.realpath for many paths, of which each is followed once. They share
    few folders, and what is in a folder that does not exist need not be asked."""

    def __init__(self) -> None:
        self._real: dict[str, str] = {}  # of folders
        self._known: dict[str, str] = {}
        self._absent: set[str] = set()

    def real(self, path: str) -> str:
        """What a path really names; noted."""
        real = self.followed(path)
        note_answers([(("link", path), real)])
        return real

    def followed(self, path: str) -> str:
        """What a path really names."""
        real = self._known.get(path)
        if real is None:
            folder, name = os.path.split(path)
            if len(folder) > _LONGEST_PATH:
                return os.path.realpath(path)
            real = self._below(self._real.get(folder) or self._of_folder(folder), name)
            self._known[path] = real
        return real

    def _of_folder(self, folder: str) -> str:
        """What a folder leads to, and from then on known, as what those above it lead to."""
        steps = []
        while folder not in self._real:
            outer, name = os.path.split(folder)
            if not (outer and name):
                self._real[folder] = os.path.realpath(folder)
                break
            steps.append((folder, outer, name))
            folder = outer
        real = self._real[folder]
        for folder, outer, name in reversed(steps):
            real = self._real[folder] = self._below(self._real[outer], name)
        return real

    def _below(self, above: str, name: str) -> str:
        """What a name in a folder, which is not a link, leads to."""
        path = f"{above}{os.sep}{name}" if above != os.sep else f"{above}{name}"
        if name in ("", ".", ".."):
            return os.path.realpath(path)
        if above in self._absent:
            self._absent.add(path)
            return path
        try:
            is_link = stat.S_ISLNK(os.lstat(path).st_mode)
        except FileNotFoundError:
            self._absent.add(path)
            return path
        except (OSError, ValueError):  # as os.path.islink
            return path
        return os.path.realpath(path) if is_link else path


class Outside(OSError):
    """A file that is not in the folders that may be read."""

    def __init__(self, path: str) -> None:
        super().__init__(1, "outside the tree", path)


class Within:
    """Some folders, and what is really in them: a link that leads out of them does not count.

    links: what the paths that were asked for lead to."""

    def __init__(self, *folders: str) -> None:
        self.links = Links()
        self._folders = [os.path.join(self.links.real(folder), "") for folder in folders]

    def add_beside(self, path: str) -> None:
        """A file that the user named, wherever it is, and what is in its folder."""
        path = os.path.abspath(path)
        link = not any(os.path.join(path, "").startswith(folder) for folder in self._folders)
        for name in (path, self.links.real(path)) if link else (path,):
            self._folders.append(os.path.join(self.links.real(os.path.dirname(name)), ""))

    def check(self, path: str) -> None:
        """Raise Outside for a file that is in none of the folders."""
        if not self.holds(path):
            raise Outside(path)

    def holds(self, path: str) -> bool:
        """Whether a path leads to one of the folders or to a place in it."""
        return f"{self.links.real(path)}{os.sep}".startswith(tuple(self._folders))


class NotText(Exception):
    """A file that is not UTF-8; line and column (both from 1) of its first bad byte."""

    def __init__(self, line: int, column: int, data: bytes = b"") -> None:
        super().__init__("not valid UTF-8")
        self.line = line
        self.column = column
        self._data = data

    @property
    def marked(self) -> str:
        """The text, with BAD in place of each byte that is no part of it."""
        return _new_lines(self._data.decode("utf-8", "replace"))


def read_bytes(path: str, limit: int = LIMIT) -> bytes:
    """A regular file's content.

    Raises OSError, also for a file of more bytes than the limit, and for anything that is not
    a regular file: a pipe or a device may never end.
    """
    try:
        data = _bytes(path, limit)
    except OSError:
        note_answers([(("content", path), "")])
        raise
    if _noted is not None:
        note_answers([(("content", path), digest(data))])
    return data


def _bytes(path: str, limit: int) -> bytes:
    """read_bytes, not noted."""
    if "\0" in path:
        raise OSError(22, "A name cannot hold a NUL character", path)
    # O_NONBLOCK: opening a pipe without a writer would block. The direct calls take half the time
    # of a file object, and a tree has a hundred files.
    descriptor = os.open(path, os.O_RDONLY | NONBLOCK)
    try:
        status = os.fstat(descriptor)
        if stat.S_ISDIR(status.st_mode):
            raise IsADirectoryError(21, "Is a directory", path)
        if not stat.S_ISREG(status.st_mode):
            raise OSError(22, "Not a regular file", path)
        size = status.st_size
        if size <= limit:
            data = os.read(descriptor, size + 1)
            if len(data) > size:  # it grows at this moment, or reports no size
                data += _rest(descriptor, limit - size)
                size = len(data)
        if size > limit:
            reason = f"It has {size:,} bytes, and kgen reads no file of more than {limit:,}"
            raise OSError(27, reason, path)
    finally:
        os.close(descriptor)
    return data


def _rest(descriptor: int, most: int) -> bytes:
    """What follows in a file, up to a little more than so many bytes."""
    parts = []
    while most >= 0 and (part := os.read(descriptor, 1 << 20)):
        parts.append(part)
        most -= len(part)
    return b"".join(parts)


def read_text(path: str, limit: int = LIMIT) -> str:
    """A regular file's text, with `\\r\\n` and `\\r` read as new lines as Python's text mode does.

    Raises OSError as read_bytes does, and NotText.
    """
    return decoded(read_bytes(path, limit))


def read_stream(path: str, limit: int = LIMIT) -> str:
    """The text of a pipe or device that the user named, up to its end; waits for its writer.

    Raises OSError, also for more bytes than the limit, and NotText.
    """
    descriptor = os.open(path, os.O_RDONLY)
    try:
        data = _rest(descriptor, limit)
    finally:
        os.close(descriptor)
    if len(data) > limit:
        reason = f"It has more than {limit:,} bytes, the limit of kgen"
        raise OSError(27, reason, path)
    return decoded(data)


def decoded(data: bytes) -> str:
    """The text that bytes are, as read_text gives it; raises NotText."""
    text = exact_text(data)
    return _new_lines(text) if "\r" in text else text


def exact_text(data: bytes) -> str:
    """The text that bytes are, with its line ends as they are; raises NotText."""
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        before = _new_lines(data[: error.start].decode("utf-8"))
        column = len(before) - before.rfind("\n")
        raise NotText(before.count("\n") + 1, column, data) from None


def _new_lines(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


def read_input(path: str, shown: str) -> str:
    """read_text for a file that the user named: errors become a KgenError about `shown`.

    A byte order mark, which some editors write, is not part of the text.
    """
    return _new_lines(_input(path, shown)).removeprefix(BYTE_ORDER_MARK)


def read_exactly(path: str) -> str:
    """read_input for a file that is to be changed: with its line ends as they are."""
    return _input(path, path)


def _input(path: str, shown: str) -> str:
    try:
        return exact_text(read_bytes(path))
    except OSError as error:
        raise KgenError(Problem(f"cannot read {shown}: {os_reason(error)}", code="KG104")) from None
    except NotText as error:
        place = Place(File(shown, outside=True), error.line, error.column)
        raise KgenError(Problem("not valid UTF-8", place, code="KG103")) from None
