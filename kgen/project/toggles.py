"""Variants of a project with external features inverted, one at a time or in pairs."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

from kgen.model.clauses import Assignment
from kgen.model.configurations import Lane, Outcome, Resolution
from kgen.model.record import Record
from kgen.project.load import Project
from kgen.resolve.resolver import resolve
from kgen.targets import hosts

WHAT = ("host", "accel")


class Toggle(Record):
    """One lane: a target with these features inverted."""

    outcome: Outcome
    names: tuple[str, ...]


class Toggled(Record):
    """The toggles of one group of targets; toggles[i] is lane i of the resolution."""

    toggles: tuple[Toggle, ...]
    resolution: Resolution


def toggled(project: Project, what: str, pairs: bool) -> Iterator[Toggled]:
    """Invert each host feature, or each accelerator that a target can have on its host, for every
    target that can be configured. All variants of a group are resolved in one pass.

    what: one of WHAT. pairs: also invert each pair of features, after the single ones.
    """
    for group in project.groups:
        model = group.resolution.model
        passed = project.externals(model)
        toggles: list[Toggle] = []
        for outcome in group.outcomes:
            if outcome.failed:
                continue
            names = _features(passed, outcome, what)
            for size in (1, 2) if pairs else (1,):
                toggles += [Toggle(outcome, some) for some in combinations(names, size)]
        if toggles:
            yield Toggled(tuple(toggles), resolve(model, [_lane(one) for one in toggles]))


def excluded(project: Project, what: str) -> tuple[str, ...]:
    """The declared accelerators that the host cannot have for some target, and that are not
    inverted there."""
    if what != "accel":
        return ()
    declared = project.model.declared()
    return tuple(
        name.upper()
        for name in hosts.ACCELERATORS
        if name.upper() in declared and not all(_can_have(one, name) for one in project.outcomes)
    )


def _can_have(outcome: Outcome, accelerator: str) -> bool:
    build = outcome.as_lane.build
    return build is not None and hosts.can_have(build, accelerator, build.host_arch)


def _features(passed: dict[str, str], outcome: Outcome, what: str) -> list[str]:
    """The features of one target that can be inverted, sorted."""
    if what == "host":
        needs = outcome.target.needs  # it is never configured without these
        return [n for n, source in passed.items() if source == "host" and n not in needs]
    return sorted(
        name.upper()
        for name in hosts.ACCELERATORS
        if name.upper() in passed and _can_have(outcome, name)
    )


def _lane(toggle: Toggle) -> Lane:
    lane, names = toggle.outcome.as_lane, toggle.names
    kept = [item for item in lane.assignments if not (item.external and item.symbol in names)]
    before = {item.symbol for item in lane.assignments if item.external and item.value}
    added = [
        Assignment(name, True, external=True, origin="--vary")
        for name in names
        if name not in before
    ]
    return lane._replace(assignments=(*kept, *added))
