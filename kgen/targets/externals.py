"""What comes from outside: which symbols a host, an accelerator or the architecture passes."""

from __future__ import annotations

from collections.abc import Iterable

from kgen.model.clauses import Model
from kgen.model.configurations import Outcome, Target
from kgen.targets import hosts
from kgen.targets.symbol_kinds import ARCHITECTURE_FOLDERS


def outside_symbols(model: Model, outcomes: Iterable[Outcome]) -> dict[str, str]:
    """The declared symbols that are passed from outside, and by what; see Freedom.

    Architectures are those of the project's targets, and what a checkout declares below
    `target/` without a default: all of them, also those of targets that were not chosen.
    """
    declared = {entry.symbol for entry in model.entries}
    deciding = {clause.symbol for clause in model.clauses if clause.kind in ("default", "depends")}
    found: dict[str, str] = {}
    for entry in model.entries:
        path = entry.place.file.path
        if path.startswith("target/") and entry.symbol not in deciding:
            found[entry.symbol] = "architecture"
        elif path == "Kconfig.host" or entry.symbol in host_names():
            found[entry.symbol] = "host"
    for name in declared & {name.upper() for name in hosts.ACCELERATORS}:
        found[name] = "accelerator"
    if "TARGET_BIG_ENDIAN" in declared:
        found["TARGET_BIG_ENDIAN"] = "architecture"
    for name in _passed(outcomes):
        found.setdefault(name, "architecture" if name in _architectures(outcomes) else "host")
    return {name: found[name] for name in sorted(found)}


def host_names() -> frozenset[str]:
    """Every host feature that kgen knows of."""
    return frozenset(hosts.PROFILES["linux-all"])


def _passed(outcomes: Iterable[Outcome]) -> Iterable[str]:
    return {
        item.symbol
        for outcome in outcomes
        for item in outcome.resolution.lanes[outcome.lane].assignments
        if item.external
    }


def _architectures(outcomes: Iterable[Outcome]) -> set[str]:
    return {outcome.target.architecture.upper() for outcome in outcomes}


def fixed_symbols(model: Model, outcomes: Iterable[Outcome]) -> frozenset[str]:
    """The symbols that a target settles: architectures and the endianness."""
    found = {"TARGET_BIG_ENDIAN"}
    found.update(outcome.target.architecture.upper() for outcome in outcomes)
    for entry in model.entries:
        if entry.place.file.path.startswith("target/"):
            found.add(entry.symbol)
    return frozenset(found)


def host_symbols(model: Model) -> frozenset[str]:
    """The symbols that a host offers: those declared in a `Kconfig.host`, and accelerators."""
    found = {name.upper() for name in hosts.ACCELERATORS}
    found.update(hosts.PROFILES["linux-all"])
    for entry in model.entries:
        if entry.place.file.path.rpartition("/")[2] == "Kconfig.host":
            found.add(entry.symbol)
    return frozenset(found)


def foreign_symbols(model: Model, target: Target) -> frozenset[str]:
    """The symbols that belong to the boards of other architectures.

    Nothing in an older tree keeps a board of `hw/arm/` from being y on another architecture,
    but QEMU's meson.build compiles `hw/arm/` for that one alone.
    """
    folders = {
        path.split("/")[1]
        for path in {entry.place.file.path for entry in model.entries}
        if path.startswith("target/") and path.count("/") > 1
    }
    own = {target.base_architecture, target.architecture}
    if target.architecture == "sparc64":  # the one that has a folder beside its base's
        own = {"sparc64"}
    others = (folders | ARCHITECTURE_FOLDERS) - own
    return frozenset(
        entry.symbol
        for entry in model.entries
        if entry.place.file.path.startswith("hw/") and entry.place.file.path.split("/")[1] in others
    )
