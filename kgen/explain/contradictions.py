"""Contradictions with both derivations, and the fewest lines of the user's that fix each."""

from __future__ import annotations

from itertools import combinations

from kgen.explain.change import Change
from kgen.explain.steps import Explanation, Reasons, Step
from kgen.model.clauses import Assignment
from kgen.model.configurations import Contradiction, Lane, Resolution
from kgen.model.lanes import members
from kgen.model.record import Record
from kgen.resolve.editable_lane import laid_open
from kgen.resolve.resolver import resolve

# Sets of more lines than this are not looked for, nor more sets of one size than fit a pass.
_MOST_LINES = 4


_MOST_LANES = 4000


class Fix(Record):
    """Lines to remove or to turn round. then: the symbols that contradict once this one is
    mended; what forces them was not known before."""

    changes: tuple[Change, ...]
    then: tuple[str, ...] = ()


class Explained(Record):
    """A contradiction as one lane has it, for all lanes (bits) in which it has the same fixes.

    yes and no: why the symbol must be y, and why it must be n; each step of the symbol there
    forces it alone. fixes: the smallest sets of lines to remove or to turn round, each tried.
    own: whether any line of the user's takes part at all.
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
    """Every contradiction, in each group of lanes that can be mended in the same ways."""
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
    found: dict[tuple[Contradiction, tuple[object, ...]], Explained] = {}
    for one, sets in zip(tries, fixes, strict=True):
        # Lanes go together where the same words fix them, whatever file the lines stand in.
        words = tuple((tuple(map(_without_place, fix.changes)), fix.then) for fix in sets)
        before = found.get((one.contradiction, words))
        if before is not None:
            found[one.contradiction, words] = before._replace(lanes=before.lanes | 1 << one.lane)
        else:
            found[one.contradiction, words] = Explained(
                one.contradiction, 1 << one.lane, one.lane, one.yes, one.no, sets, bool(one.lines)
            )
    return list(found.values())


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
    """The user's own lines that take part, in the order in which they come up."""
    found: dict[Assignment, None] = {}
    for side in sides:
        for steps in side.steps.values():
            for step in steps:
                if step.assignment is not None and not step.assignment.external:
                    found[step.assignment] = None
    return tuple(found)


def _fixes(resolution: Resolution, tries: list[_Try]) -> list[tuple[Fix, ...]]:
    """For each of them the smallest sets that mend it; all sets of one size in one pass.

    Sets after which nothing new contradicts come first, whatever their size.
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
        lanes = [
            _changed(laid_open(resolution, tries[number].lane)[1], changes)
            for number, changes in zip(numbers, sets, strict=True)
        ]
        result = resolve(resolution.model._replace(assignments=()), lanes)
        for bit, (number, changes) in enumerate(zip(numbers, sets, strict=True)):
            then = _what_then(resolution, tries[number], result, bit)
            if then == ():
                clean[number].append(Fix(changes))
            elif then and not any(len(fix.changes) < size for fix in other[number]):
                other[number].append(Fix(changes, then))
    return [
        _without_needless_turns(best or second) for best, second in zip(clean, other, strict=True)
    ]


def _sets(lines: tuple[Assignment, ...], size: int) -> list[tuple[Change, ...]]:
    """Every choice of so many lines; all removed, or all turned round."""
    found = []
    for chosen in combinations(lines, size):
        for action in ("remove", "turn"):
            found.append(
                tuple(
                    Change(
                        action, one.symbol, one.value ^ (action == "turn"), one.place, one.origin
                    )
                    for one in chosen
                )
            )
    return found


def _changed(lane: Lane, changes: tuple[Change, ...]) -> Lane:
    kept = lane.assignments
    for change in changes:
        old = change.value ^ (change.action == "turn")
        added: tuple[Assignment, ...] = ()
        if change.action == "turn":
            added = (Assignment(change.symbol, change.value, change.place, origin=change.origin),)
        kept = tuple(
            one
            for one in kept
            if one.external
            or (one.symbol, one.value, one.place, one.origin)
            != (change.symbol, old, change.place, change.origin)
        )
        kept += added
    return Lane(lane.name, lane.mode, kept)


def _what_then(
    before: Resolution, one: _Try, after: Resolution, lane: int
) -> tuple[str, ...] | None:
    """None where the contradiction is still there; else the symbols that contradict newly."""
    old = {item.symbol for item in before.contradictions if item.lanes >> one.lane & 1}
    new = {item.symbol for item in after.contradictions if item.lanes >> lane & 1}
    cyclic = any(cycle.lanes >> lane & 1 for cycle in after.cycles)
    if one.contradiction.symbol in new or cyclic:
        return None
    return tuple(sorted(new - old))


def _without_needless_turns(fixes: list[Fix]) -> tuple[Fix, ...]:
    """To turn lines round is offered only where to remove the same lines does not do."""
    best: dict[frozenset[tuple[str, object, str]], Fix] = {}
    for fix in fixes:
        lines = frozenset((one.symbol, one.place, one.origin) for one in fix.changes)
        best.setdefault(lines, fix)
    return tuple(best.values())
