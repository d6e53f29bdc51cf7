"""Sets of lanes. A set is an integer that is not negative: bit i says whether lane i is in it.

`&`, `|` and `^` are Python's own; here is what else is done with sets.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import compress, count

# What is false stays out; of the two digits only 0 becomes that.
_FALSE = bytes.maketrans(b"0", b"\0")


def members(lanes: int) -> Iterator[int]:
    """The numbers of the lanes in a set, ascending.

    It takes a few bytes and nanoseconds for each lane up to the highest, in the set or not. To
    take the lowest bit away again and again would copy the whole integer each time.
    """
    return compress(count(), f"{lanes:b}"[::-1].encode().translate(_FALSE))


def first(lanes: int) -> int:
    """The number of the lowest lane in a set that is not empty."""
    return (lanes & -lanes).bit_length() - 1


def union(masks: Iterable[int]) -> int:
    """The lanes that are in any of these sets."""
    lanes = 0
    for mask in masks:
        lanes |= mask
    return lanes


def flagged(flags: Iterable[bool]) -> int:
    """The set of the lanes whose flag is true; there is a flag for each lane, in their order."""
    return union(1 << lane for lane, flag in enumerate(flags) if flag)


def starts(blocks: int, width: int) -> int:
    """The first lane of each of so many blocks; a set times this is that set in every block.

    width: of a block, in lanes. No lane of the set may lie above it.
    """
    return union(1 << width * number for number in range(blocks))


def moved(lanes: int, places: Iterable[tuple[int, int]]) -> int:
    """The places of the lanes in a set, as a set. places: (lane, place) pairs."""
    found = 0
    for lane, place in places:
        found |= (lanes >> lane & 1) << place
    return found
