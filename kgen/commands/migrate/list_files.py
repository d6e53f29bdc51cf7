"""The files of a device list: which of them can be edited, and what the new tree has instead.

A list includes files. One that the new tree has, too, belongs to that tree: its lines there count,
and the list goes on including it. Others belong to the list: they are included as before, and
edited like it. But where a list from elsewhere includes a file of the old tree that the new one
lacks, its lines take the place of the `include` line.
"""

from __future__ import annotations

import os
from collections.abc import Sequence, Set

from kgen.files.read import exact_text, read_bytes
from kgen.files.tree import Tree
from kgen.kconfig import mak, parser
from kgen.kconfig.mak_lines import read_line, split_lines
from kgen.model.clauses import Assignment
from kgen.model.configurations import Copied, Target
from kgen.model.places import File, Place
from kgen.model.problems import KgenError, Problem, fail
from kgen.model.record import Record
from kgen.targets import checkout, copied_list


class Line(Record):
    """A line of a file that can be edited. end: its line break, "" for a last line without one.

    assignment: None if it has none.
    """

    text: str
    end: str
    assignment: Assignment | None = None


class ListFile(Record):
    """A file that can be edited. path: absolute; shown: for messages; text: as it is."""

    path: str
    shown: str
    text: str
    lines: tuple[Line, ...]


class TakenIn(Record):
    """An `include` line whose file the new tree lacks, with its place."""

    shown: str
    line: int
    name: str


class DeviceList(Record):
    """A device list of one target.

    files: those that can be edited, the list itself first. old, new: what the files that belong to
    the trees assign, in each tree.
    """

    files: tuple[ListFile, ...]
    old: tuple[Assignment, ...]
    new: tuple[Assignment, ...]
    taken_in: tuple[TakenIn, ...]

    def assignments(self) -> list[Assignment]:
        """The assignments of the lines that can be edited."""
        lines = (line for file in self.files for line in file.lines)
        return [line.assignment for line in lines if line.assignment is not None]


def read_list(
    old: Tree, new: Tree, target: Target, folder: str, asked: bool, declared: Set[str]
) -> DeviceList:
    """Read the devices file of a target of the old tree.

    folder: of the new tree, where it takes the list from; asked: the user named it. declared: the
    symbols of the new tree. Raises KgenError for lists with anything other than one assignment,
    include or comment per line.
    """
    if target.declares:
        raise fail(
            f"{target.devices} declares symbols",
            hint="kgen migrate accepts files with assignments only",
            code="KG723",
        )
    reader = _Reader(old, new, target, folder, asked, declared)
    reader.read()
    if reader.problems:
        raise KgenError(*reader.problems)
    files = (
        ListFile(path, reader.shown(path), text, tuple(lines))
        for path, (text, lines) in reader.files.items()
    )
    return DeviceList(
        tuple(files), tuple(reader.of_old), tuple(reader.of_new), tuple(reader.taken_in)
    )


class _Open(Record):
    """A file whose lines are being read. into: the lines that they become. name: as included."""

    path: str
    rest: list[tuple[int, str, str]]
    statements: dict[int, list[parser.Statement]]
    file: File
    into: list[Line]
    name: str


class _Reader:
    def __init__(
        self, old: Tree, new: Tree, target: Target, folder: str, asked: bool, declared: Set[str]
    ) -> None:
        self.old, self.new, self.target, self.declared = old, new, target, declared
        self.files: dict[str, tuple[str, list[Line]]] = {}
        self.of_old: list[Assignment] = []
        self.of_new: list[Assignment] = []
        self.taken_in: list[TakenIn] = []
        self.problems: list[Problem] = []
        self.in_tree = self._of_old(target.devices_file)
        self.locate = copied_list.locator(old, target.copied)
        copied: Copied | None = None
        if checkout.is_path(target.devices) or not self.in_tree:
            copied = copied_list.copied(self._moved(target.devices_file), folder, asked)
        self.new_locate = copied_list.locator(new, copied)

    def read(self) -> None:
        """Read the list and what it includes; like minikconf.py, each file only once."""
        path = self.target.devices_file
        seen = {path}
        stack = [self._opened(path, None, "")]
        while stack:
            here = stack[-1]
            if not here.rest:
                stack.pop()
                if here.path not in self.files:
                    here.into.append(Line(f"# End of {here.name}.", "\n"))
                continue
            number, line, end = here.rest.pop()
            made = here.statements.get(number, [])
            item = read_line(line)
            if not made and item.kind in ("blank", "comment", "commented"):
                here.into.append(Line(line, end))
            elif len(made) == 1 and made[0].word == "source":
                inner = self._include(here, number, line, end, made[0].name, seen)
                if inner is not None:
                    stack.append(inner)
            elif len(made) == 1 and item.kind == "assignment":
                place = Place(here.file, number)
                here.into.append(Line(line, end, Assignment(made[0].name, made[0].value, place)))
            else:
                message = "kgen migrate accepts only one assignment per line"
                self.problems.append(Problem(message, Place(here.file, number), code="KG723"))

    def _include(
        self, here: _Open, number: int, line: str, end: str, name: str, seen: set[str]
    ) -> _Open | None:
        """What an `include` line becomes; the included file, if its lines can be edited."""
        folder = os.path.dirname(here.path)
        path = os.path.abspath(self.locate(folder, name))
        own = here.path in self.files
        if path in seen:
            if own:
                here.into.append(Line(line, end))
            return None
        seen.add(path)
        if own and self._belongs_to_new(folder, name, path, seen):
            here.into.append(Line(line, end))
            return None
        if own and (self.in_tree or not self._of_old(path)):
            here.into.append(Line(line, end))
            return self._opened(path, None, name)
        self.taken_in.append(TakenIn(self.shown(here.path), number, name))
        here.into.append(Line(f"# Start of {name}.", end or "\n"))
        return self._opened(path, here.into, name)

    def _belongs_to_new(self, folder: str, name: str, path: str, seen: set[str]) -> bool:
        """Whether the new tree has an included file, with no symbol that it does not declare."""
        place = self.new_locate(self._moved(folder), name)
        inside = os.path.normpath(place).startswith(self.new.root + os.sep)
        if not inside or not self.new.is_file(place):
            return False
        now = mak.read_devices(place, self.new.root, self.new.read, self.new.shown)
        if now.declares or any(item.symbol not in self.declared for item in now.assignments):
            return False
        was = mak.read_devices(path, self.old.root, checkout.reader(self.old), self.old.shown)
        self.of_new += now.assignments
        self.of_old += was.assignments
        seen.update(was.files)
        return True

    def _opened(self, path: str, into: list[Line] | None, name: str) -> _Open:
        inside = self.old.on_disk or self._of_old(path)
        text = exact_text(self.old.data(path) if inside else read_bytes(path))
        lines = split_lines(text)
        plain = "".join(f"{line}\n" for line, _ in lines)
        file = File(self.shown(path), outside=True, text=plain)
        statements: dict[int, list[parser.Statement]] = {}
        for statement in parser.scan(plain, file)[0]:
            statements.setdefault(statement.line, []).append(statement)
        if into is None:
            into = []
            self.files[path] = (text, into)
        rest = [(number, line, end) for number, (line, end) in enumerate(lines, 1)]
        return _Open(path, rest[::-1], statements, file, into, name)

    def shown(self, path: str) -> str:
        """A path for messages: as the user would type it."""
        if self._of_old(path):
            shown = os.path.join(self.old.shown, os.path.relpath(path, self.old.root))
            return os.path.normpath(shown)
        own = self.target.devices_file
        given = os.path.dirname(self.target.devices)
        return os.path.normpath(os.path.join(given, os.path.relpath(path, os.path.dirname(own))))

    def _of_old(self, path: str) -> bool:
        return path.startswith(self.old.root + os.sep)

    def _moved(self, path: str) -> str:
        """A path of the old tree in the new one; any other is the same."""
        return self.new.root + path[len(self.old.root) :] if self._of_old(path) else path


def same_lines(lists: Sequence[DeviceList]) -> bool:
    """Whether the lists of several targets have the same files to edit, with the same lines."""

    def key(item: DeviceList) -> list[tuple[str, tuple[Line, ...]]]:
        return [(file.path, file.lines) for file in item.files]

    return all(key(item) == key(lists[0]) for item in lists[1:])
