"""The summary of lint, and findings with the file names that a user would type."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from kgen.formats.findings import unplaced
from kgen.formats.terminal import count
from kgen.model.finding import Finding, Related
from kgen.model.places import File, shown


def from_here(findings: Iterable[Finding], root: str) -> tuple[Finding, ...]:
    """The findings with file names that a user would type. root: the tree's folder."""
    return tuple(
        item._replace(file=shown(File(item.file, root=root))) if item.file else item
        for item in findings
    )


def by_cause(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Unmet selects of the same symbol as one finding, at the place of the first.

    The others are related places, each with its own witness. All other findings stay as they are.
    """
    causes: dict[object, list[Finding]] = {}
    for number, item in enumerate(findings):
        cause = (item.rule, item.other) if item.rule == "unmet-select" else number
        causes.setdefault(cause, []).append(item)
    return tuple(_joined(items) for items in causes.values())


def _joined(items: Sequence[Finding]) -> Finding:
    first, *more = items
    if not more:
        return first
    symbols = dict.fromkeys(item.symbol for item in items)
    several = len(symbols) > 1
    subject = f"{first.symbol} and {count(len(symbols) - 1, 'other symbol')}"
    message = first.message
    if several:
        message = message.replace(f"{first.symbol} selects", f"{subject} select", 1)
    return first._replace(
        message=message,
        targets=tuple(sorted({target for item in items for target in item.targets})),
        related=tuple(_related(item) for item in more),
    )


def _related(item: Finding) -> Related:
    message = "; ".join((f"{item.symbol} selects {item.other}", *unplaced(item)))
    return Related(message, item.file, item.line, item.column, item.targets)


def summary(findings: Sequence[Finding], ignored: int, before: int) -> str:
    """The number of findings, of those ignored by comments, and of those in the baseline."""
    total = count(len(findings), "finding")
    more = [
        f"{number} {what}"
        for number, what in ((ignored, "ignored"), (before, "in the baseline"))
        if number
    ]
    return f"{total} ({', '.join(more)})" if more else total
