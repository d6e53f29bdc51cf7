"""Random assignments as masks: which lanes set a symbol to y, and which to n.

Every lane draws for every symbol whether it is assigned, and to what, from bits of its own: two
random pools a block, in which each symbol's mask is the window from an offset that no other
symbol has. So in one configuration all symbols are independent of each other, at the price of
two shifts a symbol; what two configurations of a block share are a few bits, each of which means
another symbol in the one than in the other.

A block has a fixed number of lanes and dice of its own, so what a lane draws depends on nothing
but seed, target, its number and the symbols that are free.
"""

from __future__ import annotations

import random
from collections.abc import Sequence

# Lanes a block. Longer ints save interpreter time, until all of them no longer fit into the
# processor's caches; see docs/benchmarks.md.
BLOCK = 1 << 16


# Every eighth lane has the same density: how likely a symbol is assigned, in 1024ths. A mixture,
# for sparse lanes show what one or two assignments break, and dense ones what only many do.
MIXED = (4, 8, 16, 32, 64, 128, 256, 512)


_STEPS = 10  # a density is a number of 1024ths


_GROUP = 1024  # symbols that share a pool


_SLOTS = 2048  # offsets in a pool


def every_eighth(width: int, number: int) -> int:
    """The lanes of one density."""
    size = (width + 7) // 8
    return int.from_bytes(bytes([1 << number]) * size, "little") & ((1 << width) - 1)


def draw(
    symbols: Sequence[str],
    densities: Sequence[int],
    share: int,
    key: str,
    width: int = BLOCK,
) -> dict[str, tuple[int, int]]:
    """For each symbol the lanes in which it is set to y, and to n.

    densities: eight, in 1024ths. share: of y among what is assigned, in 1024ths. key: what the
    dice are seeded with. width: how many of the block's lanes are wanted.
    """
    dice = random.Random(key)
    everywhere = (1 << width) - 1
    found: dict[str, tuple[int, int]] = {}
    for start in range(0, len(symbols), _GROUP):
        # Whole bytes, of which each has the eight densities; all of the block is drawn, so
        # that fewer lanes are the first ones of more.
        size = BLOCK // 8 + _SLOTS
        assigned = _bits(dice, densities, size)
        yes = _bits(dice, (share,) * 8, size)
        keys = [dice.getrandbits(32) for _ in range(_SLOTS)]
        offsets = sorted(range(_SLOTS), key=keys.__getitem__)
        for symbol, offset in zip(symbols[start : start + _GROUP], offsets, strict=False):
            lanes = assigned >> 8 * offset & everywhere
            ones = lanes & yes >> 8 * offset
            found[symbol] = ones, lanes ^ ones
    return found


def _bits(dice: random.Random, densities: Sequence[int], size: int) -> int:
    """Bytes of random bits; bit i of each is set with the probability densities[i] / 1024.

    A density's binary digits, from the last to the first: a 1 is an `or` with even dice, a 0
    an `and`, and each halves what there was before it.
    """
    bits = 0
    for step in range(_STEPS):
        up = sum(1 << i for i, density in enumerate(densities) if density >> step & 1)
        rows = int.from_bytes(bytes([up]) * size, "little")
        even = dice.getrandbits(8 * size)
        bits = bits & even | rows & (bits | even)
    always = sum(1 << i for i, density in enumerate(densities) if density >= 1 << _STEPS)
    return bits | int.from_bytes(bytes([always]) * size, "little")
