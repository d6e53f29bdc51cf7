"""Assignments as masks: for each symbol the lanes that set it to y, and those that set it to n."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from itertools import repeat
from operator import itemgetter

Masks = Mapping[str, tuple[int, int]]


_SOME = re.compile(rb"[^\0]")


def assignments_in(masks: Masks, bits: Sequence[int], width: int) -> list[dict[str, bool]]:
    """The assignments of each of these lanes, sorted by symbol. No lane may have both values."""
    size = (width + 7) // 8
    chosen: dict[int, int] = {}
    for bit in bits:
        chosen[bit >> 3] = chosen.get(bit >> 3, 0) | 1 << (bit & 7)
    places = (
        *sorted(chosen),
        0,
    )  # one more, because itemgetter with a single place returns no tuple
    wanted = int.from_bytes(bytes(chosen.get(place, 0) for place in places[:-1]), "little")
    gather = itemgetter(*places)
    anywhere = int.from_bytes(bytes(map(chosen.get, range(size), repeat(0))), "little")
    lanes: dict[int, dict[str, bool]] = {bit: {} for bit in bits}
    for symbol in sorted(masks):
        for value, mask in zip((True, False), masks[symbol], strict=True):
            # Testing a single bit of a long int would copy it.
            if not mask & anywhere:
                continue
            here = bytes(gather(mask.to_bytes(size, "little")))
            hits = int.from_bytes(here, "little") & wanted
            for byte in _SOME.finditer(hits.to_bytes(len(places), "little")):
                ones, at = byte[0][0], 8 * places[byte.start()]
                while ones:
                    lanes[at + (ones & -ones).bit_length() - 1][symbol] = value
                    ones &= ones - 1
    return [lanes[bit] for bit in bits]


def masks_of(lanes: Sequence[Iterable[tuple[str, bool]]]) -> dict[str, tuple[int, int]]:
    """The masks of lanes that are given as pairs (symbol, value)."""
    size = (len(lanes) + 7) // 8
    found: dict[str, tuple[bytearray, bytearray]] = {}
    for number, lane in enumerate(lanes):
        byte, bit = number >> 3, 1 << (number & 7)
        for symbol, value in lane:
            pair = found.get(symbol)
            if pair is None:
                pair = found[symbol] = bytearray(size), bytearray(size)
            pair[0 if value else 1][byte] |= bit
    return {
        symbol: (int.from_bytes(yes, "little"), int.from_bytes(no, "little"))
        for symbol, (yes, no) in found.items()
    }
