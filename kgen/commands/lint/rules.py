"""The lint rules by name and number, and a constructor for their findings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kgen.model.finding import Finding
from kgen.model.record import Record

if TYPE_CHECKING:
    from typing import Literal

    from kgen.model.places import Place

    Level = Literal["error", "warning", "note"]


class Rule(Record):
    """A rule: its stable number, its level, whether it needs the solver, and what it reports."""

    name: str
    number: str
    level: Level
    solver: bool
    about: str


_TABLE: tuple[tuple[str, Level, bool, str], ...] = (
    ("dead-symbol", "warning", True, "a symbol that cannot be y in any configuration"),
    ("unreachable-board", "warning", True, "a board that cannot be enabled on any target"),
    ("always-on", "note", True, "a symbol that is y in every configuration"),
    ("unmet-select", "warning", True, "a select that can conflict with a false dependency"),
    ("shadowed-default", "warning", True, "a default or imply that never has an effect"),
    ("duplicate-clause", "warning", False, "a duplicate line in one symbol"),
    ("implied-dependency", "note", True, "a dependency that the others already imply"),
    ("untyped-symbol", "note", False, "an entry without bool"),
    ("duplicate-definition", "warning", False, "a symbol with two entries"),
    ("mixed-operators", "warning", False, "|| and && without parentheses"),
    ("undefined-symbol", "error", False, "a symbol that is named but not declared"),
    ("undeclared-in-meson", "warning", False, "used in a meson.build but not declared"),
    ("unused-symbol", "note", False, "a symbol that is declared but not used"),
    ("select-only-symbol", "note", False, "a symbol that is only selected, never read"),
    ("host-symbol-mismatch", "warning", False, "Kconfig.host and meson.build disagree"),
    ("default-without-depends", "note", False, "a device that is y unless it is set to n"),
    ("no-effect-assignment", "note", False, "a line of a devices file without effect"),
    ("repeated-assignment", "warning", False, "a symbol that is assigned more than once"),
    ("stale-mak-comment", "note", False, "a commented-out line of an undeclared symbol"),
    ("unsourced-file", "warning", False, "a Kconfig file that no other sources"),
    ("ignored-without-reason", "warning", False, "a finding ignored without a reason"),
    ("late-default", "note", False, "a default that --without-default-devices loses"),
    ("never-enabled", "note", False, "a symbol that nothing in the tree turns on"),
    ("unset-comment", "note", False, "a comment that looks like an assignment of n"),
    ("undeclared-in-source", "warning", False, "asked for in C but not declared"),
    ("missing-link", "warning", False, "C code that uses a name of a file of another symbol"),
    ("missing-type", "warning", False, "C code that needs a QOM type of another symbol"),
    ("double-link", "warning", False, "a name that two files define which are linked together"),
    ("assigned-but-not-taken", "warning", False, "a line of a defconfig that has no effect"),
    ("undefined-in-defconfig", "warning", False, "a defconfig assigns what is not defined"),
    ("selected-against-dependencies", "warning", False, "selected while its dependencies are n"),
    ("not-minimal", "note", False, "a line of a defconfig that changes nothing"),
    ("never-on", "note", False, "a symbol that no target has"),
)


RULES = {
    name: Rule(name, f"KL{number:03}", level, solver, about)
    for number, (name, level, solver, about) in enumerate(_TABLE, 1)
}

# The rules about what C files use and create.
USES = frozenset({"missing-link", "missing-type", "double-link"})

# The rules of standard Kconfig alone, those that both dialects have, and those of QEMU's.
_OWN = frozenset(name for name, rule in RULES.items() if "KL029" <= rule.number <= "KL033")
SHARED = frozenset({"unused-symbol", "repeated-assignment", "ignored-without-reason"})
STANDARD = _OWN | SHARED
QEMU = frozenset(RULES) - _OWN

# Of standard Kconfig, those that read all files of a tree, or say much of a large one.
LONG = frozenset({"unused-symbol", "never-on"})


def found(
    rule: str,
    message: str,
    place: Place | None,
    symbol: str = "",
    targets: tuple[str, ...] = (),
    other: str = "",
    witness: tuple[str, tuple[str, ...]] | None = None,
) -> Finding:
    """A finding of a rule at a place, or without one."""
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
