"""The answers of `kgen enable` and `kgen disable` as JSON data."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from kgen.commands.enable.ways import Answer, Way
from kgen.model.clauses import assignment_texts
from kgen.model.places import shown


def as_data(answer: Answer, symbols: Sequence[str], every: bool) -> dict[str, Any]:
    """One target's answer. every: with the keys `others` and `complete`."""
    best = answer.ways[0] if answer.ways else Way((), (), ())
    data: dict[str, Any] = {
        "symbols": list(symbols),
        "target": answer.target,
        "status": answer.status,
        "assignments": assignment_texts(best.assignments),
        "gained": list(best.gained),
        "lost": list(best.lost),
        "internal": [symbol for symbol, _ in best.internal],
        "because": [
            {
                "symbol": cause.symbol,
                "message": cause.message,
                "file": None if cause.place is None else shown(cause.place.file),
                "line": cause.place.line if cause.place is not None else None,
            }
            for cause in answer.because
        ],
    }
    if every:
        data["others"] = [assignment_texts(way.assignments) for way in answer.ways[1:]]
        data["complete"] = answer.complete
    return data
