"""Findings of a policy or of lint: as text, plain data, a table, and GitHub's annotations."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from kgen.formats.escapes import visible
from kgen.model.finding import Finding, Related
from kgen.model.places import spot

# GitHub shows three levels; what SARIF calls a note it calls a notice.
_COMMANDS = {"error": "error", "warning": "warning", "note": "notice"}


def text(findings: Sequence[Finding]) -> list[str]:
    """Lines as a compiler writes them: `file:line:column: error: message [rule]`, and below it
    the related places, what stands in no file, and the hint."""
    lines = []
    for item in findings:
        before = f"{_at(item)}: " if item.file else ""
        lines.append(f"{before}{item.level}: {item.message} [{item.rule}]")
        lines += [f"    {_at(more)}: {more.message}" for more in item.related if more.file]
        lines += [f"    {line}" for line in unplaced(item)]
        if item.hint:
            lines.append(f"    hint: {item.hint}")
    return [visible(line) for line in lines]


def unplaced(item: Finding) -> list[str]:
    """What belongs to a finding and stands in no file: reasons, and the witness in words."""
    return [*(more.message for more in item.related if not more.file), *_witness(item)]


def _witness(item: Finding) -> list[str]:
    if item.witness is None:
        return []
    target, assignments = item.witness
    return [f"fails: {target} with {' '.join(assignments) or 'nothing assigned'}"]


def data(findings: Sequence[Finding]) -> list[dict[str, Any]]:
    """The findings for `--format json`."""
    return [_data(item) for item in findings]


def _data(item: Finding) -> dict[str, Any]:
    """One finding; `other` and `witness` only where there are some."""
    data: dict[str, Any] = {
        "rule": item.rule,
        "number": item.number,
        "level": item.level,
        "message": item.message,
        "symbol": item.symbol or None,
        "targets": list(item.targets),
        "file": item.file or None,
        "line": item.line or None,
        "column": item.column or None,
        "because": [
            {
                "message": more.message,
                "file": more.file or None,
                "line": more.line or None,
                "targets": list(more.targets or item.targets),
            }
            for more in item.related
        ],
        "hint": item.hint,
    }
    if item.other:
        data["other"] = item.other
    if item.witness is not None:
        target, assignments = item.witness
        data["witness"] = {"target": target, "assignments": list(assignments)}
    return data


def rows(findings: Sequence[Finding]) -> list[list[str]]:
    """A table with a head, for CSV and Markdown."""
    table = [["level", "rule", "file", "line", "symbol", "targets", "message", "because"]]
    for item in findings:
        because = "; ".join(_told(item))
        line = str(item.line) if item.line else ""
        targets = " ".join(item.targets)
        table.append(
            [item.level, item.rule, item.file, line, item.symbol, targets, item.message, because]
        )
    return table


def github(findings: Sequence[Finding]) -> list[str]:
    """Workflow commands that GitHub turns into annotations of the lines of a pull request.

    `::error file=F,line=L,col=C,title=RULE::MESSAGE`; what would end a value is escaped as
    GitHub's toolkit does it.
    """
    lines = []
    for item in findings:
        values = {"file": item.file, "line": item.line, "col": item.column, "title": item.rule}
        shown = ",".join(f"{key}={_property(str(value))}" for key, value in values.items() if value)
        told = [item.message, *_told(item)]
        told += [f"hint: {item.hint}"] if item.hint else []
        lines.append(f"::{_COMMANDS[item.level]} {shown}::{_message(chr(10).join(told))}")
    return lines


def _told(item: Finding) -> list[str]:
    """What belongs to a finding, with its places in brackets."""
    related = [
        f"{more.message} ({_at(more)})" if more.file else more.message for more in item.related
    ]
    return [*related, *_witness(item)]


def _at(item: Finding | Related) -> str:
    return spot(item.file, item.line, item.column)


def _message(value: str) -> str:
    """Escaped as the text of a workflow command; other control characters are shown."""
    escaped = value.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
    return visible(escaped)


def _property(value: str) -> str:
    return _message(value).replace(":", "%3A").replace(",", "%2C")
