"""What lint found, as lines for people and editors, and as data."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

from kgen.ask.finding import Finding
from kgen.escapes import visible


def lines(findings: Sequence[Finding], root: str) -> list[str]:
    """`file:line: level: message [rule]`, and the witness below it. root: put before files."""
    result = []
    for finding in findings:
        where = shown(finding.file, root)
        at = f"{where}:{finding.line}: " if finding.line else f"{where}: " if where else ""
        result.append(f"{at}{finding.level}: {finding.message} [{finding.rule}]")
        if finding.witness is not None:
            target, assignments = finding.witness
            what = " ".join(assignments) or "nothing assigned"
            result.append(f"    fails: {target} with {what}")
    return [visible(line) for line in result]


def as_data(finding: Finding, root: str) -> dict[str, Any]:
    """One finding; `other` and `witness` only where there are some."""
    data: dict[str, Any] = {
        "rule": finding.rule,
        "number": finding.number,
        "level": finding.level,
        "symbol": finding.symbol,
        "file": shown(finding.file, root) or None,
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


def shown(file: str, root: str) -> str:
    """A file of a finding as a user would name it from here."""
    return os.path.normpath(os.path.join(root, file)) if file else ""
