"""A change that a user can make, and its text."""

from __future__ import annotations

from kgen.model.clauses import assignment_text, letter
from kgen.model.places import Place
from kgen.model.record import Record


class Change(Record):
    """One change of a configuration.

    action: `add` or `remove` a line of the devices file, `turn` (invert) the value of a line, or
    pass or do not pass an external symbol: `host`, `accelerator`. value: the new value; for
    `remove` the value of the line. place: of the line, or of the symbol's entry. origin: of an
    assignment without a place.
    """

    action: str
    symbol: str
    value: bool
    place: Place | None
    origin: str = ""


def change_words(change: Change) -> str:
    """A change as an instruction: `remove CONFIG_PCI=n`."""
    line = assignment_text(change.symbol, change.value)
    at = f" ({change.origin})" if change.origin else ""
    if change.action == "remove":
        return f"remove {line}{at}"
    if change.action == "turn":
        old = assignment_text(change.symbol, not change.value)
        return f"change {old}{at} to ={letter(change.value)}"
    if change.action == "add":
        return f"add {line}"
    option = "--accel" if change.action == "accelerator" else "--host"
    verb = "pass" if change.value else "do not pass"
    name = change.symbol.lower() if change.action == "accelerator" else change.symbol
    return f"{verb} {name} with {option}"
