"""One thing that a user can change, and its words."""

from __future__ import annotations

from kgen.model.clauses import assignment_text, letter
from kgen.model.places import Place
from kgen.model.record import Record


class Change(Record):
    """One thing to change.

    action: `add` a line to the devices file, `remove` a line of it, `turn` one to the other
    value, or pass a feature from outside: `host`, `accelerator`. place: of the line, or of the
    symbol's entry. origin: of an assignment without a place.
    """

    action: str
    symbol: str
    value: bool
    place: Place | None
    origin: str = ""


def change_words(change: Change) -> str:
    """A change as an order: `remove CONFIG_PCI=n`."""
    line = assignment_text(change.symbol, change.value)
    at = f" ({change.origin})" if change.origin else ""
    if change.action == "remove":
        return f"remove {line}{at}"
    if change.action == "turn":
        old = assignment_text(change.symbol, not change.value)
        return f"turn {old}{at} into ={letter(change.value)}"
    if change.action == "add":
        return f"add {line}"
    option = "--accel" if change.action == "accelerator" else "--host"
    verb = "pass" if change.value else "do not pass"
    name = change.symbol.lower() if change.action == "accelerator" else change.symbol
    return f"{verb} {name} with {option}"
