"""A finding: one thing that a policy, or a lint rule, has to say about a tree. Plain data."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kgen.model.record import Record

if TYPE_CHECKING:
    from typing import Literal

    Level = Literal["error", "warning", "note"]


class Related(Record):
    """One more place that belongs to a finding, with what stands there.

    file: "" where what it says stands in no file. targets: those that it is about, () for all
    of the finding's.
    """

    message: str
    file: str = ""
    line: int = 0
    column: int = 0
    targets: tuple[str, ...] = ()


class Finding(Record):
    """One finding.

    rule: its stable name, like `policy-forbid`; number: its stable number, like `P002`. file: as
    a user would type it from the current folder, "" where no file is to blame; line and column
    from 1, 0 where not known. symbol: "" where the finding is about none. targets: those that
    have it, sorted; () where it is not about targets. hint: a way out. other: a second symbol, the
    one selected, for lint's unmet-select; witness: a target, and the assignments of a
    configuration that fails because of what was found.
    """

    rule: str
    number: str
    message: str
    file: str = ""
    line: int = 0
    column: int = 0
    symbol: str = ""
    targets: tuple[str, ...] = ()
    level: Level = "error"
    related: tuple[Related, ...] = ()
    hint: str = ""
    other: str = ""
    witness: tuple[str, tuple[str, ...]] | None = None


def in_order(findings: list[Finding]) -> list[Finding]:
    """Sorted by place, then by rule and symbol, so that the same input gives the same output."""
    return sorted(
        findings,
        key=lambda item: (
            (item.file, item.line, item.column),
            (item.number, item.symbol, item.targets, item.message),
        ),
    )
