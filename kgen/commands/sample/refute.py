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
from kgen.model.expr import AND, NOT, OR, Expr, fold
from kgen.model.record import Record

_ROUNDS = 50


class _Node(Record):
    """A condition as a tree. operator: "" for a symbol, which has a name and no parts."""

    operator: str
    name: str
    parts: tuple[_Node, ...]


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
    trees = [_tree(clause.condition) for clause in scope.model.clauses]
    fixed = [
        symbol
        for symbol in scope.task.symbols
        if symbol not in may and symbol not in scope.task.assigned
    ]
    for _ in range(_ROUNDS):
        before = state.changes
        for clause, tree in zip(scope.model.clauses, trees, strict=True):
            state.follow(clause, tree)
        for symbol in fixed:
            state.stay_off(scope, symbol, trees)
        if state.changes == before:
            break
    bad = state.bad.to_bytes((width + 7) // 8, "little")
    return [bool(bad[bit >> 3] >> (bit & 7) & 1) for bit in range(width)]


def _tree(condition: Expr | None) -> _Node | None:
    if condition is None:
        return None
    return fold(
        condition,
        lambda name: _Node("", name, ()),
        lambda part: _Node(NOT, "", (part,)),
        lambda left, right: _Node(AND, "", (left, right)),
        lambda left, right: _Node(OR, "", (left, right)),
    )


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

    def known(self, node: _Node) -> tuple[int, int]:
        """The lanes in which a condition must hold, and those in which it cannot."""
        operator, name, parts = node
        if not operator:
            return self.true.get(name, 0), self.false.get(name, 0)
        yes, no = self.known(parts[0])
        if operator == NOT:
            return no, yes
        also, neither = self.known(parts[1])
        if operator == AND:
            return yes & also, no | neither
        return yes | also, no & neither

    def require(self, node: _Node, lanes: int, value: bool) -> None:
        """Record that a condition has a value in these lanes, and what follows for its parts."""
        operator, name, parts = node
        if not lanes:
            return
        if not operator:
            self.be(name, lanes, value)
        elif operator == NOT:
            self.require(parts[0], lanes, not value)
        elif (operator == AND) == value:
            for part in parts:
                self.require(part, lanes, value)
        else:
            left, right = parts
            index = 1 if value else 0  # if one part has the other value, the other must have this
            self.require(right, lanes & self.known(left)[index], value)
            self.require(left, lanes & self.known(right)[index], value)

    def follow(self, clause: Clause, tree: _Node | None) -> None:
        """Apply what a clause implies in every configuration. A default implies nothing."""
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

    def stay_off(self, scope: Scope, symbol: str, trees: Sequence[_Node | None]) -> None:
        """Record that a symbol that may not be assigned is n where nothing can make it y."""
        lanes = self.everywhere
        if scope.task.finally_.get(symbol):
            return
        given = scope.task.given
        for index in scope.model.about(symbol):
            clause = scope.model.clauses[index]
            if clause.kind == "depends" or (clause.kind == "default" and not given[index]):
                continue
            tree = trees[index]
            off = self.known(tree)[1] if tree else 0
            if clause.kind != "default":
                off |= self.false.get(clause.symbol, 0)
            lanes &= off
        self.be(symbol, lanes, False)
