"""What all C files of a tree register: read in several processes, and kept for the next time.

What a file registers is read again if the file has changed, or another C file whose functions it
calls. If a header has changed, all are read again.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from kgen.code.c.declarations import CONSTRUCTOR, ROOT, SHARED
from kgen.code.c.headers import Headers
from kgen.code.c.tokens import has_word
from kgen.code.code_cache import plain_registered, read_kept, registered, write_kept
from kgen.code.inputs import Inputs
from kgen.code.processes import are_worth, in_processes
from kgen.code.registered import Registered
from kgen.files.tree import Tree
from kgen.model.problems import os_reason
from kgen.model.record import Record

# Bytes of the longest C file that is read. QEMU's longest has 800,000.
LONGEST = 8 << 20

# The files in configs/targets whose names are those of the system targets.
_TARGET = "-softmmu.mak"

# The folders of headers, besides those of the C files.
_HEADERS = "include"


class Registry(Record):
    """What each C file of a tree registers, by path.

    unread: why files were not read, by path. read: those that it rests on, with headers, sorted.
    """

    files: dict[str, Registered]
    unread: dict[str, str]
    read: tuple[str, ...]


class Calls(Record):
    """What a C file says of functions that are called at QEMU's start.

    registering: those in it that register a type and that other files can call. starting: what
    QEMU's own start calls without arguments, if the file has that. shared: the variables that
    types of other files can rest on: flags, and lists of interfaces.
    """

    registering: tuple[str, ...]
    starting: tuple[str, ...]
    shared: tuple[str, ...]


class Files:
    """The texts of C files and headers, each read once."""

    def __init__(self, inputs: Inputs) -> None:
        self.inputs = inputs
        self._texts: dict[str, str | None] = {}
        self.unread: dict[str, str] = {}

    def text(self, path: str) -> str | None:
        """The text of a file; None if there is none that can be read."""
        if path not in self._texts:
            self._texts[path] = self._read(path) if self.inputs.has(path) else None
        return self._texts[path]

    def _read(self, path: str) -> str | None:
        try:
            data = self.inputs.data(path)
        except OSError as error:
            self.unread[path] = os_reason(error)
            return None
        if data is None:
            folder, _, name = path.rpartition("/")
            if name in self.inputs.listed(folder):
                self.unread[path] = "not a file"
            return None
        if len(data) > LONGEST:
            self.unread[path] = f"longer than {LONGEST:,} bytes"
            return None
        nul = data.find(b"\0")
        if nul >= 0:
            line = data.count(b"\n", 0, nul) + 1
            self.unread[path] = f"not text, it has a NUL character in line {line}"
            return None
        text = data.decode("utf-8", "replace")
        return text.replace("\r\n", "\n") if "\r" in text else text


class _Kept:
    """What the cache has: of C files by path, and of all headers together."""

    def __init__(self, tree: Tree) -> None:
        data = read_kept(tree, "registry") or [{}, {}, [], {}, {}, [], {}]
        files, self.folders, headers, self.calls, self.found, self.starts, self.unread = data
        self.files = {path: (stamp, digest) for path, (stamp, digest) in files.items()}
        self.headers = {path: self.files[path][1] for path in headers}

    def same(self, inputs: Inputs, path: str) -> bool:
        """Whether a file is as it was."""
        known = self.files.get(path)
        return known is not None and inputs.digest(path) == known[1] != ""


@contextmanager
def silent(_: int) -> Iterator[Callable[[], None]]:
    """No progress: a context that gives the function to call after each file."""
    yield lambda: None


def read_registry(
    tree: Tree,
    paths: Iterable[str],
    progress: Callable[[int], Any] = silent,
) -> Registry:
    """What these C files of a tree register. Paths are relative to its root.

    paths: may be an iterator that has to wait for them: what is read without them is read before.
    progress: a context that gives the function to call after each file, from the number of files.
    """
    kept = _Kept(tree)
    files = Files(Inputs(tree, kept.files))
    headers = _headers(files)
    known = bool(kept.starts) and files.inputs.are_same(kept.headers, kept.folders)
    if not known:
        for path in header_paths(files.inputs, ()):
            headers.reach(path)
    paths = sorted(set(paths))
    same = {path for path in paths if kept.same(files.inputs, path)}
    # What is as it was is not read again, and no more readable than it was.
    unread = {path: why for path, why in kept.unread.items() if kept.same(files.inputs, path)}
    calls = {
        path: Calls(*map(tuple, kept.calls.get(path, ((), (), ()))))
        if path in same
        else _calls(files.text(path) or "")
        for path in paths
    }
    before = {path: Calls(*map(tuple, one)) for path, one in kept.calls.items()}
    moved = _definers(before).items() ^ _definers(calls).items()
    changed = {name.removeprefix(SHARED) for name, _ in moved} | (_early(before) ^ _early(calls))
    found: dict[str, list[Any]] = {}
    for path in paths:
        plain = kept.found.get(path) if known and path in same else None
        if plain is None or not all(kept.same(files.inputs, one) for one in plain[2]):
            continue
        if not (changed and has_word(files.text(path) or "", changed)):
            found[path] = plain
    waiting = [path for path in paths if path not in found]
    if waiting:
        from kgen.code.qom import Reader  # nothing of it is needed for what is kept

        early = _early(calls)
        starts = kept.starts if known else sorted(_starts(headers, files, paths))
        words = sorted({*starts, *early}, key=lambda word: (word != ROOT, word))  # most have it
        reader = Reader(headers, files.text, _definers(calls).get, early)

        def read_one(path: str) -> list[Any]:
            asked = has_word(files.text(path) or "", words)
            return plain_registered(reader.registered(path) if asked else _NOTHING)

        waiting.sort(key=lambda path: _hardest_first(path, files.text(path) or ""))
        with progress(len(waiting)) as step:
            found.update(read_each(files, read_one, waiting, step))
        every = sorted(
            files.inputs.files.keys() - set(paths) | (kept.headers if known else {}).keys()
        )
        folders = {**(kept.folders if known else {}), **files.inputs.folders}
        data = [files.inputs.files, folders, every, calls, found, starts, unread | files.unread]
        write_kept(tree, "registry", data)
    read = sorted(path for path, (_, digest) in files.inputs.files.items() if digest)
    made = {path: registered(found[path]) for path in paths}
    return Registry(made, unread | files.unread, tuple(read))


# Reading.


_NOTHING = Registered((), (), ())


def _hardest_first(path: str, text: str) -> tuple[bool, int, str]:
    """The order in which files are read by several processes, which then end at the same time.

    A file that includes parts of itself can be much longer than its text.
    """
    return '.inc"' not in text, -len(text), path


def _starts(headers: Headers, files: Files, paths: Iterable[str]) -> set[str]:
    """The words of a file that registers something: `type_init`, macros that expand to it."""
    sources = [headers.source(path) for path in header_paths(files.inputs, paths)]
    found = {ROOT, CONSTRUCTOR}
    new = found
    while new:
        names = sorted(new)
        made = {
            define.name
            for source in sources
            if source is not None and has_word(source.text, names)
            for define in source.defines
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

# `bool have_vga = true;`, `const InterfaceInfo arm_machine_interfaces[] = {`
_SHARED = re.compile(
    r"^(?:bool (?=\w+ = (?:true|false);)|const InterfaceInfo (?=\w+\[\] =))(\w+)", re.M
)

_SHARING = ("\nbool ", "\nconst InterfaceInfo ")

# The function in which a system emulator starts, in system/vl.c, and calls without arguments.
_MAIN = re.compile(r"^(?:void|int) qemu_init\(int argc[^;{]*\{", re.M)
_CALLED = re.compile(r"\b(\w+)\(\);")


def _calls(text: str) -> Calls:
    """What a C file with this text says."""
    registering: dict[str, None] = {}
    if _CALL in text:
        for match in _FUNCTION.finditer(text):
            if _REGISTERS.search(text, match.end(), text.find("\n}", match.end())):
                registering[match[1]] = None
    starting: set[str] = set()
    if "qemu_init(" in text and _MAIN.search(text):
        starting.update(_CALLED.findall(text))
    shared = _SHARED.findall(text) if any(word in text for word in _SHARING) else ()
    return Calls(tuple(registering), tuple(sorted(starting)), tuple(shared))


def _definers(calls: dict[str, Calls]) -> dict[str, str]:
    """The file of each function that other files can call to register a type.

    Also of each variable that one file alone defines, under its name with SHARED before it.
    """
    found: dict[str, str] = {}
    shared: dict[str, str] = {}
    for path in sorted(calls):
        for name in calls[path].registering:
            found.setdefault(name, path)
        for name in calls[path].shared:
            shared[SHARED + name] = "" if SHARED + name in shared else path
    return {**found, **{name: path for name, path in shared.items() if path}}


def _early(calls: dict[str, Calls]) -> frozenset[str]:
    """The functions that run when QEMU starts, besides those that the files name themselves."""
    starting = {name for one in calls.values() for name in one.starting}
    return frozenset(starting & {name for one in calls.values() for name in one.registering})


def _headers(files: Files) -> Headers:
    listed = files.inputs.names("configs/targets")
    targets = tuple(name.removesuffix(_TARGET) for name in listed if name.endswith(_TARGET))
    return Headers(files.text, architectures(files.inputs), targets)


def header_paths(inputs: Inputs, paths: Iterable[str]) -> list[str]:
    """The headers in `include`, and beside these C files, sorted by folder and name."""
    folders = {path.rpartition("/")[0] for path in paths}
    waiting = [_HEADERS]
    while waiting:
        folder = waiting.pop()
        folders.add(folder)
        waiting += [f"{folder}/{name}" for name in inputs.listed(folder) if "." not in name]
    return [
        f"{folder}/{name}" if folder else name
        for folder in sorted(folders)
        for name in sorted(inputs.listed(folder))
        if name.endswith(".h")
    ]


def architectures(inputs: Inputs) -> tuple[str, ...]:
    """The folders in `target/`, sorted."""
    return tuple(sorted(name for name in inputs.listed("target") if "." not in name))


def read_each(
    files: Files, read: Callable[[str], Any], paths: Sequence[str], step: Callable[[], None]
) -> dict[str, Any]:
    """What `read` gives for each path, as data that marshal takes; in processes for many.

    step: is called after each.
    """
    made: dict[str, Any] = {}
    if are_worth(len(paths)):

        def learned() -> Any:
            return files.inputs.files, files.inputs.folders, files.unread

        for path, value in in_processes(read, learned, paths):
            if path:
                made[path] = value
                step()
            else:
                files.inputs.join(value[0], value[1])
                files.unread.update(value[2])
    for path in paths:
        if path not in made:
            made[path] = read(path)
            step()
    return made
