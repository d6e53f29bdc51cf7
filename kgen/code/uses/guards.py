"""Conditions within a C file: those of `#if`, and where the test of an `if` can be true.

The text of a file is not read once for each answer to what `#if` asks, as `code/qom.py` does for
the few functions that register something: each place has the condition of the directives around
it.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable

from kgen.code.c.choices import Choices, TooManyChoices, explore
from kgen.code.c.expressions import Node, NotUnderstood
from kgen.code.c.macros import Endless
from kgen.code.c.statements import Parser
from kgen.code.c.tokens import Branches, Chunk, Define, Guard, directive, is_identifier, tokens
from kgen.code.c.unit import Piece, Unit
from kgen.code.c.view import View
from kgen.code.conditions import ALWAYS, NEVER, both, either, inverted, limited, unknown
from kgen.model.expr import Expr

# Where an expression can be true, and where it can be false.
Either = tuple[Expr, Expr]

_BOTH: Either = (ALWAYS, ALWAYS)

# Tests of `#if` whose answers are tried together; the deepest place of QEMU is in 20.
_TOGETHER = 24

# Macros within macros within ...
_DEEPEST = 8


class Guards:
    """The conditions of a unit.

    constant: for a function of a header that only returns a constant where that can be true and
    where false; None for any other function.
    """

    def __init__(self, unit: Unit, constant: Callable[[str], Either | None]) -> None:
        self._unit = unit
        self._constant = constant
        self._guards: dict[object, Expr] = {}
        self._macros: dict[tuple[str, int], list[tuple[Define, Expr]]] = {}
        self._nonzero: dict[str, Either] = {}
        self._words: dict[Define, list[str]] = {}
        self._texts: dict[tuple[str, int], list[tuple[str, Expr]] | None] = {}

    def view(self, choices: Choices) -> View:
        """How the unit reads under these choices."""
        return View(self._unit, choices, lambda name: None)

    def of(self, guard: Guard, piece: Piece) -> Expr:
        """Where these branches of `#if` are taken."""
        if not guard and piece.outer is None:
            return ALWAYS
        key = *list(zip(*guard, strict=True))[:2], piece.prefix  # wherever the tests stand
        found = self._guards.get(key)
        if found is None:
            line = guard[-1][2] if guard else 0
            if len(guard) > _TOGETHER:  # with each `#elif` there is one more: only that is new
                parts = self.of(guard[:-1], piece), self.of(guard[-1:], piece)
                found = limited(both(*parts), self._unit.path, line)
            else:
                found = self._explored(guard, piece, line)
            self._guards[key] = found
        return found

    def _explored(self, guard: Guard, piece: Piece, line: int) -> Expr:
        def holds(choices: Choices) -> list[bool]:
            return [True] if self.view(choices).holds(guard, piece) else []

        try:
            every = explore(holds)
        except (TooManyChoices, NotUnderstood, Endless):
            return unknown(self._unit.path, line)
        return limited(every[0][1], self._unit.path, line) if every else NEVER

    def places(self, piece: Piece, chunk: Chunk) -> Callable[[int], Expr]:
        """The function that gives the condition of an offset within a chunk."""
        begins, conditions = [chunk.begin], [self.of(chunk.guard, piece)]
        branches = Branches(chunk.guard)
        for at, after, line in chunk.directives:
            word, rest = directive(line)
            if branches.follow(word, rest, at):
                begins.append(after)
                conditions.append(self.of(branches.guard, piece))
        if len(begins) == 1:
            only = conditions[0]
            return lambda at: only
        return lambda at: conditions[max(bisect_right(begins, at) - 1, 0)]

    def macro(self, name: str, at: int) -> list[tuple[Define, Expr]]:
        """The definitions that a macro can have at an offset, each with its condition."""
        own = name in self._unit.own
        if not own and name not in self._unit.headers.defining:
            return []
        key = name, at if own else -1
        found = self._macros.get(key)
        if found is None:

            def defined(choices: Choices) -> list[Define]:
                define = self.view(choices).lookup(name, (at,))
                return [] if define is None else [define]

            try:
                found = explore(defined)
            except (TooManyChoices, NotUnderstood, Endless):
                found = []
            self._macros[key] = found
        return found

    def fields(self, kind: str) -> tuple[str, ...]:
        """The names of the fields of a struct, in order."""
        return self._unit.fields(kind)

    def words(self, define: Define) -> list[str]:
        """The names in the text of a macro that are not its parameters."""
        found = self._words.get(define)
        if found is None:
            skipped = {one.removesuffix("...") for one in define.parameters or ()}
            words = dict.fromkeys(word for word, _ in tokens(define.body or ""))
            found = [word for word in words if is_identifier(word) and word not in skipped]
            self._words[define] = found
        return found

    def texts(self, name: str, at: int) -> list[tuple[str, Expr]] | None:
        """The string literals that a macro stands for at an offset, each with its condition; None
        if it stands for anything else."""
        defines = self.macro(name, at)
        if not defines:
            return None
        key = name, at if name in self._unit.own else -1
        if key not in self._texts:

            def literal(choices: Choices) -> list[str]:
                made = Parser(self.view(choices).expanded(name, at)).expression()
                if made[0] != "text":
                    raise NotUnderstood(at)
                return [str(made[1])]

            try:
                self._texts[key] = explore(literal)
            except (TooManyChoices, NotUnderstood, Endless):
                self._texts[key] = None
        return self._texts[key]

    def truth(self, node: Node, depth: int = 0) -> Either:
        """Where an expression can be true, and where it can be false.

        Only what the compiler knows counts: `kvm_enabled()` is 0 where KVM is off.
        """
        kind = node[0]
        if kind == "number" and node[1] is not None:
            return (ALWAYS, NEVER) if node[1] else (NEVER, ALWAYS)
        if kind == "unary" and node[1] == "!":
            return self.truth(node[2], depth)[::-1]
        if kind == "binary" and node[1] in ("&&", "||"):
            left, right = self.truth(node[2], depth), self.truth(node[3], depth)
            if node[1] == "&&":
                return both(left[0], right[0]), either(left[1], right[1])
            return either(left[0], right[0]), both(left[1], right[1])
        if kind == "call" and node[1][0] == "name":
            return self._named(node[1][1], node[1][2], depth)
        if kind == "name":
            if node[1] in ("true", "false"):
                return (ALWAYS, NEVER) if node[1] == "true" else (NEVER, ALWAYS)
            return self._named(node[1], node[2], depth)
        return _BOTH

    def _named(self, name: str, at: int, depth: int) -> Either:
        if depth > _DEEPEST:
            return _BOTH
        found = self._nonzero.get(name)
        if found is None:
            defines = self.macro(name, at)
            known = self._constant(name) or _BOTH
            found = self._of_macro(defines, depth) if defines else known
            self._nonzero[name] = found
        return found

    def _of_macro(self, defines: list[tuple[Define, Expr]], depth: int) -> Either:
        yes = no = NEVER
        known = NEVER
        for define, condition in defines:
            known = either(known, condition)
            try:
                made = Parser(tokens(define.body or "")).expression()
                value = self.truth(made, depth + 1)
            except NotUnderstood:
                value = _BOTH
            yes = either(yes, both(condition, value[0]))
            no = either(no, both(condition, value[1]))
        rest = inverted(known)  # there it is a function
        return either(yes, rest), either(no, rest)
