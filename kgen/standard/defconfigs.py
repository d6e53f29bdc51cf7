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
from kgen.files.tree import Tree, relative
from kgen.model.places import File, Place
from kgen.model.problems import Problem, os_reason
from kgen.model.record import Record
from kgen.standard.model import BASE, Assigned, Model, Symbol
from kgen.standard.outputs import quoted

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
        self._including: set[str] = set()  # the files that include others
        # What a line assigns, by its text: files have most lines in common.
        self._known: dict[str, tuple[str, str | None]] = {}
        self.problems: list[Problem] = []
        self.odd: list[Place] = []

    @property
    def files(self) -> tuple[str, ...]:
        """The absolute paths of all files that were read."""
        return tuple(self._parts)

    def lines(self, path: str) -> tuple[Line, ...]:
        """The assignments of a file (an absolute path) and of those that it includes, in order."""
        own = self._read(path)
        if path not in self._including:
            return tuple(own)  # type: ignore[arg-type]
        found: list[Line] = []
        stack: list[tuple[str, Iterator[Line | str]]] = [(path, iter(own))]
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
        return relative(path, self._tree.root)

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
        known = self._known
        made = tuple.__new__  # in half the time of Line(...): boards have 100,000 lines
        includes = "include" in text and any(map(_INCLUDE.match, text.split("\n")))
        for number, line in enumerate(text.split("\n"), 1):
            said = known.get(line) or self._said(line)
            if said is not None:
                name, value = said
                parts.append(made(Line, (name, value, shown, number)))
                continue
            line = line.rstrip()
            if not line or (line[0] == "#" and not includes):
                continue
            if found := _INCLUDE.match(line):
                if included := self._included(path, found, number, text):
                    parts.append(included)
                    self._including.add(path)
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

    def _said(self, line: str) -> tuple[str, str | None] | None:
        """The name and the value that a line assigns; None if it assigns nothing."""
        bare, prefix = line.rstrip(), self._prefix
        said: tuple[str, str | None] | None = None
        if bare.startswith(prefix) and bare[:1] != "#":
            name, equals, value = bare[len(prefix) :].partition("=")
            if name and equals:
                said = self._known[line] = name, value
        if said is None and (found := self._unset(bare)):
            said = self._known[line] = found[1], None
        return said

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
    said = _Said(model)
    modes: dict[tuple[int, str], int] = {}
    members: dict[int, dict[int, int]] = {}
    for lane, lines in enumerate(lanes):
        bit = 1 << lane
        found = said.numbers_of(lines)
        # Of several lines for one symbol the dictionary keeps the last.
        last = dict(zip([said.subjects[number] for number in found], found, strict=True))
        for number in last.values():
            said.lanes[number] |= bit
        if said.choosing.keys().isdisjoint(found):
            continue
        last_modes: dict[int, str] = {}
        last_members: dict[int, int] = {}
        for number in found:  # a later n takes neither the mode nor the member back
            if number in said.choosing:
                choice, member, value, mode = said.choosing[number]
                if mode:
                    last_modes[choice] = value
                if value == "y":
                    last_members[choice] = member
        for pair in last_modes.items():
            modes[pair] = modes.get(pair, 0) | bit
        for choice, member in last_members.items():
            selected = members.setdefault(choice, {})
            selected[member] = selected.get(member, 0) | bit
    logical: dict[tuple[int, str], int] = {}
    texts: dict[int, dict[str, int]] = {}
    undefined: dict[str, int] = {}
    for subject, value, found_in in zip(said.subjects, said.values, said.lanes, strict=True):
        if not found_in:
            continue
        if isinstance(subject, str):
            undefined[subject] = found_in
        elif model.symbols[subject].logical:
            logical[subject, value] = found_in
        else:
            texts.setdefault(subject, {})[value] = found_in
    undefined.pop("", None)
    every = (1 << len(lanes)) - 1
    return Assigned(every, _masks(logical), texts, _masks(modes), members), undefined


class _Choosing(Record):
    """A line that selects a member of a choice, or a mode. mode: whether the choice can have the
    value as its mode."""

    choice: int
    member: int
    value: str
    mode: bool


class _Said:
    """What lines say, numbered: lanes have most lines in common.

    By number: subjects, the symbol, or the name of one that is not defined; values; lanes, bit
    sets. Number 0 is for values that have not the type of their symbol, which say nothing.
    """

    def __init__(self, model: Model) -> None:
        self._model, self._symbols = model, model.numbers()
        self._by_text: dict[tuple[str, str | None], int] = {}
        self._by_meaning: dict[tuple[int | str, str], int] = {("", ""): 0}
        self.subjects: list[int | str] = [""]
        self.values = [""]
        self.lanes = [0]
        self.choosing: dict[int, _Choosing] = {}

    def numbers_of(self, lines: Sequence[Line]) -> list[int]:
        """The number of what each line says."""
        texts = [line[:2] for line in lines]
        try:
            return [self._by_text[text] for text in texts]
        except KeyError:
            for text in texts:
                if text not in self._by_text:
                    self._by_text[text] = self._number(*text)
        return [self._by_text[text] for text in texts]

    def _number(self, name: str, written: str | None) -> int:
        symbol_number = self._symbols.get(name)
        if symbol_number is None:
            return self._meaning(name, "")
        model, symbol = self._model, self._model.symbols[symbol_number]
        value = value_of(symbol.type, written, model.verbatim)
        if value is None:
            return 0
        number = self._meaning(symbol_number, value)
        if symbol.choice >= 0 and symbol.logical and value != "n":
            mode = value_of(model.choices[symbol.choice].type, value) is not None
            self.choosing[number] = _Choosing(symbol.choice, symbol_number, value, mode)
        return number

    def _meaning(self, subject: int | str, value: str) -> int:
        number = self._by_meaning.setdefault((subject, value), len(self.subjects))
        if number == len(self.subjects):
            self.subjects.append(subject)
            self.values.append(value)
            self.lanes.append(0)
        return number


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


def as_written(model: Model, symbol: Symbol, text: str) -> str | None:
    """What stands after the `=` of a line for a value that a user types: a string needs no quotes
    there. None if the symbol has no such value."""
    if symbol.logical:
        known = ("n", "m", "y") if symbol.type == "tristate" else ("n", "y")
        return text if text in known else None
    if symbol.type == "string" and value_of(symbol.type, text, model.verbatim) is None:
        text = quoted(model, text)
    fits = "\n" not in text and value_of(symbol.type, text, model.verbatim) is not None
    return text if fits else None


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
