"""The lint rules by name and number, and a constructor for their findings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kgen.model.finding import Finding
from kgen.model.record import Record

if TYPE_CHECKING:
    from typing import Literal

    from kgen.model.places import Place

    Dialects = Literal["qemu", "standard", "both"]
    Level = Literal["error", "warning", "note"]


class Rule(Record):
    """A rule: its stable number, dialects and level, whether it needs the solver, its report."""

    name: str
    number: str
    dialects: Dialects
    level: Level
    solver: bool
    about: str


# In the order of their numbers: new ones go at the end.
_TABLE: tuple[tuple[str, Dialects, Level, bool, str], ...] = (
    ("dead-symbol", "qemu", "warning", True, "a symbol that cannot be y in any configuration"),
    ("unreachable-board", "qemu", "warning", True, "a board that cannot be enabled on any target"),
    ("always-on", "qemu", "note", True, "a symbol that is y in every configuration"),
    ("unmet-select", "qemu", "warning", True, "a select that can conflict with a false dependency"),
    ("shadowed-default", "qemu", "warning", True, "a default or imply that never has an effect"),
    ("duplicate-clause", "qemu", "warning", False, "a duplicate line in one symbol"),
    ("implied-dependency", "qemu", "note", True, "a dependency that the others already imply"),
    ("untyped-symbol", "qemu", "note", False, "an entry without bool"),
    ("duplicate-definition", "qemu", "warning", False, "a symbol with two entries"),
    ("mixed-operators", "qemu", "warning", False, "|| and && without parentheses"),
    ("undefined-symbol", "qemu", "error", False, "a symbol that is named but not declared"),
    ("undeclared-in-meson", "qemu", "warning", False, "used in a meson.build but not declared"),
    ("unused-symbol", "both", "note", False, "a symbol that is declared but not used"),
    ("select-only-symbol", "qemu", "note", False, "a symbol that is only selected, never read"),
    ("host-symbol-mismatch", "qemu", "warning", False, "Kconfig.host and meson.build disagree"),
    ("default-without-depends", "qemu", "note", False, "a device that is y unless it is set to n"),
    ("no-effect-assignment", "qemu", "note", False, "a line of a devices file without effect"),
    ("repeated-assignment", "both", "warning", False, "a symbol that is assigned more than once"),
    ("stale-mak-comment", "qemu", "note", False, "a commented-out line of an undeclared symbol"),
    ("unsourced-file", "qemu", "warning", False, "a Kconfig file that no other sources"),
    ("ignored-without-reason", "both", "warning", False, "a finding ignored without a reason"),
    ("late-default", "qemu", "note", False, "a default that --without-default-devices loses"),
    ("never-enabled", "qemu", "note", False, "a symbol that nothing in the tree turns on"),
    ("unset-comment", "qemu", "note", False, "a comment that looks like an assignment of n"),
    ("undeclared-in-source", "qemu", "warning", False, "asked for in C but not declared"),
    (
        "missing-link",
        "qemu",
        "warning",
        False,
        "C code that uses a name of a file of another symbol",
    ),
    ("missing-type", "qemu", "warning", False, "C code that needs a QOM type of another symbol"),
    (
        "double-link",
        "qemu",
        "warning",
        False,
        "a name that two files define which are linked together",
    ),
    (
        "assigned-but-not-taken",
        "standard",
        "warning",
        False,
        "a line of a defconfig that has no effect",
    ),
    (
        "undefined-in-defconfig",
        "standard",
        "warning",
        False,
        "a defconfig assigns what is not defined",
    ),
    (
        "selected-against-dependencies",
        "standard",
        "warning",
        False,
        "selected while its dependencies are n",
    ),
    ("not-minimal", "standard", "note", False, "a line of a defconfig that changes nothing"),
    ("never-on", "standard", "note", False, "a symbol that no target has"),
)


RULES = {
    name: Rule(name, f"KL{number:03}", dialects, level, solver, about)
    for number, (name, dialects, level, solver, about) in enumerate(_TABLE, 1)
}

# The rules about what C files use and create.
USES = frozenset({"missing-link", "missing-type", "double-link"})

QEMU = frozenset(name for name, rule in RULES.items() if rule.dialects != "standard")
STANDARD = frozenset(name for name, rule in RULES.items() if rule.dialects != "qemu")
SHARED = QEMU & STANDARD

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
