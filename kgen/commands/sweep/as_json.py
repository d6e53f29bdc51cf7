"""The results of a sweep as JSON data."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from kgen.commands.sweep.breakages import Breakage, Reason
from kgen.commands.sweep.failing_lanes import Plan, Tally
from kgen.model.clauses import assignment_texts
from kgen.model.places import located


def as_data(
    plan: Plan, tallies: Sequence[Tally], found: Sequence[Breakage], seconds: float
) -> dict[str, Any]:
    """The JSON of `kgen sweep`."""
    total = sum(tally.configurations for tally in tallies)
    return {
        "configurations": total,
        "failing": sum(tally.failing for tally in tallies),
        "seconds": round(seconds, 3),
        "per_second": round(total / seconds) if seconds else 0,
        "seed": plan.seed,
        "chosen": list(plan.chosen),
        "targets": [
            {
                "name": tally.scope.name,
                "configurations": tally.configurations,
                "failing": tally.failing,
            }
            for tally in tallies
        ],
        "contradictions": [_entry(item) for item in found if item.alone],
        "entangled": [_entry(item) for item in found if not item.alone],
    }


def _entry(item: Breakage) -> dict[str, Any]:
    file, line = _at(item)
    return {
        "symbol": item.symbol,
        "kind": item.sort,
        "target": item.target,
        "assignments": assignment_texts(item.assignments),
        "options": item.options or None,
        "file": file,
        "line": line,
        "reasons": [_reason(reason) for reason in item.reasons],
        "configurations": sum(number for _, number in item.counts),
        "targets": dict(item.counts),
    }


def _at(item: Breakage) -> tuple[str | None, int | None]:
    return (None, None) if item.place is None else located(item.place)


def _reason(reason: Reason) -> dict[str, Any]:
    file, line = (None, None) if reason.place is None else located(reason.place)
    return {"text": reason.text, "file": file, "line": line}
