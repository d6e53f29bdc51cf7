"""Expressions over symbols that may have no value yet."""

from __future__ import annotations

from collections.abc import Mapping

from kgen.model.expr import Expr, fold


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

    def negated(self) -> Known:
        return Known(self.false, self.true, self.unset)

    def both(self, right: Known) -> Known:
        return Known(
            self.true & right.true,
            self.false | right.false,
            self.unset | (self.true & right.unset),
        )

    def either(self, right: Known) -> Known:
        return Known(
            self.true | right.true,
            self.false & right.false,
            self.unset | (self.false & right.unset),
        )


def evaluate_known(expr: Expr, values: Mapping[str, Known]) -> Known:
    """Like evaluate, over symbols of which not every lane is known."""
    return fold(expr, values.__getitem__, Known.negated, Known.both, Known.either)
