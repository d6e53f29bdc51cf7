"""The summary of lint, and findings with the file names that a user would type."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from kgen.formats.terminal import count
from kgen.model.finding import Finding
from kgen.model.places import File, shown


def from_here(findings: Iterable[Finding], root: str) -> tuple[Finding, ...]:
    """The findings with file names that a user would type. root: the tree's folder."""
    return tuple(
        item._replace(file=shown(File(item.file, root=root))) if item.file else item
        for item in findings
    )


def summary(findings: Sequence[Finding], ignored: int, before: int) -> str:
    """The number of findings, of those ignored by comments, and of those in the baseline."""
    total = count(len(findings), "finding")
    more = [
        f"{number} {what}"
        for number, what in ((ignored, "ignored"), (before, "in the baseline"))
        if number
    ]
    return f"{total} ({', '.join(more)})" if more else total
