"""Random assignments turned into valid configurations, for all lanes at once.

Each round resolves every contradiction by changing one side of it: an assignment is dropped, a
selecting symbol is turned off, or a dependency is turned on. The choice is random in each lane;
pinned assignments stay. After a few rounds most lanes are valid; the rest is discarded.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Set

from kgen.commands.sweep.masks import Masks
from kgen.commands.sweep.scope import Scope, clashes_in, inside
from kgen.model.expr import Expr, fold

_ROUNDS = 24


# A symbol, its new value, and the lanes in which it gets it.
_Put = tuple[str, bool, int]


def repaired(
    scope: Scope, width: int, masks: Masks, pinned: Masks, may: Set[str], key: str
) -> tuple[dict[str, tuple[int, int]], int]:
    """The assignments of all lanes after repair, and the lanes that are then valid.

    masks: the random assignments on top of the scope's lines. pinned: assignments that must not
    change. may: the symbols that may be assigned. key: the random seed.
    """
    rng = random.Random(key)
    assigned = {symbol: list(pair) for symbol, pair in inside(scope, width, masks).items()}
    for symbol, (yes, no) in pinned.items():
        pair = assigned.setdefault(symbol, [0, 0])
        pair[0], pair[1] = pair[0] & ~no | yes, pair[1] & ~yes | no
    alone = scope._replace(lines={})
    everywhere = (1 << width) - 1
    repair = _Repair(assigned, pinned, may, rng, width)
    hopeless = 0  # lanes with a dependency cycle, for which there is no repair
    for _ in range(_ROUNDS):
        now = {symbol: (pair[0], pair[1]) for symbol, pair in assigned.items()}
        failed = 0
        for clash in clashes_in(alone, width, now):
            failed |= clash.lanes
            if clash.cycle:
                hopeless |= clash.lanes
            else:
                repair.settle(scope, clash.symbol, clash.lanes, clash.forced)
        if not failed & ~hopeless:
            break
    return now, everywhere ^ failed


class _Repair:
    def __init__(
        self,
        assigned: dict[str, list[int]],
        pinned: Masks,
        may: Set[str],
        rng: random.Random,
        width: int,
    ) -> None:
        self.assigned = assigned
        self.pinned = pinned
        self.may = may
        self.rng = rng
        self.width = width

    def settle(self, scope: Scope, symbol: str, lanes: int, forced: Mapping[int, int]) -> None:
        """Change one side of a contradiction in each of these lanes."""
        yes, no = self.assigned.get(symbol, (0, 0))
        pin_yes, pin_no = self.pinned.get(symbol, (0, 0))
        coin = self.rng.getrandbits(self.width) & self.rng.getrandbits(self.width)
        # Mostly drop an assignment; otherwise change the cause on the other side.
        dropped = lanes & (yes | no) & ~(pin_yes | pin_no) & ~coin
        if symbol in self.assigned:
            self.assigned[symbol] = [yes & ~dropped, no & ~dropped]
        left = lanes & ~dropped
        upwards = (self.rng.getrandbits(self.width) | pin_yes) & ~pin_no
        for index, where in forced.items():
            clause = scope.model.clauses[index]
            if clause.kind == "depends":
                assert clause.condition is not None
                self.want(clause.condition, where & left & upwards)
            else:
                self.put(clause.symbol, False, where & left & ~upwards)

    def want(self, condition: Expr, lanes: int) -> None:
        """Assign what makes a condition hold; choose among alternatives at random."""
        if not lanes:
            return

        def either(left: list[_Put], right: list[_Put]) -> list[_Put]:
            coin = self.rng.getrandbits(self.width)
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
        yes, no = self.assigned.get(symbol, (0, 0))
        if value:
            self.assigned[symbol] = [yes | lanes, no & ~lanes]
        else:
            self.assigned[symbol] = [yes & ~lanes, no | lanes]
