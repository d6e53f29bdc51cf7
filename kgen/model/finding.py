"""Findings: results of policy checks and lint rules. Plain data."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kgen.model.record import Record

if TYPE_CHECKING:
    from typing import Literal

    Level = Literal["error", "warning", "note"]


class Related(Record):
    """Further information on a finding, with its location.

    file: "" if the message has no location. targets: the targets concerned; () for all targets
    of the finding.
    """

    message: str
    file: str = ""
    line: int = 0
    column: int = 0
    targets: tuple[str, ...] = ()


class Lacking(Record):
    """What a finding about C sources says of what is missing.

    others: the symbols that would bring it. uses: the name of the function, variable or type.
    certain: whether a devices file may look like the witness. fix: a line for the symbol's entry.
    mode: of the witness. options: of the command line that it needs; "" for none.
    """

    others: tuple[str, ...]
    uses: str
    certain: bool
    fix: str
    mode: str
    options: str


class Finding(Record):
    """One finding.

    rule: stable name, like `policy-forbid`. number: stable number, like `P002`. file: relative to
    the current folder; "" if there is no location. line, column: from 1; 0 if unknown. symbol: ""
    if the finding concerns no symbol. targets: the affected targets, sorted; () if the finding
    does not depend on targets. hint: a way to fix it. other: the selected symbol, for lint's
    unmet-select. witness: a target and the assignments of a configuration that fails because of
    this finding. name: the device or machine that it concerns, or "". lacking: of the rules about
    what C files use and create.
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
    name: str = ""
    lacking: Lacking | None = None


def in_order(findings: list[Finding]) -> list[Finding]:
    """Findings sorted by place, rule and symbol, so that the output is deterministic."""
    return sorted(
        findings,
        key=lambda item: (
            (item.file, item.line, item.column),
            (item.number, item.symbol or item.name, item.targets, item.message),
        ),
    )
