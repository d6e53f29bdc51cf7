"""Changes grouped under their root changes, and the proof that these cause them.

A change that follows from another is traced, pair by pair, to one that follows from no other: its
root. The proof reverts every root alone, with the new side's rules: one evaluation of all symbols
in as many lanes as roots times pairs.
"""

from __future__ import annotations

from collections.abc import Sequence

from kgen.commands.diff.causes import SymbolChange
from kgen.commands.diff.rule_sets import Both, Half
from kgen.model.lanes import starts
from kgen.model.record import Record


class Root(Record):
    """A change that follows from no other, with those that follow from it, each in its pairs."""

    change: SymbolChange
    follow: tuple[SymbolChange, ...]


def fold(both: Both, found: Sequence[SymbolChange]) -> list[Root]:
    """Group every change under its root; mark those that reverting the root does not undo."""
    by_symbol: dict[str, list[int]] = {}
    for index, change in enumerate(found):
        by_symbol.setdefault(change.symbol, []).append(index)
    led = _led(found, by_symbol)
    roots = [index for index, change in enumerate(found) if change.cause != "follows"]
    below: dict[int, list[SymbolChange]] = {index: [] for index in roots}
    for index, change in enumerate(found):
        if change.cause == "follows":
            for root, pairs in led[index].items():
                below.setdefault(root, []).append(change._replace(pairs=pairs))
    filled = [index for index in below if below[index] or index in roots]
    proved = _proved(both, [(found[index], below[index]) for index in filled])
    return [Root(found[index], tuple(part)) for index, part in zip(filled, proved, strict=True)]


def _led(
    found: Sequence[SymbolChange], by_symbol: dict[str, list[int]]
) -> dict[int, dict[int, int]]:
    """For each change its roots, with their pairs.

    In a tree with cycles a change may follow from itself; it is then its own root.
    """
    led: dict[int, dict[int, int]] = {}
    for start in range(len(found)):
        stack = [start]
        open_: set[int] = set()
        while stack:
            index = stack[-1]
            if index in led:
                stack.pop()
                continue
            change = found[index]
            if change.cause != "follows":
                led[index] = {index: change.pairs}
                continue
            above = [i for i in by_symbol.get(change.of, ()) if found[i].pairs & change.pairs]
            waiting = [i for i in above if i not in led and i not in open_]
            if waiting and index not in open_:
                open_.add(index)
                stack += waiting
                continue
            own: dict[int, int] = {}
            rest = change.pairs
            for i in above:
                for root, pairs in led.get(i, {}).items():
                    if rest & pairs:
                        own[root] = own.get(root, 0) | rest & pairs
                        rest &= ~pairs
            if rest:
                own[index] = rest
            led[index] = own
    return led


def _proved(
    both: Both, groups: list[tuple[SymbolChange, list[SymbolChange]]]
) -> list[list[SymbolChange]]:
    """The followers of each root, divided into those that reverting it undoes and the rest."""
    groups_with = [number for number, (_, below) in enumerate(groups) if below]
    values = _reverted(both, [groups[number][0] for number in groups_with])
    width = len(both.old.lanes)
    at = {number: block * width for block, number in enumerate(groups_with)}
    found: list[list[SymbolChange]] = []
    for number, (_, below) in enumerate(groups):
        parts: list[SymbolChange] = []
        for change in below:
            now = values[change.symbol] >> at[number] & both.everywhere
            alone = change.pairs & ~(now ^ both.old_values[change.symbol])
            if alone:
                parts.append(change._replace(pairs=alone, alone=True))
            if change.pairs & ~alone:
                parts.append(change._replace(pairs=change.pairs & ~alone, alone=False))
        found.append(parts)
    return found


def _reverted(both: Both, roots: list[SymbolChange]) -> dict[str, int]:
    """All values by the new side's rules, in a block of pairs for each root, in which the root's
    symbol has its old value."""
    width = len(both.old.lanes)
    blocks = starts(len(roots), width)
    everywhere = both.everywhere * blocks
    pinned: dict[str, tuple[int, int]] = {}
    for number, root in enumerate(roots):
        pairs, to = pinned.get(root.symbol, (0, 0))
        shift = width * number
        old = both.old_values[root.symbol] & root.pairs
        pinned[root.symbol] = (pairs | root.pairs << shift, to | old << shift)
    values = {name: bits * blocks for name, bits in both.new_values.items()}
    for symbol in both.order:
        rules = both.rules(symbol)
        half = Half(*(bits * blocks for bits in both.new.half(symbol)))
        value = rules.give(rules.kept(both.new.declared), half, values, everywhere)
        pairs, to = pinned.get(symbol, (0, 0))
        values[symbol] = value & ~pairs | to
    return values
