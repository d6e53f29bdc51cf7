"""Expressions of the dialect: parsed, written out and evaluated for all lanes at once.

An expression is a tuple in postfix order: names of symbols, and after their operands the
operators `!`, `&&` and `||`. A flat tuple needs no recursion anywhere, so a condition may be
nested as deeply as a file can hold, and it is compared, stored and read back as it is.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache


def conjuncts(expr: Expr) -> list[Expr]:
    """The parts of an expression that `&&` joins at its top, from left to right."""
    parts: list[list[Expr]] = []
    for item in expr:
        if item == NOT:
            whole = _joined(parts.pop())
            parts.append([(*whole, item)])
        elif item in (AND, OR):
            right, left = parts.pop(), parts.pop()
            parts.append(left + right if item == AND else [(*_joined(left), *_joined(right), item)])
        else:
            parts.append([(item,)])
    return parts[0] if parts else []


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
    stack: list[tuple[str, int]] = []  # text, and how tightly its outermost operator binds
    for item in expr:
        if item == NOT:
            inner, binding = stack.pop()
            stack.append((f"!{inner}" if binding == 3 else f"!({inner})", 3))
        elif item in _BINDING:
            right, left = stack.pop(), stack.pop()
            own = _BINDING[item]
            written = (
                left[0] if left[1] >= own else f"({left[0]})",
                right[0] if right[1] > own else f"({right[0]})",
            )
            stack.append((f" {item} ".join(written), own))
        else:
            stack.append((item, 3))
    return stack[0][0]


def evaluate(expr: Expr, values: Mapping[str, int], everywhere: int) -> int:
    """The lanes, as bits, in which the expression holds.

    values has for each symbol the lanes in which it is y; everywhere has the bit of every lane.
    """
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
