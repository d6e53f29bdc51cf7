"""How a C file reads under some choices: its macros, functions and variables there."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from operator import add, and_, eq, ge, gt, le, lt, mul, ne, or_, sub, xor
from typing import Any

from kgen.code.c.choices import Choices
from kgen.code.c.declarations import Function, Variable, declared
from kgen.code.c.expressions import Node, NotUnderstood
from kgen.code.c.headers import Visible
from kgen.code.c.macros import Lookup, expand
from kgen.code.c.statements import Parser
from kgen.code.c.tokens import (
    FURTHER,
    Branches,
    Chunk,
    Define,
    Guard,
    Test,
    Token,
    all_directives,
    directive,
    tokens,
    words,
)
from kgen.code.c.unit import DEEPEST, Piece, Position, Unit
from kgen.code.conditions import unknown

# The names of QOM's own interface, which are understood as they are.
_KEPT = frozenset({"type_init", "ARRAY_SIZE", "true", "false", "NULL", "bool"})


class View:
    """A unit for one set of answers.

    load: the view of the file that defines a function which this one does not; None if unknown.
    """

    def __init__(self, unit: Unit, choices: Choices, load: Callable[[str], View | None]) -> None:
        self.unit = unit
        self.choices = choices
        self.load = load
        self._busy: set[str] = set()
        self._of_headers_only: dict[str, tuple[Define | None, list[str]]] = {}
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
        own, asked = self.choices, len(self._unasked.asked)

        def lookup(name: str) -> Define | None:
            nonlocal asked
            self.choices = self._unasked
            try:
                define = self.lookup(name, at)
            finally:
                self.choices = own
            known, asked = asked, len(self._unasked.asked)
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
                known, questions = self._of_headers_only[name]
                self.choices.asked += questions
                return known
        asked = len(self.choices.asked)
        self._busy.add(name)
        try:
            for where, define, piece in reversed(own or ()):
                if where < at and self.holds(define.guard, piece):
                    return define if define.body is not None else None
            found = self._of_headers(self.unit.visible(name), at)
        finally:
            self._busy.discard(name)
        questions = self.choices.asked[asked:]
        if own is None and not (self._lazy and questions):
            self._of_headers_only[name] = found, questions
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

    def holds(self, guard: Guard, piece: Piece, known: dict[Test, bool] | None = None) -> bool:
        """Whether the branches of `#if` around a part of a piece are taken.

        known: which of the tests hold, of the calls before for this piece; new ones are added.
        """
        known = {} if known is None else known
        for one in guard:
            holds = known.get(one)
            if holds is None:
                test, positive, at = one
                holds = known[one] = self._true(test, (*piece.prefix, at)) == positive
            if not holds:
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
        if test == FURTHER:
            return self.choices.decide(unknown(self.unit.path, self.unit.line(at[0]))[0])
        if test.isidentifier() and not self._is_macro(test):
            return self.choices.decide(f"macro:{test}")
        try:
            expanded = self._expand(_test(test), lambda one: self.lookup(one, at))
            return bool(self._integer(Parser(expanded).expression(), at))
        except NotUnderstood:
            return self.choices.decide(f"macro:{test}")

    def _is_macro(self, name: str) -> bool:
        return name in self.unit.own or name in self.unit.headers.defining

    def _integer(self, node: Node, at: Position) -> int:
        """The value of an expression of `#if`; a name that is no macro is asked for."""
        kind = node[0]
        if kind == "number":
            return node[1] or 0
        if kind == "name":
            if node[1].startswith(_DEFINED):
                return int(self.defined(node[1].removeprefix(_DEFINED), at))
            return int(self.choices.decide(f"macro:{node[1]}"))
        if kind == "unary" and node[1] == "!":
            return int(not self._integer(node[2], at))
        if kind == "unary" and node[1] == "-":
            return -self._integer(node[2], at)
        if kind == "binary":
            operator = node[1]
            left = self._integer(node[2], at)
            if operator in ("&&", "||") and bool(left) is (operator == "||"):
                return int(bool(left))
            return computed(operator, left, self._integer(node[3], at)) or 0
        if kind == "either" and node[2] is not None:
            return self._integer(node[2] if self._integer(node[1], at) else node[3], at)
        if kind == "call" and node[1][0] == "name":  # __has_include(x) and the like
            return int(self.choices.decide(f"macro:{node[1][1]}"))
        raise NotUnderstood(-1)

    # What is defined.

    def declared(self, piece: Piece, chunk: Chunk) -> list[Function | Variable | Token]:
        """What a chunk defines; nothing where its branch of `#if` is not taken."""

        def compute() -> list[Function | Variable | Token]:
            if not self.holds(chunk.guard, piece):
                return []
            self._lazy = chunk.function
            found = declared(self._preprocessed(piece, chunk))
            self._lazy = False
            return found

        key = ((*piece.prefix, chunk.begin), len(piece.prefix))
        return self.unit.declared.get(key, self.choices, compute)

    def _preprocessed(self, piece: Piece, chunk: Chunk) -> list[Token]:
        text = piece.source.text
        if not chunk.directives:
            at = (*piece.prefix, chunk.begin)
            return self._expanded(tokens(text, chunk.begin, chunk.end), at)
        return self._flow(piece, chunk.begin, chunk.end, chunk.directives, Branches(chunk.guard), 0)

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
        known: dict[Test, bool] = {}
        for at, after, line in (*directives, (end, end, "")):
            if active:
                kept += tokens(text, begin, at)
            begin = after
            word, rest = directive(line) if line else ("", "")
            if branches.follow(word, rest, at):
                active = self.holds(branches.guard, piece, known)
            elif active and word in ("define", "undef"):
                flush()
                since = (*piece.prefix, after)
            elif active and word == "include" and depth < DEEPEST:
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
        """Whether a macro makes a function or variable of this name: what is in it is not known
        from the text of the file."""
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
                if not isinstance(one, Function | Variable) or one.name != name:
                    continue
                if chosen is None or not _tentative(one):
                    chosen = one
        if chosen is not None:
            return chosen
        for piece, chunk in self.unit.calls_for(name):
            for one in self.declared(piece, chunk):
                if isinstance(one, Function | Variable) and one.name == name:
                    return one
        return None


_DEFINED = "defined "


@lru_cache(maxsize=1 << 10)
def _test(test: str) -> list[Token]:
    """The tokens of what `#if` asks; `defined X` and `defined(X)` are one each, a name."""
    made: list[Token] = []
    found = words(test)
    number = 0
    while number < len(found):
        word = found[number]
        number += 1
        if word == "defined":
            opened = found[number : number + 1] == ["("]
            word = _DEFINED + "".join(found[number + opened : number + opened + 1])
            number += 3 if opened else 1
        made.append((word, 0))
    return made


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
    compute = _OPERATORS.get(operator)
    return None if compute is None else int(compute(left, right))


_OPERATORS: dict[str, Callable[[int, int], int]] = {
    "+": add, "-": sub, "*": mul, "&": and_, "|": or_, "^": xor,
    "==": eq, "!=": ne, "<": lt, ">": gt, "<=": le, ">=": ge,
    ",": lambda left, right: right,
    "&&": lambda left, right: bool(left and right),
    "||": lambda left, right: bool(left or right),
}  # fmt: skip
