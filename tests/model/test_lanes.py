"""Sets of lanes, taken apart and put together."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from strategies import examples

from kgen.model import lanes


@examples(200)
@given(st.sets(st.integers(0, 300)))
def test_a_set_of_lanes_has_the_members_it_was_made_of(numbers: set[int]) -> None:
    made = lanes.union(1 << number for number in numbers)
    assert list(lanes.members(made)) == sorted(numbers)
    assert made == lanes.flagged(number in numbers for number in range(301))
    if numbers:
        assert lanes.first(made) == min(numbers)
    backwards = lanes.moved(made, [(number, 300 - number) for number in range(301)])
    assert set(lanes.members(backwards)) == {300 - number for number in numbers}
    repeated = made * lanes.starts(3, 301)
    assert list(lanes.members(repeated >> 2 * 301)) == sorted(numbers)
