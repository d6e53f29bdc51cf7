"""Explanations as lines of text: a tree in which each fact is explained once and then referred to.

Nothing here decides: the words follow the steps of an Explanation.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence, Set

from kgen.explain import other_architectures
from kgen.explain.other_architectures import UNBOUNDED, Bounds
from kgen.explain.steps import Explanation, Step
from kgen.explain.words import VERBS, entry_place, nothing, reason, step_place
from kgen.model.clauses import Model, letter, written
from kgen.model.configurations import Resolution
from kgen.model.places import Place
from kgen.model.record import Record

# An explanation is folded to this many lines, unless all is asked for.
LINES = 60


# Deeper than this nobody reads; it is said what was left out.
_DEEPEST = 200


class Line(Record):
    """One line of an explanation. depth: 0 for the symbol itself; place: what it speaks of."""

    depth: int
    text: str
    place: Place | None = None
    symbol: str = ""
    value: bool = False


class _Fold(Record):
    """How much is shown: so deep, and of several ways or reasons so many."""

    deep: int
    wide: int
    bounds: Bounds = UNBOUNDED
    elsewhere: Set[str] = frozenset()
    all: bool = False


def lines(
    resolution: Resolution,
    explanation: Explanation,
    limit: int | None,
    bounds: Bounds = UNBOUNDED,
) -> list[Line]:
    """The whole explanation, or as much of it as fits so many lines: first the deepest parts are
    folded, then what is wide. What belongs to other architectures is folded in any case.
    """
    elsewhere = other_architectures.elsewhere(resolution.model, explanation, bounds)
    if limit is None:
        most = len(resolution.model.clauses) + len(explanation.steps)
        return list(_walk(resolution, explanation, _Fold(_DEEPEST, most, bounds, all=True)))
    for wide in (1000, 12, 6, 3):
        for deep in (_DEEPEST, 16, 10, 7, 5, 4):
            found = _at_most(
                limit, _walk(resolution, explanation, _Fold(deep, wide, bounds, elsewhere))
            )
            if found is not None:
                return found
    for deep in (3, 2, 1):
        fold = _Fold(deep, 2, bounds, elsewhere)
        found = _at_most(limit, _walk(resolution, explanation, fold))
        if found is not None:
            return found
    return list(_walk(resolution, explanation, _Fold(0, 1, bounds, elsewhere)))


def _at_most(limit: int, found: Iterator[Line]) -> list[Line] | None:
    taken: list[Line] = []
    for line in found:
        if len(taken) == limit:
            return None
        taken.append(line)
    return taken


def _walk(resolution: Resolution, explanation: Explanation, fold: _Fold) -> Iterator[Line]:
    """Depth first, without recursion: a chain of selects may be as long as a tree is large."""
    seen: set[str] = set()
    stack: list[tuple[int, str, Step | None, str | None]] = [(0, "", None, explanation.symbol)]
    while stack:
        depth, lead, step, symbol = stack.pop()
        if symbol is None and step is None:
            yield Line(depth, lead)
            continue
        if symbol is None:
            assert step is not None
            yield Line(
                depth, lead + reason(resolution.model, step), step_place(resolution.model, step)
            )
            stack.extend(reversed(_needed(step, depth + 1)))
            continue
        value = explanation.values[symbol]
        says = f"{lead}{symbol} is {letter(value)}"
        if symbol in seen:
            says += ", as above"
            yield Line(depth, says, None, symbol, value)
            continue
        seen.add(symbol)
        below = _Below(resolution, explanation, symbol, fold, depth)
        text, place = below.head()
        yield Line(depth, f"{says}{text}", place, symbol, value)
        stack.extend(reversed(below.parts()))


_Part = tuple[int, str, "Step | None", "str | None"]


class _Below:
    """What stands below one symbol's line."""

    def __init__(
        self,
        resolution: Resolution,
        explanation: Explanation,
        symbol: str,
        fold: _Fold,
        depth: int,
    ) -> None:
        self.resolution = resolution
        self.explanation = explanation
        self.symbol = symbol
        self.fold = fold
        self.depth = depth
        self.steps = explanation.steps[symbol]
        self.missed = explanation.missed.get(symbol, ())

    def head(self) -> tuple[str, Place | None]:
        """What the symbol's own line says behind its value: the first step."""
        if not self.steps:
            return "", None
        first = self.steps[0]
        if first.kind == "unset" and not first.value:
            place = entry_place(self.resolution.model, self.symbol)
            return f": {nothing(self.symbol, self.missed, self.fold.bounds)}", place
        says = f": {reason(self.resolution.model, first)}"
        if first.value and self.depth and len(self.steps) > 1 and not self.fold.all:
            # Each of them is enough; deeper down one will do.
            says += f" (and {len(self.steps) - 1} more)"
        return says, step_place(self.resolution.model, first)

    def parts(self) -> list[_Part]:
        depth = self.depth + 1
        if depth > self.fold.deep:
            hidden = bool(self.missed or any(step.needs for step in self.steps))
            return [(depth, "...", None, None)] if hidden else []
        found: list[_Part] = []
        for number, step in enumerate(self.steps):
            if number == self.fold.wide and len(self.steps) > self.fold.wide + 1:
                rest = len(self.steps) - number
                found.append((depth, f"... and {rest} more reasons like this", None, None))
                break
            if not number:
                found += _needed(step, depth)
            elif depth == 1 or not step.value or self.fold.all:
                found.append((depth, "also: ", step, None))
        if self.symbol == self.explanation.symbol and not self.depth:
            found += [(depth, "", step, None) for step in self.explanation.allowed]
        found += self._missed(depth)
        for step in self.explanation.overtaken.get(self.symbol, ())[: self.fold.wide]:
            # Why it holds is not told: it decided nothing.
            found.append((depth, "too late: ", step._replace(needs=()), None))
        return found

    def _missed(self, depth: int) -> list[_Part]:
        """The ways in which the symbol could have become y; dead ends of one kind on one line."""
        found: list[_Part] = []
        far = [step for step in self.missed if self._is_far(step)]
        near = [step for step in self.missed if step not in far] if len(far) > 1 else self.missed
        ends = [] if self.fold.all else [step for step in near if self._is_end(step)]
        ways = [step for step in near if len(ends) < 3 or step not in ends]
        for number, step in enumerate(ways):
            if number == self.fold.wide and len(ways) > self.fold.wide + 1:
                says = _folded("... and", ways[number:], self.resolution)
                found.append((depth, says, None, None))
                break
            assert step.clause is not None
            clause = self.resolution.model.clauses[step.clause]
            if step.kind in ("selected", "implied") and step.needs == ((clause.symbol, False),):
                found.append((depth, f"{VERBS[step.kind]} it: ", None, clause.symbol))
            else:
                found.append((depth, "not: ", step, None))
        for kind in ("selected", "implied"):
            same = [step for step in ends if step.kind == kind]
            if len(ends) >= 3 and same:
                says = _folded(f"{VERBS[kind]} it, and nothing sets them:", same, self.resolution)
                found.append((depth, says, None, None))
        if len(far) > 1:
            says = _folded("only for other architectures:", far, self.resolution)
            found.append((depth, says, None, None))
        return found

    def _is_far(self, step: Step) -> bool:
        """Whether a way leads over a symbol of another architecture."""
        return any(not value and name in self.fold.elsewhere for name, value in step.needs)

    def _is_end(self, step: Step) -> bool:
        """Whether a way ends at a symbol that nothing but a line of the user's could set."""
        if len(step.needs) != 1 or step.kind not in ("selected", "implied"):
            return False
        symbol = step.needs[0][0]
        steps = self.explanation.steps[symbol]
        unset = bool(steps) and steps[0].kind == "unset"
        return unset and not self.explanation.missed.get(symbol, ())


def _folded(lead: str, steps: Sequence[Step], resolution: Resolution) -> str:
    ways = dict.fromkeys(_way(resolution.model, step) for step in steps)
    shown = list(ways)[:8]
    more = f" and {len(ways) - 8} more" if len(ways) > 8 else ""
    count = f" {len(ways)} more ways:" if lead.startswith("...") else ""
    return f"{lead}{count} {', '.join(shown)}{more}"


def _needed(step: Step, depth: int) -> list[_Part]:
    return [(depth, "", None, name) for name, _ in step.needs]


def _way(model: Model, step: Step) -> str:
    assert step.clause is not None
    clause = model.clauses[step.clause]
    return clause.symbol if step.kind in ("selected", "implied") else f'"{written(clause)}"'
