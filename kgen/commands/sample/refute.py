"""Proofs that no configuration has certain values, by propagation.

Each lane is a wish: values of some symbols. What follows from it by the clauses in every
configuration is recorded until nothing new follows. If a symbol must then be both y and n, the wish
is refuted. This is sound but not complete: a wish that is not refuted may still be impossible.
`refuted` is the only function to change in order to use a solver instead.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set

from kgen.commands.sweep.masks import masks_of
from kgen.commands.sweep.scope import Scope
from kgen.model.clauses import Clause
from kgen.model.expr import AND, NOT, OR, Expr, part_begins

_ROUNDS = 50


def refuted(scope: Scope, wishes: Sequence[Mapping[str, bool]], may: Set[str]) -> list[bool]:
    """For each wish, whether it is proved that no valid configuration has these values.

    may: the symbols that may be assigned.
    """
    width = len(wishes)
    if not width:
        return []
    state = _State(width)
    for symbol, (yes, no) in masks_of([wish.items() for wish in wishes]).items():
        state.be(symbol, yes, True)
        state.be(symbol, no, False)
    for symbol, (one, other) in scope.task.assigned.items():
        state.be(symbol, state.everywhere if one else 0, True)
        state.be(symbol, state.everywhere if other else 0, False)
    fixed = [
        symbol
        for symbol in scope.task.symbols
        if symbol not in may and symbol not in scope.task.assigned
    ]
    for _ in range(_ROUNDS):
        before = state.changes
        for clause in scope.model.clauses:
            state.follow(clause)
        for symbol in fixed:
            state.stay_off(scope, symbol)
        if state.changes == before:
            break
    bad = state.bad.to_bytes((width + 7) // 8, "little")
    return [bool(bad[bit >> 3] >> (bit & 7) & 1) for bit in range(width)]


class _State:
    """What is known about each symbol in each lane, and the lanes with a contradiction."""

    def __init__(self, width: int) -> None:
        self.everywhere = (1 << width) - 1
        self.true: dict[str, int] = {}
        self.false: dict[str, int] = {}
        self.bad = 0
        self.changes = 0

    def be(self, symbol: str, lanes: int, value: bool) -> None:
        side, other = (self.true, self.false) if value else (self.false, self.true)
        before = side.get(symbol, 0)
        after = before | lanes
        if after != before:
            side[symbol] = after
            self.changes += 1
            self.bad |= after & other.get(symbol, 0)

    def known(self, expr: Expr) -> tuple[int, int]:
        """The lanes in which a condition must hold, and those in which it cannot."""
        return self.parts(expr)[-1]

    def parts(self, expr: Expr) -> list[tuple[int, int]]:
        """The same for each part of a condition, by the number of its last item."""
        found: list[tuple[int, int]] = []
        open_: list[tuple[int, int]] = []
        for item in expr:
            if item == NOT:
                yes, no = open_.pop()
                yes, no = no, yes
            elif item in (AND, OR):
                also, neither = open_.pop()
                yes, no = open_.pop()
                yes, no = (yes & also, no | neither) if item == AND else (yes | also, no & neither)
            else:
                yes, no = self.true.get(item, 0), self.false.get(item, 0)
            open_.append((yes, no))
            found.append((yes, no))
        return found

    def require(self, expr: Expr, lanes: int, value: bool) -> None:
        """Record that a condition has a value in these lanes, and what follows for its parts."""
        if not lanes:
            return
        known = self.parts(expr)
        begins = part_begins(expr)
        stack = [(len(expr) - 1, lanes, value)]
        while stack:
            at, lanes, value = stack.pop()
            item = expr[at]
            if not lanes:
                continue
            if item == NOT:
                stack.append((at - 1, lanes, not value))
            elif item not in (AND, OR):
                self.be(item, lanes, value)
            else:
                left, right = begins[at - 1] - 1, at - 1
                left_lanes = right_lanes = lanes
                if (item == AND) != value:
                    index = (
                        1 if value else 0
                    )  # if one part has the other value, the other must have this
                    left_lanes = lanes & known[right][index]
                    right_lanes = lanes & known[left][index]
                stack += [(left, left_lanes, value), (right, right_lanes, value)]

    def follow(self, clause: Clause) -> None:
        """Apply what a clause implies in every configuration. A default implies nothing."""
        tree = clause.condition
        if clause.kind == "depends":
            assert tree is not None
            self.be(clause.target, self.known(tree)[1], False)
            self.require(tree, self.true.get(clause.target, 0), True)
        elif clause.kind == "select":
            owner = self.true.get(clause.symbol, 0)
            holds = self.known(tree)[0] if tree else self.everywhere
            self.be(clause.target, owner & holds, True)
            off = self.false.get(clause.target, 0)
            self.be(clause.symbol, off & holds, False)
            if tree:
                self.require(tree, off & owner, False)

    def stay_off(self, scope: Scope, symbol: str) -> None:
        """Record that a symbol that may not be assigned is n where nothing can make it y."""
        lanes = self.everywhere
        if scope.task.finally_.get(symbol):
            return
        given = scope.task.given
        for index in scope.model.about(symbol):
            clause = scope.model.clauses[index]
            if clause.kind == "depends" or (clause.kind == "default" and not given[index]):
                continue
            tree = clause.condition
            off = self.known(tree)[1] if tree else 0
            if clause.kind != "default":
                off |= self.false.get(clause.symbol, 0)
            lanes &= off
        self.be(symbol, lanes, False)
