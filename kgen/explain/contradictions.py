"""Contradictions with both derivations, and the changes of lines that fix them."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

from kgen.explain.additions import Additions
from kgen.explain.bounds import AllBounds
from kgen.explain.change import EXTERNAL, Change, external_change, instructions
from kgen.explain.steps import Explanation, Reasons, Step
from kgen.explain.trials import Trial, outcomes, symbols_changed
from kgen.explain.words import entry_place
from kgen.model.clauses import Assignment
from kgen.model.configurations import Build, Contradiction, Resolution
from kgen.model.lanes import members
from kgen.model.record import Record
from kgen.targets.externals import passing

# Limits of the search for fixes: lines per set, and sets of one size (one lane each).
_MOST_LINES = 4


_MOST_LANES = 4000


class Fix(Record):
    """A set of lines to remove, to invert or to add, or of external symbols to pass or not to pass.

    then: symbols that have a new contradiction after this fix, because the first contradiction
    hid it.
    """

    changes: tuple[Change, ...]
    then: tuple[str, ...] = ()


class Explained(Record):
    """A contradiction in one lane, for all lanes (a bit set) in which it has the same fixes.

    yes, no: why the symbol must be y, and why it must be n; each step of the symbol is sufficient
    on its own. fixes: the smallest sets of changes and the best sets of lines to add, each tested
    by resolving the result; those of external symbols first, then those that change the fewest
    symbols. own: whether any user line is involved. bounds: of the lanes. internal: the internal
    symbols, each with those that select it, because of which the symbol must be n, if no line to
    add is found.
    """

    contradiction: Contradiction
    lanes: int
    lane: int
    yes: Explanation
    no: Explanation
    fixes: tuple[Fix, ...]
    own: bool
    bounds: AllBounds
    internal: tuple[tuple[str, tuple[str, ...]], ...] = ()


class _Try(Record):
    contradiction: Contradiction
    lane: int
    yes: Explanation
    no: Explanation
    lines: tuple[Assignment, ...]
    outside: tuple[Change, ...]


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
            lines, outside = _lines(yes, no), _outside(reasons, lane, yes, no)
            tries.append(_Try(item, lane, yes, no, lines, outside))
    candidates = Additions(resolution.model, reasons.bounds)
    removals = _fixes(resolution, tries, candidates)
    additions = _additions(resolution, tries, candidates)
    fixes = _least_damage_first(reasons, tries, removals, additions)
    groups: dict[tuple[Contradiction, tuple[object, ...]], Explained] = {}
    for one, sets in zip(tries, fixes, strict=True):
        # Lanes with the same fixes are grouped, even if the lines are in different files.
        build = resolution.lanes[one.lane].build
        words = tuple((_words(fix, build), fix.then) for fix in sets)
        before = groups.get((one.contradiction, words))
        if before is not None:
            groups[one.contradiction, words] = before._replace(lanes=before.lanes | 1 << one.lane)
        else:
            added = any(change.action == "add" for fix in sets for change in fix.changes)
            groups[one.contradiction, words] = Explained(
                one.contradiction,
                1 << one.lane,
                one.lane,
                one.yes,
                one.no,
                sets,
                bool(one.lines),
                reasons.bounds,
                () if added else candidates.needed(one.no),
            )
    return list(groups.values())


def _words(fix: Fix, build: Build | None) -> tuple[str, ...]:
    return tuple(words for words, _ in instructions(fix.changes, build))


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


def _outside(reasons: Reasons, lane: int, *sides: Explanation) -> tuple[Change, ...]:
    """The changes of external symbols that are involved and that options can make."""
    bounds = reasons.bounds.of(lane)
    model = reasons.resolution.model
    changes: dict[str, Change] = {}
    for side in sides:
        for symbol, steps in side.steps.items():
            own = [step for step in steps if step.assignment is not None]
            passed = any(step.assignment.external for step in own if step.assignment is not None)
            value = side.values[symbol]
            if symbol not in bounds.hosts or passed != value or (own and not passed):
                continue
            if passing({symbol: not value}, bounds.build) is not None:
                place = entry_place(model, symbol)
                changes[symbol] = external_change(symbol, not value, place)
    return tuple(changes.values())


def _fixes(
    resolution: Resolution, tries: list[_Try], candidates: Additions
) -> list[tuple[Fix, ...]]:
    """The smallest sets of changes that fix each contradiction: of external symbols, of lines,
    and, if there is neither, of both together."""
    outside = _smallest(resolution, tries, candidates, [one.outside for one in tries])
    lines = _smallest(resolution, tries, candidates, [one.lines for one in tries])
    found = [(*first, *second) for first, second in zip(outside, lines, strict=True)]
    both: list[tuple[Change | Assignment, ...]] = [
        () if fixes else (*one.outside, *one.lines) for one, fixes in zip(tries, found, strict=True)
    ]
    rest = _smallest(resolution, tries, candidates, both)
    return [first or second for first, second in zip(found, rest, strict=True)]


def _smallest(
    resolution: Resolution,
    tries: list[_Try],
    candidates: Additions,
    pools: Sequence[Sequence[Change | Assignment]],
) -> list[tuple[Fix, ...]]:
    """The smallest sets from each try's pool that fix it; all sets of one size in one pass.

    Sets that cause no new contradiction are preferred, regardless of their size.
    """
    clean: list[list[Fix]] = [[] for _ in tries]
    other: list[list[Fix]] = [[] for _ in tries]
    for size in range(1, _MOST_LINES + 1):
        numbers: list[int] = []
        sets: list[tuple[Change, ...]] = []
        for number, pool in enumerate(pools):
            if clean[number] or len(pool) < size:
                continue
            for changes in _sets(pool, size):
                if any(map(candidates.says_for_others, changes)):
                    continue
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


def _additions(resolution: Resolution, tries: list[_Try], candidates: Additions) -> list[list[Fix]]:
    """Lines to add that fix each contradiction and cause no new one."""
    found: list[list[Fix]] = [[] for _ in tries]
    numbers: list[int] = []
    trials: list[Trial] = []
    for number, one in enumerate(tries):
        for changes in (*candidates.off(one.yes), *candidates.on(one.no, one.lane)):
            numbers.append(number)
            trials.append(Trial(one.contradiction.symbol, one.lane, changes))
        if len(trials) > _MOST_LANES:
            break
    for number, trial, then in zip(numbers, trials, outcomes(resolution, trials), strict=True):
        if then == ():
            found[number].append(Fix(trial.changes))
    return found


def _least_damage_first(
    reasons: Reasons,
    tries: list[_Try],
    removals: list[tuple[Fix, ...]],
    additions: list[list[Fix]],
) -> list[tuple[Fix, ...]]:
    """The fixes of each contradiction. Those of external symbols come first, then those that change
    the fewest symbols, then those of the fewest lines; of the additions only the best that turns
    something off, and the best that turns something on."""
    fixes = [[*some, *more] for some, more in zip(removals, additions, strict=True)]
    trials = [
        Trial(one.contradiction.symbol, one.lane, fix.changes)
        for one, own in zip(tries, fixes, strict=True)
        for fix in own
    ]
    counts = iter(symbols_changed(reasons.resolution, reasons.known, trials))
    ordered = []
    for own in fixes:
        damage = [next(counts) for _ in own]
        ranks = sorted(
            range(len(own)),
            key=lambda i: (
                bool(own[i].then),
                any(change.action not in EXTERNAL for change in own[i].changes),
                damage[i],
                len(own[i].changes),
                i,
            ),
        )
        kept: list[Fix] = []
        added: set[bool] = set()
        for i in ranks:
            change = own[i].changes[0]
            if change.action != "add" or change.value not in added:
                kept.append(own[i])
            if change.action == "add":
                added.add(change.value)
        ordered.append(tuple(kept))
    return ordered


def _sets(pool: Sequence[Change | Assignment], size: int) -> list[tuple[Change, ...]]:
    """All subsets of `size`, with all lines removed or all inverted."""
    sets: dict[tuple[Change, ...], None] = {}
    for chosen in combinations(pool, size):
        for action in ("remove", "turn"):
            changes = (
                one
                if isinstance(one, Change)
                else Change(
                    action, one.symbol, one.value ^ (action == "turn"), one.place, one.origin
                )
                for one in chosen
            )
            sets[tuple(changes)] = None
    return list(sets)


def _without_needless_inversions(fixes: list[Fix]) -> tuple[Fix, ...]:
    """Inverting lines is offered only if removing the same lines does not fix it."""
    best: dict[frozenset[tuple[str, object, str]], Fix] = {}
    for fix in fixes:
        lines = frozenset((one.symbol, one.place, one.origin) for one in fix.changes)
        best.setdefault(lines, fix)
    return tuple(best.values())
