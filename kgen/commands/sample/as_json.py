"""Samples as JSON data."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from kgen.commands.sample.files import Set, file_name
from kgen.commands.sample.pairwise import Pairs
from kgen.model.clauses import assignment_text


def as_data(sets: Sequence[Set]) -> list[dict[str, Any]]:
    """The value of `targets` in `kgen sample --format json`."""
    return [
        {
            "name": one.target,
            "samples": [
                {"file": file_name(one, number), "y": len(sample.on)}
                for number, sample in enumerate(one.samples, 1)
            ],
            **({} if one.pairs is None else {"pairs": _pairs(one.pairs)}),
        }
        for one in sets
    ]


def _pairs(pairs: Pairs) -> dict[str, Any]:
    def written(literal: tuple[str, bool]) -> str:
        return assignment_text(*literal)

    return {
        "settings": list(pairs.settings),
        "covered": pairs.covered,
        "impossible": pairs.impossible,
        "not_found": [[written(one), written(other)] for one, other in pairs.missing],
        "constant": [written(literal) for literal in pairs.constant],
    }
