"""The headers of a tree: which one an `#include` means, what each defines, what it includes."""

from __future__ import annotations

import os
from collections.abc import Callable

from kgen.code.c.tokens import Define, Guard, Include, Source, Test, directives
from kgen.model.record import Record

Read = Callable[[str], str | None]

# Where QEMU's build looks for headers, from the tree's root.
_FOLDERS = ("include", "", "linux-headers")

# Headers of an architecture: -I target/ARCH is given to the files that are built for each target.
_ARCHITECTURES = "target"


class Visible(Record):
    """A definition in a header. architecture: only files built for it see it; "" for all."""

    define: Define
    path: str
    architecture: str


class Headers:
    """The headers that were asked for so far. All paths are relative to the tree's root.

    read: the text of a file; None if there is none. architectures: the folders in `target/`.
    targets: the system targets, without -softmmu: what TARGET_NAME can be, which the build defines.
    """

    def __init__(
        self, read: Read, architectures: tuple[str, ...], targets: tuple[str, ...] = ()
    ) -> None:
        self.targets = targets
        self._read = read
        self._architectures = architectures
        self._sources: dict[str, Source | None] = {}
        self._numbers: dict[str, int] = {}
        self._paths: list[str] = []
        self._found: dict[tuple[str, str], tuple[str, ...]] = {}
        self._direct: dict[str, int] = {}
        self._reach: dict[str, int] = {}
        self.defining: dict[str, list[tuple[int, Define]]] = {}

    def source(self, path: str) -> Source | None:
        """The directives of a header; None if there is no such file."""
        if path not in self._sources:
            text = self._read(path)
            self._sources[path] = None if text is None else unguarded(directives(path, text))
        return self._sources[path]

    def meant(self, folder: str, include: Include) -> tuple[str, ...]:
        """The files that an `#include` in a file of this folder can mean.

        More than one: a header of each architecture. None: it is not in the tree.
        """
        key = (folder if include.quoted else "<", include.name)
        found = self._found.get(key)
        if found is None:
            found = self._found[key] = self._resolved(folder, include)
        return found

    def _resolved(self, folder: str, include: Include) -> tuple[str, ...]:
        own = architecture_of(folder)
        folders = [folder] if include.quoted else []
        folders += [f"{_ARCHITECTURES}/{own}"] if own else []
        for base in (*folders, *_FOLDERS):
            path = os.path.normpath(os.path.join(base, include.name)).replace(os.sep, "/")
            if not path.startswith(("../", "/")) and self.source(path) is not None:
                return (path,)
        paths = [f"{_ARCHITECTURES}/{name}/{include.name}" for name in self._architectures]
        return tuple(path for path in paths if ".." not in path and self.source(path) is not None)

    def reach(self, path: str) -> int:
        """The headers that a file includes, also through others, and itself: a bit set."""
        found = self._reach.get(path)
        if found is None:
            found, waiting = 0, 1 << self.number(path)
            while waiting:
                lowest = waiting & -waiting
                waiting ^= lowest
                found |= lowest
                name = self._paths[lowest.bit_length() - 1]
                known = self._reach.get(name)
                if known is not None:
                    found |= known
                    waiting &= ~known
                else:
                    waiting |= self._included(name) & ~found
            self._reach[path] = found
        return found

    def _included(self, path: str) -> int:
        found = self._direct.get(path)
        if found is None:
            found = 0
            source = self.source(path)
            folder = path.rpartition("/")[0]
            for include in source.includes if source is not None else ():
                for name in self.meant(folder, include):
                    found |= 1 << self.number(name)
            self._direct[path] = found
        return found

    def number(self, path: str) -> int:
        """A header's bit."""
        number = self._numbers.get(path)
        if number is None:
            number = self._numbers[path] = len(self._paths)
            self._paths.append(path)
            source = self.source(path)
            for define in source.defines if source is not None else ():
                self.defining.setdefault(define.name, []).append((number, define))
        return number

    def path(self, number: int) -> str:
        """The header with this bit."""
        return self._paths[number]

    def visible(self, name: str, reach: int, folder: str) -> list[Visible]:
        """The definitions of a macro in these headers, for a file in this folder, by their paths.

        The order does not depend on which files were read before.
        """
        own = architecture_of(folder)
        found = []
        for number, define in self.defining.get(name, ()):
            if reach >> number & 1:
                path = self._paths[number]
                architecture = architecture_of(path.rpartition("/")[0])
                found.append(Visible(define, path, "" if architecture == own else architecture))
        return sorted(found, key=lambda one: (one.path, one.define.at))


def architecture_of(folder: str) -> str:
    """The architecture of a folder in `target/`; "" elsewhere."""
    parts = folder.split("/")
    return parts[1] if len(parts) > 1 and parts[0] == _ARCHITECTURES else ""


def unguarded(source: Source) -> Source:
    """The file without the include guard around it, which is not a condition."""
    if not source.defines:
        return source
    first = source.defines[0]
    if len(first.guard) != 1 or first.guard[0][:2] != (f"defined {first.name}", False):
        return source
    if first.body:
        return source
    guard = first.guard[0]
    return source._replace(
        chunks=tuple(one._replace(guard=_without(one.guard, guard)) for one in source.chunks),
        defines=tuple(one._replace(guard=_without(one.guard, guard)) for one in source.defines[1:]),
        includes=tuple(one._replace(guard=_without(one.guard, guard)) for one in source.includes),
    )


def _without(guard: Guard, first: Test) -> Guard:
    return guard[1:] if guard[:1] == (first,) else guard
