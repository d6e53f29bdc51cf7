"""The choices of a target as JSON data."""

from __future__ import annotations

from typing import Any

from kgen.commands.mak.choices import Choices
from kgen.model.clauses import assignment_texts, letter


def as_data(choices: Choices) -> dict[str, Any]:
    """The output of `kgen mak --format json`."""
    return {
        "target": choices.target,
        "mode": choices.aim,
        "assignments": assignment_texts(choices.needed.items()),
        "choices": [
            {
                "symbol": part.symbol,
                "kind": part.kind,
                "file": part.place.file.path,
                "line": part.place.line,
                "value": letter(part.on),
                "active": part.active,
                "fixed": part.fixed,
                "elsewhere": part.elsewhere,
                "groups": list(part.groups),
                "needs": list(part.needs),
                "brings": list(part.brings),
                "given-by": list(part.given),
                "implied-by": list(part.implied_by),
                "needed-by": list(part.needed_by),
                "changes": list(part.changes),
            }
            for part in choices.parts
        ],
    }
