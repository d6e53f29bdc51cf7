"""The rules of lint by name and number, and a finding of one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kgen.model.finding import Finding
from kgen.model.record import Record

if TYPE_CHECKING:
    from typing import Literal

    from kgen.model.places import Place

    Level = Literal["error", "warning", "note"]


class Rule(Record):
    """A rule: its stable number, its level, whether it needs the solver, and what it is about."""

    name: str
    number: str
    level: Level
    solver: bool
    about: str


_TABLE: tuple[tuple[str, Level, bool, str], ...] = (
    ("dead-symbol", "warning", True, "no configuration of any target has it at y"),
    ("unreachable-board", "warning", True, "a board that no target can have"),
    ("always-on", "note", True, "y in every configuration of every target"),
    ("unmet-select", "warning", True, "a select can meet a dependency that does not hold"),
    ("shadowed-default", "warning", True, "a default or imply that can never decide"),
    ("duplicate-clause", "warning", False, "the same line twice in one symbol"),
    ("implied-dependency", "note", True, "a dependency that others imply"),
    ("untyped-symbol", "note", False, "an entry without bool"),
    ("duplicate-definition", "warning", False, "a symbol with two entries"),
    ("mixed-operators", "warning", False, "|| beside && without parentheses"),
    ("undefined-symbol", "error", False, "named and declared nowhere"),
    ("undeclared-in-meson", "warning", False, "asked for in a meson.build, declared nowhere"),
    ("unused-symbol", "note", False, "declared and used nowhere"),
    ("select-only-symbol", "note", False, "only ever selected, and read by nobody"),
    ("host-symbol-mismatch", "warning", False, "Kconfig.host and meson.build disagree"),
    ("default-without-depends", "note", False, "a device that is y wherever it is not set to n"),
    ("no-effect-assignment", "note", False, "a line of a devices file that changes nothing"),
    ("repeated-assignment", "warning", False, "a symbol assigned twice"),
    ("stale-mak-comment", "note", False, "a commented assignment of a symbol that is gone"),
    ("unsourced-file", "warning", False, "a Kconfig file that nothing sources"),
    ("ignored-without-reason", "warning", False, "a finding ignored without a reason"),
)


RULES = {
    name: Rule(name, f"KL{number:03}", level, solver, about)
    for number, (name, level, solver, about) in enumerate(_TABLE, 1)
}


def found(
    rule: str,
    message: str,
    place: Place | None,
    symbol: str = "",
    targets: tuple[str, ...] = (),
    other: str = "",
    witness: tuple[str, tuple[str, ...]] | None = None,
) -> Finding:
    """A finding of a rule at a place."""
    file = "" if place is None else place.file.path
    line, column = (0, 0) if place is None else (place.line, place.column)
    known = RULES[rule]
    return Finding(
        rule,
        known.number,
        message,
        file,
        line,
        column,
        symbol,
        targets,
        known.level,
        other=other,
        witness=witness,
    )
