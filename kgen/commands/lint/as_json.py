"""Findings of lint for programs."""

from __future__ import annotations

from typing import Any

from kgen.model.finding import Finding


def as_data(finding: Finding) -> dict[str, Any]:
    """One finding; `other` and `witness` only where there are some."""
    data: dict[str, Any] = {
        "rule": finding.rule,
        "number": finding.number,
        "level": finding.level,
        "symbol": finding.symbol,
        "file": finding.file or None,
        "line": finding.line or None,
        "message": finding.message,
        "targets": list(finding.targets),
    }
    if finding.other:
        data["other"] = finding.other
    if finding.witness is not None:
        target, assignments = finding.witness
        data["witness"] = {"target": target, "assignments": list(assignments)}
    return data
