"""The rules of each symbol on two sides, and the evaluation of mixtures of them.

Two trees, or two targets, hosts or modes of one, are compared pair by pair: a pair is a
configuration of the old side and one of the new side, and bit i is pair i. The clauses of both
sides about a symbol are merged into one order, so that sets of them can be evaluated that neither
tree has, for example the new ones without an added line. Causes are proved in this way.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property

from kgen.model.clauses import Assignment, Clause, said
from kgen.model.configurations import Resolution
from kgen.model.expr import evaluate, names
from kgen.model.lanes import flagged, moved
from kgen.model.order import order_of
from kgen.model.record import Record


class Item(Record):
    """A clause of one side or of both; then the two differ at most in their places."""

    old: Clause | None
    new: Clause | None

    @property
    def clause(self) -> Clause:
        found = self.new or self.old
        assert found is not None
        return found


class Half(Record):
    """The part of a rule set besides clauses, as masks of pairs.

    yes, no: the symbol is assigned y, n in a file. outer_yes, outer_no: it is passed externally as
    y, n. plain: the mode uses defaults of y. finally_: the mode sets the symbol to y at the end.
    """

    yes: int
    no: int
    outer_yes: int
    outer_no: int
    plain: int
    finally_: int


class View:
    """One side's resolution, with lanes mapped to pairs."""

    def __init__(self, resolution: Resolution, lanes: Sequence[int]) -> None:
        self.resolution = resolution
        self.model = resolution.model
        self.lanes = tuple(lanes)
        self.declared = self.model.declared()
        self._straight = list(lanes) == list(range(len(resolution.lanes)))
        self.values = {name: self.take(bits) for name, bits in resolution.values.items()}
        self.external = {name: self.take(bits) for name, bits in resolution.external.items()}
        modes = [resolution.lanes[lane].mode for lane in lanes]
        self.plain = flagged(mode in ("defconfig", "allyesconfig") for mode in modes)
        self.finally_ = flagged(mode == "allyesconfig" for mode in modes)
        self._assigned = self._split_assigned()

    def forcing(self, symbol: str) -> list[Clause]:
        """The clauses that can force a symbol, in textual order."""
        return [self.model.clauses[i] for i in self.model.by_symbol.forcing.get(symbol, ())]

    def giving(self, symbol: str) -> list[Clause]:
        """The clauses that can set a symbol where nothing forces it, in textual order."""
        return [self.model.clauses[i] for i in self.model.by_symbol.giving.get(symbol, ())]

    def take(self, bits: int) -> int:
        """Map lanes of the resolution to pairs."""
        if self._straight or not bits:
            return bits
        return moved(bits, ((lane, pair) for pair, lane in enumerate(self.lanes)))

    def half(self, symbol: str) -> Half:
        """The assignments of a symbol, and the modes."""
        assigned = self._assigned.get(symbol, (0, 0, 0, 0))
        # A symbol that this side does not declare is n even in allyesconfig.
        finally_ = self.finally_ if symbol in self.declared else 0
        return Half(*assigned, self.plain, finally_)

    def assignments(self, symbol: str, pair: int) -> list[Assignment]:
        """The assignments of a symbol in one pair."""
        lane = self.resolution.lanes[self.lanes[pair]]
        own = [item for item in self.model.assignments if item.symbol == symbol]
        return own + [item for item in lane.assignments if item.symbol == symbol]

    def _split_assigned(self) -> dict[str, tuple[int, int, int, int]]:
        """For each symbol the pairs in which it is assigned y, n, and externally y, n."""
        everywhere = (1 << len(self.lanes)) - 1
        found: dict[str, list[int]] = {}
        where: dict[Assignment, int] = {}
        for pair, lane in enumerate(self.lanes):
            for item in self.resolution.lanes[lane].assignments:
                where[item] = where.get(item, 0) | 1 << pair
        items = [(item, everywhere) for item in self.model.assignments]
        items += where.items()
        for item, pairs in items:
            row = found.setdefault(item.symbol, [0, 0, 0, 0])
            row[(not item.value) + 2 * item.external] |= pairs
        return {name: (row[0], row[1], row[2], row[3]) for name, row in found.items()}


class Rules:
    """The clauses about one symbol on both sides.

    Sets of clauses are sets of indices of items; the first `forcing` items can force the symbol.
    """

    def __init__(self, items: list[Item], forcing: int) -> None:
        self.items = items
        self.forcing = forcing
        self.old = frozenset(index for index, item in enumerate(items) if item.old)
        self.new = frozenset(index for index, item in enumerate(items) if item.new)

    def kept(self, new_declared: set[str]) -> frozenset[int]:
        """The new side's clauses, and those of symbols that only the old side declares: their
        removal is not a change of this symbol's rules."""
        if self.items and self.items[0].clause.target not in new_declared:
            return frozenset()  # the symbol itself was removed
        return self.new | self._with_owner_outside(self.old - self.new, new_declared)

    def kept_old(self, old_declared: set[str]) -> frozenset[int]:
        """The old side's clauses, and those of symbols that only the new side declares."""
        return self.old | self._with_owner_outside(self.new - self.old, old_declared)

    def _with_owner_outside(self, chosen: frozenset[int], declared: set[str]) -> set[int]:
        return {index for index in chosen if self.items[index].clause.symbol not in declared}

    def give(
        self, chosen: frozenset[int], half: Half, values: Mapping[str, int], everywhere: int
    ) -> int:
        """The pairs in which these clauses give y, with these values of the symbols they read.

        Where clauses contradict each other, which is possible in a mixture, the result is y.
        """
        yes, no = half.yes | half.outer_yes, half.no | half.outer_no
        for index in range(self.forcing):
            if index not in chosen:
                continue
            clause = self.items[index].clause
            if clause.kind == "depends":
                no |= everywhere ^ holds(clause, values, everywhere)
            else:
                yes |= holds(clause, values, everywhere)
        free = everywhere & ~(yes | no)
        for index in range(self.forcing, len(self.items)):
            if not free:
                break
            if index not in chosen:
                continue
            clause = self.items[index].clause
            pairs = free & holds(clause, values, everywhere)
            yes |= pairs & (half.plain if clause.value else half.finally_)
            free ^= pairs
        return yes | (free & half.finally_)


def holds(clause: Clause, values: Mapping[str, int], everywhere: int) -> int:
    """The pairs in which a clause's condition holds and its selecting symbol, if any, is y."""
    pairs = everywhere
    if clause.kind in ("select", "imply"):
        pairs = values[clause.symbol]
    if clause.condition is not None:
        pairs &= evaluate(clause.condition, values, everywhere)
    return pairs


def read_by(clause: Clause) -> tuple[str, ...]:
    """The symbols whose values a clause reads, the selecting one first."""
    own = (clause.symbol,) if clause.kind in ("select", "imply") else ()
    return own if clause.condition is None else (*own, *names(clause.condition))


class Both:
    """Both sides of a group of pairs: their values, and rules that are made on demand."""

    def __init__(self, old: View, new: View) -> None:
        self.old = old
        self.new = new
        self.everywhere = (1 << len(old.lanes)) - 1
        self._rules: dict[str, Rules] = {}
        self.symbols = sorted(old.values.keys() | new.values.keys())
        self.old_values = {name: old.values.get(name, 0) for name in self.symbols}
        self.new_values = {name: new.values.get(name, 0) for name in self.symbols}
        # The old values, but the new ones for symbols that only the new side declares.
        self.arrived = {
            name: (self.old_values if name in old.declared else self.new_values)[name]
            for name in self.symbols
        }

    def rules(self, symbol: str) -> Rules:
        """The rules of a symbol."""
        found = self._rules.get(symbol)
        if found is None:
            old, new = self.old, self.new
            forcing = _merged(old.forcing(symbol), new.forcing(symbol))
            giving = _merged(old.giving(symbol), new.giving(symbol))
            found = Rules([*forcing, *giving], len(forcing))
            self._rules[symbol] = found
        return found

    @cached_property
    def order(self) -> list[str]:
        """All symbols, each after those that its kept rules read, as far as possible."""
        readers: dict[str, list[str]] = {}
        for symbol in self.symbols:
            rules = self.rules(symbol)
            for index in sorted(rules.kept(self.new.declared)):
                for name in read_by(rules.items[index].clause):
                    readers.setdefault(name, []).append(symbol)
        return order_of(readers, self.symbols)[0]


def _merged(old: list[Clause], new: list[Clause]) -> list[Item]:
    """The clauses of both sides in the new order; one that only the old side has comes after its
    predecessor there."""
    keys: dict[tuple[object, ...], list[int]] = {}
    items = [Item(None, clause) for clause in new]
    for index, clause in enumerate(new):
        keys.setdefault(said(clause), []).append(index)
    behind: dict[int, list[Item]] = {}
    last = -1
    for clause in old:
        same = keys.get(said(clause))
        if same:
            last = same.pop(0)
            items[last] = Item(clause, new[last])
        else:
            behind.setdefault(last, []).append(Item(clause, None))
    if not behind:
        return items
    found = behind.get(-1, [])
    for index, item in enumerate(items):
        found.append(item)
        found += behind.get(index, ())
    return found
