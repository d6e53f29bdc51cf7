"""The lint rule unmet-select: selects that can conflict with a false dependency.

A finding has a witness, a configuration that fails. Whether a maintainer acts on it depends on how
likely somebody has that configuration, so the witnesses are looked for in this order:

0. Nothing is assigned: the host and the accelerators alone make it fail.
1. Only what belongs to the target is assigned: boards of its architecture, device groups that
   these boards or its devices file turn on, and symbols that only an assignment can turn on.
2. Anything else (UNLIKELY), like a chip of one architecture that is set by hand on another.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence, Set

from kgen.commands.lint.rules import found
from kgen.commands.lint.satisfiability import (
    MOST_ASSIGNMENTS,
    Assigned,
    Limit,
    Shared,
    Space,
    clauses_of,
)
from kgen.model.clauses import Assignment, Clause, Model, assignment_texts
from kgen.model.configurations import Lane
from kgen.model.expr import OR, text
from kgen.model.finding import Finding
from kgen.project.load import Project
from kgen.resolve.resolver import resolve
from kgen.targets.externals import foreign_symbols, passed_by, passing
from kgen.targets.hosts import PROFILES, possible_accelerators

UNLIKELY = 2


class _Target:
    """What is asked of one target. limits: for each likelihood, the configurations as likely as
    this."""

    def __init__(self, space: Space, limits: Sequence[Limit]) -> None:
        self.space = space
        self.limits = limits

    def single(self, index: int, likely: int) -> Assigned | None:
        """At most one assignment with which a select is the only failure; None if there is none."""
        return self.space.shared.trials.failure(self.space, index, self.limits[likely].lanes)

    def fails(self, index: int, likely: int) -> bool:
        """Whether a select is the only failure of a configuration that is as likely as this."""
        if self.single(index, likely) is not None:
            return True
        space = self.space
        literals = space.here, self.limits[likely].literal[space]
        return space.shared.fails(index, space.free, *literals)

    def smallest(self, index: int, likely: int, most: int) -> Assigned | None:
        """The fewest assignments of such a configuration; None if it takes more than `most`."""
        return self.space.shared.smallest_failure(self.space, index, self.limits[likely], most)


def findings(
    project: Project, spaces: Sequence[Space], unlikely: bool, step: Callable[[], None]
) -> Iterator[Finding]:
    """The findings, the likeliest first, then by file and line.

    unlikely: also those of UNLIKELY. step: called after each select of risky().
    """
    most = UNLIKELY if unlikely else UNLIKELY - 1
    models = {space.group: space.model for space in spaces}
    kinds = {group: project.kinds(model) for group, model in models.items()}
    limits = {
        shared: _limits(shared, kinds[shared.spaces[0].group], most)
        for shared in dict.fromkeys(space.shared for space in spaces)
    }
    targets = [_Target(space, limits[space.shared]) for space in spaces]
    anywhere = {
        shared: shared.any_of((one.here, own[most].literal[one]) for one in shared.spaces)
        for shared, own in limits.items()
    }
    depending = {c.symbol for c in clauses_of(spaces) if c.kind == "depends"}
    ordered: list[list[Finding]] = [[] for _ in range(most + 1)]
    for clause in clauses_of(spaces):
        if clause.kind == "select" and clause.target in depending:
            failing = _failing(clause, targets, anywhere, most)
            step()
            if failing:
                likely, finding = _finding(clause, failing, most)
                ordered[likely].append(finding)
    for part in ordered:
        yield from sorted(part, key=lambda item: (item.file, item.line))


def risky(model: Model) -> list[int]:
    """The selects of symbols that have a dependency."""
    depending = {clause.symbol for clause in model.clauses if clause.kind == "depends"}
    return [
        index
        for index, clause in enumerate(model.clauses)
        if clause.kind == "select" and clause.target in depending
    ]


def _outside(space: Space) -> frozenset[str]:
    """The symbols that the host and the possible accelerators of a target pass."""
    accelerators = passed_by(space.outside, "accelerator")
    build = space.outcome.as_lane.build
    possible = possible_accelerators(build) if build is not None else frozenset[str]()
    return (passed_by(space.outside, "host") | (accelerators & possible)) & space.free


def _limits(shared: Shared, kinds: dict[str, str], most: int) -> list[Limit]:
    """For each likelihood up to `most`, the configurations as likely as this."""
    outside = {space: _outside(space) for space in shared.spaces}
    nothing = shared.limit(outside)
    given = {
        clause.target
        for clause in shared.model.clauses
        if clause.kind != "depends" and (clause.kind != "default" or clause.value)
    }
    ours = {
        space: space.free
        - space.outside.keys()
        - foreign_symbols(space.model, space.outcome.target)
        for space in shared.spaces
    }
    boards = {
        space: {
            name
            for name in names
            if kinds[name] == "board"
            and (name not in given or shared.reaches(space, name, nothing))
        }
        for space, names in ours.items()
    }
    with_boards = shared.limit({space: outside[space] | own for space, own in boards.items()})
    own = {
        space: boards[space]
        | {name for name in names - given if kinds[name] not in ("board", "group")}
        | _groups(space, names, kinds, with_boards)
        for space, names in ours.items()
    }
    limits = [nothing, shared.limit({space: outside[space] | own[space] for space in own})]
    if most == UNLIKELY:
        limits.append(shared.limit({space: space.free for space in shared.spaces}))
    return limits


def _groups(space: Space, names: Set[str], kinds: dict[str, str], with_boards: Limit) -> set[str]:
    """The device groups among these that the boards of a target or its devices file turn on."""
    lines = {item.symbol for item in space.outcome.target.assignments if item.value}
    return {
        name
        for name in names
        if kinds[name] == "group"
        and (name in lines or space.shared.reaches(space, name, with_boards))
    }


def _failing(
    clause: Clause, targets: Sequence[_Target], anywhere: Mapping[Shared, int], likely: int
) -> list[tuple[_Target, int]]:
    """The targets on which a select fails, each with the index of the clause there."""
    possible = {
        shared
        for shared, literal in anywhere.items()
        if clause in shared.position and shared.fails(shared.position[clause], shared.free, literal)
    }
    having = [
        (trial, trial.space.position[clause])
        for trial in targets
        # A symbol that a Kconfig file assigns, or that is always passed, is forced even without
        # the select.
        if trial.space.shared in possible
        and all(
            item.symbol != clause.target
            for item in (*trial.space.model.assignments, *trial.space.passed)
        )
    ]
    return [(trial, index) for trial, index in having if trial.fails(index, likely)]


def _finding(
    clause: Clause, failing: Sequence[tuple[_Target, int]], most: int
) -> tuple[int, Finding]:
    """The finding of a select, with its likeliest and smallest witness over all targets."""
    within: list[tuple[_Target, int]] = []
    for likely in range(most + 1):
        within = [(trial, index) for trial, index in failing if trial.fails(index, likely)]
        if within:
            break
    target, assignments = _smallest_witness(within, likely)
    lines = tuple(assignment_texts(assignments))
    needs = _needs(failing[0][0].space.model, clause.target)
    message = f"{clause.symbol} selects {clause.target}, which depends on {needs}"
    targets = tuple(trial.space.target for trial, _ in failing)
    witness = (target, lines)
    finding = found(
        "unmet-select", message, clause.place, clause.symbol, targets, clause.target, witness
    )
    space = next(trial.space for trial, _ in within if trial.space.target == target)
    return likely, finding._replace(hint=_passed(space, assignments))


def _passed(space: Space, assignments: Assigned) -> str:
    """How the external symbols of a witness are passed, also where it rests on a host feature that
    a host has by default; "" if it rests on none."""
    if space.nothing is None:
        return ""
    passed = {name: value for name, value in assignments if name in space.outside}
    absent = _absent(space, assignments)
    options = passing(passed, space.nothing) if any(passed.values()) else ""
    if options is None:
        return ""
    if absent and "--host " not in options:
        options = f"{options} --host {space.nothing.host}".strip()
    what = ", ".join((*passed, *(f"no {name}" for name in absent)))
    return f"{what}: pass {options}" if options else ""


def _absent(space: Space, assignments: Assigned) -> tuple[str, ...]:
    """The host features that a host has by default, and without which alone a witness fails."""
    given = {name for name, _ in assignments} | space.given
    features = [
        name
        for name in PROFILES["linux"]
        if space.outside.get(name) == "host" and name not in given
    ]
    own = (*(Assignment(*one) for one in assignments), *space.passed)
    lanes = [
        Lane(
            space.target,
            "defconfig",
            (*own, *(Assignment(name, True, external=True) for name in features if name != left)),
        )
        for left in (None, *features)
    ]
    failed = resolve(space.model, lanes, reasons=False).failed
    if failed & 1:
        return ()
    return tuple(name for number, name in enumerate(features, 1) if failed >> number & 1)


def _needs(model: Model, symbol: str) -> str:
    conditions = [
        clause.condition or ()
        for clause in model.clauses
        if clause.kind == "depends" and clause.symbol == symbol
    ]
    return " && ".join(
        f"({text(one)})" if OR in one and len(conditions) > 1 else text(one) for one in conditions
    )


def _smallest_witness(failing: Sequence[tuple[_Target, int]], likely: int) -> tuple[str, Assigned]:
    """The target and the fewest assignments for which the contradiction is the only failure."""
    best: tuple[str, Assigned] | None = None
    for trial, index in failing:
        small = trial.single(index, likely)
        if small is not None and (best is None or len(small) < len(best[1])):
            best = (trial.space.target, small)
    for trial, index in failing if best is None else ():
        most = MOST_ASSIGNMENTS if best is None else len(best[1]) - 1
        assigned = trial.smallest(index, likely, most)
        if assigned is not None:
            best = (trial.space.target, assigned)
    assert best is not None
    return best
