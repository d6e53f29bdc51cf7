"""Expressions of the dialect: parsed, written out and evaluated for all lanes at once.

An expression is a tuple in postfix order: names of symbols, and after their operands the
operators `!`, `&&` and `||`. A flat tuple needs no recursion anywhere, so a condition may be
nested as deeply as a file can hold, and it is compared, stored and read back as it is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache, partial

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TypeVar

    _T = TypeVar("_T")


def conjuncts(expr: Expr) -> list[Expr]:
    """The parts of an expression that `&&` joins at its top, from left to right."""
    if not expr:
        return []
    return fold(
        expr,
        lambda name: [(name,)],
        lambda parts: [(*_joined(parts), NOT)],
        lambda left, right: left + right,
        lambda left, right: [(*_joined(left), *_joined(right), OR)],
    )


def _joined(parts: Sequence[Expr]) -> Expr:
    whole = parts[0]
    for part in parts[1:]:
        whole = (*whole, *part, AND)
    return whole


Expr = tuple[str, ...]


NOT, AND, OR = "!", "&&", "||"


_OPERATORS = frozenset({NOT, AND, OR})


# `||` binds tighter than `&&`, the other way round than in Linux: the reference reads an
# expression as a conjunction of disjunctions.
_BINDING = {AND: 1, OR: 2}


_ALONE = 3  # a name, or what is negated: no operator binds tighter


@lru_cache(maxsize=4096)
def parse(tokens: tuple[str, ...]) -> Expr:
    """Infix tokens (names, operators and parentheses) that are known to be well formed."""
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


def names(expr: Expr) -> Iterator[str]:
    """The symbols of an expression, from left to right, repeated as often as they stand there."""
    return (item for item in expr if item not in _OPERATORS)


def text(expr: Expr) -> str:
    """The expression as a person would write it in the dialect, with the fewest parentheses."""

    # A part is its text, and how tightly its outermost operator binds.
    def negated(part: tuple[str, int]) -> tuple[str, int]:
        inner, binding = part
        return f"!{inner}" if binding == _ALONE else f"!({inner})", _ALONE

    def joined(operator: str, left: tuple[str, int], right: tuple[str, int]) -> tuple[str, int]:
        own = _BINDING[operator]
        written = (
            left[0] if left[1] >= own else f"({left[0]})",
            right[0] if right[1] > own else f"({right[0]})",
        )
        return f" {operator} ".join(written), own

    return fold(
        expr, lambda name: (name, _ALONE), negated, partial(joined, AND), partial(joined, OR)
    )[0]


def fold(
    expr: Expr,
    leaf: Callable[[str], _T],
    negated: Callable[[_T], _T],
    both: Callable[[_T, _T], _T],
    either: Callable[[_T, _T], _T],
) -> _T:
    """What an expression comes to, worked out part by part, each from what its operands came to.

    leaf: of a symbol's name. negated: of `!`, from its operand; both and either: of `&&` and
    `||`, from the left operand and the right one. They are called in the order of the tuple,
    once for each place in it, whatever came of the parts before. The expression is well formed,
    and not empty.
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
    """Whether a tuple that anybody may have written is one expression in postfix order.

    Every word that is no operator is taken for a name.
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
    """The lanes, as bits, in which the expression holds.

    values has for each symbol the lanes in which it is y; everywhere has the bit of every lane.
    """
    # No `fold`: every pass of the resolver comes here for every clause, and a call of a function
    # for each word costs more than the operation on the lanes.
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
