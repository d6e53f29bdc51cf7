"""Random assignments as masks: the lanes that set a symbol to y, and those that set it to n.

For every symbol, every lane draws from its own bits whether it is assigned and to which value. A
block has two pools of random bits; the mask of each symbol is the window at an offset that no other
symbol has. So all symbols of one configuration are independent, at the price of two shifts per
symbol. Two configurations of a block share a few bits, but each of these is about a different
symbol in each of them.

A block has a fixed number of lanes and its own random generator, so the assignments of a lane
depend only on the seed, the target, the number of the lane and the free symbols.
"""

from __future__ import annotations

import random
from collections.abc import Sequence

# Lanes per block. Longer ints save interpreter time as long as they fit into the processor's
# caches; see docs/benchmarks.md.
BLOCK = 1 << 16


# The density is the probability that a symbol is assigned, in 1024ths. Lanes have eight densities
# in turn: sparse lanes show what one or two assignments break, dense ones what only many break.
MIXED = (4, 8, 16, 32, 64, 128, 256, 512)


_STEPS = 10  # a density is a number of 1024ths


_GROUP = 1024  # symbols that share a pool


_SLOTS = 2048  # offsets in a pool


def every_eighth(width: int, number: int) -> int:
    """The lanes of one density: every eighth, from `number` on."""
    size = (width + 7) // 8
    return int.from_bytes(bytes([1 << number]) * size, "little") & ((1 << width) - 1)


def draw(
    symbols: Sequence[str],
    densities: Sequence[int],
    share: int,
    key: str,
    width: int = BLOCK,
) -> dict[str, tuple[int, int]]:
    """For each symbol the lanes in which it is set to y, and those in which it is set to n.

    densities: eight, in 1024ths. share: of y among the assignments, in 1024ths. key: the random
    seed. width: the number of lanes, at most that of a block.
    """
    rng = random.Random(key)
    everywhere = (1 << width) - 1
    found: dict[str, tuple[int, int]] = {}
    for start in range(0, len(symbols), _GROUP):
        # Each byte has the eight densities. The whole block is drawn, so that a smaller width
        # gives the first lanes of a larger one.
        size = BLOCK // 8 + _SLOTS
        assigned = _bits(rng, densities, size)
        yes = _bits(rng, (share,) * 8, size)
        keys = [rng.getrandbits(32) for _ in range(_SLOTS)]
        offsets = sorted(range(_SLOTS), key=keys.__getitem__)
        for symbol, offset in zip(symbols[start : start + _GROUP], offsets, strict=False):
            lanes = assigned >> 8 * offset & everywhere
            ones = lanes & yes >> 8 * offset
            found[symbol] = ones, lanes ^ ones
    return found


def _bits(rng: random.Random, densities: Sequence[int], size: int) -> int:
    """Bytes of random bits; bit i of each is set with the probability densities[i] / 1024.

    Processes the binary digits of the densities from the lowest: a 1 is an `or` with even random
    bits, a 0 is an `and`, and each step halves the probability so far.
    """
    bits = 0
    for step in range(_STEPS):
        up = sum(1 << i for i, density in enumerate(densities) if density >> step & 1)
        rows = int.from_bytes(bytes([up]) * size, "little")
        even = rng.getrandbits(8 * size)
        bits = bits & even | rows & (bits | even)
    always = sum(1 << i for i, density in enumerate(densities) if density >= 1 << _STEPS)
    return bits | int.from_bytes(bytes([always]) * size, "little")
