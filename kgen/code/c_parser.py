"""Statements and expressions of C as nested tuples, from tokens without macros.

Node[0] says what a node is. Expressions:

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
| `("list", entries, at)`      | `{ x, .a = y, [1] = z }`: pairs of a field's name or None, and a value |
| `("sizeof", x)`              | `sizeof(x)`; x is None for what is no expression           |

Statements: `("block", (s, ...))`, `("if", c, s, s or None, at)`, `("loop", first, c, step, s, at)`,
`("return", x)`, `("jump", word)`, `("declare", type, name, is_list, x, at)`,
`("switch", x, s, at)`, `("case", x or None)`, `("do", x, at)`.

What is not understood is left out up to the next `;`. `at` is an offset in the file.
"""

from __future__ import annotations

from kgen.code.c_tokens import Token, is_identifier
from kgen.model.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

Node = tuple["Any", ...]

# Nested parentheses, braces and statements. QEMU's deepest have some thirty.
DEEPEST = 120


class NotUnderstood(Exception):
    """Tokens that are no C, or nested too deeply. at: the offset, -1 at the end."""

    def __init__(self, at: int) -> None:
        super().__init__(at)
        self.at = at


class Function(Record):
    """A definition of a function. at: the offset of its name."""

    name: str
    parameters: tuple[str, ...]
    body: tuple[Token, ...]
    static: bool
    at: int


class Variable(Record):
    """A definition of a variable. kind: the last word of its type. value: the initializer."""

    name: str
    kind: str
    many: bool
    value: tuple[Token, ...]
    at: int


_BINARY = {
    "*": 10, "/": 10, "%": 10, "+": 9, "-": 9, "<<": 8, ">>": 8, "<": 7, ">": 7, "<=": 7, ">=": 7,
    "==": 6, "!=": 6, "&": 5, "^": 4, "|": 3, "&&": 2, "||": 1,
}  # fmt: skip

_ASSIGNS = frozenset({"=", "+=", "-=", "*=", "/=", "%=", "&=", "|=", "^=", "<<=", ">>="})

_TYPE_WORDS = frozenset(
    "const volatile static extern inline struct union enum unsigned signed char short int long"
    " float double void bool register auto _Bool".split()
)

_ESCAPES = {"n": "\n", "t": "\t", "0": "\0", "r": "\r"}


class Parser:
    """Reads nodes from tokens."""

    def __init__(self, tokens: tuple[Token, ...] | list[Token]) -> None:
        self._tokens = tokens
        self._at = 0
        self._depth = 0

    # What comes next.

    @property
    def word(self) -> str:
        """The next token; "" at the end."""
        return self._tokens[self._at][0] if self._at < len(self._tokens) else ""

    def _peek(self, distance: int = 1) -> str:
        at = self._at + distance
        return self._tokens[at][0] if at < len(self._tokens) else ""

    @property
    def offset(self) -> int:
        """Where the next token is."""
        return self._tokens[self._at][1] if self._at < len(self._tokens) else -1

    def _take(self, word: str) -> bool:
        if self.word == word:
            self._at += 1
            return True
        return False

    def _expect(self, word: str) -> None:
        if not self._take(word):
            raise NotUnderstood(self.offset)

    def _deeper(self) -> None:
        self._depth += 1
        if self._depth > DEEPEST:
            raise NotUnderstood(self.offset)

    # Statements.

    def block(self) -> Node:
        """Statements up to the end or a closing brace."""
        found = []
        while self.word and self.word != "}":
            begin, depth = self._at, self._depth
            try:
                statement = self._statement()
            except NotUnderstood:
                if depth >= DEEPEST - 2:
                    raise
                self._depth = depth
                self._at = begin
                self._skip()
                continue
            if statement is not None:
                found.append(statement)
        return ("block", tuple(found))

    def _skip(self) -> None:
        """Go behind the next `;`, or block, at this level."""
        depth = 0
        while self.word:
            word = self.word
            if word in "([{":
                depth += 1
            elif word in ")]}":
                if not depth and word == "}":
                    return
                depth -= 1
                if not depth and word == "}":
                    self._at += 1
                    return
            elif word == ";" and depth <= 0:
                self._at += 1
                return
            self._at += 1

    def _statement(self) -> Node | None:
        self._deeper()
        found = self._one_statement()
        self._depth -= 1
        return found

    def _one_statement(self) -> Node | None:
        word, at = self.word, self.offset
        if word == "{":
            self._at += 1
            block = self.block()
            self._expect("}")
            return block
        if self._take(";"):
            return None
        if word == "if":
            self._at += 1
            test = self._in_parentheses()
            yes = self._statement()
            no = self._statement() if self._take("else") else None
            return ("if", test, yes, no, at)
        if word == "while":
            self._at += 1
            return ("loop", None, self._in_parentheses(), None, self._statement(), at)
        if word == "do":
            self._at += 1
            body = self._statement()
            self._expect("while")
            self._in_parentheses()
            self._take(";")
            return body  # in nearly all of them the condition is 0
        if word == "for":
            return self._for()
        if word == "switch":
            self._at += 1
            value = self._in_parentheses()
            return ("switch", value, self._statement(), at)
        if word in ("case", "default"):
            self._at += 1
            value = None if word == "default" else self.expression()
            if self._take("..."):
                self.expression()
            self._expect(":")
            return ("case", value)
        if word == "return":
            self._at += 1
            value = None if self.word == ";" else self.expression()
            self._expect(";")
            return ("return", value)
        if word in ("break", "continue", "goto"):
            self._skip()
            return ("jump", word)
        if is_identifier(word) and self._peek() == ":" and self._peek(2) != ":":
            self._at += 2
            return None
        return self._declaration_or_expression()

    def _for(self) -> Node:
        at = self.offset
        self._at += 1
        self._expect("(")
        first = None if self._take(";") else self._declaration_or_expression()
        test = None if self.word == ";" else self.expression()
        self._expect(";")
        step = None if self.word == ")" else self._comma()
        self._expect(")")
        return ("loop", first, test, step, self._statement(), at)

    def _declaration_or_expression(self) -> Node:
        if self._declares():
            return self._declaration()
        at = self.offset
        value = self._comma()
        self._expect(";")
        return ("do", value, at)

    def _declares(self) -> bool:
        """Whether a declaration begins: two words, or a word, stars and a word."""
        if self.word in _TYPE_WORDS:
            return True
        if not is_identifier(self.word) or not self.word:
            return False
        distance = 1
        while self._peek(distance) == "*" or self._peek(distance) == "const":
            distance += 1
        following = self._peek(distance)
        if not following or not is_identifier(following):
            return False
        return distance == 1 or self._peek(distance + 1) in ("=", ";", ",", "[")

    def _declaration(self) -> Node:
        found = []
        kind = ""
        while is_identifier(self.word or ";") or self.word in ("*", "("):
            if self.word == "(":  # an attribute, or a pointer to a function
                if kind != "__attribute__":
                    raise NotUnderstood(self.offset)
                self._balanced()
                continue
            if self.word in ("struct", "union", "enum") and self._peek() == "{":
                self._at += 1
                self._balanced()
                continue
            if self.word != "*":
                following = self._peek()
                if following in ("=", ";", ",", "[", ":") and kind:
                    break
                if self.word not in ("const", "static", "volatile", "register", "inline"):
                    kind = self.word
            elif self._peek() == "{":
                raise NotUnderstood(self.offset)
            self._at += 1
            if self.word == "{":
                self._balanced()
        while True:
            while self._take("*") or self._take("const"):
                pass
            name, at = self.word, self.offset
            if not name or not is_identifier(name):
                raise NotUnderstood(at)
            self._at += 1
            many = False
            while self.word == "[":
                many = True
                self._balanced()
            value = self._assignment() if self._take("=") else None
            found.append(("declare", kind, name, many, value, at))
            if not self._take(","):
                break
        self._expect(";")
        return found[0] if len(found) == 1 else ("block", tuple(found))

    def _balanced(self) -> None:
        """Go behind the bracket that closes the one which comes next."""
        depth = 0
        while self.word:
            depth += self.word in ("(", "[", "{")
            depth -= self.word in (")", "]", "}")
            self._at += 1
            if not depth:
                return
        raise NotUnderstood(-1)

    # Expressions.

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
            self._at += 1
            left = ("assign", operator, left, self._assignment())
        self._depth -= 1
        return left

    def _binary(self, least: int) -> Node:
        left = self._unary()
        while (binding := _BINARY.get(self.word, 0)) > least:
            operator = self.word
            self._at += 1
            left = ("binary", operator, left, self._binary(binding))
        return left

    def _unary(self) -> Node:
        self._deeper()
        found = self._one_unary()
        self._depth -= 1
        return found

    def _one_unary(self) -> Node:
        word = self.word
        if word == "&" or word == "__extension__" or word == "+":
            self._at += 1
            return self._unary()
        if word in ("!", "-", "~", "*"):
            self._at += 1
            return ("unary", word, self._unary())
        if word in ("++", "--"):
            self._at += 1
            return ("step", word, self._unary())
        if word == "&&":  # the address of a label
            raise NotUnderstood(self.offset)
        if word in ("sizeof", "_Alignof", "__alignof__", "typeof", "__typeof__"):
            return self._sizeof()
        return self._postfix(self._primary())

    def _sizeof(self) -> Node:
        self._at += 1
        if self.word != "(":
            return ("sizeof", self._unary())
        begin = self._at
        if not self._is_cast(sizeof=True):
            try:
                return ("sizeof", self._postfix(self._in_parentheses()))
            except NotUnderstood:
                self._at = begin
        self._balanced()
        return ("sizeof", None)

    def _is_cast(self, sizeof: bool = False) -> bool:
        """Whether the parenthesis that comes next holds a type."""
        at = self._at + 1
        stars = False
        many = 0
        tokens = self._tokens
        while at < len(tokens):
            word = tokens[at][0]
            if word == ")":
                break
            if word in _TYPE_WORDS:
                stars = True
            elif word == "*" and many + stars:
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
        return following == "{" or following[0] in "\"'" or is_identifier(following) or (
            following[0].isdigit()
        )

    def _primary(self) -> Node:
        word, at = self.word, self.offset
        if not word:
            raise NotUnderstood(-1)
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
        if word[0] == '"' or (is_identifier(word) and self._peek()[:1] == '"'):
            return self._joined()
        self._at += 1
        if word[0] == "'":
            return ("number", _character(word))
        if word[0].isdigit() or (word[0] == "." and len(word) > 1 and word[1].isdigit()):
            return ("number", number(word))
        if is_identifier(word):
            return ("name", word, at)
        raise NotUnderstood(at)

    def _joined(self) -> Node:
        """String literals after each other, and names of macros that are left between them."""
        parts: list[Node] = []
        while self.word:
            word = self.word
            if word[0] == '"':
                text = _unescaped(word[1:-1] if word[-1:] == '"' else word[1:])
                parts.append(("text", text))
            elif is_identifier(word) and self._peek() != "(":
                parts.append(("name", word, self.offset))
            else:
                break
            self._at += 1
        if all(part[0] == "text" for part in parts):
            return ("text", "".join(part[1] for part in parts))
        return ("join", tuple(parts))

    def _value_of_block(self) -> Node:
        """GNU's `({ ...; value; })`: only its value is kept."""
        self._at += 2
        block = self.block()
        self._expect("}")
        self._expect(")")
        last = block[1][-1] if block[1] else None
        return last[1] if last is not None and last[0] == "do" else ("number", None)

    def _postfix(self, left: Node) -> Node:
        while True:
            word = self.word
            if word == "(":
                at = self.offset
                self._at += 1
                arguments = []
                while not self._take(")"):
                    arguments.append(self._argument())
                    if self.word != ")":
                        self._expect(",")
                left = ("call", left, tuple(arguments), at)
            elif word == "[":
                self._at += 1
                left = ("element", left, self._comma())
                self._expect("]")
            elif word in (".", "->"):
                self._at += 1
                left = ("field", left, self.word)
                self._at += 1
            elif word in ("++", "--"):
                self._at += 1
                left = ("step", word, left)
            else:
                return left

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
        self._at = begin
        while self.word and self.word not in (",", ")"):
            if self.word in ("(", "[", "{"):
                self._balanced()
            else:
                self._at += 1
        return ("number", None)

    def _list(self) -> Node:
        self._deeper()
        at = self.offset
        self._expect("{")
        entries: list[tuple[str | None, Node]] = []
        while not self._take("}"):
            name: str | None = None
            if self.word == "." and is_identifier(self._peek() or "0"):
                self._at += 1
                name = self.word
                self._at += 1
                while self.word == "." or self.word == "[":  # `.a.b = x` says nothing of a
                    name += self.word + self._peek()
                    self._at += 2
                    if self.word == "]":
                        self._at += 1
                self._expect("=")
            elif self.word == "[":
                self._balanced()
                while self.word in (".", "["):
                    if self.word == "[":
                        self._balanced()
                    else:
                        self._at += 2
                self._take("=")
            elif is_identifier(self.word or "0") and self._peek() == ":":  # GNU's `a: x`
                name = self.word
                self._at += 2
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


def declared(tokens: list[Token]) -> list[Function | Variable | Token]:
    """The functions and variables that tokens at file scope define.

    Between them, as a token each, the names of functions that run when QEMU starts: `type_init(f)`
    gives ("f", at), and so does the attribute `constructor`.
    """
    found: list[Function | Variable | Token] = []
    at = 0
    while at < len(tokens):
        at = _declared(tokens, at, found)
    return found


# What registers a function that is called when QEMU starts.
ROOT = "type_init"
CONSTRUCTOR = "constructor"


def _declared(tokens: list[Token], begin: int, found: list[Function | Variable | Token]) -> int:
    """Read one thing at file scope; the number of the token after it."""
    at = begin
    name = 0  # the last word before a parenthesis, or before `=`
    opened = closed = -1
    many = False
    while at < len(tokens):
        word, offset = tokens[at]
        if word == ROOT and at + 2 < len(tokens) and tokens[at + 1][0] == "(":
            found.append((tokens[at + 2][0], offset))
            return at + 4
        if word == ";":
            if opened < 0 and name > begin:
                _variable(tokens, begin, name, many, (), found)
            return at + 1
        if word == "__attribute__":
            at = _closed(tokens, at + 1) + 1
            continue
        if word == "(":
            if opened >= 0:
                at = _closed(tokens, at) + 1
                continue
            opened, closed = at, _closed(tokens, at)
            at = closed + 1
            continue
        if word == "[":
            many = True
            at = _closed(tokens, at) + 1
            continue
        if word == "=":
            end = at + 1
            while end < len(tokens) and tokens[end][0] != ";":
                end = _closed(tokens, end) + 1 if tokens[end][0] in ("(", "[", "{") else end + 1
            _variable(tokens, begin, name, many, tuple(tokens[at + 1 : end]), found)
            return end + 1
        if word == "{":
            end = _closed(tokens, at)
            if opened > begin and is_identifier(tokens[opened - 1][0]):
                head = {part for part, _ in tokens[begin:opened]}
                found.append(
                    Function(
                        tokens[opened - 1][0],
                        _parameters(tokens[opened + 1 : closed]),
                        tuple(tokens[at + 1 : end]),
                        "static" in head,
                        tokens[opened - 1][1],
                    )
                )
                if CONSTRUCTOR in {part for part, _ in tokens[begin:at]}:
                    found.append(tokens[opened - 1])
                return end + 1
            at = end + 1
            continue
        if is_identifier(word) and opened < 0 and not many:
            name = at
        at += 1
    return at


def _closed(tokens: list[Token], at: int) -> int:
    """The number of the bracket that closes the one with this number; the last if none does."""
    depth = 0
    for end in range(at, len(tokens)):
        word = tokens[end][0]
        if word in ("(", "[", "{"):
            depth += 1
        elif word in (")", "]", "}"):
            depth -= 1
            if not depth:
                return end
    return len(tokens) - 1


def _variable(
    tokens: list[Token],
    begin: int,
    name: int,
    many: bool,
    value: tuple[Token, ...],
    found: list[Function | Variable | Token],
) -> None:
    head = [word for word, _ in tokens[begin:name]]
    if "extern" in head or "typedef" in head or not head:
        return
    kinds = [word for word in head if is_identifier(word) and word != "const"]
    kind = kinds[-1] if kinds else ""
    if "}" in head:  # a struct without a name; its fields are found by where it stands
        kind = f"{{{tokens[begin][1]}"
    found.append(Variable(tokens[name][0], kind, many, value, tokens[name][1]))


def _parameters(tokens: list[Token]) -> tuple[str, ...]:
    """The names of a function's parameters."""
    names: list[str] = []
    last = ""
    depth = 0
    for word, _ in [*tokens, (",", 0)]:
        depth += word in ("(", "[")
        depth -= word in (")", "]")
        if word == "," and depth == 0:
            if last not in ("", "void"):
                names.append(last)
            last = ""
        elif is_identifier(word) and depth == 0:
            last = word
    return tuple(names)
