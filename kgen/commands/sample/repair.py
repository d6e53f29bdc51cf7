"""Random assignments made into valid configurations, for all lanes at once.

In each round, of every contradiction one side gives way: an assignment is dropped, a selecting
symbol is turned off, or a dependency is turned on. Which, the dice decide in each lane; what is
pinned stays. After a few rounds most lanes are valid, and nobody needs the rest.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Set

from kgen.commands.sweep.masks import Masks
from kgen.commands.sweep.scope import Scope, clashes_in, inside
from kgen.model.expr import Expr, fold

_ROUNDS = 24


# A symbol, what it is to be, and in which lanes.
_Put = tuple[str, bool, int]


def repaired(
    scope: Scope, width: int, masks: Masks, pinned: Masks, may: Set[str], key: str
) -> tuple[dict[str, tuple[int, int]], int]:
    """All that the lanes assign after repair, and the lanes that are valid with it.

    masks: what is drawn on top of the scope's lines. pinned: what must stay as it is. may: the
    symbols that may be assigned. key: seeds the dice.
    """
    dice = random.Random(key)
    found = {symbol: list(pair) for symbol, pair in inside(scope, width, masks).items()}
    for symbol, (yes, no) in pinned.items():
        pair = found.setdefault(symbol, [0, 0])
        pair[0], pair[1] = pair[0] & ~no | yes, pair[1] & ~yes | no
    alone = scope._replace(lines={})
    everywhere = (1 << width) - 1
    repair = _Repair(found, pinned, may, dice, width)
    for _ in range(_ROUNDS):
        now = {symbol: (pair[0], pair[1]) for symbol, pair in found.items()}
        failed = 0
        for clash in clashes_in(alone, width, now):
            failed |= clash.lanes
            if not clash.cycle:
                repair.settle(scope, clash.symbol, clash.lanes, clash.forced)
        if not failed:
            break
    return now, everywhere ^ failed


class _Repair:
    def __init__(
        self,
        found: dict[str, list[int]],
        pinned: Masks,
        may: Set[str],
        dice: random.Random,
        width: int,
    ) -> None:
        self.found = found
        self.pinned = pinned
        self.may = may
        self.dice = dice
        self.width = width

    def settle(self, scope: Scope, symbol: str, lanes: int, forced: Mapping[int, int]) -> None:
        """Let one side of a contradiction give way in each of these lanes."""
        yes, no = self.found.get(symbol, (0, 0))
        pin_yes, pin_no = self.pinned.get(symbol, (0, 0))
        coin = self.dice.getrandbits(self.width) & self.dice.getrandbits(self.width)
        # Mostly an assignment is dropped; else the cause on the other side is changed.
        dropped = lanes & (yes | no) & ~(pin_yes | pin_no) & ~coin
        if symbol in self.found:
            self.found[symbol] = [yes & ~dropped, no & ~dropped]
        left = lanes & ~dropped
        upwards = (self.dice.getrandbits(self.width) | pin_yes) & ~pin_no
        for index, where in forced.items():
            clause = scope.model.clauses[index]
            if clause.kind == "depends":
                assert clause.condition is not None
                self.want(clause.condition, where & left & upwards)
            else:
                self.put(clause.symbol, False, where & left & ~upwards)

    def want(self, condition: Expr, lanes: int) -> None:
        """Assign what makes a condition hold; of alternatives one or more by the dice."""
        if not lanes:
            return

        def either(left: list[_Put], right: list[_Put]) -> list[_Put]:
            coin = self.dice.getrandbits(self.width)
            return [(name, value, part & coin) for name, value, part in left] + [
                (name, value, part & ~coin) for name, value, part in right
            ]

        puts: list[_Put] = fold(
            condition,
            lambda name: [(name, True, lanes)],
            lambda puts: [(name, not value, part) for name, value, part in puts],
            lambda left, right: right + left,
            either,
        )
        for name, value, part in puts:
            self.put(name, value, part)

    def put(self, symbol: str, value: bool, lanes: int) -> None:
        if symbol not in self.may:
            return
        pin_yes, pin_no = self.pinned.get(symbol, (0, 0))
        lanes &= ~(pin_yes | pin_no)
        yes, no = self.found.get(symbol, (0, 0))
        if value:
            self.found[symbol] = [yes | lanes, no & ~lanes]
        else:
            self.found[symbol] = [yes & ~lanes, no | lanes]
