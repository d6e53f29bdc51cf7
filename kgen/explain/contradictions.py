"""Contradictions with both derivations, and the smallest sets of user lines that fix them."""

from __future__ import annotations

from itertools import combinations

from kgen.explain.change import Change
from kgen.explain.steps import Explanation, Reasons, Step
from kgen.explain.trials import Trial, outcomes
from kgen.model.clauses import Assignment
from kgen.model.configurations import Contradiction, Resolution
from kgen.model.lanes import members
from kgen.model.record import Record

# Limits of the search for fixes: lines per set, and sets of one size (one lane each).
_MOST_LINES = 4


_MOST_LANES = 4000


class Fix(Record):
    """A set of lines to remove or to invert. then: symbols that have a new contradiction after
    this fix, because the first contradiction hid it."""

    changes: tuple[Change, ...]
    then: tuple[str, ...] = ()


class Explained(Record):
    """A contradiction in one lane, for all lanes (a bit set) in which it has the same fixes.

    yes, no: why the symbol must be y, and why it must be n; each step of the symbol is sufficient
    on its own. fixes: the smallest sets of lines to remove or to invert, each tested by resolving
    the result. own: whether any user line is involved.
    """

    contradiction: Contradiction
    lanes: int
    lane: int
    yes: Explanation
    no: Explanation
    fixes: tuple[Fix, ...]
    own: bool


class _Try(Record):
    contradiction: Contradiction
    lane: int
    yes: Explanation
    no: Explanation
    lines: tuple[Assignment, ...]


def explained(resolution: Resolution) -> list[Explained]:
    """All contradictions, one item for each group of lanes with the same fixes."""
    if not resolution.contradictions:
        return []
    reasons = Reasons(resolution)
    tries = []
    for item in resolution.contradictions:
        for lane in members(item.lanes):
            yes = _side(reasons, item, lane, True)
            no = _side(reasons, item, lane, False)
            tries.append(_Try(item, lane, yes, no, _lines(yes, no)))
    fixes = _fixes(resolution, tries)
    groups: dict[tuple[Contradiction, tuple[object, ...]], Explained] = {}
    for one, sets in zip(tries, fixes, strict=True):
        # Lanes with the same fixes are grouped, even if the lines are in different files.
        words = tuple((tuple(map(_without_place, fix.changes)), fix.then) for fix in sets)
        before = groups.get((one.contradiction, words))
        if before is not None:
            groups[one.contradiction, words] = before._replace(lanes=before.lanes | 1 << one.lane)
        else:
            groups[one.contradiction, words] = Explained(
                one.contradiction, 1 << one.lane, one.lane, one.yes, one.no, sets, bool(one.lines)
            )
    return list(groups.values())


def _without_place(change: Change) -> tuple[str, str, bool, str]:
    return change.action, change.symbol, change.value, change.origin


def _side(reasons: Reasons, item: Contradiction, lane: int, value: bool) -> Explanation:
    """Why the symbol must have this value in one lane."""
    steps: list[Step] = []
    for fact in item.facts:
        if fact.value != value:
            continue
        if fact.clause is not None:
            steps += reasons.because(fact.clause, 1 << lane, value)
    for assignment, lanes in reasons.assignments(item.symbol):
        if assignment.value == value and lanes >> lane & 1:
            step = Step(item.symbol, value, "assigned", 1 << lane, None, assignment)
            steps.append(step)
    return reasons.explain_steps(item.symbol, tuple(steps), lane)


def _lines(*sides: Explanation) -> tuple[Assignment, ...]:
    """The user lines that are involved, in order of appearance."""
    lines: dict[Assignment, None] = {}
    for side in sides:
        for steps in side.steps.values():
            for step in steps:
                if step.assignment is not None and not step.assignment.external:
                    lines[step.assignment] = None
    return tuple(lines)


def _fixes(resolution: Resolution, tries: list[_Try]) -> list[tuple[Fix, ...]]:
    """The smallest sets of lines that fix each contradiction; all sets of one size in one pass.

    Sets that cause no new contradiction are preferred, regardless of their size.
    """
    clean: list[list[Fix]] = [[] for _ in tries]
    other: list[list[Fix]] = [[] for _ in tries]
    for size in range(1, _MOST_LINES + 1):
        numbers: list[int] = []
        sets: list[tuple[Change, ...]] = []
        for number, one in enumerate(tries):
            if clean[number] or len(one.lines) < size:
                continue
            for changes in _sets(one.lines, size):
                numbers.append(number)
                sets.append(changes)
        if not sets or len(sets) > _MOST_LANES:
            break
        tried = [
            Trial(tries[number].contradiction.symbol, tries[number].lane, changes)
            for number, changes in zip(numbers, sets, strict=True)
        ]
        results = outcomes(resolution, tried)
        for number, changes, then in zip(numbers, sets, results, strict=True):
            if then == ():
                clean[number].append(Fix(changes))
            elif then and not any(len(fix.changes) < size for fix in other[number]):
                other[number].append(Fix(changes, then))
    return [
        _without_needless_inversions(best or second)
        for best, second in zip(clean, other, strict=True)
    ]


def _sets(lines: tuple[Assignment, ...], size: int) -> list[tuple[Change, ...]]:
    """All subsets of `size` lines, with all lines removed or all inverted."""
    sets = []
    for chosen in combinations(lines, size):
        for action in ("remove", "turn"):
            sets.append(
                tuple(
                    Change(
                        action, one.symbol, one.value ^ (action == "turn"), one.place, one.origin
                    )
                    for one in chosen
                )
            )
    return sets


def _without_needless_inversions(fixes: list[Fix]) -> tuple[Fix, ...]:
    """Inverting lines is offered only if removing the same lines does not fix it."""
    best: dict[frozenset[tuple[str, object, str]], Fix] = {}
    for fix in fixes:
        lines = frozenset((one.symbol, one.place, one.origin) for one in fix.changes)
        best.setdefault(lines, fix)
    return tuple(best.values())
