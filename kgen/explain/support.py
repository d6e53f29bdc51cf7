"""The facts that make an expression true or false, for all lanes at once."""

from __future__ import annotations

from collections.abc import Callable

from kgen.model.expr import Expr, fold
from kgen.model.lanes import union

# A symbol and its value.
Fact = tuple[str, bool]


# Pairs: lanes (a bit set), and the facts that give the value there. Lanes are disjoint.
Splits = list[tuple[int, tuple[Fact, ...]]]


# Returns for a symbol the lanes in which it is y, and those in which it is n.
Known = Callable[[str], tuple[int, int]]


class _Part:
    """A subexpression: the lanes and facts by which it is true, and by which it is false."""

    __slots__ = ("false", "true")

    def __init__(self, true: Splits, false: Splits) -> None:
        self.true = true
        self.false = false

    def negated(self) -> _Part:
        return _Part(self.false, self.true)

    def both(self, right: _Part) -> _Part:
        return _Part(_both(self.true, right.true), _every(self.false, right.false))

    def either(self, right: _Part) -> _Part:
        return _Part(_first(self.true, right.true), _both(self.false, right.false))


def support(expr: Expr, value: bool, lanes: int, known: Known) -> Splits:
    """The facts that give an expression this value, in the lanes in which it has this value.

    For a false conjunction all false operands are given, because all of them have to change; for
    a true disjunction only the first true operand. So the facts are true and sufficient, but not
    minimal for a false conjunction.
    """
    if not expr:  # no condition always holds
        return [(lanes, ())] if value and lanes else []

    def leaf(name: str) -> _Part:
        yes, no = known(name)
        return _Part(
            [(yes & lanes, ((name, True),))] if yes & lanes else [],
            [(no & lanes, ((name, False),))] if no & lanes else [],
        )

    whole = fold(expr, leaf, _Part.negated, _Part.both, _Part.either)
    return whole.true if value else whole.false


def _both(left: Splits, right: Splits) -> Splits:
    """The lanes of both, with the facts of both."""
    return [
        (one & other, _joined(facts, more))
        for one, facts in left
        for other, more in right
        if one & other
    ]


def _first(left: Splits, right: Splits) -> Splits:
    """The lanes of either, with the facts of the first that applies."""
    rest = ~_lanes(left)
    return left + [(lanes & rest, facts) for lanes, facts in right if lanes & rest]


def _every(left: Splits, right: Splits) -> Splits:
    """The lanes of either, with the facts of all that apply."""
    rest = ~_lanes(right)
    only_left = [(lanes & rest, facts) for lanes, facts in left if lanes & rest]
    return _both(left, right) + only_left + _first(left, right)[len(left) :]


def _lanes(splits: Splits) -> int:
    return union(lanes for lanes, _ in splits)


def _joined(facts: tuple[Fact, ...], more: tuple[Fact, ...]) -> tuple[Fact, ...]:
    return facts + tuple(fact for fact in more if fact not in facts)
