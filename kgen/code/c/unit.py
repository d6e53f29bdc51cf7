"""A C file with what it includes, whatever is configured.

A `Unit` is the text; `view.py` has how it reads for one set of answers to what `#if` asks.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator

from kgen.code.c.choices import Remembered
from kgen.code.c.declarations import Function, Variable
from kgen.code.c.headers import Headers, Visible, unguarded
from kgen.code.c.tokens import (
    Chunk,
    Define,
    Guard,
    Source,
    Token,
    divide,
    is_identifier,
    tokens,
)
from kgen.model.places import line_and_column, line_starts
from kgen.model.record import Record

# Where something stands: an offset in the file; in a file that it includes, the offset of the
# `#include`, and the offset there.
Position = tuple[int, ...]

# Files within files within ... that are not headers.
DEEPEST = 8

# For so many offsets of a file, counting its lines costs less than a table of them.
_FEW_LINES = 16

# The fields of a class that are asked for: those of DeviceClass, the bus of PCI and others, and
# MachineClass. `include/hw/qdev-core.h`, `include/hw/boards.h`.
FIELDS = frozenset({"user_creatable", "bus_type", "desc", "alias", "is_default"})

# What a function does that is of interest.
EFFECT = re.compile(
    rf"type_register|DEVICE_CATEGORY_|(?:->|\.)\s*(?:{'|'.join(sorted(FIELDS))})\s*=[^=]"
)

# Characters of a function that only makes a name.
_SMALL = 800

_IDENTIFIER = re.compile(r"[A-Za-z_]\w*")

_PART = re.compile(r"\w\w+")

# `\b`: not tried again from each letter of a word.
_FUNCTION = re.compile(r"\b(\w+)\s*\(")
_VARIABLE = re.compile(r"\b(\w+)\s*(?:\[[^\]]*\]\s*|__attribute__\s*\(\([^()]*\)\)\s*)*$")
_CALLED = re.compile(r"\s*([A-Za-z_]\w*)\s*\(")


class Piece(Record):
    """A file of a unit. prefix: the position of the `#include`, which is in the piece `outer`, and
    under `guard`."""

    source: Source
    prefix: Position
    guard: Guard
    outer: Piece | None


class Unit:
    """A C file with the files that it includes."""

    def __init__(self, headers: Headers, path: str, text: str) -> None:
        self.headers = headers
        self.path = path
        self.pieces: list[Piece] = []
        self.own: dict[str, list[tuple[Position, Define, Piece]]] = {}
        self._reach = 0
        self._visible: dict[str, list[Visible]] = {}
        self._index: dict[str, list[tuple[Piece, Chunk]]] = {}
        # Chunks that begin like a call, with the words of its arguments.
        self._calls: list[tuple[str, frozenset[str], Piece, Chunk]] = []
        self.begins_like_call: set[Chunk] = set()
        # What chunks define, by where they stand.
        self.declared: Remembered[tuple[Position, int], list[Function | Variable | Token]]
        self.declared = Remembered()
        self._lines: dict[int, int] = {}  # by offsets that were asked for
        self._begins: list[int] = []  # the offsets of all lines, if many are asked for
        self._matters: dict[str, bool] = {}
        self._called: dict[str, bool] = {}
        self._structs: dict[str, tuple[str, ...]] = {}
        self.registering: dict[str, bool] = {}  # own macros that lead to type_init
        # Parts that are not read, each with the offset of its `#include` in the file, and why.
        self.unread: list[tuple[str, int, str]] = []
        own = divide(path, text)
        self._add(own if is_part(path) else unguarded(own), (), (), None, (path,))

    def _add(
        self,
        source: Source,
        prefix: Position,
        guard: Guard,
        outer: Piece | None,
        within: tuple[str, ...],
    ) -> None:
        folder = source.path.rpartition("/")[0]
        piece = Piece(source, prefix, guard, outer)
        self.pieces.append(piece)
        for define in source.defines:
            at = (*prefix, define.at)
            self.own.setdefault(define.name, []).append((at, define, piece))
        for chunk in source.chunks:
            self._enter(piece, chunk)
        for include in source.includes:
            found = self.headers.meant(folder, include)
            for path in found:
                inner = self.headers.source(path)
                if is_part(path) and inner is not None and len(found) == 1:
                    at = (*prefix, include.at)
                    if path in within:
                        if not include.guard:
                            self.unread.append((path, at[0], "includes itself"))
                    elif len(within) < DEEPEST:
                        part = unguarded(divide(path, inner.text))
                        self._add(part, at, include.guard, piece, (*within, path))
                    else:
                        self.unread.append((path, at[0], "is included too deeply"))
                else:
                    self._reach |= self.headers.reach(path)

    def _enter(self, piece: Piece, chunk: Chunk) -> None:
        text = piece.source.text
        end = chunk.end
        if chunk.function:
            end = text.find("{", chunk.begin, chunk.end)
        head = text[chunk.begin : min(end, chunk.begin + 400)]
        called = _CALLED.match(head)
        if called is not None:
            parts = frozenset(_PART.findall(head, called.end()))
            self._calls.append((called[1], parts, piece, chunk))
            self.begins_like_call.add(chunk)
        if chunk.function:
            for name in _FUNCTION.findall(head):
                self._index.setdefault(name, []).append((piece, chunk))
        else:
            before, equals, _ = head.partition("=")
            match = _VARIABLE.search(before.rstrip()) if equals else None
            if match is not None:
                self._index.setdefault(match[1], []).append((piece, chunk))

    def line(self, at: int) -> int:
        """The line, from 1 on, of an offset in the file."""
        found = self._lines.get(at)
        if found is None:
            text = self.pieces[0].source.text
            if len(self._lines) < _FEW_LINES:
                found = text.count("\n", 0, max(at, 0)) + 1
            else:
                self._begins = self._begins or line_starts(text)
                found = line_and_column(self._begins, max(at, 0))[0]
            self._lines[at] = found
        return found

    def chunks_of(self, name: str) -> list[tuple[Piece, Chunk]]:
        """The chunks that may define a name."""
        return self._index.get(name, [])

    def visible(self, name: str) -> list[Visible]:
        """The definitions of a macro in the headers that are included."""
        found = self._visible.get(name)
        if found is None:
            folder = self.path.rpartition("/")[0]
            every = self.headers.visible(name, self._reach, folder)
            architectures = {one.architecture for one in every if one.architecture}
            if len(architectures) == 1:
                every = [one._replace(architecture="") for one in every]
            else:
                # hw/arm is built for the architecture arm.
                near = folder.split("/")[1:2]
                if near and near[0] in architectures:
                    every = [one for one in every if one.architecture in ("", near[0])]
                    every = [one._replace(architecture="") for one in every]
            if len({one.architecture for one in every}) > 1 and not every[0].define.guard:
                # A file is built for one of them: where it is none of the others, it is the last.
                every = [every[0]._replace(architecture=""), *every[1:]]
            found = self._visible[name] = every
        return found

    def has_call_for(self, name: str) -> bool:
        """Whether there is one."""
        found = self._called.get(name)
        if found is None:
            found = self._called[name] = any(True for _ in self.calls_for(name))
        return found

    def calls_for(self, name: str) -> Iterator[tuple[Piece, Chunk]]:
        """The chunks that may define a name as uses of a macro, which make it of an argument."""
        for called, parts, piece, chunk in self._calls:
            if (called in self.own or called in self.headers.defining) and any(
                part in name for part in parts
            ):
                yield piece, chunk

    def matters(self, name: str) -> bool:
        """Whether a function, or a macro, may register a type or assign to a field of a class.

        Told by the words of its text, and of what they name. A function of another file counts if
        it does so itself.
        """
        return reaches(name, EFFECT, self._texts, self._matters)

    def is_small(self, name: str) -> bool:
        """Whether a function has a few lines only: it may just make a name."""
        return all(chunk.end - chunk.begin < _SMALL for _, chunk in self._index.get(name, ()))

    def _texts(self, name: str) -> Iterator[str]:
        """The texts of a function, or of a macro with this name."""
        for piece, chunk in self._index.get(name, ()):
            if chunk.function:
                yield piece.source.text[chunk.begin : chunk.end]
        for _, define, _ in self.own.get(name, ()):
            yield define.body or ""
        for _, define in self.headers.defining.get(name, ()):
            yield define.body or ""

    def fields(self, kind: str) -> tuple[str, ...]:
        """The names of the fields of a struct, in order; none if it is not found."""
        known = self._structs.get(kind)
        if known is None:
            known = self._structs[kind] = self._fields(kind)
        return known

    def _fields(self, kind: str) -> tuple[str, ...]:
        if kind.startswith("{"):
            at = int(kind[1:])
            for piece in self.pieces:
                begin = piece.source.text.find("{", at)
                if begin >= 0 and any(
                    chunk.begin <= at < chunk.end for chunk in piece.source.chunks
                ):
                    return _fields(piece.source.text, begin)
            return ()
        pattern = re.compile(rf"\bstruct\s+{re.escape(kind)}\s*\{{|\}}\s*{re.escape(kind)}\s*;")
        texts = [piece.source.text for piece in self.pieces]
        reach = self._reach
        while reach:
            lowest = reach & -reach
            reach ^= lowest
            source = self.headers.source(self.headers.path(lowest.bit_length() - 1))
            if source is not None and kind in source.text:
                texts.append(source.text)
        for text in texts:
            match = pattern.search(text)
            if match is not None:
                begin = match.end() - 1 if match[0][-1] == "{" else _opening(text, match.start())
                return _fields(text, begin)
        return ()


def reaches(
    name: str,
    effect: re.Pattern[str],
    texts: Callable[[str], Iterable[str]],
    known: dict[str, bool],
) -> bool:
    """Whether the text of a name, or of one that it names and so on, has a match of `effect`.

    texts: of a name. known: what is found, for the next time.
    """
    if name in known:
        return known[name]
    seen = {name}
    waiting = [name]
    found = False
    while waiting and not found:
        for text in texts(waiting.pop()):
            if effect.search(text):
                found = True
                break
            new = set(_IDENTIFIER.findall(text)) - seen
            seen |= new
            unknown = new - known.keys()
            if any(known[word] for word in new - unknown):
                found = True
            waiting += unknown
    known.update({name: True} if found else dict.fromkeys(seen, False))
    return found


def is_part(path: str) -> bool:
    """Whether an included file is text of the file that includes it, and not a header."""
    return not path.endswith(".h")


def _opening(text: str, closing: int) -> int:
    """The offset of the brace that this one closes."""
    depth = 0
    for at in range(closing, max(closing - 20_000, -1), -1):
        depth += (text[at] == "}") - (text[at] == "{")
        if not depth:
            return at
    return closing


def _fields(text: str, begin: int) -> tuple[str, ...]:
    names: list[str] = []
    depth = 0
    last = ""
    done = False
    for word, _ in tokens(text, begin, min(len(text), begin + 20_000)):
        if word == "{":
            depth += 1
        elif word == "}":
            depth -= 1
            if not depth:
                break
        elif depth == 1 and word in (";", ",") and last:
            names.append(last)
            last, done = "", False
        elif depth == 1 and word in ("[", ":", ")"):  # `void (*name)(int)`
            done = True
        elif depth == 1 and is_identifier(word) and not done:
            last = word
    return tuple(names)
