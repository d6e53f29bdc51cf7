"""The assignments without effect: what a defconfig assigns is not what comes out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from kgen.explain.standard.reasons import Reason, Reasons
from kgen.model.record import Record
from kgen.standard.defconfigs import Line, value_of
from kgen.standard.resolver import Resolution


class Untaken(Record):
    """A line without effect in a lane. reason: why; None for a symbol that is not defined."""

    lane: int
    line: Line
    reason: Reason | None


def untaken(resolution: Resolution, lanes: Sequence[Sequence[Line]]) -> Iterator[Untaken]:
    """The lines of each lane that have no effect; of several for one symbol the last.

    A line whose value is none of the symbol's type is one, too.
    """
    model = resolution.model
    numbers = model.numbers()
    # Where what a line says is the value, by its text: lanes have most lines in common.
    known: dict[tuple[str, str | None], int] = {}
    for lane, lines in enumerate(lanes):
        reasons: Reasons | None = None
        for name, line in {line.name: line for line in lines}.items():
            key = name, line.value
            taken = known.get(key)
            if taken is None:
                taken = known[key] = _taken(resolution, numbers.get(name), line.value)
            if taken >> lane & 1:
                continue
            if name not in numbers:
                yield Untaken(lane, line, None)
                continue
            reasons = reasons or Reasons(resolution, lines, lane)
            yield Untaken(lane, line, reasons.of_line(numbers[name], line))


def _taken(resolution: Resolution, number: int | None, written: str | None) -> int:
    """The lanes in which a symbol has the value that a line gives it."""
    if number is None:
        return 0
    model = resolution.model
    value = value_of(model.symbols[number].type, written, model.verbatim)
    return 0 if value is None else resolution.lanes_of(number, value)
