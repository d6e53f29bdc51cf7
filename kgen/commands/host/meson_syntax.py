"""Meson's language as a tree: what its `meson.build` and `meson_options.txt` files say.

An expression is a tuple whose first item is its kind:

    ("value", V)               a string, a number, true or false
    ("unknown",)               a string with values of names in it: f'@x@'
    ("name", N)
    ("list", (E, ...))
    ("dict", ((E, E), ...))
    ("chain", E, ((OP, E), ...))   operators of one precedence, from left to right
    ("not", E), ("minus", E)
    ("choice", E, E, E)        E ? E : E
    ("calls", E, (POST, ...))  with POST ("call", ARGS, KWARGS), ("method", N, ARGS, KWARGS),
                               or ("index", E)

A statement is ("set", NAME, E), ("add", NAME, E), ("if", ((E, BODY), ...), BODY),
("foreach", NAMES, E, BODY), ("do", E), ("break",) or ("continue",).
Chains are flat, so that only nesting makes a tree deep, and that is limited.
"""

from __future__ import annotations

import re
from typing import Any

from kgen.model.places import File, Place, line_and_column, line_starts
from kgen.model.problems import KgenError, fail

Node = tuple[Any, ...]

# Brackets and blocks inside each other. QEMU's own files have at most 10.
DEPTH = 40

_TOKEN = re.compile(
    r"""
    (?P<blank>[ \t\r]+ | \\\r?\n | \#[^\n]*)
    | (?P<line>\n)
    | (?P<long>f?'''[\s\S]*?(?:'''|\Z))
    | (?P<string>f?'(?:\\[^\n]|[^'\\\n])*(?:'|\\?(?=\n|\Z)))
    | (?P<number>0[xXoObB][\da-fA-F]+|\d+)
    | (?P<name>[A-Za-z_]\w*)
    | (?P<mark>[-+]=|[=!<>]=|[\s\S])
    """,
    re.VERBOSE,
)

_ESCAPE = re.compile(r"\\(['\\n])")

# From the loosest to the tightest.
_LEVELS = (
    ("or",),
    ("and",),
    ("==", "!=", "<", "<=", ">", ">=", "in", "not in"),
    ("+", "-"),
    ("*", "/", "%"),
)

_BLOCK_ENDS = frozenset(("elif", "else", "endif", "endforeach"))


def parse(text: str, path: str, shown: str) -> tuple[Node, ...]:
    """The statements of a file. path: relative to the tree; shown: the tree, for messages.

    Raises KgenError at the first mistake.
    """
    return _Parser(text, path, shown).file()


class _Parser:
    """Reads tokens from left to right. Line breaks count only outside brackets."""

    def __init__(self, text: str, path: str, shown: str) -> None:
        self._text, self._path, self._shown = text, path, shown
        self._tokens = list(_tokens(text))
        self._at = 0
        self._depth = 0

    def file(self) -> tuple[Node, ...]:
        body = self._body()
        if self._kind != "end":
            raise self._wrong("a statement")
        return body

    @property
    def _kind(self) -> str:
        return self._tokens[self._at][0]

    @property
    def _word(self) -> str:
        """The text of a name or a mark; "" for every other token."""
        kind, text, _ = self._tokens[self._at]
        return text if kind in ("name", "mark", "line") else ""

    def _take(self, word: str) -> bool:
        if self._word != word:
            return False
        self._at += 1
        return True

    def _need(self, word: str) -> None:
        if not self._take(word):
            raise self._wrong(word)

    def _name(self) -> str:
        if self._kind != "name":
            raise self._wrong("a name")
        self._at += 1
        return self._tokens[self._at - 1][1]

    def _wrong(self, expected: str) -> KgenError:
        kind, text, start = self._tokens[self._at]
        found = {"end": "the end of the file", "line": "the end of the line"}.get(kind, text[:40])
        line, column = line_and_column(line_starts(self._text), start)
        place = Place(File(self._path, root=self._shown, text=self._text), line, column)
        return fail(f"expected {expected}, found {found}", place, code="KG413")

    def _down(self) -> None:
        self._depth += 1
        if self._depth > DEPTH:
            raise self._wrong(f"at most {DEPTH} brackets and blocks inside each other")

    # Statements.

    def _body(self) -> tuple[Node, ...]:
        self._down()
        found: list[Node] = []
        while True:
            while self._kind == "line":
                self._at += 1
            if self._kind == "end" or self._word in _BLOCK_ENDS:
                break
            found.append(self._statement())
            if self._kind not in ("line", "end"):
                raise self._wrong("the end of the line")
        self._depth -= 1
        return tuple(found)

    def _statement(self) -> Node:
        if self._take("if"):
            branches = [(self._expression(), self._body())]
            while self._take("elif"):
                branches.append((self._expression(), self._body()))
            otherwise = self._body() if self._take("else") else ()
            self._need("endif")
            return ("if", tuple(branches), otherwise)
        if self._take("foreach"):
            names = [self._name()]
            while self._take(","):
                names.append(self._name())
            self._need(":")
            over = self._expression()
            body = self._body()
            self._need("endforeach")
            return ("foreach", tuple(names), over, body)
        for word in ("break", "continue"):
            if self._take(word):
                return (word,)
        expression = self._expression()
        if expression[0] == "name":
            for mark, kind in (("=", "set"), ("+=", "add")):
                if self._take(mark):
                    return (kind, expression[1], self._expression())
        return ("do", expression)

    # Expressions.

    def _expression(self) -> Node:
        self._down()
        found = self._chain(0)
        if self._take("?"):
            yes = self._expression()
            self._need(":")
            found = ("choice", found, yes, self._expression())
        self._depth -= 1
        return found

    def _chain(self, level: int) -> Node:
        if level == len(_LEVELS):
            return self._unary()
        first = self._chain(level + 1)
        rest: list[tuple[str, Node]] = []
        while (mark := self._operator(level)) is not None:
            rest.append((mark, self._chain(level + 1)))
        return ("chain", first, tuple(rest)) if rest else first

    def _operator(self, level: int) -> str | None:
        word = self._word
        if word == "not" and level == 2 and self._tokens[self._at + 1][:2] == ("name", "in"):
            self._at += 2
            return "not in"
        if word and word in _LEVELS[level]:
            self._at += 1
            return word
        return None

    def _unary(self) -> Node:
        for word, kind in (("not", "not"), ("-", "minus")):
            if self._take(word):
                self._down()
                found = (kind, self._unary())
                self._depth -= 1
                return found
        return self._postfix(self._primary())

    def _primary(self) -> Node:
        kind, text, _ = self._tokens[self._at]
        if kind in ("string", "long", "number"):
            self._at += 1
            return ("unknown",) if text.startswith("f") else ("value", _value(kind, text))
        if self._take("("):
            found = self._expression()
            self._need(")")
            return found
        if self._take("["):
            return ("list", tuple(value for _, value in self._items("]", False)))
        if self._take("{"):
            return ("dict", tuple(self._items("}", True)))
        if kind == "name" and text in ("true", "false"):
            self._at += 1
            return ("value", text == "true")
        return ("name", self._name())

    def _items(self, end: str, keyed: bool) -> list[tuple[Any, Node]]:
        """Items up to a closing bracket, each with its key; None if it has no key."""
        found: list[tuple[Any, Node]] = []
        while not self._take(end):
            value = self._expression()
            key = None
            if self._take(":"):
                key, value = value, self._expression()
            elif keyed:
                raise self._wrong(":")
            found.append((key, value))
            if not self._take(","):
                self._need(end)
                break
        return found

    def _arguments(self) -> tuple[tuple[Node, ...], tuple[tuple[str, Node], ...]]:
        items = self._items(")", False)
        named = tuple((key[1], value) for key, value in items if key is not None and len(key) > 1)
        return tuple(value for key, value in items if key is None), named

    def _postfix(self, found: Node) -> Node:
        posts: list[Node] = []
        while True:
            if self._take("("):
                posts.append(("call", *self._arguments()))
            elif self._take("["):
                posts.append(("index", self._expression()))
                self._need("]")
            elif self._take("."):
                name = self._name()
                self._need("(")
                posts.append(("method", name, *self._arguments()))
            else:
                return ("calls", found, tuple(posts)) if posts else found


def _tokens(text: str) -> list[tuple[str, str, int]]:
    """Kind, text and start of each token; line breaks in brackets are left out."""
    found: list[tuple[str, str, int]] = []
    open_ = 0
    for match in _TOKEN.finditer(text):
        kind = str(match.lastgroup)
        word = match[0]
        if kind == "mark":
            open_ += (word in "([{") - (word in ")]}")
        if kind != "blank" and not (kind == "line" and open_ > 0):
            found.append((kind, word, match.start()))
    # After the last token somebody may look one further.
    return [*found, ("end", "", len(text)), ("end", "", len(text))]


def _value(kind: str, text: str) -> str | int:
    if kind == "number":
        return int(text, 0) if not text.isdigit() else int(text[:12])
    if kind == "long":
        return text[3:].removesuffix("'''")
    return _ESCAPE.sub(
        lambda match: "\n" if match[1] == "n" else match[1], text[1:].removesuffix("'")
    )
