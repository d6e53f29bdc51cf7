"""The comparison as JSON data."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from kgen.commands.verify.binaries import Compared
from kgen.commands.verify.names import Difference
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


def as_binaries(found: Sequence[Compared]) -> dict[str, Any]:
    """The JSON of `kgen verify --binary`."""
    return {
        "binaries": [
            {
                "path": one.binary.path,
                "target": one.target,
                "version": one.binary.version,
                "tree_version": one.tree_version,
                **{
                    kind.kind: {
                        "same": kind.same,
                        "only_binary": _named(kind.binary),
                        "only_kgen": _named(kind.kgen),
                        "may_lack": _named(kind.may_lack),
                    }
                    for kind in one.kinds
                },
            }
            for one in found
        ]
    }


def _named(differences: Sequence[Difference]) -> list[dict[str, str]]:
    return [{"name": one.name, "cause": one.cause} for one in differences]
