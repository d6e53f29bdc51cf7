"""Expressions over symbols that may have no value yet."""

from __future__ import annotations

from collections.abc import Mapping

from kgen.model.expr import AND, NOT, OR, Expr


class Known:
    """What is known of an expression where some symbols have no value: bits of lanes.

    true and false: decided. unset: a left-to-right evaluation that stops as soon as it can
    would read a symbol that has no value yet, which is how the reference detects a cycle.
    """

    __slots__ = ("false", "true", "unset")

    def __init__(self, true: int, false: int, unset: int = 0) -> None:
        self.true = true
        self.false = false
        self.unset = unset


def evaluate_known(expr: Expr, values: Mapping[str, Known]) -> Known:
    """Like evaluate, over symbols of which not every lane is known."""
    stack: list[Known] = []
    for item in expr:
        if item == NOT:
            value = stack.pop()
            stack.append(Known(value.false, value.true, value.unset))
        elif item == AND:
            right, left = stack.pop(), stack.pop()
            stack.append(
                Known(
                    left.true & right.true,
                    left.false | right.false,
                    left.unset | (left.true & right.unset),
                )
            )
        elif item == OR:
            right, left = stack.pop(), stack.pop()
            stack.append(
                Known(
                    left.true | right.true,
                    left.false & right.false,
                    left.unset | (left.false & right.unset),
                )
            )
        else:
            stack.append(values[item])
    return stack[0]
