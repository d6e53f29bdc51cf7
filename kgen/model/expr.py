"""Kconfig expressions: parsing, formatting, and evaluation for all lanes at once.

An expression is a tuple in postfix order: symbol names, with the operators `!`, `&&` and `||`
after their operands. A flat tuple needs no recursion, so nesting depth is unlimited, and it can
be compared, hashed and serialized directly.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import islice

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, TypeVar

    _T = TypeVar("_T")


def conjuncts(expr: Expr) -> list[Expr]:
    """The operands of the top-level `&&` operators, from left to right."""
    if not expr:
        return []

    def leaf(name: str) -> deque[_Rope]:
        return deque([name])

    def negated(parts: deque[_Rope]) -> deque[_Rope]:
        return deque([[_joined(parts), NOT]])

    def either(left: deque[_Rope], right: deque[_Rope]) -> deque[_Rope]:
        return deque([[_joined(left), _joined(right), OR]])

    return [_flat(part) for part in fold(expr, leaf, negated, _concatenated, either)]


# An expression whose parts are not yet copied into one tuple, which takes time each time.
if TYPE_CHECKING:
    _Rope = Any


def _joined(parts: Sequence[_Rope]) -> _Rope:
    whole = [parts[0]]
    for part in islice(parts, 1, None):
        whole += [part, AND]
    return whole


def _concatenated(left: deque[_Rope], right: deque[_Rope]) -> deque[_Rope]:
    """The parts of both; the shorter one is moved."""
    if len(left) < len(right):
        right.extendleft(reversed(left))
        return right
    left.extend(right)
    return left


def _flat(rope: _Rope) -> Expr:
    items: list[str] = []
    stack = [rope]
    while stack:
        part = stack.pop()
        if isinstance(part, str):
            items.append(part)
        else:
            stack.extend(reversed(part))
    return tuple(items)


Expr = tuple[str, ...]


NOT, AND, OR = "!", "&&", "||"


_OPERATORS = frozenset({NOT, AND, OR})


# `||` binds tighter than `&&`, contrary to Linux: scripts/minikconf.py parses an expression as a
# conjunction of disjunctions.
_BINDING = {AND: 1, OR: 2}


_ATOM = 3  # a name or a negation: no operator binds tighter


@lru_cache(maxsize=4096)
def parse(tokens: tuple[str, ...]) -> Expr:
    """Parse well-formed infix tokens (names, operators, parentheses) to postfix order."""
    if len(tokens) == 1:
        return tokens
    output: list[str] = []
    stack: list[str] = []
    for token in tokens:
        if token in _BINDING:
            while stack and _BINDING.get(stack[-1], 0) >= _BINDING[token]:
                output.append(stack.pop())
            stack.append(token)
            continue
        if token in (NOT, "("):
            stack.append(token)
            continue
        if token == ")":
            while (top := stack.pop()) != "(":
                output.append(top)
        else:
            output.append(token)
        while stack and stack[-1] == NOT:
            output.append(stack.pop())
    output.extend(reversed(stack))
    return tuple(output)


def is_name(text: str) -> bool:
    """Whether a text can be a symbol's name; whatever else it is, it is not an operator."""
    return not text or text.replace("_", "0").isalnum()


def names(expr: Expr) -> Iterator[str]:
    """The symbols of an expression, from left to right, with repetitions."""
    return (item for item in expr if item not in _OPERATORS)


def text(expr: Expr, fewest: bool = False) -> str:
    """The expression in Kconfig syntax, with parentheses where `&&` and `||` meet.

    QEMU's dialect binds `||` tighter than `&&`, so readers who know other languages would be
    misled without them. fewest: without those that the dialect does not need.
    """
    begins = part_begins(expr)
    written: list[str] = []
    # What is still to be written, the next last: a text, or the number of a part's last item.
    stack: list[str | int] = [len(expr) - 1]

    def part(at: int, bare: bool) -> list[str | int]:
        return [at] if bare else ["(", at, ")"]

    while stack:
        at = stack.pop()
        if isinstance(at, str):
            written.append(at)
            continue
        item = expr[at]
        if item == NOT:
            stack += reversed(["!", *part(at - 1, expr[at - 1] not in _BINDING)])
        elif item in _BINDING:
            left = begins[at - 1] - 1
            least = _BINDING[item] if fewest else _BINDING[OR]
            before = part(left, expr[left] == item or _BINDING.get(expr[left], _ATOM) > least)
            after = part(at - 1, _BINDING.get(expr[at - 1], _ATOM) > least)
            stack += reversed([*before, f" {item} ", *after])
        else:
            written.append(item)
    return "".join(written)


def part_begins(expr: Expr) -> list[int]:
    """For each item the number of the first item of the part that it ends."""
    found: list[int] = []
    open_: list[int] = []
    for at, item in enumerate(expr):
        if item in _BINDING:
            open_.pop()
        elif item != NOT:
            open_.append(at)
        found.append(open_[-1])
    return found


def fold(
    expr: Expr,
    leaf: Callable[[str], _T],
    negated: Callable[[_T], _T],
    both: Callable[[_T, _T], _T],
    either: Callable[[_T, _T], _T],
) -> _T:
    """Evaluate an expression bottom-up with these functions.

    leaf: from a symbol's name. negated: `!`, from the result of its operand. both, either: `&&`
    and `||`, from the results of the left and the right operand. Each item of the tuple is
    evaluated once, in order, without short-circuiting. The expression must be well formed and
    not empty.
    """
    stack: list[_T] = []
    for item in expr:
        if item == NOT:
            stack[-1] = negated(stack[-1])
        elif item in _BINDING:
            right = stack.pop()
            stack[-1] = (both if item == AND else either)(stack[-1], right)
        else:
            stack.append(leaf(item))
    return stack[0]


def well_formed(expr: Expr) -> bool:
    """Whether a tuple from an untrusted source is one expression in postfix order.

    Every item that is not an operator counts as a name.
    """
    operands = 0
    for item in expr:
        if item in _BINDING:
            operands -= 1
        elif item != NOT:
            operands += 1
        if operands < 1:
            return False
    return operands == 1


def evaluate(expr: Expr, values: Mapping[str, int], everywhere: int) -> int:
    """The lanes (a bit set) in which the expression is true.

    values: for each symbol the lanes in which it is y. everywhere: the set of all lanes.
    """
    # Not written with `fold`: the resolver calls this for every clause in every pass, and a
    # function call per item costs more than the bit operation itself.
    if len(expr) == 1:
        return values[expr[0]]
    stack: list[int] = []
    for item in expr:
        if item == AND:
            right = stack.pop()
            stack[-1] &= right
        elif item == OR:
            right = stack.pop()
            stack[-1] |= right
        elif item == NOT:
            stack[-1] ^= everywhere
        else:
            stack.append(values[item])
    return stack[0]
