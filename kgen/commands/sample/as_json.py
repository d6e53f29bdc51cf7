"""Samples as JSON data."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from kgen.commands.check.answers import Answer
from kgen.commands.check.output import as_data as check_data
from kgen.commands.sample.files import Set, file_name
from kgen.commands.sample.pairwise import Pairs
from kgen.model.clauses import assignment_text, letter, of_code


def as_data(sets: Sequence[Set], checked: Sequence[Sequence[Answer]]) -> list[dict[str, Any]]:
    """The value of `targets` in `kgen sample --format json`. checked: the answers for the samples
    of each set; () if they were not asked."""
    return [
        {
            "name": one.target,
            "samples": [
                {
                    "file": file_name(one, number),
                    "y": sum(not of_code(name) for name in sample.on),
                    **({"check": check_data(own[number - 1])} if own else {}),
                }
                for number, sample in enumerate(one.samples, 1)
            ],
            **({} if one.pairs is None else {"pairs": _pairs(one.pairs)}),
        }
        for one, own in zip(sets, checked or [()] * len(sets), strict=True)
    ]


def _pairs(pairs: Pairs) -> dict[str, Any]:
    def written(literal: tuple[str, bool]) -> str:
        name, value = literal
        return f"{name}={letter(value)}" if of_code(name) else assignment_text(name, value)

    return {
        "settings": list(pairs.settings),
        "covered": pairs.covered,
        "impossible": pairs.impossible,
        "not_found": [[written(one), written(other)] for one, other in pairs.missing],
        "constant": [written(literal) for literal in pairs.constant],
    }
