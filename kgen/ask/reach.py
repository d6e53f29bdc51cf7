"""What a user of a target can set, and what the target settles."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Set

from kgen import hosts
from kgen.ask.kinds import ARCHITECTURE_FOLDERS
from kgen.ask.reasons import Explanation
from kgen.conflicts import Known, evaluate_known
from kgen.model import Model, Target
from kgen.project import Outcome
from kgen.record import Record


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


class Scope(Record):
    """What a target settles (fixed), what its host offers or not (hosts), and what belongs to
    the boards of other architectures (foreign)."""

    fixed: frozenset[str] = frozenset()
    hosts: frozenset[str] = frozenset()
    foreign: frozenset[str] = frozenset()


# Of nothing in particular.
NOWHERE = Scope()


def scope_of(outcome: Outcome, outcomes: Iterable[Outcome]) -> Scope:
    """The scope of one of a project's targets."""
    model = outcome.resolution.model
    return Scope(
        fixed_symbols(model, outcomes),
        host_symbols(model),
        foreign_symbols(model, outcome.target),
    )


def elsewhere(model: Model, explanation: Explanation, scope: Scope) -> frozenset[str]:
    """The symbols of an explanation that are n because they belong to other architectures.

    Their own `depends on` says so, or the folder they are declared in, or nothing could give
    them a y but symbols of which that is true. What is folded by this is still explained in full
    on demand.
    """
    values = explanation.values
    found = {
        symbol
        for symbol in explanation.steps
        if not values[symbol] and (symbol in scope.foreign or symbol in scope.fixed)
    }
    ways: dict[str, list[tuple[str, ...]]] = {}
    for symbol, steps in explanation.steps.items():
        if symbol in found or values[symbol]:
            continue
        depends = [step for step in steps if step.kind == "depends"]
        if any(_settled(model, step.clause, values, scope.fixed) for step in depends):
            found.add(symbol)
        elif steps and not depends:
            # A device or a group of devices, which has defaults, is the user's to set.
            missed = explanation.missed.get(symbol, ())
            if any(one.kind != "selected" for one in missed):
                continue
            ways[symbol] = [tuple(name for name, value in one.needs if not value) for one in missed]
    more = True
    while more:
        more = False
        for symbol, needs in ways.items():
            if symbol not in found and needs and all(found & set(names) for names in needs):
                found.add(symbol)
                more = True
    return frozenset(found)


def _settled(model: Model, clause: int | None, values: Mapping[str, bool], fixed: Set[str]) -> bool:
    """Whether a `depends on` is false whatever is not fixed."""
    if clause is None:
        return False
    condition = model.clauses[clause].condition or ()
    known = {
        name: Known(int(values.get(name, False)), int(not values.get(name, False)))
        if name in fixed
        else Known(0, 0, 1)
        for name in condition
    }
    return bool(evaluate_known(condition, known).false)
