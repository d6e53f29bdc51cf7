"""Reads defconfigs and fragments, and what they assign in each lane.

A file that uses `#include` is one that a tree passes through the C preprocessor. Of that, kgen does
the includes; another directive in such a file is an error.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from functools import cache
from typing import TYPE_CHECKING, Any

from kgen.files.read import BAD, NotText, Outside
from kgen.files.tree import Tree, obstacle, relative
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


# What a line assigns: a name, and a value as it is written, None for `# CONFIG_X is not set`.
Said = tuple[str, str | None]
# A line that assigns nothing.
_NOTHING: Said = ("", None)
# A line of which the file decides what it is.
_ODD: Said = ("", "")


class Line(Record):
    """An assignment: a value as it is written, or None for `# CONFIG_X is not set`."""

    name: str
    value: str | None
    file: str
    line: int


class Passage(Record):
    """Successive lines of a file. said: what each says, the name of a line without an assignment
    is empty; first: the number of the first one, 0 where the file is an option."""

    file: str
    first: int
    said: Sequence[Said]


class Lines(Sequence[Line]):
    """Assignments in order. A `Line` is made when one is asked for: the boards of a tree have
    100,000, and most questions are of what they say and not of where."""

    def __init__(self, passages: tuple[Passage, ...] = ()) -> None:
        self._passages = passages
        self._made: tuple[Line, ...] | None = None

    @property
    def said(self) -> Sequence[Said]:
        """What each line says, also those without an assignment."""
        if len(self._passages) == 1:
            return self._passages[0].said
        return [said for passage in self._passages for said in passage.said]

    @property
    def files(self) -> set[str]:
        """The files whose lines these are."""
        return {passage.file for passage in self._passages if passage.first}

    def _all(self) -> tuple[Line, ...]:
        if self._made is None:
            self._made = tuple(
                Line(name, value, file, number)
                for file, first, said in self._passages
                for number, (name, value) in enumerate(said, first)
                if name
            )
        return self._made

    def __len__(self) -> int:
        return len(self._all())

    def __getitem__(self, index: Any) -> Any:
        return self._all()[index]

    def __iter__(self) -> Iterator[Line]:
        return iter(self._all())

    def __add__(self, more: Lines) -> Lines:
        return Lines(self._passages + more._passages) if more._passages else self


class Defconfigs:
    """Reads files of a tree, each once; collects what is wrong, and the lines that say nothing."""

    def __init__(self, tree: Tree, prefix: str = "CONFIG_") -> None:
        self._tree = tree
        self._known = _known(prefix)
        self._parts: dict[str, list[Passage | str]] = {}
        self.problems: list[Problem] = []
        self.odd: list[Place] = []

    @property
    def files(self) -> tuple[str, ...]:
        """The absolute paths of all files that were read."""
        return tuple(self._parts)

    def lines(self, path: str) -> Lines:
        """The assignments of a file (an absolute path) and of those that it includes, in order."""
        found: list[Passage] = []
        count = 0
        stack: list[tuple[str, Iterator[Passage | str]]] = [(path, iter(self._read(path)))]
        while stack:
            inner, parts = stack[-1]
            part = next(parts, None)
            if part is None:
                stack.pop()
            elif not isinstance(part, str):
                found.append(part)
                count += len(part.said)
            elif any(part == outer for outer, _ in stack):
                shown = self._shown(part)
                self.problems.append(
                    Problem(f"{shown} includes itself", Place(self._file(inner), 0), code="KG105")
                )
                break
            elif count > _MOST_LINES:
                message = f"more than {_MOST_LINES:,} lines with all that it includes"
                self.problems.append(Problem(message, Place(self._file(path), 0), code="KG112"))
                break
            else:
                stack.append((part, iter(self._read(part))))
        return Lines(tuple(found))

    def assignments(self, text: str) -> Lines:
        """What the lines of a text assign."""
        every = self._parsed(self._tree.root, text)
        return Lines(tuple(one for one in every if not isinstance(one, str)))

    def _shown(self, path: str) -> str:
        return relative(path, self._tree.root)

    def _file(self, path: str, text: str = "") -> File:
        return File(self._shown(path), root=self._tree.shown, text=text)

    def _read(self, path: str) -> list[Passage | str]:
        parts = self._parts.get(path)
        if parts is None:
            self._parts[path] = []
            try:
                parts = self._parts[path] = self._parsed(path, self._tree.read(path))
            except OSError as error:
                self.problems.append(self._unreadable(path, error))
            except NotText as error:
                parts = self._parts[path] = self._parsed(path, error.marked)
                self._refuse_bytes(path, error.marked)
        return self._parts[path]

    def _unreadable(self, path: str, error: OSError, place: Place | None = None) -> Problem:
        if isinstance(error, Outside):
            message = f"{self._shown(path)} is outside the tree"
            return Problem(message, place, hint="--allow-outside lets it be read", code="KG106")
        return Problem(f"cannot read {self._shown(path)}: {os_reason(error)}", place, code="KG104")

    def _refuse_bytes(self, path: str, text: str) -> None:
        """Bytes that are no text are an error in a line that says something."""
        for number, line in enumerate(text.split("\n"), 1):
            if BAD in line and (line[0] != "#" or self._known[line][0]):
                place = Place(self._file(path, text), number, line.index(BAD) + 1)
                hint = "only comments can be in another encoding"
                self.problems.append(Problem("not valid UTF-8", place, hint=hint, code="KG103"))

    def _parsed(self, path: str, text: str) -> list[Passage | str]:
        """The lines of a file, and the paths of the files that it includes between them."""
        lines = text.split("\n")
        said = list(map(self._known.__getitem__, lines))
        shown = self._shown(path)
        if _ODD not in said:
            return [Passage(shown, 1, said)]
        parts: list[Passage | str] = []
        includes = any(map(_INCLUDE.match, lines))
        first = 0
        for number, line in enumerate(lines, 1):
            if said[number - 1] is not _ODD:
                continue
            line = line.rstrip()
            said[number - 1] = _NOTHING
            if found := _INCLUDE.match(line):
                if included := self._included(path, found, number, text):
                    parts += Passage(shown, first + 1, said[first:number]), included
                    first = number
            elif line[0] != "#" and not _MARKER.match(line):
                self.odd.append(Place(self._file(path, text), number))
            elif line[0] != "#" or includes:
                message = "a line that git writes where a merge failed"
                hint = "edit the file, and remove what does not belong to it"
                if line[0] == "#":
                    message = "kgen does no other work of the C preprocessor than #include"
                    hint = "name a file that was preprocessed"
                place = Place(self._file(path, text), number)
                self.problems.append(Problem(message, place, hint=hint, code="KG112"))
        parts.append(Passage(shown, first + 1, said[first:]))
        return parts

    def _included(self, path: str, found: re.Match[str], line: int, text: str) -> str | None:
        """The file that an `#include` names: beside its file, if in quotes, or in the tree."""
        name = found[1] or found[2]
        folders = [os.path.dirname(path)] if found[1] else []
        folders.append(self._tree.root)
        place = Place(self._file(path, text), line)
        hint = "files in <> are looked for in the tree, those in quotes beside the file first"
        problem: Problem | None = None
        for folder in folders:
            there = os.path.normpath(os.path.join(folder, name))
            if self._tree.is_file(there):
                return there
            if problem is None and (error := obstacle(self._tree, there)):
                problem = self._unreadable(there, error, place)
        missing = Problem(f"cannot find {name}", place, hint=hint, code="KG104")
        self.problems.append(problem or missing)
        return None


class _Known(dict[str, Said]):
    """What a line says, by its text: files have most lines in common. Of one that is not an
    assignment, a comment or empty, the file decides: it is `_ODD`."""

    def __init__(self, prefix: str) -> None:
        super().__init__()
        self._prefix = prefix
        self._unset = re.compile(rf"# {re.escape(prefix)}([^ ]+) is not set", re.ASCII).match

    def __missing__(self, line: str) -> Said:
        bare, prefix = line.rstrip(), self._prefix
        said = _NOTHING
        if bare.startswith(prefix) and bare[:1] != "#":
            name, equals, value = bare[len(prefix) :].partition("=")
            if name and equals:
                said = name, value
        if not said[0] and (found := self._unset(bare)):
            said = found[1], None
        if not said[0] and bare:
            comment = bare.lstrip()[0] == "#"
            if not comment or _INCLUDE.match(bare) or _DIRECTIVE.match(bare):
                said = _ODD
        self[line] = said
        return said


# One for each prefix, since two trees that are compared have most lines in common, too.
_known = cache(_Known)


class Ignored(Record):
    """What lines say for nothing. undefined: the lanes of each name that no Kconfig file defines.
    mistyped: what says a value that is not of its symbol's type."""

    undefined: Mapping[str, int]
    mistyped: Set[Said]


def assigned(model: Model, lanes: Sequence[Sequence[Line]]) -> tuple[Assigned, Ignored]:
    """What the lines of each lane assign, and what they say for nothing.

    Of several lines for one symbol the last with a value of its type counts. A choice takes the
    member that was set to y last; see also `Model.heeds_n`.
    """
    meanings = _Meanings(model)
    number_of, subject_of = meanings.__getitem__, meanings.subjects.__getitem__
    chooses = meanings.choosing.__contains__
    modes: dict[tuple[int, str], int] = {}
    members: dict[int, dict[int, int]] = {}
    latest: dict[int, list[dict[int, int]]] = {}
    for lane, lines in enumerate(lanes):
        bit = 1 << lane
        said = lines.said if isinstance(lines, Lines) else [line[:2] for line in lines]
        found = list(map(number_of, said))
        # Of several lines for one symbol the dictionary keeps the last.
        for number in dict(zip(map(subject_of, found), found, strict=True)).values():
            meanings.lanes[number] |= bit
        last_modes: dict[int, str] = {}
        last_members: dict[int, int] = {}
        for number in filter(chooses, found):  # a later n takes neither mode nor member back
            choice, member, value, mode = meanings.choosing[number]
            if mode and value != "n":
                last_modes[choice] = value
            if value == "y":
                last_members[choice] = member
        for pair in last_modes.items():
            modes[pair] = modes.get(pair, 0) | bit
        if model.heeds_n:
            last_members = _by_place(
                map(meanings.choosing.__getitem__, filter(chooses, found)), bit, latest
            )
        for choice, member in last_members.items():
            selected = members.setdefault(choice, {})
            selected[member] = selected.get(member, 0) | bit
    logical: dict[tuple[int, str], int] = {}
    texts: dict[int, dict[str, int]] = {}
    undefined: dict[str, int] = {}
    every_meaning = zip(meanings.subjects, meanings.texts, meanings.lanes, strict=True)
    for subject, value, found_in in every_meaning:
        if not found_in:
            continue
        if isinstance(subject, str):
            undefined[subject] = found_in
        elif model.symbols[subject].logical:
            logical[subject, value] = found_in
        else:
            texts.setdefault(subject, {})[value] = found_in
    undefined.pop("", None)
    given = Assigned((1 << len(lanes)) - 1, _masks(logical), texts, _masks(modes), members, latest)
    return given, Ignored(undefined, meanings.mistyped)


def _by_place(
    lines: Iterable[_Choosing], bit: int, latest: dict[int, list[dict[int, int]]]
) -> dict[int, int]:
    """Note the lane of a bit with the members of choices, by the place of their last line from the
    end; the member of each choice that is set to y last, and not to n after it."""
    last: dict[int, dict[int, str]] = {}
    for line in lines:
        values = last.setdefault(line.choice, {})
        values.pop(line.member, None)  # it goes to the end
        values[line.member] = line.value
    found: dict[int, int] = {}
    for choice, values in last.items():
        places = latest.setdefault(choice, [])
        places += ({} for _ in range(len(places), len(values)))
        for place, member in zip(places, reversed(values), strict=False):
            place[member] = place.get(member, 0) | bit
            if values[member] == "y":
                found.setdefault(choice, member)
    return found


class _Choosing(Record):
    """A line that selects a member of a choice, or a mode; where n counts, any line of a member.
    mode: whether the choice can have the value as its mode."""

    choice: int
    member: int
    value: str
    mode: bool


class _Meanings(dict[Said, int]):
    """The number of what lines mean, by what they say: lanes have most lines in common.

    By number: subjects, the symbol, or the name of one that is not defined; texts, the values;
    lanes, bit sets; choosing, of some. Number 0 is of lines without an assignment, and of values
    that have not the type of their symbol: these are mistyped.
    """

    def __init__(self, model: Model) -> None:
        super().__init__()
        self._model, self._symbols = model, model.numbers()
        self._by_meaning: dict[tuple[int | str, str], int] = {("", ""): 0}
        self.subjects: list[int | str] = [""]
        self.texts = [""]
        self.lanes = [0]
        self.choosing: dict[int, _Choosing] = {}
        self.mistyped: set[Said] = set()

    def __missing__(self, said: Said) -> int:
        number = self[said] = self._number(*said)
        return number

    def _number(self, name: str, written: str | None) -> int:
        symbol_number = self._symbols.get(name)
        if symbol_number is None:
            return self._meaning(name, "")
        model, symbol = self._model, self._model.symbols[symbol_number]
        value = value_of(symbol.type, written, model.verbatim)
        if value is None:
            self.mistyped.add((name, written))
            return 0
        number = self._meaning(symbol_number, value)
        if symbol.choice >= 0 and symbol.logical and (value != "n" or model.heeds_n):
            mode = value_of(model.choices[symbol.choice].type, value) is not None
            self.choosing[number] = _Choosing(symbol.choice, symbol_number, value, mode)
        return number

    def _meaning(self, subject: int | str, value: str) -> int:
        number = self._by_meaning.setdefault((subject, value), len(self.subjects))
        if number == len(self.subjects):
            self.subjects.append(subject)
            self.texts.append(value)
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
