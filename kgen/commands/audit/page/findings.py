"""The findings of an audit for the page: each knows the entry of the policy that it is of. Pure."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

from kgen.commands.audit.breaches import Check
from kgen.formats import findings
from kgen.formats.escapes import visible
from kgen.model.finding import in_order

_Data = list[dict[str, Any]]


def as_data(checks: Sequence[Check], root: str) -> tuple[_Data, _Data]:
    """The findings, and the entries of the policy, in the order of the file.

    root: of the tree, as messages have it. A finding is as in `--format json`, with `entry`: an
    index into the entries, None for a target that cannot be configured. An entry: `rule`, `reason`,
    `file`, `line`, and whether it `passed`.
    """
    found: _Data = []
    entries: _Data = []
    for check in checks:
        number = None
        items = in_order([*check.findings, *check.unknown])
        if check.group == "policy":
            number = len(entries)
            entries.append(_entry(check, bool(items)))
        found += [_finding(data, root) | {"entry": number} for data in findings.data(items)]
    return found, entries


def _entry(check: Check, has_findings: bool) -> dict[str, Any]:
    """An entry, or another part of the policy that is checked."""
    entry = check.entry
    if entry is None:  # of no target here, or a group that no entry uses
        return {"rule": "", "reason": visible(check.name), "passed": False}
    return {
        "rule": f"policy-{entry.rule}",
        "reason": visible(entry.reason),
        "file": visible(os.path.basename(entry.place.file.path)),
        "line": entry.place.line,
        "passed": not has_findings,
    }


def _finding(data: dict[str, Any], root: str) -> dict[str, Any]:
    """A finding without the path of the tree; of files elsewhere, the name alone."""
    because = [more | {"file": within(more["file"], root)} for more in data["because"]]
    return data | {"file": within(data["file"], root), "because": because}


def within(path: str | None, root: str) -> str | None:
    """The path of a file from the tree's root; of an absolute path elsewhere, the name alone.

    root: as the messages that have the path begin it.
    """
    if path is None:
        return None
    inner = path.removeprefix(os.path.join(root, ""))
    return os.path.basename(inner) if os.path.isabs(inner) else inner
