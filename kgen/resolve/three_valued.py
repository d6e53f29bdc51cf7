"""Three-valued evaluation of expressions, for symbols that may have no value yet."""

from __future__ import annotations

from collections.abc import Mapping

from kgen.model.expr import Expr, fold


class Known:
    """The three-valued result of an expression, as sets of lanes (bit sets).

    true, false: the result is known. unset: short-circuit evaluation from left to right reads a
    symbol that has no value yet; this is how scripts/minikconf.py detects a cycle.
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
    """Like `evaluate`, for symbols whose value is not known in all lanes."""
    return fold(expr, values.__getitem__, Known.negated, Known.both, Known.either)
