"""Expressions of C as nested tuples, from tokens without macros.

Node[0] says what a node is:

| node                         | C                                                          |
|------------------------------|------------------------------------------------------------|
| `("number", value)`          | `1`, `'a'`                                                 |
| `("text", value)`            | `"a" "b"`                                                  |
| `("join", (x, ...))`         | `"a" X`, where X is a macro that stands for a text          |
| `("name", name, at)`         | `x`                                                        |
| `("unary", operator, x)`     | `!x`, `-x`, `~x`, `*x`; `&x` is x                          |
| `("step", operator, x)`      | `x++`, `--x`                                               |
| `("binary", operator, x, y)` | `x == y`                                                   |
| `("either", c, x, y)`        | `c ? x : y`; x is None in `c ?: y`                         |
| `("call", f, (x, ...), at)`  | `f(x)`                                                     |
| `("element", x, y)`          | `x[y]`                                                     |
| `("field", x, name)`         | `x.name`, `x->name`                                        |
| `("assign", operator, x, y)` | `x = y`                                                    |
| `("list", entries, at)`      | `{ x, .a = y }`: pairs of a field's name or None and a value |
| `("sizeof", x)`              | `sizeof(x)`; x is None for what is not an expression       |

`at` is an offset in the file.
"""

from __future__ import annotations

from typing import Any

from kgen.code.c.tokens import Token, is_identifier

Node = tuple["Any", ...]

# Nested parentheses, braces and statements. QEMU's deepest have some thirty.
DEEPEST = 120


# Characters of string literals after each other: macros can repeat a long one.
LONGEST = 1 << 20


class NotUnderstood(Exception):
    """Tokens that are not valid C, or nested too deeply. at: the offset, -1 at the end."""

    def __init__(self, at: int) -> None:
        super().__init__(at)
        self.at = at


_BINARY = {
    "*": 10, "/": 10, "%": 10, "+": 9, "-": 9, "<<": 8, ">>": 8, "<": 7, ">": 7, "<=": 7, ">=": 7,
    "==": 6, "!=": 6, "&": 5, "^": 4, "|": 3, "&&": 2, "||": 1,
}  # fmt: skip

# What ends an expression.
_AFTER = frozenset({",", ")", "}", ";"})

_ASSIGNS = frozenset({"=", "+=", "-=", "*=", "/=", "%=", "&=", "|=", "^=", "<<=", ">>="})

TYPE_WORDS = frozenset(
    "const volatile static extern inline struct union enum unsigned signed char short int long"
    " float double void bool register auto _Bool".split()
)

# What can stand before an operand, and behind one.
_PREFIXES = frozenset(
    "& __extension__ + ! - ~ * ++ -- && sizeof _Alignof __alignof__ typeof __typeof__".split()
)
_SUFFIXES = frozenset({"(", "[", ".", "->", "++", "--"})

_ESCAPES = {"n": "\n", "t": "\t", "0": "\0", "r": "\r"}


class Expressions:
    """Reads expressions from tokens."""

    def __init__(self, tokens: tuple[Token, ...] | list[Token]) -> None:
        self._tokens = tokens
        self._words = [word for word, _ in tokens]
        self._words.append("")
        self._end = len(tokens)
        self._depth = 0
        self._go_to(0)

    # What comes next.

    def _go_to(self, at: int) -> None:
        """Make the token of this number the next one; word: that token, "" at the end."""
        self._at = at if at < self._end else self._end
        self.word = self._words[self._at]

    def _next(self, count: int = 1) -> None:
        """Go behind the next tokens."""
        at = self._at + count
        self._at = at if at < self._end else self._end
        self.word = self._words[self._at]

    def _peek(self, distance: int = 1) -> str:
        at = self._at + distance
        return self._words[at] if at < self._end else ""

    @property
    def offset(self) -> int:
        """Where the next token is."""
        return self._tokens[self._at][1] if self._at < self._end else -1

    def _take(self, word: str) -> bool:
        if self.word == word:
            self._next()
            return True
        return False

    def _expect(self, word: str) -> None:
        if not self._take(word):
            raise NotUnderstood(self.offset)

    def _deeper(self) -> None:
        self._depth += 1
        if self._depth > DEEPEST:
            raise NotUnderstood(self.offset)

    def _balanced(self) -> None:
        """Go behind the bracket that closes the one which comes next."""
        depth = 0
        while self.word:
            depth += self.word in ("(", "[", "{")
            depth -= self.word in (")", "]", "}")
            self._next()
            if not depth:
                return
        raise NotUnderstood(-1)

    def block(self) -> Node:
        """Statements up to the end or a closing brace; see statements.py."""
        raise NotImplementedError

    def _in_parentheses(self) -> Node:
        self._expect("(")
        found = self._comma()
        self._expect(")")
        return found

    def _comma(self) -> Node:
        found = self.expression()
        while self._take(","):
            found = ("binary", ",", found, self.expression())
        return found

    def expression(self) -> Node:
        """An expression without a top-level comma."""
        if self._peek() in _AFTER and (self.word[0].isalnum() or self.word[0] == "_"):
            return self._primary()  # a table has thousands of single words
        return self._assignment()

    def _assignment(self) -> Node:
        self._deeper()
        left = self._binary(0)
        if self._take("?"):
            yes = None if self.word == ":" else self._comma()
            self._expect(":")
            left = ("either", left, yes, self._assignment())
        elif self.word in _ASSIGNS:
            operator = self.word
            self._next()
            left = ("assign", operator, left, self._assignment())
        self._depth -= 1
        return left

    def _binary(self, least: int) -> Node:
        left = self._unary()
        while (binding := _BINARY.get(self.word, 0)) > least:
            operator = self.word
            self._next()
            left = ("binary", operator, left, self._binary(binding))
        return left

    def _unary(self) -> Node:
        if self.word not in _PREFIXES:
            left = self._primary()
            return self._postfix(left) if self.word in _SUFFIXES else left
        self._deeper()
        found = self._one_unary()
        self._depth -= 1
        return found

    def _one_unary(self) -> Node:
        word = self.word
        if word == "&" or word == "__extension__" or word == "+":
            self._next()
            return self._unary()
        if word in ("!", "-", "~", "*"):
            self._next()
            return ("unary", word, self._unary())
        if word in ("++", "--"):
            self._next()
            return ("step", word, self._unary())
        if word == "&&":  # the address of a label
            raise NotUnderstood(self.offset)
        return self._sizeof()

    def _sizeof(self) -> Node:
        self._next()
        if self.word != "(":
            return ("sizeof", self._unary())
        begin = self._at
        if not self._is_cast(sizeof=True):
            try:
                return ("sizeof", self._postfix(self._in_parentheses()))
            except NotUnderstood:
                self._go_to(begin)
        self._balanced()
        return ("sizeof", None)

    def _is_cast(self, sizeof: bool = False) -> bool:
        """Whether the parenthesis that comes next holds a type."""
        at = self._at + 1
        stars = False
        many = 0
        tokens = self._tokens
        if self._peek() in ("typeof", "__typeof__"):
            return True
        while at < len(tokens):
            word = tokens[at][0]
            if word == ")":
                break
            if word in TYPE_WORDS or (word == "*" and many + stars):
                stars = True
            elif is_identifier(word) and (not stars or many == 0):
                many += 1
            elif many and (word in ("[", "]") or tokens[at - 1][0] == "["):
                stars = True
            else:
                return False
            at += 1
        following = tokens[at + 1][0] if at + 1 < len(tokens) else ""
        if stars:
            return True
        if sizeof or many != 1 or not following:
            return False
        return (
            following == "{"
            or following[0] in "\"'"
            or is_identifier(following)
            or (following[0].isdigit())
        )

    def _primary(self) -> Node:
        word, at = self.word, self.offset
        if not word:
            raise NotUnderstood(-1)
        if is_identifier(word):
            if self._peek()[:1] == '"':
                return self._joined()
            self._next()
            return ("name", word, at)
        if word == "(":
            if self._is_cast():
                self._balanced()
                if self.word == "{":
                    return self._list()
                return self._unary()
            if self._peek() == "{":
                return self._value_of_block()
            return self._in_parentheses()
        if word == "{":
            return self._list()
        if word[0] == '"':
            return self._joined()
        self._next()
        if word[0] == "'":
            return ("number", _character(word))
        if word[0].isdigit() or (word[0] == "." and len(word) > 1 and word[1].isdigit()):
            return ("number", number(word))
        raise NotUnderstood(at)

    def _joined(self) -> Node:
        """String literals after each other, and names of macros that are left between them."""
        parts: list[Node] = []
        length = 0
        while self.word:
            word = self.word
            if word[0] == '"':
                length += len(word)
                if length > LONGEST:
                    raise NotUnderstood(self.offset)
                text = _unescaped(word[1:-1] if word[-1:] == '"' else word[1:])
                parts.append(("text", text))
            elif is_identifier(word) and self._peek() != "(":
                parts.append(("name", word, self.offset))
            else:
                break
            self._next()
        if all(part[0] == "text" for part in parts):
            return ("text", "".join(part[1] for part in parts))
        return ("join", tuple(parts))

    def _value_of_block(self) -> Node:
        """GNU's `({ ...; value; })`: only its value is kept."""
        self._next(2)
        block = self.block()
        self._expect("}")
        self._expect(")")
        last = block[1][-1] if block[1] else None
        return last[1] if last is not None and last[0] == "do" else ("number", None)

    def _postfix(self, left: Node) -> Node:
        while True:
            word = self.word
            if word not in _SUFFIXES:
                return left
            if word == "(":
                at = self.offset
                self._next()
                arguments = []
                while not self._take(")"):
                    arguments.append(self._argument())
                    if self.word != ")":
                        self._expect(",")
                left = ("call", left, tuple(arguments), at)
            elif word == "[":
                self._next()
                left = ("element", left, self._comma())
                self._expect("]")
            elif word in (".", "->"):
                self._next()
                left = ("field", left, self.word)
                self._next()
            else:
                self._next()
                left = ("step", word, left)

    def _argument(self) -> Node:
        """An argument; one that is a type counts as nothing."""
        begin, depth = self._at, self._depth
        try:
            found = self.expression()
            if self.word in (",", ")"):
                return found
        except NotUnderstood:
            if depth >= DEEPEST - 2:
                raise
            self._depth = depth
        self._go_to(begin)
        while self.word and self.word not in (",", ")"):
            if self.word in ("(", "[", "{"):
                self._balanced()
            else:
                self._next()
        return ("number", None)

    def _list(self) -> Node:
        self._deeper()
        at = self.offset
        self._expect("{")
        entries: list[tuple[str | None, Node]] = []
        while not self._take("}"):
            name: str | None = None
            if self.word == "." and is_identifier(self._peek()):
                self._next()
                name = self.word
                self._next()
                while self.word == "." or self.word == "[":  # `.a.b = x` says nothing of a
                    name += self.word + self._peek()
                    self._next(2)
                    if self.word == "]":
                        self._next()
                self._expect("=")
            elif self.word == "[":
                self._balanced()
                while self.word in (".", "["):
                    if self.word == "[":
                        self._balanced()
                    else:
                        self._next(2)
                self._take("=")
            elif is_identifier(self.word) and self._peek() == ":":  # GNU's `a: x`
                name = self.word
                self._next(2)
            entries.append((name, self.expression()))
            if self.word != "}":
                self._expect(",")
        self._depth -= 1
        return ("list", tuple(entries), at)


def number(word: str) -> int | None:
    """The value of an integer literal; None for another one."""
    word = word.rstrip("uUlL")
    try:
        if len(word) > 40:
            return None
        if len(word) > 1 and word[0] == "0" and word[1].isdigit():
            return int(word, 8)
        return int(word, 0)
    except ValueError:
        return None


def _character(word: str) -> int | None:
    text = _unescaped(word[1:-1])
    return ord(text) if len(text) == 1 else None


def _unescaped(text: str) -> str:
    if "\\" not in text:
        return text
    parts = text.replace("\\\n", "").split("\\")
    made = [parts[0]]
    skip = False
    for part in parts[1:]:
        if skip:
            made.append(part)
            skip = False
        elif not part:
            made.append("\\")
            skip = True
        else:
            made.append(_ESCAPES.get(part[0], part[0]) + part[1:])
    return "".join(made)
