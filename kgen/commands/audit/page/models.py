"""What the page's script needs besides the tables to resolve a column anew.

The clauses themselves are in the table `clauses` of the page's data. This is a second piece of
JSON, which the script reads when somebody first asks what some lines would change.
"""

from __future__ import annotations

from typing import Any

from kgen.commands.audit.page.tables import Packer
from kgen.explain.bounds import AllBounds
from kgen.model.clauses import Model


def models(packer: Packer) -> dict[str, Any]:
    """The models of all columns, as docs/report.md describes them.

    Clauses and assignments that the page would not mention otherwise are added to the tables of
    the packer.
    """
    audit, number = packer.audit, packer.number
    blocks = sorted(audit.blocks, key=lambda block: block.columns[0][1])
    of = {column: index for index, block in enumerate(blocks) for _, column in block.columns}
    found = [_model(packer, block.resolution.model) for block in blocks]
    everything = list(range(len(packer.clauses.numbers)))
    for model in found:
        if model["clauses"] == everything:
            model["clauses"] = None
    bounds = [AllBounds(block.resolution) for block in blocks]
    outside = {symbol for one in bounds for symbol in one.external}
    return {
        "of": [of[column] for column in range(len(audit.outcomes))],
        "models": found,
        "after": {
            packer.assignments(line): line.after
            for item in audit.outcomes
            for line in item.as_lane.assignments
            if line.after is not None
        },
        "outside": sorted(number[symbol] for symbol in outside & number.keys()),
        "foreign": [
            sorted(number[symbol] for symbol in bounds[of[column]].of(item.lane).foreign)
            for column, item in enumerate(audit.outcomes)
        ],
    }


def _model(packer: Packer, model: Model) -> dict[str, Any]:
    """clauses, declared: null where they are all of the page, in its order."""
    number = packer.number
    declared = sorted(number[symbol] for symbol in model.declared())
    return {
        "clauses": [packer.clauses(item) for item in model.clauses],
        "mentions": [number[symbol] for symbol in model.mentions],
        "declared": None if len(declared) == len(packer.audit.rows) else declared,
        "given": [[packer.assignments(line), line.after or 0] for line in model.assignments],
    }
