"""What all C files of a tree register: read in several processes, and kept for the next time.

The cache is one file for a tree, in the user's cache folder. It has the digest of every C file and
header that was read; what a file registers is read again if the file has changed, or another C file
whose functions it calls. If a header has changed, all are read again.
"""

from __future__ import annotations

import gc
import json
import marshal
import os
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from hashlib import blake2b
from typing import Any, NoReturn

from kgen import __version__
from kgen.code.c.declarations import CONSTRUCTOR, ROOT
from kgen.code.c.headers import Headers
from kgen.code.c.tokens import directives, has_word
from kgen.code.qom import ClassFacts, QomType, Reader, Registered, Unread
from kgen.files.cache import cache_path, keep, kept
from kgen.files.process import ignore_interrupts, uninterrupted
from kgen.files.read import NotText
from kgen.files.tree import Tree
from kgen.model.record import Record

_HEAD = f"kgen registry 1 {__version__}"

# Bytes of the longest C file that is read. QEMU's longest has 800,000.
LONGEST = 8 << 20

# Processes that read, and the number of files for which they are started.
_PROCESSES = 4
_WORTH = 40

# Jobs, of two bytes: as many as a pipe surely holds at once. A job is every 1,024th file.
_JOBS = 1 << 10

# The folders of headers, besides those of the C files.
_HEADERS = "include"


class Registry(Record):
    """What each C file of a tree registers, by path. too_long: the files that were not read."""

    files: dict[str, Registered]
    too_long: tuple[str, ...]


class _Files:
    """The text and the digest of files of a tree, each read once."""

    def __init__(self, tree: Tree) -> None:
        self._tree = tree
        self._texts: dict[str, str | None] = {}
        self.digests: dict[str, str] = {}
        self.too_long: list[str] = []

    def text(self, path: str) -> str | None:
        """The text of a file; None if there is none that can be read."""
        if path not in self._texts:
            self._texts[path] = self._read(path)
        return self._texts[path]

    def _read(self, path: str) -> str | None:
        full = os.path.join(self._tree.root, *path.split("/"))
        self.digests[path] = ""
        try:
            data = self._tree.data(full) if self._tree.is_file(full) else None
        except OSError:
            return None
        if data is None:
            return None
        self.digests[path] = blake2b(data, digest_size=12).hexdigest()
        if len(data) > LONGEST:
            self.too_long.append(path)
            return None
        text = data.decode("utf-8", "replace")
        return text.replace("\r\n", "\n") if "\r" in text else text


@contextmanager
def _silent(_: int) -> Iterator[Callable[[], None]]:
    yield lambda: None


def read_registry(
    tree: Tree,
    paths: Iterable[str],
    progress: Callable[[int], Any] = _silent,
) -> Registry:
    """What these C files of a tree register. Paths are relative to its root.

    progress: a context that gives the function to call after each file, from the number of files.
    """
    files = _Files(tree)
    paths = sorted(set(paths))
    key = f"{tree.shown if not tree.on_disk else ''}\0{tree.root}"
    known = _known(files, key)
    found: dict[str, Registered] = {}
    for path in paths:
        files.text(path)
    for path in paths:
        old = known.get(path)
        if (
            old is not None
            and old[0] == files.digests[path]
            and all(files.digests.get(other) == digest for other, digest in old[2])
        ):
            found[path] = _registered(old[1])
    waiting = [path for path in paths if path not in found]
    if waiting:
        every = {path: text for path in paths if (text := files.text(path))}
        main, called = _main(every)
        early = called & _definers(every).keys()
        starts = sorted(_starts(tree, paths, files) | early)
        texts = {path: text for path, text in every.items() if has_word(text, starts)}
        found.update(dict.fromkeys(set(waiting) - set(texts), Registered((), (), ())))
        asked = [path for path in waiting if path in texts]
        asked.sort(key=lambda path: -len(texts[path]))
        with progress(len(asked)) as step:
            made, headers = _read_all(tree, files, every, early, asked, step)
        found.update(made)
        _keep(files, key, found, headers | {main})
    return Registry({path: found[path] for path in paths}, tuple(files.too_long))


# Reading.


def _starts(tree: Tree, paths: Iterable[str], files: _Files) -> set[str]:
    """The words of a file that registers something: `type_init`, macros that expand to it."""
    folders = {path.rpartition("/")[0] for path in paths}
    waiting = [_HEADERS]
    while waiting:
        folder = waiting.pop()
        folders.add(folder)
        for name in tree.names(os.path.join(tree.root, *folder.split("/"))):
            if "." not in name:
                waiting.append(f"{folder}/{name}")
    texts = []
    for folder in sorted(folders):
        for name in tree.names(os.path.join(tree.root, *folder.split("/"))):
            if name.endswith(".h"):
                text = files.text(f"{folder}/{name}" if folder else name)
                if text is not None:
                    texts.append(text)
    found = {ROOT, CONSTRUCTOR}
    new = found
    while new:
        names = sorted(new)
        made = {
            define.name
            for text in texts
            if has_word(text, names)
            for define in directives("", text).defines
            if define.body and has_word(define.body, names)
        }
        new = made - found
        found |= new
    return found


_FUNCTION = re.compile(
    r"^(?!static\b|typedef\b|return\b|else\b)[A-Za-z_][\w \t*]*?\b(\w+)\((?=[^;{}]*\)\s*\{)", re.M
)
_CALL = "type_register"
_REGISTERS = re.compile(
    r"type_register|DEVICE_CATEGORY_|->(?:user_creatable|alias|is_default|bus_type|desc) = "
)


def _definers(texts: dict[str, str]) -> dict[str, str]:
    """The file of each function that other files can call to register a type."""
    found: dict[str, str] = {}
    for path, text in texts.items():
        for match in _FUNCTION.finditer(text) if _CALL in text else ():
            if _REGISTERS.search(text, match.end(), text.find("\n}", match.end())):
                found.setdefault(match[1], path)
    return found


# The function in which a system emulator starts, in system/vl.c, and calls without arguments.
_MAIN = re.compile(r"^(?:void|int) qemu_init\(int argc[^;{]*\{", re.M)
_CALLED = re.compile(r"\b(\w+)\(\);")


def _main(texts: dict[str, str]) -> tuple[str, frozenset[str]]:
    """The file in which QEMU starts ("" without one), and the functions that it calls."""
    for path, text in texts.items():
        if "qemu_init(" in text and _MAIN.search(text):
            return path, frozenset(_CALLED.findall(text))
    return "", frozenset()


def _reader(tree: Tree, files: _Files, texts: dict[str, str], early: frozenset[str]) -> Reader:
    folder = os.path.join(tree.root, "target")
    architectures = tuple(name for name in tree.names(folder) if "." not in name)
    headers = Headers(files.text, architectures)
    return Reader(headers, files.text, _definers(texts).get, early)


def _read_all(
    tree: Tree,
    files: _Files,
    texts: dict[str, str],
    early: frozenset[str],
    asked: list[str],
    step: Callable[[], None],
) -> tuple[dict[str, Registered], set[str]]:
    """What the files register, and the headers that were read or looked for.

    early: functions that run when QEMU starts, besides those that the files name themselves.
    """
    reader = _reader(tree, files, texts, early)
    made: dict[str, Registered] = {}
    read: set[str] = set()
    processes = min(_PROCESSES, _processors())
    if processes > 1 and len(asked) >= _WORTH and hasattr(os, "fork"):
        made, read = _in_processes(reader, files, asked, processes, step)
    before = set(files.digests)
    for path in asked:
        if path not in made:
            made[path] = reader.registered(path)
            step()
    read |= set(files.digests) - before
    for path in read:
        files.text(path)
    return made, {path for path in files.digests if path not in texts}


def _processors() -> int:
    """How many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _in_processes(
    reader: Reader, files: _Files, asked: list[str], processes: int, step: Callable[[], None]
) -> tuple[dict[str, Registered], set[str]]:
    """Let processes take the files one after the other, the longest first."""
    import selectors

    jobs, queue = os.pipe()
    pipes: dict[int, tuple[int, bytearray]] = {}
    children = []
    made: dict[str, Registered] = {}
    read: set[str] = set()
    try:
        for _ in range(processes):
            result, written = os.pipe()
            with uninterrupted():
                child = os.fork()
                if child == 0:  # Ctrl-C reaches all processes; the first one handles it
                    ignore_interrupts()
            if child == 0:
                os.close(queue)
                _serve(reader, files, asked, jobs, written)
            os.close(written)
            children.append(child)
            pipes[result] = (child, bytearray())
        for number in range(min(len(asked), _JOBS)):
            os.write(queue, number.to_bytes(2, "big"))
        os.close(queue)
        queue = -1
        with selectors.DefaultSelector() as selector:
            for result in pipes:
                selector.register(result, selectors.EVENT_READ)
            while selector.get_map():
                for key, _ in selector.select():
                    data = os.read(key.fd, 1 << 20)
                    pending = pipes[key.fd][1]
                    pending += data
                    if not data:
                        selector.unregister(key.fd)
                    while len(pending) >= 4:
                        size = int.from_bytes(pending[:4], "big")
                        if len(pending) < 4 + size:
                            break
                        path, plain, others = marshal.loads(bytes(pending[4 : 4 + size]))
                        del pending[: 4 + size]
                        read.update(others)
                        if path:
                            made[path] = _registered(plain)
                            step()
    finally:
        for descriptor in (jobs, *([queue] if queue >= 0 else []), *pipes):
            os.close(descriptor)
        for child in children:
            try:
                os.kill(child, 9)
                os.waitpid(child, 0)
            except OSError:  # it has ended and been waited for
                pass
    return made, read


def _serve(reader: Reader, files: _Files, asked: list[str], jobs: int, written: int) -> NoReturn:
    """A process that reads files until there are no more, or something is wrong."""
    try:
        gc.freeze()
        known = set(files.digests)
        with os.fdopen(written, "wb") as stream:
            for number, job in enumerate(iter(lambda: os.read(jobs, 2), b"")):
                for path in asked[int.from_bytes(job, "big") :: _JOBS]:
                    data = marshal.dumps((path, _plain(reader.registered(path)), []))
                    stream.write(len(data).to_bytes(4, "big") + data)
                    stream.flush()
                if number % 16 == 0:
                    gc.collect()
            data = marshal.dumps(("", [], sorted(set(files.digests) - known)))
            stream.write(len(data).to_bytes(4, "big") + data)
    finally:
        os._exit(0)


# The cache.


def _plain(found: Registered) -> list[Any]:
    """As lists, which JSON and marshal can write."""
    types = [
        [
            one.name,
            one.parent,
            one.abstract,
            list(one.interfaces),
            [list(fact) if isinstance(fact, tuple) else fact for fact in one.facts],
            one.line,
            list(one.condition),
        ]
        for one in found.types
    ]
    return [types, [list(one) for one in found.unread], list(found.others)]


def _registered(plain: list[Any]) -> Registered:
    types, unread, others = plain
    made = []
    for name, parent, abstract, interfaces, facts, line, condition in types:
        creatable, bus, categories, description, alias, default = facts
        said = ClassFacts(creatable, bus, tuple(categories), description, alias, default)
        made.append(
            QomType(name, parent, abstract, tuple(interfaces), said, line, tuple(condition))
        )
    return Registered(tuple(made), tuple(Unread(*one) for one in unread), tuple(others))


_Known = dict[str, "tuple[str, list[Any], list[tuple[str, str]]]"]


def _known(files: _Files, key: str) -> _Known:
    """What is in the cache for each file: its digest, the rest, and the digests of the others."""
    path = cache_path(key, "registry")
    if path is None:
        return {}
    headers: dict[str, str]
    found: _Known
    try:
        headers, found = json.loads(kept(path, _head(key)))
    except (OSError, NotText, ValueError):
        return {}
    for path, digest in headers.items():
        files.text(path)
        if files.digests[path] != digest:
            return {}
    return found


def _keep(files: _Files, key: str, found: dict[str, Registered], headers: set[str]) -> None:
    data = {
        path: [
            files.digests[path],
            _plain(one),
            [[other, files.digests.get(other, "")] for other in one.others],
        ]
        for path, one in found.items()
    }
    read = {path: files.digests[path] for path in sorted(headers) if path}
    path = cache_path(key, "registry")
    if path is not None:
        keep(path, _head(key), json.dumps([read, data], separators=(",", ":")))


def _head(key: str) -> str:
    return f"{_HEAD} {key!r}"
