"""What lint says beside its findings, and their files as a user would type them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from kgen.formats.terminal import count
from kgen.model.finding import Finding
from kgen.model.places import File, shown


def from_here(findings: Iterable[Finding], root: str) -> tuple[Finding, ...]:
    """The findings with files as a user would type them. root: the tree's folder."""
    return tuple(
        item._replace(file=shown(File(item.file, root=root))) if item.file else item
        for item in findings
    )


def summary(findings: Sequence[Finding], ignored: int, before: int) -> str:
    """How many there are, how many comments took away, and how many were in the baseline."""
    told = count(len(findings), "finding")
    more = [
        f"{number} {what}"
        for number, what in ((ignored, "ignored"), (before, "in the baseline"))
        if number
    ]
    return f"{told} ({', '.join(more)})" if more else told
