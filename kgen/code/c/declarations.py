"""What C text at file scope defines: functions, variables, and what runs when QEMU starts."""

from __future__ import annotations

from kgen.code.c.tokens import Token, is_identifier
from kgen.model.record import Record


class Function(Record):
    """A definition of a function. at: the offset of its name. kinds: the last word of each
    parameter's type."""

    name: str
    parameters: tuple[str, ...]
    body: tuple[Token, ...]
    static: bool
    at: int
    inline: bool = False
    kinds: tuple[str, ...] = ()


class Variable(Record):
    """A definition of a variable. kind: the last word of its type. value: the initializer.

    static: no other file sees it.
    """

    name: str
    kind: str
    many: bool
    value: tuple[Token, ...]
    at: int
    static: bool


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

# Before the name of a variable, where the file that defines it for others is asked for.
SHARED = "extern "


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
                parameters = _parameters(tokens[opened + 1 : closed])
                found.append(
                    Function(
                        tokens[opened - 1][0],
                        tuple(name for name, _ in parameters),
                        tuple(tokens[at + 1 : end]),
                        "static" in head,
                        tokens[opened - 1][1],
                        "inline" in head,
                        tuple(kind for _, kind in parameters),
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
    if not value and head[-1] in ("struct", "union", "enum"):
        return  # a type
    kinds = [word for word in head if is_identifier(word) and word != "const"]
    kind = kinds[-1] if kinds else ""
    if "}" in head:  # a struct without a name; its fields are found by where it stands
        kind = f"{{{tokens[begin][1]}"
    found.append(Variable(tokens[name][0], kind, many, value, tokens[name][1], "static" in head))


def _parameters(tokens: list[Token]) -> list[tuple[str, str]]:
    """The names of a function's parameters, each with the last word of its type."""
    found: list[tuple[str, str]] = []
    last = kind = ""
    depth = 0
    for word, _ in [*tokens, (",", 0)]:
        depth += word in ("(", "[")
        depth -= word in (")", "]")
        if word == "," and depth == 0:
            if last not in ("", "void"):
                found.append((last, kind))
            last = kind = ""
        elif is_identifier(word) and depth == 0 and word != "const":
            last, kind = word, last
    return found
