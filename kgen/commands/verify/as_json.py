"""The comparison as JSON data."""

from __future__ import annotations

from typing import Any

from kgen.model.clauses import letter


def as_data(results: list[Any]) -> dict[str, Any]:
    """The JSON of `kgen verify`."""
    return {
        "compared": len(results),
        "different": [
            {
                "target": result.case.target,
                "devices": result.case.devices,
                "mode": result.case.mode,
                "set": {
                    name: letter(value)
                    for name, value in (*result.case.settings, *result.case.extra)
                },
                "verdict": result.verdict,
                "lines": list(result.lines),
            }
            for result in results
            if not result.agrees
        ],
    }
