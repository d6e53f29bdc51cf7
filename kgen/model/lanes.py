"""Sets of lanes, stored as non-negative integers: bit i is set if lane i is in the set.

Union, intersection and difference use Python's `|`, `&` and `^`; the other operations are here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import compress, count

# Maps the digit 0 to a false value, so that compress() drops it.
_FALSE = bytes.maketrans(b"0", b"\0")


def members(lanes: int) -> Iterator[int]:
    """The numbers of the lanes in a set, ascending.

    Time and memory are linear in the highest lane. Clearing the lowest bit in a loop would copy
    the whole integer for each member.
    """
    return compress(count(), f"{lanes:b}"[::-1].encode().translate(_FALSE))


def first(lanes: int) -> int:
    """The lowest lane in a non-empty set."""
    return (lanes & -lanes).bit_length() - 1


def union(masks: Iterable[int]) -> int:
    """The union of these sets."""
    lanes = 0
    for mask in masks:
        lanes |= mask
    return lanes


def flagged(flags: Iterable[bool]) -> int:
    """The set of the lanes whose flag is true. flags: one for each lane, in order."""
    return union(1 << lane for lane, flag in enumerate(flags) if flag)


def starts(blocks: int, width: int) -> int:
    """The set of the first lanes of `blocks` consecutive blocks of `width` lanes each.

    Multiplying a set of lanes below `width` by the result repeats the set in every block.
    """
    return union(1 << width * number for number in range(blocks))


def moved(lanes: int, places: Iterable[tuple[int, int]]) -> int:
    """A set of lanes with each lane renumbered. places: (old lane, new lane) pairs."""
    renumbered = 0
    for lane, place in places:
        renumbered |= (lanes >> lane & 1) << place
    return renumbered
