"""The lines of many lanes are told apart in words and bytes; each lane gets its own, in order."""

from __future__ import annotations

from random import Random

import pytest

from kgen.standard.outputs import distributed


@pytest.mark.parametrize("count", [0, 1, 7, 8, 9, 63, 64, 65, 200])
def test_each_lane_has_its_lines(count: int) -> None:
    draw = Random(count)
    every = (1 << count) - 1
    rows = [
        (draw.choice((draw.getrandbits(count), 0, every, 1)) & every, f"{n}\n") for n in range(300)
    ]
    expected = ["".join(line for lanes, line in rows if lanes >> lane & 1) for lane in range(count)]
    assert distributed(rows, count) == expected
