"""What lint found, as lines for people and editors, as data, SARIF and annotations."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from kgen.ask.finding import Finding, Related
from kgen.ask.lint_rules import RULES
from kgen.errors import File, shown
from kgen.escapes import visible
from kgen.show import findings as common
from kgen.show import sarif as log


def from_here(findings: Iterable[Finding], root: str) -> tuple[Finding, ...]:
    """The findings with files as a user would type them. root: the tree's folder."""
    return tuple(
        item._replace(file=shown(File(item.file), root)) if item.file else item for item in findings
    )


def lines(findings: Sequence[Finding]) -> list[str]:
    """`file:line: level: message [rule]`, and the witness below it."""
    result = []
    for finding in findings:
        where = finding.file
        at = f"{where}:{finding.line}: " if finding.line else f"{where}: " if where else ""
        result.append(f"{at}{finding.level}: {finding.message} [{finding.rule}]")
        result += [f"    {line}" for line in _fails(finding)]
    return [visible(line) for line in result]


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


def sarif(findings: Sequence[Finding], chosen: Iterable[str]) -> dict[str, Any]:
    """A SARIF log. chosen: the rules that were asked for, which it lists."""
    return log.sarif(_told(findings), {rule: RULES[rule].about for rule in chosen})


def github(findings: Sequence[Finding]) -> list[str]:
    """Annotations of a pull request's lines."""
    return common.github(_told(findings))


def _told(findings: Sequence[Finding]) -> list[Finding]:
    """The findings with their witness in words, for formats that have no place for one."""
    return [
        item._replace(related=(*item.related, *(Related(line) for line in _fails(item))))
        for item in findings
    ]


def _fails(finding: Finding) -> list[str]:
    if finding.witness is None:
        return []
    target, assignments = finding.witness
    return [f"fails: {target} with {' '.join(assignments) or 'nothing assigned'}"]
