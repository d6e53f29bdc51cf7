"""Which facts make an expression true or false, for all lanes at once."""

from __future__ import annotations

from collections.abc import Callable

from kgen.model.expr import Expr, fold
from kgen.model.lanes import union

# A symbol and its value.
Fact = tuple[str, bool]


# Lanes (bits), and the facts on which a value rests in them. The lanes of a list are disjoint.
Splits = list[tuple[int, tuple[Fact, ...]]]


# For a symbol the lanes in which it is y, and those in which it is n.
Known = Callable[[str], tuple[int, int]]


class _Part:
    """A subexpression: where and by which facts it is true, and false."""

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
    """The facts that make an expression have this value, in those of the lanes where it has.

    For a conjunction that is false all its false parts are named, as each of them has to change;
    of a disjunction that is true the first true part. So the facts are enough, each of them is
    true, and a false conjunction has more than it needs.
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
    """Where both hold, by the facts of both."""
    return [
        (one & other, _joined(facts, more))
        for one, facts in left
        for other, more in right
        if one & other
    ]


def _first(left: Splits, right: Splits) -> Splits:
    """Where either holds, by the facts of the first that does."""
    rest = ~_lanes(left)
    return left + [(lanes & rest, facts) for lanes, facts in right if lanes & rest]


def _every(left: Splits, right: Splits) -> Splits:
    """Where either holds, by the facts of all that do."""
    rest = ~_lanes(right)
    only_left = [(lanes & rest, facts) for lanes, facts in left if lanes & rest]
    return _both(left, right) + only_left + _first(left, right)[len(left) :]


def _lanes(splits: Splits) -> int:
    return union(lanes for lanes, _ in splits)


def _joined(facts: tuple[Fact, ...], more: tuple[Fact, ...]) -> tuple[Fact, ...]:
    return facts + tuple(fact for fact in more if fact not in facts)
