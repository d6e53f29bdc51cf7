"""Explanations as lines of text: a tree that explains each fact once and then refers to it.

The lines follow the steps of an Explanation; nothing is evaluated here.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence, Set

from kgen.explain import other_architectures
from kgen.explain.bounds import AllBounds
from kgen.explain.steps import Explanation, Step
from kgen.explain.words import VERBS, entry_place, nothing, reason, step_place
from kgen.model.clauses import Model, letter, written
from kgen.model.configurations import Resolution
from kgen.model.places import Place
from kgen.model.record import Record

# Maximum number of lines of a folded explanation.
LINES = 60


# Maximum depth, also for a full explanation; deeper parts are shown as "...".
_DEEPEST = 200


class Line(Record):
    """One line of an explanation. depth: 0 for the symbol itself; place: of the step."""

    depth: int
    text: str
    place: Place | None = None
    symbol: str = ""
    value: bool = False


class _Fold(Record):
    """Limits of what is shown: depth, and number of reasons or ways for each symbol."""

    deep: int
    wide: int
    bounds: AllBounds
    elsewhere: Set[str] = frozenset()
    all: bool = False


def lines(
    resolution: Resolution,
    explanation: Explanation,
    limit: int | None,
    bounds: AllBounds,
) -> list[Line]:
    """The lines of an explanation. limit: the maximum number of lines; None shows everything.

    To fit the limit the deepest parts are folded first, then long lists. With a limit, symbols of
    other architectures are always folded.
    """
    elsewhere = other_architectures.elsewhere(
        resolution.model, explanation, bounds.of(explanation.lane)
    )
    if limit is None:
        most = len(resolution.model.clauses) + len(explanation.steps)
        return list(_walk(resolution, explanation, _Fold(_DEEPEST, most, bounds, all=True)))
    for wide in (1000, 12, 6, 3):
        for deep in (_DEEPEST, 16, 10, 7, 5, 4):
            fitting = _at_most(
                limit, _walk(resolution, explanation, _Fold(deep, wide, bounds, elsewhere))
            )
            if fitting is not None:
                return fitting
    for deep in (3, 2, 1):
        fold = _Fold(deep, 2, bounds, elsewhere)
        fitting = _at_most(limit, _walk(resolution, explanation, fold))
        if fitting is not None:
            return fitting
    return list(_walk(resolution, explanation, _Fold(0, 1, bounds, elsewhere)))


def _at_most(limit: int, candidates: Iterator[Line]) -> list[Line] | None:
    taken: list[Line] = []
    for line in candidates:
        if len(taken) == limit:
            return None
        taken.append(line)
    return taken


def _walk(resolution: Resolution, explanation: Explanation, fold: _Fold) -> Iterator[Line]:
    """Depth first, without recursion, because chains of selects can be very long."""
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
        head = f"{lead}{symbol} is {letter(value)}"
        if symbol in seen:
            head += ", as above"
            yield Line(depth, head, None, symbol, value)
            continue
        seen.add(symbol)
        below = _Below(resolution, explanation, symbol, fold, depth)
        text, place = below.head()
        yield Line(depth, f"{head}{text}", place, symbol, value)
        stack.extend(reversed(below.parts()))


_Part = tuple[int, str, "Step | None", "str | None"]


class _Below:
    """The reason of one symbol, and the lines below it."""

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
        """The text after the symbol's value, from the first step, and its place."""
        if not self.steps:
            return "", None
        model = self.resolution.model
        first = self.steps[0]
        if first.kind == "unset" and not first.value:
            place = entry_place(model, self.symbol)
            lane = 1 << self.explanation.lane
            missed = nothing(self.symbol, self.missed, self.fold.bounds, lane)
            return f": {missed}", place
        text = f": {reason(model, first)}"
        if first.value and self.depth and len(self.steps) > 1 and not self.fold.all:
            # Each step is sufficient; below the first level only one is shown.
            text += f" (and {len(self.steps) - 1} more)"
        return text, step_place(model, first)

    def parts(self) -> list[_Part]:
        depth = self.depth + 1
        if depth > self.fold.deep:
            hidden = bool(self.missed or any(step.needs for step in self.steps))
            return [(depth, "...", None, None)] if hidden else []
        parts: list[_Part] = []
        for number, step in enumerate(self.steps):
            if number == self.fold.wide and len(self.steps) > self.fold.wide + 1:
                rest = len(self.steps) - number
                parts.append((depth, f"... and {rest} more reasons", None, None))
                break
            if not number:
                parts += _needed(step, depth)
            elif depth == 1 or not step.value or self.fold.all:
                parts.append((depth, "also: ", step, None))
        if self.symbol == self.explanation.symbol and not self.depth:
            parts += [(depth, "", step, None) for step in self.explanation.allowed]
        parts += self._missed(depth)
        for step in self.explanation.overtaken.get(self.symbol, ())[: self.fold.wide]:
            # Its reasons are omitted, because it does not decide.
            parts.append((depth, "overridden: ", step._replace(needs=()), None))
        return parts

    def _missed(self, depth: int) -> list[_Part]:
        """The clauses that could have given a y; those that nothing sets share one line."""
        parts: list[_Part] = []
        far = [step for step in self.missed if self._is_far(step)]
        near = [step for step in self.missed if step not in far]
        given = other_architectures.may_be_given(self.resolution.model, self.symbol)
        if len(far) == 1 and not near and not given:  # then this one is the reason
            near, far = far, near
        ends = [] if self.fold.all else [step for step in near if self._is_end(step)]
        ways = [step for step in near if len(ends) < 3 or step not in ends]
        for number, step in enumerate(ways):
            if number == self.fold.wide and len(ways) > self.fold.wide + 1:
                text = _folded("... and", ways[number:], self.resolution)
                parts.append((depth, text, None, None))
                break
            assert step.clause is not None
            clause = self.resolution.model.clauses[step.clause]
            if step.kind in ("selected", "implied") and step.needs == ((clause.symbol, False),):
                parts.append((depth, f"{VERBS[step.kind]} it: ", None, clause.symbol))
            else:
                parts.append((depth, "not: ", step, None))
        for kind in ("selected", "implied"):
            same = [step for step in ends if step.kind == kind]
            if len(ends) >= 3 and same:
                text = _folded(f"{VERBS[kind]} it, but nothing sets them:", same, self.resolution)
                parts.append((depth, text, None, None))
        if far:
            text = _folded("only for other architectures:", far, self.resolution)
            parts.append((depth, text, None, None))
        return parts

    def _is_far(self, step: Step) -> bool:
        """Whether a clause needs a symbol of another architecture."""
        return any(not value and name in self.fold.elsewhere for name, value in step.needs)

    def _is_end(self, step: Step) -> bool:
        """Whether a clause needs a symbol that only an assignment in a file can set."""
        if len(step.needs) != 1 or step.kind not in ("selected", "implied"):
            return False
        symbol = step.needs[0][0]
        steps = self.explanation.steps[symbol]
        unset = bool(steps) and steps[0].kind == "unset"
        missed = self.explanation.missed.get(symbol, ())
        return unset and not missed and symbol not in self.fold.bounds.hosts


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
