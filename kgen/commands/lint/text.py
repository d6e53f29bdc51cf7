"""What lint found, as lines for people and editors, as data, SARIF and annotations."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from kgen.commands.lint.rules import RULES
from kgen.formats import findings as common
from kgen.formats import sarif as log
from kgen.formats.escapes import visible
from kgen.model.finding import Finding, Related
from kgen.model.places import File, shown


def from_here(findings: Iterable[Finding], root: str) -> tuple[Finding, ...]:
    """The findings with files as a user would type them. root: the tree's folder."""
    return tuple(
        item._replace(file=shown(File(item.file, root=root))) if item.file else item
        for item in findings
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
