"""The statements of a meson.build, as frozen data.

The parser is a Pratt parser: each operator has a binding power, and an operand is followed by all
operators that bind tighter than the one before it. A chain of one operator (`a + b + c`) is one
node, so that a long one is not deep, and a chain of methods may have any length (`chain_of`). What
else is nested deeper than DEPTH is an error.
"""

from __future__ import annotations

from kgen.code.meson.lexer import Token, tokens
from kgen.model.places import File, Place
from kgen.model.record import Record

# Brackets, blocks and operators within each other. QEMU needs 20.
DEPTH = 100


class Mistake(Exception):
    """What is not Meson: a message, and the token at which that was noticed."""

    def __init__(self, message: str, token: Token) -> None:
        super().__init__(message)
        self.message = message
        self.token = token

    def place(self, path: str, shown: str, text: str) -> Place:
        """Where in the text of a file. path: from the tree's root; shown: the tree."""
        column = self.token.at - text.rfind("\n", 0, self.token.at)
        return Place(File(path, root=shown, text=text), self.token.line, column)


class Name(Record):
    """A variable."""

    name: str
    line: int


class Text(Record):
    """A string. formatted: `@name@` in it stands for a variable."""

    value: str
    formatted: bool
    line: int


class Number(Record):
    """An integer."""

    value: int
    line: int


class Truth(Record):
    """`true` or `false`."""

    value: bool
    line: int


class Array(Record):
    """`[a, b]`."""

    items: tuple[Node, ...]
    line: int


class Mapping(Record):
    """`{key: value}`."""

    pairs: tuple[tuple[Node, Node], ...]
    line: int


class Call(Record):
    """`function(...)`, or with an object `object.function(...)`."""

    receiver: Node | None
    function: str
    positional: tuple[Node, ...]
    named: tuple[tuple[str, Node], ...]
    line: int


class Index(Record):
    """`value[key]`."""

    value: Node
    key: Node
    line: int


class Negation(Record):
    """`not value` or `-value`."""

    operator: str
    value: Node
    line: int


class Chain(Record):
    """Operands with one operator between them: `a + b + c`."""

    operator: str
    operands: tuple[Node, ...]
    line: int


class Choice(Record):
    """`condition ? yes : no`."""

    condition: Node
    yes: Node
    no: Node
    line: int


class Assign(Record):
    """`name = value`, or with `adds` `name += value`."""

    name: str
    value: Node
    adds: bool
    line: int


class If(Record):
    """`if` and `elif` with their blocks; the condition of `else` is None."""

    branches: tuple[tuple[Node | None, Block], ...]
    line: int


class Foreach(Record):
    """`foreach names : value`. names: one for a list, two for a dictionary."""

    names: tuple[str, ...]
    value: Node
    block: Block
    line: int


class Jump(Record):
    """`break` or `continue`."""

    word: str
    line: int


Node = Name | Text | Number | Truth | Array | Mapping | Call | Index | Negation | Chain | Choice
Statement = Node | Assign | If | Foreach | Jump
Block = tuple[Statement, ...]


def chain_of(node: Node) -> tuple[Node, list[Call | Index]]:
    """What a chain of methods and elements, `a.b()[0]`, begins with; and its links, `.b()` first.

    The chain is nested as deep as it is long, so its readers do not go down by recursion.
    """
    links: list[Call | Index] = []
    while isinstance(node, Index) or (isinstance(node, Call) and node.receiver is not None):
        links.append(node)
        node = node.value if isinstance(node, Index) else node.receiver or node
    return node, links[::-1]


# How tight each operator binds what is on its left.
_BINDING = {
    "?": 1,
    "or": 2,
    "and": 3,
    **dict.fromkeys(("==", "!=", "<", "<=", ">", ">=", "in", "not"), 4),
    **dict.fromkeys("+-", 5),
    **dict.fromkeys("*/%", 6),
    "(": 8,
    "[": 8,
    ".": 8,
}
_UNARY = 7


_CHAINED = frozenset(("or", "and", "+", "-", "*", "/", "%"))


def parse(text: str) -> tuple[Block, Mistake | None]:
    """The statements of a meson.build, and what is wrong with it, if anything.

    Of a text with a mistake the result has the top-level statements before it.
    """
    found: list[Statement] = []
    try:
        reader = _Parser(tokens(text))
        while not reader.at_end():
            statement = reader.statement()
            if statement is not None:
                found.append(statement)
    except Mistake as mistake:
        return tuple(found), mistake
    return tuple(found), None


class _Parser:
    def __init__(self, found: list[Token]) -> None:
        self._tokens = found
        self._at = 0
        self._depth = 0

    def at_end(self) -> bool:
        return self._at == len(self._tokens)

    def statement(self) -> Statement | None:
        """The next statement; None for an empty line."""
        token = self._tokens[self._at]
        kind = token.kind
        result: Statement | None = None
        if kind == "if":
            result = self._if(token.line)
        elif kind == "foreach":
            result = self._foreach(token.line)
        elif kind in ("break", "continue"):
            self._at += 1
            result = Jump(kind, token.line)
        elif kind == "name" and self._tokens[self._at + 1].kind in ("=", "+="):
            adds = self._tokens[self._at + 1].kind == "+="
            self._at += 2
            result = Assign(token.value, self._expression(), adds, token.line)
        elif kind != "end":
            result = self._expression()
        self._take("end")
        return result

    def _if(self, line: int) -> If:
        branches: list[tuple[Node | None, Block]] = []
        word = "if"
        while word != "endif":
            self._take(word)
            condition = None if word == "else" else self._expression()
            self._take("end")
            block = self._block(("endif",) if word == "else" else ("elif", "else", "endif"))
            branches.append((condition, block))
            word = self._tokens[self._at].kind
        self._take("endif")
        return If(tuple(branches), line)

    def _foreach(self, line: int) -> Foreach:
        self._take("foreach")
        names = [self._take("name").value]
        if self._tokens[self._at].kind == ",":
            self._at += 1
            names.append(self._take("name").value)
        self._take(":")
        value = self._expression()
        self._take("end")
        block = self._block(("endforeach",))
        self._take("endforeach")
        return Foreach(tuple(names), value, block, line)

    def _block(self, ends: tuple[str, ...]) -> Block:
        found = []
        self._deeper()
        while self._tokens[self._at].kind not in ends:
            statement = self.statement()
            if statement is not None:
                found.append(statement)
            if self.at_end():
                raise Mistake(f"{ends[-1]} is missing", self._tokens[-1])
        self._depth -= 1
        return tuple(found)

    def _expression(self, least: int = 0) -> Node:
        """An expression whose operators bind tighter than `least`."""
        self._deeper()
        depth = self._depth
        left = self._operand()
        while True:
            token = self._tokens[self._at]
            power = _BINDING.get(token.kind, 0)
            if power <= least:
                self._depth = depth - 1
                return left
            self._at += 1
            left = self._continued(left, token, power)

    def _continued(self, left: Node, token: Token, power: int) -> Node:
        """An operand with the operator that follows it, which has been taken."""
        kind, line = token.kind, token.line
        if kind == "(":
            if not isinstance(left, Name):
                raise Mistake("this cannot be called", token)
            return Call(None, left.name, *self._arguments(), left.line)
        if kind == ".":
            name = self._take("name")
            self._take("(")
            return Call(left, name.value, *self._arguments(), name.line)
        if kind == "[":
            key = self._expression()
            self._take("]")
            return Index(left, key, line)
        self._deeper()  # until the end of the expression: each of these nests the ones before it
        if kind == "?":
            yes = self._expression()
            self._take(":")
            return Choice(left, yes, self._expression(), line)
        if kind == "not":
            self._take("in")
            kind = "not in"
        operands = [left, self._expression(power)]
        while self._tokens[self._at].kind == kind and kind in _CHAINED:
            self._at += 1
            operands.append(self._expression(power))
        return Chain(kind, tuple(operands), line)

    def _operand(self) -> Node:
        token = self._tokens[self._at]
        kind, value, line, _ = token
        self._at += 1
        if kind == "name":
            return Name(value, line)
        if kind in ("text", "format"):
            return Text(value, kind == "format", line)
        if kind == "number":
            return Number(int(value, 0), line)
        if kind in ("true", "false"):
            return Truth(kind == "true", line)
        if kind in ("not", "-"):
            return Negation(kind, self._expression(_UNARY - 1), line)
        if kind == "(":
            inner = self._expression()
            self._take(")")
            return inner
        if kind == "[":
            items, named = self._arguments("]")
            if named:
                raise Mistake("a list has no names", token)
            return Array(items, line)
        if kind == "{":
            return Mapping(self._pairs(), line)
        raise self._unexpected(token)

    def _arguments(self, close: str = ")") -> tuple[tuple[Node, ...], tuple[tuple[str, Node], ...]]:
        """The arguments up to the bracket that closes: those without a name, and the others."""
        positional: list[Node] = []
        named: list[tuple[str, Node]] = []
        while self._tokens[self._at].kind != close:
            token = self._tokens[self._at]
            if token.kind == "name" and self._tokens[self._at + 1].kind == ":":
                self._at += 2
                named.append((token.value, self._expression()))
            else:
                positional.append(self._expression())
            self._comma(close)
        self._at += 1
        return tuple(positional), tuple(named)

    def _pairs(self) -> tuple[tuple[Node, Node], ...]:
        pairs = []
        while self._tokens[self._at].kind != "}":
            key = self._expression()
            self._take(":")
            pairs.append((key, self._expression()))
            self._comma("}")
        self._at += 1
        return tuple(pairs)

    def _comma(self, close: str) -> None:
        if self._tokens[self._at].kind != close:
            self._take(",")

    def _take(self, kind: str) -> Token:
        """The next token, which has to be of this kind."""
        token = self._tokens[self._at]
        if token.kind != kind:
            raise self._unexpected(token, kind)
        self._at += 1
        return token

    def _deeper(self) -> None:
        self._depth += 1
        if self._depth > DEPTH:
            raise Mistake(f"nested deeper than {DEPTH}", self._tokens[self._at])

    def _unexpected(self, token: Token, expected: str = "") -> Mistake:
        if token.kind == "mistake":
            return Mistake(token.value, token)
        wanted = {"end": "the end of the line", "name": "a name"}.get(expected, f'"{expected}"')
        given = "the end of the line" if token.kind == "end" else f'"{token.value}"'
        reason = (
            f"{wanted} is expected, not {given}" if expected else f"{given} is not expected here"
        )
        return Mistake(reason, token)
