"""The matrix of symbols by configurations as JSON data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from kgen.code import conditions
from kgen.commands.audit.rows import Audit, Named, Row
from kgen.commands.audit.vary import Sensitivity
from kgen.model.clauses import letter
from kgen.model.kinds import LOGICAL, NAMES
from kgen.model.lanes import members


def as_data(audit: Audit, rows: Sequence[Row]) -> dict[str, Any]:
    """The matrix for `--format json`; `symbols` has what is in `config-devices.mak`."""
    return {
        "targets": [item.name for item in audit.columns],
        "symbols": {row.symbol: audit.names(row.printed) for row in rows},
        "external": {
            row.symbol: audit.names(row.y & row.external) for row in rows if row.y & row.external
        },
        **_kinds(rows),
        "configurations": {
            item.name: {
                "target": item.target.name,
                "variant": item.variant,
                "mode": item.as_lane.mode,
                "external": {n: letter(v) for n, v in item.external()},
                "fails": item.failed,
            }
            for item in audit.outcomes
        },
    }


def values_data(audit: Audit, rows: Sequence[Row]) -> dict[str, Any]:
    """The matrix of standard Kconfig for `--format json`.

    `symbols` has where each bool and tristate symbol is y, `values` where the others have each of
    their values, and where a tristate one is m.
    """
    names = [item.name for item in audit.columns]

    def where(lanes: int) -> list[str]:
        return [names[bit] for bit in members(lanes)]

    symbols: dict[str, list[str]] = {}
    values: dict[str, dict[str, list[str]]] = {}
    for row in rows:
        own = dict(row.values or {})
        if row.kind in LOGICAL:
            symbols[row.symbol] = where(own.pop("y", 0))
        if own or row.kind not in LOGICAL:
            values[row.symbol] = {text: where(lanes) for text, lanes in own.items()}
    return {"targets": names, "symbols": symbols, "values": values, **_kinds(rows)}


def _kinds(rows: Sequence[Row]) -> dict[str, Any]:
    return {
        "kinds": {row.symbol: row.kind for row in rows},
        "places": {
            row.symbol: {"file": row.place.file.path, "line": row.place.line} for row in rows
        },
    }


def names_data(audit: Audit, rows: Sequence[Named]) -> dict[str, Any]:
    """Devices and machines for `--format json`, like `symbols`, and what is known of each.

    `maybe` has the configurations for which it is not known whether they have it.
    """
    data: dict[str, Any] = {
        f"{kind}s": {row.symbol: audit.names(row.y) for row in rows if row.of == kind}
        for kind in NAMES
    }
    data["names"] = {
        kind: {
            row.symbol: {
                "needs": conditions.text(row.needs),
                "aliases": list(row.aliases),
                "maybe": audit.names(row.maybe),
                "file": row.place.file.path,
                "line": row.place.line,
            }
            for row in rows
            if row.of == kind
        }
        for kind in NAMES
    }
    return data


def vary_data(
    sensitivity: Sensitivity,
    what: str,
    targets: Sequence[str],
    rows: Sequence[Row],
    names: Sequence[Named] | None = None,
) -> dict[str, Any]:
    """What toggling features changes, for `--format json`. what: the value of `--vary`.

    names: the rows of `--names`, None without it.
    """

    every: list[Row | Named] = [*rows, *(names or ())]

    def changes(of: str) -> dict[str, Any]:
        return {
            row.symbol: _by_target(sensitivity.changes[row.key], targets)
            for row in every
            if row.of == of and row.key in sensitivity.changes
        }

    return {
        "what": what,
        "features": list(sensitivity.features),
        "symbols": changes("symbol"),
        **({f"{kind}s": changes(kind) for kind in NAMES} if names is not None else {}),
        "fails": _by_target(sensitivity.fails, targets),
        "skipped": [targets[number] for number in sensitivity.skipped],
    }


def _by_target(
    per_target: Mapping[int, Sequence[str]], targets: Sequence[str]
) -> dict[str, list[str]]:
    return {targets[number]: list(toggles) for number, toggles in sorted(per_target.items())}
