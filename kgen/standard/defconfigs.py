"""Reads defconfigs and fragments, and what they assign in each lane.

A file that uses `#include` is one that a tree passes through the C preprocessor. Of that, kgen does
the includes; another directive in such a file is an error.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from kgen.files.read import NotText
from kgen.files.tree import Tree
from kgen.model.places import File, Place
from kgen.model.problems import Problem, os_reason
from kgen.model.record import Record
from kgen.standard.model import BASE, Assigned, Model

if TYPE_CHECKING:
    from kgen.standard.model import Logical

_STRING = re.compile(r'"((?:[^\\"]|\\.)*)"', re.ASCII)
_ESCAPED = re.compile(r"\\(.)")
_INCLUDE = re.compile(r'#\s*include\s*(?:"([^"]+)"|<([^>]+)>)')
_DIRECTIVE = re.compile(r"#\s*(if|ifdef|ifndef|else|elif|endif|define|undef|error|warning)\b")
_MARKER = re.compile(r"(<{7}|={7}|>{7}|\|{7})( |$)")
_MOST_LINES = 1_000_000


class Line(Record):
    """An assignment: a value as it is written, or None for `# CONFIG_X is not set`."""

    name: str
    value: str | None
    file: str
    line: int


class Defconfigs:
    """Reads files of a tree, each once; collects what is wrong, and the lines that say nothing."""

    def __init__(self, tree: Tree, prefix: str = "CONFIG_") -> None:
        self._tree = tree
        self._prefix = prefix
        self._unset = re.compile(rf"# {re.escape(prefix)}([^ ]+) is not set", re.ASCII).match
        self._parts: dict[str, list[Line | str]] = {}
        self.problems: list[Problem] = []
        self.odd: list[Place] = []

    @property
    def files(self) -> tuple[str, ...]:
        """The absolute paths of all files that were read."""
        return tuple(self._parts)

    def lines(self, path: str) -> tuple[Line, ...]:
        """The assignments of a file (an absolute path) and of those that it includes, in order."""
        found: list[Line] = []
        stack: list[tuple[str, Iterator[Line | str]]] = [(path, iter(self._read(path)))]
        while stack:
            inner, parts = stack[-1]
            part = next(parts, None)
            if part is None:
                stack.pop()
            elif not isinstance(part, str):
                found.append(part)
            elif any(part == outer for outer, _ in stack):
                shown = self._shown(part)
                self.problems.append(
                    Problem(f"{shown} includes itself", Place(self._file(inner), 0), code="KG105")
                )
                break
            elif len(found) > _MOST_LINES:
                message = f"more than {_MOST_LINES:,} lines with all that it includes"
                self.problems.append(Problem(message, Place(self._file(path), 0), code="KG112"))
                break
            else:
                stack.append((part, iter(self._read(part))))
        return tuple(found)

    def assignments(self, text: str) -> list[Line]:
        """What the lines of a text assign."""
        return [part for part in self._parsed(self._tree.root, text) if isinstance(part, Line)]

    def _shown(self, path: str) -> str:
        return os.path.relpath(path, self._tree.root)

    def _file(self, path: str, text: str = "") -> File:
        return File(self._shown(path), root=self._tree.shown, text=text)

    def _read(self, path: str) -> list[Line | str]:
        parts = self._parts.get(path)
        if parts is None:
            self._parts[path] = []
            try:
                text = self._tree.read(path)
                parts = self._parts[path] = self._parsed(path, text)
            except OSError as error:
                message = f"cannot read {self._shown(path)}: {os_reason(error)}"
                self.problems.append(Problem(message, code="KG104"))
            except NotText as error:
                place = Place(self._file(path), error.line, error.column)
                self.problems.append(Problem("not valid UTF-8", place, code="KG103"))
        return self._parts[path]

    def _parsed(self, path: str, text: str) -> list[Line | str]:
        parts: list[Line | str] = []
        shown = self._shown(path)
        prefix, after = self._prefix, len(self._prefix)
        includes = "include" in text and any(map(_INCLUDE.match, text.split("\n")))
        for number, line in enumerate(text.split("\n"), 1):
            line = line.rstrip()
            if line.startswith(prefix) and line[:1] != "#":
                name, equals, value = line[after:].partition("=")
                if name and equals:
                    parts.append(Line(name, value, shown, number))
                    continue
            if found := self._unset(line):
                parts.append(Line(found[1], None, shown, number))
            elif not line or (line[0] == "#" and not includes):
                continue
            elif found := _INCLUDE.match(line):
                if included := self._included(path, found, number, text):
                    parts.append(included)
            elif _MARKER.match(line) or (includes and _DIRECTIVE.match(line)):
                message = "a line that git writes where a merge failed"
                hint = "edit the file, and remove what does not belong to it"
                if line[0] == "#":
                    message = "kgen does no other work of the C preprocessor than #include"
                    hint = "name a file that was preprocessed"
                place = Place(self._file(path, text), number)
                self.problems.append(Problem(message, place, hint=hint, code="KG112"))
            elif not line.lstrip().startswith("#"):
                self.odd.append(Place(self._file(path, text), number))
        return parts

    def _included(self, path: str, found: re.Match[str], line: int, text: str) -> str | None:
        """The file that an `#include` names: beside its file, if in quotes, or in the tree."""
        name = found[1] or found[2]
        folders = [os.path.dirname(path)] if found[1] else []
        folders.append(self._tree.root)
        for folder in folders:
            there = os.path.normpath(os.path.join(folder, name))
            if self._tree.is_file(there):
                return there
        place = Place(self._file(path, text), line)
        hint = "files in <> are looked for in the tree, those in quotes beside the file first"
        self.problems.append(Problem(f"cannot find {name}", place, hint=hint, code="KG104"))
        return None


def assigned(model: Model, lanes: Sequence[Sequence[Line]]) -> tuple[Assigned, dict[str, int]]:
    """What the lines of each lane assign, and the lanes of each name that is not defined.

    Of several lines for one symbol the last with a value of its type counts. A choice takes the
    member that was set to y last.
    """
    numbers = model.numbers()
    # What a line says, by its text: lanes have most lines in common.
    known: dict[tuple[str, str | None], _Said | None] = {}
    values: dict[tuple[int, str], int] = {}
    modes: dict[tuple[int, str], int] = {}
    members: dict[int, dict[int, int]] = {}
    undefined: dict[str, int] = {}
    for lane, lines in enumerate(lanes):
        bit = 1 << lane
        last: dict[int, str] = {}
        last_modes: dict[int, str] = {}
        last_members: dict[int, int] = {}
        for name, written, _, _ in lines:
            key = name, written
            if key not in known:
                known[key] = _said(model, numbers.get(name), written)
            said = known[key]
            if said is None:
                if name not in numbers:
                    undefined[name] = undefined.get(name, 0) | bit
                continue
            number, value, choice, mode = said
            last[number] = value
            if choice >= 0:  # a later n takes neither the mode nor the member back
                if mode:
                    last_modes[choice] = value
                if value == "y":
                    last_members[choice] = number
        for pair in last.items():
            values[pair] = values.get(pair, 0) | bit
        for pair in last_modes.items():
            modes[pair] = modes.get(pair, 0) | bit
        for choice, member in last_members.items():
            selected = members.setdefault(choice, {})
            selected[member] = selected.get(member, 0) | bit
    texts: dict[int, dict[str, int]] = {}
    logical = {pair: found for pair, found in values.items() if model.symbols[pair[0]].logical}
    for (number, value), found in values.items():
        if not model.symbols[number].logical:
            texts.setdefault(number, {})[value] = found
    every = (1 << len(lanes)) - 1
    return Assigned(every, _masks(logical), texts, _masks(modes), members), undefined


class _Said(Record):
    """What a line says of a symbol: a value. choice: that it selects a member or a mode of, or -1.
    mode: whether the choice can have the value as its mode."""

    number: int
    value: str
    choice: int
    mode: bool


def _said(model: Model, number: int | None, written: str | None) -> _Said | None:
    if number is None:
        return None
    symbol = model.symbols[number]
    value = value_of(symbol.type, written, model.verbatim)
    if value is None:
        return None
    if symbol.choice < 0 or not symbol.logical or value == "n":
        return _Said(number, value, -1, False)
    mode = value_of(model.choices[symbol.choice].type, value) is not None
    return _Said(number, value, symbol.choice, mode)


def value_of(type_: str, written: str | None, verbatim: bool = False) -> str | None:
    """The value that a line gives a symbol of a type; None if it has none of that type.

    verbatim: a string has no escapes, and ends with the line.
    """
    if type_ in ("bool", "tristate"):
        # Linux looks at the first character alone.
        value = "n" if written is None else written[:1]
        return value if value in ("nmy" if type_ == "tristate" else "ny") and value else None
    if written is None or not type_:
        return None
    if type_ == "string":
        if verbatim:
            whole = len(written) > 1 and written[0] == written[-1] == '"'
            return written[1:-1] if whole else None
        found = _STRING.match(written)
        return _ESCAPED.sub(r"\1", found[1]) if found else None
    try:
        number = int(written, BASE[type_])
    except ValueError:
        return None
    return written if type_ == "int" or number >= 0 else None


def _masks(values: Mapping[tuple[int, str], int]) -> dict[int, Logical]:
    """The masks of n, m and y, from the lanes of each value."""
    masks: dict[int, Logical] = {}
    for (number, value), lanes in values.items():
        given, low, high = masks.get(number, (0, 0, 0))
        masks[number] = (
            given | lanes,
            low | (lanes if value != "n" else 0),
            high | (lanes if value == "y" else 0),
        )
    return masks
