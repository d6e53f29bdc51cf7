"""A change that a user can make, and its text."""

from __future__ import annotations

from collections.abc import Sequence

from kgen.model.clauses import assignment_text, letter
from kgen.model.configurations import Build
from kgen.model.places import Place
from kgen.model.record import Record
from kgen.targets.externals import is_accelerator, passing

# The actions that change what is passed from outside.
EXTERNAL = ("host", "accelerator")


class Change(Record):
    """One change of a configuration.

    action: `add` or `remove` a line of the devices file, `turn` (invert) the value of a line, or
    pass or do not pass an external symbol: `host`, `accelerator`. value: the new value; for
    `remove` the value of the line. place: of the line, or of the symbol's entry. origin: of an
    assignment without a place. internal: of a change that sets an internal symbol to y, what sets
    it otherwise.
    """

    action: str
    symbol: str
    value: bool
    place: Place | None
    origin: str = ""
    internal: str = ""


def change_words(change: Change) -> str:
    """A change as an instruction: `remove CONFIG_PCI=n`."""
    line = assignment_text(change.symbol, change.value)
    at = f" ({change.origin})" if change.origin else ""
    mark = f"  (internal: {change.internal})" if change.internal else ""
    if change.action == "remove":
        return f"remove {line}{at}"
    if change.action == "turn":
        old = assignment_text(change.symbol, not change.value)
        return f"change {old}{at} to ={letter(change.value)}{mark}"
    if change.action == "add":
        return f"add {line}{mark}"
    return f"pass {change.symbol}" if change.value else f"do not pass {change.symbol}"


def instructions(changes: Sequence[Change], build: Build | None) -> list[tuple[str, Place | None]]:
    """A list of changes as instructions, each with its place.

    What is passed from outside is one instruction, with the whole values of the options:
    `pass --accel kvm,tcg --host linux,FUZZ`.
    """
    outside = [change for change in changes if change.action in EXTERNAL]
    lines = [(change_words(c), c.place) for c in changes if c.action not in EXTERNAL]
    if outside:
        options = passing({change.symbol: change.value for change in outside}, build)
        place = outside[0].place if len(outside) == 1 else None
        words = [f"pass {options}"] if options else [change_words(change) for change in outside]
        lines += [(word, place) for word in words]
    return lines


def external_change(symbol: str, value: bool, place: Place | None) -> Change:
    """The change that passes a host feature or an accelerator, or does not."""
    return Change("accelerator" if is_accelerator(symbol) else "host", symbol, value, place)
