"""Findings of policies and lint as text, plain data, tables and GitHub annotations."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from kgen.formats.escapes import visible
from kgen.model.finding import Finding, Related
from kgen.model.places import spot

# GitHub's names of the levels.
_COMMANDS = {"error": "error", "warning": "warning", "note": "notice"}


def text(findings: Sequence[Finding]) -> list[str]:
    """Lines in compiler style: `file:line:column: error: message [rule]`, followed by related
    places, related messages without a place, and the hint."""
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
    """The related messages of a finding that have no place, and its witness."""
    return [*(more.message for more in item.related if not more.file), *_witness(item)]


def _witness(item: Finding) -> list[str]:
    if item.witness is None:
        return []
    target, assignments = item.witness
    more = ""
    if item.lacking is not None:
        more = f" in {item.lacking.mode}{item.lacking.options and ', '}{item.lacking.options}"
    return [f"fails: {target} with {' '.join(assignments) or 'nothing assigned'}{more}"]


def data(findings: Sequence[Finding]) -> list[dict[str, Any]]:
    """The findings for `--format json`."""
    return [_data(item) for item in findings]


def _data(item: Finding) -> dict[str, Any]:
    """One finding; `name`, `other`, `witness` and what is lacking only if they are set."""
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
    if item.name:
        data["name"] = item.name
    if item.other:
        data["other"] = item.other
    if item.witness is not None:
        target, assignments = item.witness
        data["witness"] = {"target": target, "assignments": list(assignments)}
    if item.lacking is not None:
        lacking = item.lacking
        data["other"] = list(lacking.others)
        data |= {"uses": lacking.uses, "certain": lacking.certain, "fix": lacking.fix}
        if item.witness is not None:
            data["witness"] |= {"mode": lacking.mode, "options": lacking.options}
    return data


def rows(findings: Sequence[Finding]) -> list[list[str]]:
    """A table with a header row, for CSV and Markdown."""
    table = [["level", "rule", "file", "line", "symbol", "targets", "message", "because"]]
    for item in findings:
        because = "; ".join(_details(item))
        line = str(item.line) if item.line else ""
        targets = " ".join(item.targets)
        about = item.symbol or item.name
        table.append(
            [item.level, item.rule, item.file, line, about, targets, item.message, because]
        )
    return table


def github(findings: Sequence[Finding]) -> list[str]:
    """Workflow commands that GitHub shows as annotations of a pull request.

    Format: `::error file=F,line=L,col=C,title=RULE::MESSAGE`. Separators in values are escaped
    like in GitHub's actions toolkit.
    """
    lines = []
    for item in findings:
        values = {"file": item.file, "line": item.line, "col": item.column, "title": item.rule}
        shown = ",".join(f"{key}={_property(str(value))}" for key, value in values.items() if value)
        message = [item.message, *_details(item)]
        message += [f"hint: {item.hint}"] if item.hint else []
        lines.append(f"::{_COMMANDS[item.level]} {shown}::{_message(chr(10).join(message))}")
    return lines


def _details(item: Finding) -> list[str]:
    """The related messages of a finding, with their places in parentheses, and its witness."""
    related = [
        f"{more.message} ({_at(more)})" if more.file else more.message for more in item.related
    ]
    return [*related, *_witness(item)]


def _at(item: Finding | Related) -> str:
    return spot(item.file, item.line, item.column)


def _message(value: str) -> str:
    """Escape a workflow command's message; other control characters become visible escapes."""
    escaped = value.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
    return visible(escaped)


def _property(value: str) -> str:
    return _message(value).replace(":", "%3A").replace(",", "%2C")
