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
from kgen.commands.lint.satisfiability import MOST_ASSIGNMENTS, Shared, Space, clauses_of
from kgen.model.clauses import Assignment, Clause, Model, assignment_texts
from kgen.model.configurations import Lane
from kgen.model.expr import OR, text
from kgen.model.finding import Finding
from kgen.model.lanes import first
from kgen.model.record import Record
from kgen.project.load import Project
from kgen.resolve.resolver import resolve
from kgen.targets.externals import foreign_symbols, passed_by, passing
from kgen.targets.hosts import PROFILES, possible_accelerators

UNLIKELY = 2

_Assigned = tuple[tuple[str, bool], ...]


class _Single(Record):
    """A failure with at most one assignment, and how likely it is: 0, 1 or UNLIKELY."""

    likely: int
    assigned: _Assigned


class _Trials:
    """The failures of one target. limits: a literal for each likelihood below UNLIKELY."""

    def __init__(self, project: Project, space: Space, kinds: dict[str, str], most: int) -> None:
        self.space = space
        outside = _outside(space)
        self.limits = [space.limit(outside)]
        own = outside | _own(space, kinds, self.limits[0], project.model)
        self.limits.append(space.limit(own))
        by_likelihood = (outside, own - outside, space.free - own)[: most + 1]
        self.singles = _singles(space, by_likelihood)

    def fails(self, index: int, likely: int) -> bool:
        """Whether a select is the only failure of a configuration that is as likely as this."""
        single = self.singles.get(index)
        if single is not None and single.likely <= likely:
            return True
        space = self.space
        return space.shared.fails(index, space.free, space.here, *self.limit(likely))

    def smallest(self, index: int, likely: int, most: int) -> _Assigned | None:
        """The fewest assignments of such a configuration; None if it takes more than `most`."""
        found_ = self.space.smallest_failure(index, most, self.limit(likely))
        return None if found_ is None else tuple(found_)

    def limit(self, likely: int) -> list[int]:
        """The literals of configurations as likely as this."""
        return self.limits[likely : likely + 1]


def findings(
    project: Project, spaces: Sequence[Space], unlikely: bool, step: Callable[[], None]
) -> Iterator[Finding]:
    """The findings, the likeliest first, then by file and line.

    unlikely: also those of UNLIKELY. step: called after each select of risky().
    """
    most = UNLIKELY if unlikely else UNLIKELY - 1
    models = {space.group: space.model for space in spaces}
    kinds = {group: project.kinds(model) for group, model in models.items()}
    trials = [_Trials(project, space, kinds[space.group], most) for space in spaces]
    anywhere = _anywhere(trials, most)
    depending = {c.symbol for c in clauses_of(spaces) if c.kind == "depends"}
    ordered: list[list[Finding]] = [[] for _ in range(most + 1)]
    for clause in clauses_of(spaces):
        if clause.kind == "select" and clause.target in depending:
            failing = _failing(clause, trials, anywhere, most)
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
    possible = possible_accelerators(space.outcome.target)
    return (passed_by(space.outside, "host") | (accelerators & possible)) & space.free


def _own(space: Space, kinds: dict[str, str], nothing: int, shared: Model) -> frozenset[str]:
    """What belongs to a target: its boards, its device groups, and what only a line can turn on.

    nothing: the literal for "only the host and accelerators are assigned".
    """
    ours = space.free - space.outside.keys() - foreign_symbols(space.model, space.outcome.target)
    given = {
        clause.target
        for clause in space.model.clauses
        if clause.kind != "depends" and (clause.kind != "default" or clause.value)
    }
    boards = {
        name
        for name in ours
        if kinds[name] == "board"
        and (
            name not in given or space.shared.holds(space.here, space.formula.value[name], nothing)
        )
    }
    chosen = {name for name in ours - given if kinds[name] not in ("board", "group")}
    lines = {item.symbol for item in space.outcome.target.assignments if item.value}
    with_boards = space.limit(_outside(space) | boards)
    groups = {
        name
        for name in ours
        if kinds[name] == "group"
        and (
            name in lines or space.shared.holds(space.here, space.formula.value[name], with_boards)
        )
    }
    return frozenset(boards | groups | chosen)


def _anywhere(trials: Sequence[_Trials], likely: int) -> dict[Shared, int]:
    """For targets that are asked together, a literal of all configurations as likely as this."""
    found_: dict[Shared, list[int]] = {}
    for trial in trials:
        shared = trial.space.shared
        own = shared.together([trial.space.here, *trial.limit(likely)])
        found_.setdefault(shared, []).append(own)
    return {shared: shared.either(literals) for shared, literals in found_.items()}


def _failing(
    clause: Clause, trials: Sequence[_Trials], anywhere: Mapping[Shared, int], likely: int
) -> list[tuple[_Trials, int]]:
    """The targets on which a select fails, each with the index of the clause there."""
    possible = {
        shared
        for shared, literal in anywhere.items()
        if clause in shared.position and shared.fails(shared.position[clause], shared.free, literal)
    }
    having = [
        (trial, trial.space.position[clause])
        for trial in trials
        # A symbol that a Kconfig file assigns is forced even without the select.
        if trial.space.shared in possible
        and all(item.symbol != clause.target for item in trial.space.model.assignments)
    ]
    return [(trial, index) for trial, index in having if trial.fails(index, likely)]


def _finding(
    clause: Clause, failing: Sequence[tuple[_Trials, int]], most: int
) -> tuple[int, Finding]:
    """The finding of a select, with its likeliest and smallest witness over all targets."""
    within: list[tuple[_Trials, int]] = []
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


def _passed(space: Space, assignments: _Assigned) -> str:
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


def _absent(space: Space, assignments: _Assigned) -> tuple[str, ...]:
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


def _smallest_witness(failing: Sequence[tuple[_Trials, int]], likely: int) -> tuple[str, _Assigned]:
    """The target and the fewest assignments for which the contradiction is the only failure."""
    best: tuple[str, _Assigned] | None = None
    for trial, index in failing:
        small = trial.singles.get(index)
        if small is None or small.likely > likely:
            continue
        if best is None or len(small.assigned) < len(best[1]):
            best = (trial.space.target, small.assigned)
    for trial, index in failing if best is None else ():
        most = MOST_ASSIGNMENTS if best is None else len(best[1]) - 1
        assigned = trial.smallest(index, likely, most)
        if assigned is not None:
            best = (trial.space.target, assigned)
    assert best is not None
    return best


def _singles(space: Space, by_likelihood: Sequence[Set[str]]) -> dict[int, _Single]:
    """For each select that is the only failure with at most one assignment, the likeliest one."""
    sets = [_Single(0, ())]
    sets += [
        _Single(likely, ((name, value),))
        for likely, symbols in enumerate(by_likelihood)
        for name in sorted(symbols)
        for value in (True, False)
    ]
    lanes = [
        Lane(
            space.target, "defconfig", (*(Assignment(*one) for one in item.assigned), *space.passed)
        )
        for item in sets
    ]
    resolution = resolve(space.model, lanes, reasons=False)
    everywhere = (1 << len(lanes)) - 1
    no: dict[str, int] = {}
    yes: dict[str, int] = {}
    for index, clause in enumerate(space.model.clauses):
        if clause.kind == "depends":
            no[clause.symbol] = no.get(clause.symbol, 0) | resolution.decided[index]
        elif clause.kind == "select":
            yes[clause.target] = yes.get(clause.target, 0) | resolution.decided[index]
    conflicts: dict[str, int] = {}
    for symbol in resolution.values:
        assigned = resolution.assigned.get(symbol, (0, 0))
        both = (yes.get(symbol, 0) | assigned[0]) & (no.get(symbol, 0) | assigned[1])
        if both:
            conflicts[symbol] = both
    several = once = 0
    for lanes_ in conflicts.values():
        several |= once & lanes_
        once |= lanes_
    result: dict[int, _Single] = {}
    for index in risky(space.model):
        selected = space.model.clauses[index].target
        assigned = resolution.assigned.get(selected, (0, 0))
        lanes_ = resolution.decided[index] & no.get(selected, 0) & once & ~several & everywhere
        lanes_ &= ~(assigned[0] | assigned[1])
        if lanes_:
            result[index] = sets[first(lanes_)]
    return result
