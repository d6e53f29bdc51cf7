"""Expressions: a table in which equal ones have one number, how comparisons are decided, and which
types do not fit."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from kgen.standard.model import (
    AND,
    BASE,
    CONSTANT,
    EQUAL,
    GREATER,
    IS_N,
    LESS,
    LESS_EQUAL,
    MODE_OF,
    NOT,
    OR,
    UNEQUAL,
    VALUE_OF,
    M,
    Model,
    N,
    Spot,
    Symbol,
    Y,
)

_SIGNS = ("=", "!=", "<", "<=", ">", ">=")
# So many parts of an expression are shown, and so many of its symbols named.
_LONGEST = 60


class Expressions:
    """Gives expressions their numbers. `both` and `either` simplify where an operand is n or y."""

    def __init__(self) -> None:
        self.nodes: list[tuple[int, int, int]] = [(CONSTANT, value, 0) for value in (N, M, Y)]
        self._numbers = {node: number for number, node in enumerate(self.nodes)}
        # The symbol that allows m is known when all is read.
        self._modules = len(self.nodes)
        self.nodes.append((VALUE_OF, -1, 0))
        self.m_if_modules = self.made(AND, M, self._modules)

    def set_modules(self, symbol: int) -> None:
        """The symbol that allows m."""
        self.nodes[self._modules] = (VALUE_OF, symbol, 0)

    def made(self, kind: int, first: int, second: int = 0) -> int:
        """The number of an expression of a kind."""
        node = kind, first, second
        number = self._numbers.get(node)
        if number is None:
            number = self._numbers[node] = len(self.nodes)
            self.nodes.append(node)
        return number

    def mode_of(self, choice: int) -> int:
        """The mode of a choice."""
        return self.made(MODE_OF, choice)

    def both(self, first: int, second: int) -> int:
        """first && second"""
        if first in (Y, second):
            return second
        if second == Y:
            return first
        return N if N in (first, second) else self.made(AND, first, second)

    def either(self, first: int, second: int) -> int:
        """first || second"""
        if first in (N, second):
            return second
        if second == N:
            return first
        return Y if Y in (first, second) else self.made(OR, first, second)


Side = tuple[str, Mapping[str, int]]


def related(relation: int, left: Side, right: Side) -> int:
    """The lanes in which a relation holds. A side: a type, and the lanes of each text."""
    (type_, texts), (other_type, others) = left, right
    as_texts = type_ == other_type == "string"
    found = 0
    for text, lanes in texts.items():
        if lanes:
            for other, more in others.items():
                if lanes & more and _holds(
                    relation, _order(text, type_, other, other_type, as_texts)
                ):
                    found |= lanes & more
    return found


def _order(text: str, type_: str, other: str, other_type: str, as_texts: bool) -> int:
    """Less than 0, 0 or more than 0, as the left side is less, equal or greater."""
    if not as_texts:
        try:
            return _number(text, type_) - _number(other, other_type)
        except ValueError:
            pass
    return (text > other) - (text < other)


def _number(text: str, type_: str) -> int:
    """n, m and y are 0, 1 and 2. Raises ValueError for a text that is not a number."""
    if type_ in ("bool", "tristate"):
        return "nmy".index(text)
    return int(text, BASE[type_])


def _holds(relation: int, order: int) -> bool:
    if relation == EQUAL:
        return order == 0
    if relation == UNEQUAL:
        return order != 0
    if relation == LESS:
        return order < 0
    if relation == LESS_EQUAL:
        return order <= 0
    return order > 0 if relation == GREATER else order >= 0


def as_number(text: str, base: int) -> int:
    """The number that a text is; 0 for one that is none, as C's strtoll reads an empty one."""
    try:
        return int(text, base)
    except ValueError:
        return 0


def text_of(model: Model, expression: int) -> str:
    """An expression as a Kconfig file has it; shortened if it is long."""
    parts: list[str] = []
    stack: list[int | str] = [expression]
    while stack and len(parts) < _LONGEST:
        item = stack.pop()
        if isinstance(item, str):
            parts.append(item)
            continue
        kind, first, second = model.expressions[item]
        if kind == CONSTANT:
            parts.append("nmy"[first])
        elif kind == VALUE_OF:
            parts.append(_word(model.symbols[first]))
        elif kind == MODE_OF:
            parts.append(f"<choice {model.choices[first].name}>".replace(" >", ">"))
        elif kind >= EQUAL:
            left, right = (_word(model.symbols[one]) for one in (first, second))
            parts.append(f"{left} {_SIGNS[kind - EQUAL]} {right}")
        elif kind in (NOT, IS_N):
            inner = model.expressions[first][0]
            simple = inner in (CONSTANT, VALUE_OF, MODE_OF)
            stack += [first] if simple else [")", first, "("]
            stack.append("!")
        else:
            sign = " && " if kind == AND else " || "
            for number, operand in enumerate((second, first)):
                inside = kind == AND and model.expressions[operand][0] == OR
                stack += [")", operand, "("] if inside else [operand]
                if not number:
                    stack.append(sign)
    return "".join(parts) + (" ..." if stack else "")


def _word(symbol: Symbol) -> str:
    """A symbol in an expression; a constant that could not stand without quotes has them."""
    plain = symbol.spots or symbol.name.replace("_", "").isalnum()
    return symbol.name if plain else f'"{symbol.name}"'


def symbols_in(model: Model, expression: int, most: int = _LONGEST) -> Iterator[int]:
    """The defined symbols that an expression reads, in order, each once; of a long one, some."""
    seen: set[int] = set()
    named: set[int] = set()
    stack = [expression]
    while stack and len(seen) < most:
        item = stack.pop()
        if item in seen:
            continue
        seen.add(item)
        kind, first, second = model.expressions[item]
        if kind == VALUE_OF or kind >= EQUAL:
            for number in (first, second) if kind >= EQUAL else (first,):
                if model.symbols[number].spots and number not in named:
                    named.add(number)
                    yield number
        elif kind in (AND, OR):
            stack += second, first
        elif kind in (NOT, IS_N):
            stack.append(first)


def wrong_types(model: Model) -> Iterator[tuple[Spot, str]]:
    """What has no effect, or an odd one, because a type does not fit; with its file and line.

    Linux's program and Kconfiglib warn of these, and read the tree all the same.
    """
    for symbol in model.symbols:
        if symbol.selected_by and not symbol.spots and symbol.name in ("n", "m", "y"):
            for reverse in symbol.selected_by:
                by = model.symbols[reverse.by].name
                yield reverse.spot, f"{by} selects {symbol.name}, which is no symbol"
    for number in model.defined:
        symbol = model.symbols[number]
        if not symbol.type:
            yield symbol.spots[0], f"{symbol.name} has no type"
            continue
        if not symbol.logical:
            for reverse in (*symbol.selected_by, *symbol.implied_by):
                by = model.symbols[reverse.by].name
                yield reverse.spot, f"{by} selects or implies {symbol.name}, which is {symbol.type}"
        if symbol.choice >= 0 and not symbol.logical:
            yield symbol.spots[0], f"{symbol.name} is in a choice, and is {symbol.type}"
        if symbol.ranges and symbol.type not in ("int", "hex"):
            yield symbol.ranges[0].spot, f"{symbol.name} has a range, and is {symbol.type}"
        for default in symbol.defaults:
            if not _fits(model, symbol, default.value):
                yield default.spot, f"the default of {symbol.name} is not of type {symbol.type}"


def _fits(model: Model, symbol: Symbol, value: int) -> bool:
    """Whether a default can be a value of a symbol. Those of other symbols can, and names of
    symbols that this tree does not define."""
    kind, number, _ = model.expressions[value]
    if kind != VALUE_OF:
        return symbol.logical or kind != CONSTANT
    other = model.symbols[number]
    if symbol.type == "string" or other.spots:
        return symbol.logical == other.logical or not other.spots
    if symbol.logical:
        return other.name.isupper()
    try:
        int(other.name, BASE[symbol.type])
    except ValueError:
        return other.name.isupper()
    return True
