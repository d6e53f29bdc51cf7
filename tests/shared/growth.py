"""How the work of a function grows with its input."""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable
from time import process_time
from types import FrameType
from typing import Any

# For twice the input. What is linear comes with a little that is not: a sort, a larger number.
MOST = 2.5


def calls(work: Callable[[], object]) -> int:
    """How many functions are called, those of C among them. The same in every run."""
    number = 0

    def count(_frame: FrameType, event: str, _argument: Any) -> None:
        nonlocal number
        number += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        work()
    finally:
        sys.setprofile(before)
    return number


def seconds(work: Callable[[], object], runs: int = 5) -> float:
    """The least processor time of several runs, for work that calls hide: copies, patterns."""
    times = []
    gc.collect()
    gc.disable()  # how often it runs depends on what other tests left
    try:
        for _ in range(runs):
            begin = process_time()
            work()
            times.append(process_time() - begin)
    finally:
        gc.enable()
    return min(times)


def growth(
    work: Callable[[int], Callable[[], object]],
    size: int,
    measure: Callable[[Callable[[], object]], float] = calls,
) -> float:
    """How much more work twice the input is, the least of up to five times, since other work on the
    machine slows down one and not the other. work: prepares an input of a size, and gives what is
    to be done with it."""
    one, two = work(size), work(2 * size)
    least = measure(two) / measure(one)
    for _ in range(4):
        if least < MOST:
            break
        least = min(least, measure(two) / measure(one))
    return least
