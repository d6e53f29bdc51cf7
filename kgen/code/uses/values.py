"""What an expression is worth, as far as it can decide what a machine creates: as nested tuples.

| value                               | what it is                                                 |
|-------------------------------------|------------------------------------------------------------|
| `("text", s)`                       | a text                                                     |
| `("number", n)`                     | a number; also NULL, `true` and `false`                    |
| `("name", s)`                       | a function or variable, or its address; an enumerator      |
| `("parameter", i)`                  | what the function was given                                |
| `("field", kind, name)`             | of a struct whose name without `_` and capitals is kind    |
| `("element", table, name)`          | a field of the rows of a table, over which a loop goes     |
| `("result", function, (value, ..))` | what a function returns; None for an argument of no value  |
| `("join", (value, ...))`            | texts and numbers after each other                         |
| `("head", n, value)`                | the first n characters, up to a space                      |
| `("choice", ((value, where), ...))` | that one whose condition holds                             |
| `("address", s)`                    | a function or variable to which a field points             |
| `("equal", value, value)`           | 1 or 0                                                     |

A condition `where` can have atoms `test:N` besides those of `conditions.py`: the N-th test of the
function. A test is a value, and true if that is not 0.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice
from typing import Any

from kgen.code.c.expressions import Node
from kgen.code.conditions import ALWAYS, NEVER, both, either, inverted
from kgen.code.uses.guards import Either, Guards
from kgen.model.expr import Expr

Value = tuple[Any, ...]

TEXT, NUMBER, NAME, PARAMETER = "text", "number", "name", "parameter"
FIELD, ELEMENT, RESULT = "field", "element", "result"
JOIN, HEAD, CHOICE, EQUAL = "join", "head", "choice", "equal"
ADDRESS = "address"

TEST = "test:"

# A value that is not known.
UNKNOWN: Value = ("?",)

ZERO: Value = (NUMBER, 0)
ONE: Value = (NUMBER, 1)

# The number of a row, in a loop over all of them.
_INDEX: Value = ("index",)

_WORDS = {"NULL": ZERO, "false": ZERO, "true": ONE}

# Values within values within ..., and all parts of one.
_DEEPEST = 5
_LARGEST = 24

# Where functions of printf's kind write, or None if they return it, and which argument is the
# format.
_PRINTS: dict[str, tuple[int | None, int]] = {
    "snprintf": (0, 2), "sprintf": (0, 1), "g_strdup_printf": (None, 0), "pstrcpy": (0, 2),
}  # fmt: skip
# Tables of structs that headers declare: include/net/net.h before QEMU 9.0.
_TABLES = {"nd_table": "nicinfo"}

_COPIES = frozenset({"g_strdup", "g_intern_string", "g_intern_static_string"})

_CONVERSION = re.compile(r"%(?:l?[diu]|s|%)")
_WORD_READ = re.compile(r"%(\d+)s")

# What decides nothing alone.
_KNOWN = frozenset({TEXT, NUMBER, NAME})


def parts(value: Value | None) -> Iterator[Value]:
    """A value and all within it."""
    if value is not None and value[0] in _KNOWN:  # most are
        yield value
        return
    stack: list[Any] = [value]
    while stack:
        one = stack.pop()
        if isinstance(one, tuple) and one:
            if isinstance(one[0], str):
                yield one
            if one[0] not in _KNOWN:
                stack.extend(reversed(one))


def _limited(value: Value | None) -> Value | None:
    """The value, if it is not too large."""
    return None if sum(1 for _ in islice(parts(value), _LARGEST + 1)) > _LARGEST else value


def is_closed(value: Value) -> bool:
    """Whether a value rests on no test of a function."""
    return not any(
        name.startswith(TEST)
        for one in parts(value)
        if one[0] == CHOICE
        for _, where in one[1]
        for name in where
    )


def bound(value: Value | None, arguments: dict[int, Value | None]) -> Value | None:
    """A value with these values as parameters; None if one is missing, or it becomes too large."""
    if value is None or not any(one[0] == PARAMETER for one in parts(value)):
        return value
    return _limited(_bound(value, arguments))


def _bound(value: Any, arguments: dict[int, Value | None]) -> Any:
    if not isinstance(value, tuple) or value[:1] in ((TEXT,), (NUMBER,), (NAME,)):
        return value
    if value[:1] == (PARAMETER,):
        return arguments.get(value[1])
    made = tuple(_bound(one, arguments) for one in value)
    missing = any(one is None and other is not None for one, other in zip(made, value, strict=True))
    return None if missing else made


def plain_kind(kind: str) -> str:
    """The name of a struct as it is compared: that of the type, `AspeedMachineState`, or of the
    macro that casts to it, `ASPEED_MACHINE`, `ASPEED_MACHINE_GET_CLASS`."""
    plain = kind.lower().replace("_get_class", "_class").replace("_", "")
    return plain.removesuffix("state")


def fields_of(value: Node, names: tuple[str, ...]) -> Iterator[tuple[str, Node]]:
    """What the list of a struct gives to its fields, and without a name what lists within it give.

    names: of the fields, in order.
    """
    for number, (name, one) in enumerate(value[1]):
        if one[0] == "list":
            yield from (("", inner) for _, inner in fields_of(one, ()))
        else:
            yield name or (names[number] if number < len(names) else ""), one


def properties(table: Node) -> tuple[tuple[str, str, Value], ...]:
    """What a table of properties says that fields are at first: struct, field and value.

    `DEFINE_PROP_BOOL("x", S, f, true)` is `{.name = "x", .offset = offsetof(S, f) + 0, .set_default
    = true, .defval.u = true}`.
    """
    found = []
    for _, row in table[1] if table[0] == "list" else ():
        cells = {name: one for name, one in row[1] if name} if row[0] == "list" else {}
        if "bitnr" in cells or "offset" not in cells:
            continue
        value = next((one for name, one in cells.items() if name.startswith("defval")), None)
        if value is None:
            first = ZERO
        elif value[0] == "number" and value[1] is not None:
            first = (NUMBER, value[1])
        elif value[0] == "name" and value[1] in _WORDS:
            first = _WORDS[value[1]]
        else:
            continue
        for call in parts(cells["offset"]):
            if call[0] == "call" and call[1][:2] == ("name", "offsetof") and len(call[2]) == 2:
                kind, field = call[2]
                if kind[0] == field[0] == "name":
                    found.append((plain_kind(kind[1]), field[1], first))
                break
    return tuple(found)


class Values:
    """The values of a function's expressions, at the place that is being walked over.

    parameters: for each its name and the last word of its type.
    """

    def __init__(self, guards: Guards, parameters: tuple[tuple[str, str], ...]) -> None:
        self._guards = guards
        self.parameters = {name: number for number, (name, _) in enumerate(parameters)}
        self.kinds = {name: plain_kind(kind) for name, kind in parameters}
        self._now: dict[str, Value | None] = {}
        self._tests: dict[Value, int] = {}

    def tests(self) -> tuple[Value, ...]:
        """The tests that conditions have, in the order of their numbers."""
        return tuple(self._tests)

    def is_local(self, name: str) -> bool:
        """Whether a name is a parameter, or declared by what was walked over."""
        return name in self.kinds

    # What variables are.

    def declare(self, name: str, kind: str, value: Node | None) -> None:
        """A variable is declared."""
        self.kinds[name] = plain_kind(kind)
        self._now[name] = self.of(value)

    def assign(self, name: str, value: Node | None) -> None:
        """A variable gets a value; None: one that is not known."""
        if name in self.kinds:
            self._now[name] = self.of(value)

    def called(self, name: str, given: tuple[Node, ...]) -> None:
        """A function is called, which may write a text."""
        where, _ = _PRINTS.get(name, (None, 0))
        if where is not None and len(given) > where and given[where][0] == "name":
            self._now[given[where][1]] = _limited(self._printed(name, given, 0))
        elif name == "sscanf" and len(given) == 3 and given[2][0] == "name":
            read = _WORD_READ.match(str(given[1][1])) if given[1][0] == "text" else None
            source = self.of(given[0])
            known = read is not None and source is not None
            self._now[given[2][1]] = (HEAD, int(read[1]), source) if read and known else None

    def state(self) -> dict[str, Value | None]:
        """What the variables are, to go back to."""
        return self._now.copy()

    def back(self, state: dict[str, Value | None]) -> None:
        """Let the variables be what they were."""
        self._now = state

    def join(self, state: dict[str, Value | None], test: Either) -> None:
        """The variables are as they are now where a test is false, and as in `state` where it is
        true."""
        for name in state.keys() | self._now.keys():
            yes, no = state.get(name), self._now.get(name)
            if yes == no:
                continue
            self._now[name] = None
            if yes is not None and no is not None and NEVER not in test:
                self._now[name] = _limited((CHOICE, ((yes, test[0]), (no, test[1]))))

    def loop(self, first: Node | None, inner: Iterator[Any]) -> None:
        """A loop begins. inner: all nodes in it: what is assigned in them is not known."""
        for one in inner:
            if one[:1] in (("assign",), ("step",)) and one[2][:1] == ("name",):
                self.assign(one[2][1], None)
            elif one[:1] == ("call",) and one[1][:1] == ("name",) and one[1][1] in _PRINTS:
                for each in one[2][:1]:
                    if each[:1] == ("name",):
                        self.assign(each[1], None)
        if first is not None and first[0] == "do":
            first = first[1]
        if first is not None and first[0] == "assign" and first[3] == ("number", 0):
            if first[2][0] == "name":
                self._now[first[2][1]] = _INDEX
        elif first is not None and first[0] == "declare" and first[4] == ("number", 0):
            self._now[first[2]] = _INDEX

    # What expressions are.

    def of(self, node: Node | None) -> Value | None:
        """The value of an expression; None if it has none of these."""
        return _limited(self._of(node, 0))

    def _of(self, node: Node | None, depth: int) -> Value | None:
        if node is None or depth > _DEEPEST:
            return None
        kind = node[0]
        if kind == "text":
            return (TEXT, node[1])
        if kind == "number":
            return None if node[1] is None else (NUMBER, node[1])
        if kind == "name":
            return self._name(node[1], node[2])
        if kind == "field":
            return self._field(node, depth)
        if kind == "join":
            return _joined([self._of(one, depth + 1) for one in node[1]])
        if kind == "either":
            return self._either(node, depth)
        if kind == "call" and node[1][0] == "name":
            return self._call(node[1][1], node[2], depth)
        if kind == "binary" and node[1] in ("==", "!="):
            left, right = self._of(node[2], depth + 1), self._of(node[3], depth + 1)
            if left is None or right is None:
                return None
            same: Value = (EQUAL, left, right)
            return same if node[1] == "==" else (EQUAL, same, ZERO)
        if kind == "unary" and node[1] == "!":
            value = self._of(node[2], depth + 1)
            return None if value is None else (EQUAL, value, ZERO)
        if kind == "binary" and node[1] == "+":
            left, right = self._of(node[2], depth + 1), self._of(node[3], depth + 1)
            if left is not None and right is not None and left[0] == right[0] == NUMBER:
                return (NUMBER, left[1] + right[1])
        if kind == "element":
            return self._element(node, "")
        return None

    def _name(self, name: str, at: int) -> Value | None:
        if name in self._now:
            value = self._now[name]
            # What a loop does for its first row, it surely does.
            return ZERO if value == _INDEX else value
        if name in self.parameters:
            return (PARAMETER, self.parameters[name])
        if name in _WORDS:
            return _WORDS[name]
        texts = self._guards.texts(name, at)
        if texts is None:
            return (NAME, name) if not self._guards.macro(name, at) else None
        made = tuple(((TEXT, text), where) for text, where in texts)
        return made[0][0] if len(made) == 1 and made[0][1] == ALWAYS else (CHOICE, made)

    def _field(self, node: Node, depth: int) -> Value | None:
        owner, name = node[1], node[2]
        if owner[0] == "element":
            known = _TABLES.get(owner[1][1]) if owner[1][0] == "name" else None
            return (FIELD, known, name) if known else self._element(owner, name)
        kind = self.kind(owner)
        return None if not kind else (FIELD, kind, name)

    def kind(self, owner: Node) -> str:
        """Of what struct something is; "" if that is not known."""
        if owner[0] == "name":
            return self.kinds.get(owner[1], "")
        if owner[0] == "call" and owner[1][0] == "name":
            return plain_kind(owner[1][1])
        return ""

    def _element(self, node: Node, field: str) -> Value | None:
        table, index = node[1], node[2]
        if table[0] != "name" or index[0] != "name" or self._now.get(index[1]) != _INDEX:
            return None
        return (ELEMENT, table[1], field)

    def _either(self, node: Node, depth: int) -> Value | None:
        yes = self._of(node[1] if node[2] is None else node[2], depth + 1)
        no = self._of(node[3], depth + 1)
        if yes is None or no is None:
            return None
        true, false = self.decided(node[1])
        made = tuple((one, where) for one, where in ((yes, true), (no, false)) if where != NEVER)
        return (CHOICE, made) if made else None

    def _call(self, name: str, given: tuple[Node, ...], depth: int) -> Value | None:
        if name in _PRINTS:
            return self._printed(name, given, depth)
        if name in _COPIES and given:
            return self._of(given[0], depth + 1)
        if self.is_local(name):
            return None
        if name.isupper() and len(given) == 1:  # a cast
            return self._of(given[0], depth)
        return (RESULT, name, tuple(self._of(one, depth + 1) for one in given))

    def _printed(self, name: str, given: tuple[Node, ...], depth: int) -> Value | None:
        """The text that a function like printf writes."""
        at = _PRINTS[name][1]
        if len(given) <= at:
            return None
        pattern = self._of(given[at], depth + 1)
        if pattern is None or len(given) == at + 1:
            return pattern
        if pattern[0] != TEXT:
            return None
        pieces = _CONVERSION.split(pattern[1])
        if len(pieces) - 1 != len(given) - at - 1 or "%" in "".join(pieces):
            return None
        every: list[Value | None] = [(TEXT, pieces[0])]
        for piece, one in zip(pieces[1:], given[at + 1 :], strict=True):
            every += [self._of(one, depth + 1), (TEXT, piece)]
        return _joined(every)

    def decided(self, node: Node) -> Either:
        """Where an expression is surely true, and where surely false: where the compiler knows it,
        or a test of its value says so."""
        if node[0] == "unary" and node[1] == "!":
            return self.decided(node[2])[::-1]
        if node[0] == "binary" and node[1] in ("&&", "||"):
            left, right = self.decided(node[2]), self.decided(node[3])
            if node[1] == "&&":
                return both(left[0], right[0]), either(left[1], right[1])
            return either(left[0], right[0]), both(left[1], right[1])
        true, false = self._guards.truth(node)
        surely, never = inverted(false), inverted(true)
        if NEVER in (true, false):
            return surely, never
        value = self.of(node)
        if not any(one[0] in (PARAMETER, FIELD, RESULT) for one in parts(value)):
            return surely, never
        assert value is not None
        test: Expr = (f"{TEST}{self._tests.setdefault(value, len(self._tests))}",)
        return either(surely, test), either(never, inverted(test))


def _joined(every: list[Value | None]) -> Value | None:
    if None in every:
        return None
    made: list[Value] = []
    for one in every:
        if one is None or one == (TEXT, ""):
            continue
        if made and one[0] == TEXT and made[-1][0] == TEXT:
            made[-1] = (TEXT, made[-1][1] + one[1])
        else:
            made.append(one)
    return made[0] if len(made) == 1 and made[0][0] == TEXT else (JOIN, tuple(made))
