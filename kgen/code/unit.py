"""A C file with what it includes, and how it reads under some choices.

A `Unit` is the text, whatever is configured. A `View` is the unit for one set of answers to what
`#if` asks: the macros that are defined there, and the functions and variables that are.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator

from kgen.code.c_parser import Function, Node, NotUnderstood, Parser, Variable, declared
from kgen.code.c_tokens import (
    Branches,
    Chunk,
    Define,
    Guard,
    Include,
    Source,
    Token,
    all_directives,
    directive,
    divide,
    is_identifier,
    tokens,
)
from kgen.code.choices import Choices
from kgen.code.headers import Headers, Visible, unguarded
from kgen.code.macros import Lookup, expand
from kgen.model.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

# Where something stands: an offset in the file; in a file that it includes, the offset of the
# `#include`, and the offset there.
Position = tuple[int, ...]

# Files within files within ... that are no headers.
_DEEPEST = 8

# The names of QOM's own interface, which are understood as they are.
_KEPT = frozenset({"type_init", "ARRAY_SIZE", "true", "false", "NULL", "bool"})

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

_FUNCTION = re.compile(r"(\w+)\s*\(")
_VARIABLE = re.compile(r"(\w+)\s*(?:\[[^\]]*\]\s*|__attribute__\s*\(\([^()]*\)\)\s*)*$")
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
        # What does not depend on choices.
        self.fixed: dict[tuple[Position, int], list[Function | Variable | Token]] = {}
        self._matters: dict[str, bool] = {}
        self._called: dict[str, bool] = {}
        self._structs: dict[str, tuple[str, ...]] = {}
        self.registering: dict[str, bool] = {}  # own macros that lead to type_init
        self._add(divide(path, text), (), (), None, (path,))

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
                    if path in within:
                        continue  # it includes itself
                    if len(within) < _DEEPEST:
                        part = unguarded(divide(path, inner.text))
                        at = (*prefix, include.at)
                        self._add(part, at, include.guard, piece, (*within, path))
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
            for word in _IDENTIFIER.findall(text):
                if word not in seen:
                    seen.add(word)
                    if known.get(word):
                        found = True
                    elif word not in known:
                        waiting.append(word)
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
        elif depth == 1 and word in ("[", ":"):
            done = True
        elif depth == 1 and is_identifier(word) and not done:
            last = word
    return tuple(names)


class View:
    """A unit for one set of answers.

    load: the view of the file that defines a function which this one does not; None if unknown.
    """

    def __init__(
        self, unit: Unit, choices: Choices, load: Callable[[str], View | None]
    ) -> None:
        self.unit = unit
        self.choices = choices
        self.load = load
        self._declared: dict[tuple[Position, int], list[Function | Variable | Token]] = {}
        self._busy: set[str] = set()
        self._of_headers_only: dict[str, tuple[Define | None, bool]] = {}
        self._lazy = False
        self._unasked = Choices({}, [])
        self.local: dict[str, Function | Variable] = {}  # of the chunk that is being read
        self.values: dict[str, Any] = {}  # of variables, for the evaluation

    # Macros.

    def _expand(self, found: list[Token], lookup: Lookup) -> list[Token]:
        return expand(found, lookup, self.unit.own, self.unit.headers.defining)

    def _expanded(self, found: list[Token], at: Position) -> list[Token]:
        """Tokens without macros.

        In a function's body macros that depend on choices stay: most of them do not matter there.
        """
        if not self._lazy:
            return self._expand(found, lambda name: self.lookup(name, at))
        own, asked = self.choices, self._unasked.asked

        def lookup(name: str) -> Define | None:
            nonlocal asked
            self.choices = self._unasked
            try:
                define = self.lookup(name, at)
            finally:
                self.choices = own
            known, asked = asked, self._unasked.asked
            return define if known == asked else None

        return self._expand(found, lookup)

    def expanded(self, name: str, at: int) -> list[Token]:
        """What the macro of this name stands for at an offset."""
        return self._expand([(name, at)], lambda one: self.lookup(one, (at,)))

    def lookup(self, name: str, at: Position) -> Define | None:
        """The definition of a macro at a position; None if it is none there."""
        if name in _KEPT or name in self._busy:
            return None
        own = self.unit.own.get(name)
        if own is None:
            if name not in self.unit.headers.defining:
                return None
            if name in self._of_headers_only:
                known, depends = self._of_headers_only[name]
                self.choices.asked += depends
                return known
        asked = self.choices.asked
        self._busy.add(name)
        try:
            for where, define, piece in reversed(own or ()):
                if where < at and self.holds(define.guard, piece):
                    return define if define.body is not None else None
            found = self._of_headers(self.unit.visible(name), at)
        finally:
            self._busy.discard(name)
        if own is None and (not self._lazy or self.choices.asked == asked):
            self._of_headers_only[name] = found, self.choices.asked != asked
        return found

    def _of_headers(self, visible: list[Visible], at: Position) -> Define | None:
        if not visible:
            return None
        first = visible[0].define
        if first.parameters is None and all(
            one.define.body == first.body and not one.architecture for one in visible
        ):
            return first
        for one in reversed(visible):
            if self._sees(one, at):
                return one.define if one.define.body is not None else None
        return None

    def defined(self, name: str, at: Position, first: bool = False) -> bool:
        """What `defined name` is at a position.

        first: without the definitions that are only there if there is no other one.
        """
        if name in self._busy:
            return False
        own = self.unit.own.get(name)
        if own is not None or name in self.unit.headers.defining:
            self._busy.add(name)
            try:
                for where, define, piece in reversed(own or ()):
                    if where < at and self.holds(define.guard, piece):
                        return define.body is not None
                for one in reversed(self.unit.visible(name)):
                    if first and (f"defined {name}", False) in [
                        term[:2] for term in one.define.guard
                    ]:
                        return False
                    if self._sees(one, at):
                        return one.define.body is not None
            finally:
                self._busy.discard(name)
        return self.choices.decide(f"macro:{name}")

    def holds(self, guard: Guard, piece: Piece) -> bool:
        """Whether the branches of `#if` around a part of a piece are taken."""
        for test, positive, at in guard:
            if self._true(test, (*piece.prefix, at)) != positive:
                return False
        return piece.outer is None or self.holds(piece.guard, piece.outer)

    def _sees(self, one: Visible, at: Position) -> bool:
        """Whether a definition of a header is compiled, for a use at this position.

        What is defined under `#ifndef X` does not count as a definition of X there: it was none
        yet.
        """
        if one.architecture and not self.choices.decide(f"arch:{one.architecture}"):
            return False
        for test, positive, _ in one.define.guard:
            if not positive and test.startswith("defined "):
                if self.defined(test[8:], at, first=True):
                    return False
            elif self._true(test, at) != positive:
                return False
        return True

    def _true(self, test: str, at: Position) -> bool:
        word, _, name = test.partition(" ")
        if word == "defined" and name.isidentifier():
            return self.defined(name, at)
        if test in ("0", "1"):
            return test == "1"
        made: list[Token] = []
        found = [part for part, _ in tokens(test)]
        number = 0
        while number < len(found):
            word = found[number]
            number += 1
            if word == "defined":
                opened = found[number : number + 1] == ["("]
                name = "".join(found[number + opened : number + opened + 1])
                number += 3 if opened else 1
                word = str(int(self.defined(name, at)))
            made.append((word, 0))
        try:
            expanded = self._expand(made, lambda one: self.lookup(one, at))
            return bool(self._integer(Parser(expanded).expression()))
        except NotUnderstood:
            return self.choices.decide(f"macro:{test}")

    def _integer(self, node: Node) -> int:
        """The value of an expression of `#if`; a name that is no macro is asked for."""
        kind = node[0]
        if kind == "number":
            return node[1] or 0
        if kind == "name":
            return int(self.choices.decide(f"macro:{node[1]}"))
        if kind == "unary" and node[1] == "!":
            return int(not self._integer(node[2]))
        if kind == "unary" and node[1] == "-":
            return -self._integer(node[2])
        if kind == "binary":
            operator = node[1]
            left = self._integer(node[2])
            if operator == "&&":
                return int(bool(left) and bool(self._integer(node[3])))
            if operator == "||":
                return int(bool(left) or bool(self._integer(node[3])))
            return computed(operator, left, self._integer(node[3])) or 0
        if kind == "either" and node[2] is not None:
            return self._integer(node[2] if self._integer(node[1]) else node[3])
        if kind == "call" and node[1][0] == "name":  # __has_include(x) and the like
            return int(self.choices.decide(f"macro:{node[1][1]}"))
        raise NotUnderstood(-1)

    # What is defined.

    def declared(self, piece: Piece, chunk: Chunk) -> list[Function | Variable | Token]:
        """What a chunk defines; nothing where its branch of `#if` is not taken."""
        key = ((*piece.prefix, chunk.begin), len(piece.prefix))
        found = self.unit.fixed.get(key) or self._declared.get(key)
        if found is None:
            found = []
            asked = self.choices.asked
            if self.holds(chunk.guard, piece):
                self._lazy = chunk.function
                found = declared(self._preprocessed(piece, chunk))
                self._lazy = False
            same = self.choices.asked == asked
            (self.unit.fixed if same else self._declared)[key] = found
        return found

    def _preprocessed(self, piece: Piece, chunk: Chunk) -> list[Token]:
        text = piece.source.text
        if not chunk.directives:
            at = (*piece.prefix, chunk.begin)
            return self._expanded(tokens(text, chunk.begin, chunk.end), at)
        return self._flow(
            piece, chunk.begin, chunk.end, chunk.directives, Branches(chunk.guard), 0
        )

    def _flow(
        self,
        piece: Piece,
        begin: int,
        end: int,
        directives: tuple[tuple[int, int, str], ...],
        branches: Branches,
        depth: int,
    ) -> list[Token]:
        """The tokens of a part of a file in which there are directives."""
        text = piece.source.text
        made: list[Token] = []
        kept: list[Token] = []
        since = (*piece.prefix, begin)

        def flush() -> None:
            made.extend(self._expanded(kept, since))
            kept.clear()

        active = True
        for at, after, line in (*directives, (end, end, "")):
            if active:
                kept += tokens(text, begin, at)
            begin = after
            word, rest = directive(line) if line else ("", "")
            if branches.follow(word, rest, at):
                active = self.holds(branches.guard, piece)
            elif active and word in ("define", "undef"):
                flush()
                since = (*piece.prefix, after)
            elif active and word == "include" and depth < _DEEPEST:
                flush()
                made += self._included(piece, at, depth)
        flush()
        return made

    def _included(self, piece: Piece, at: int, depth: int) -> list[Token]:
        """The tokens of a file that is included in the middle of something."""
        prefix = (*piece.prefix, at)
        for part in self.unit.pieces:
            if part.prefix == prefix:
                text = part.source.text
                every = tuple(all_directives(text))
                return self._flow(part, 0, len(text), every, Branches(), depth + 1)
        return []

    def makes(self, name: str) -> bool:
        """Whether a macro makes a function or variable of this name: what is in it is not told by
        the text of the file."""
        return name in self.local or self.unit.has_call_for(name)

    def function(self, name: str) -> Function | None:
        """The function of this name, if the unit defines it."""
        found = self._named(name)
        return found if isinstance(found, Function) else None

    def variable(self, name: str) -> Variable | None:
        """The variable of this name, if the unit defines it."""
        found = self._named(name)
        return found if isinstance(found, Variable) else None

    def _named(self, name: str) -> Function | Variable | None:
        chosen = self.local.get(name)
        if chosen is not None:
            return chosen
        for piece, chunk in self.unit.chunks_of(name):
            for one in self.declared(piece, chunk):
                if isinstance(one, Function | Variable) and one.name == name:
                    if chosen is None or not _tentative(one):
                        chosen = one
        if chosen is not None:
            return chosen
        for piece, chunk in self.unit.calls_for(name):
            for one in self.declared(piece, chunk):
                if isinstance(one, Function | Variable) and one.name == name:
                    return one
        return None


def _tentative(one: Function | Variable) -> bool:
    return isinstance(one, Variable) and not one.value


def computed(operator: str, left: int, right: int) -> int | None:
    """The value of a binary operator of C on integers; None if it has none."""
    if operator in ("/", "%"):
        if not right:
            return None
        quotient = abs(left) // abs(right) * (1 if (left < 0) == (right < 0) else -1)
        return quotient if operator == "/" else left - quotient * right
    if operator in ("<<", ">>"):
        if not 0 <= right < 256:
            return None
        return left << right if operator == "<<" else left >> right
    return {
        "+": left + right, "-": left - right, "*": left * right,
        "&": left & right, "|": left | right, "^": left ^ right,
        "==": int(left == right), "!=": int(left != right), "<": int(left < right),
        ">": int(left > right), "<=": int(left <= right), ">=": int(left >= right), ",": right,
        "&&": int(bool(left and right)), "||": int(bool(left or right)),
    }.get(operator)  # fmt: skip
