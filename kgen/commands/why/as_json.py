"""The explanations of `kgen why` as JSON data."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from kgen.commands.why.changes import Ways
from kgen.commands.why.groups import Group
from kgen.commands.why.unused import Unused
from kgen.explain import words
from kgen.explain.change import EXTERNAL, Change
from kgen.explain.steps import Explanation, Reasons, Step
from kgen.model.clauses import letter, written
from kgen.model.configurations import Build, Outcome, Resolution
from kgen.model.expr import text
from kgen.model.lanes import first, members
from kgen.model.places import Place, shown
from kgen.targets.externals import passing

# The depth limit: a chain can be as long as the tree is large, and JSON parsers limit nesting.
_DEEPEST = 60

# What is not yet done of a node: gives the nodes below it, one after the other.
_Open = Iterator["_Open"]


def because(reasons: Reasons, explanation: Explanation) -> dict[str, Any]:
    """The tree of an explanation; a symbol explained earlier has `"repeated": true`."""
    return _Tree(reasons, explanation).root()


class _Tree:
    def __init__(self, reasons: Reasons, explanation: Explanation) -> None:
        self.bounds = reasons.bounds
        self.resolution = reasons.resolution
        self.explanation = explanation
        self.seen: set[str] = set()

    def root(self) -> dict[str, Any]:
        """The node of the symbol that is explained, with all that is below it."""
        data: dict[str, Any] = {}
        # What is open, the innermost last: each gives a node, or is done with its own.
        stack = [self.node(self.explanation.symbol, 0, None, data)]
        while stack:
            inner = next(stack[-1], None)
            if inner is None:
                stack.pop()
            else:
                stack.append(inner)
        return data

    def node(self, symbol: str, depth: int, through: Step | None, data: dict[str, Any]) -> _Open:
        """Fill in a symbol's node; what is below it is yielded, to be filled in at that point."""
        steps = self.explanation.steps[symbol]
        first = steps[0] if steps else None
        data |= {
            "symbol": symbol,
            "value": letter(self.explanation.values[symbol]),
            **self.step(symbol, first),
        }
        if through is not None:
            data["through"] = self.clause(through)
        data["causes"] = []
        if symbol in self.seen:
            data["repeated"] = True
            return
        self.seen.add(symbol)
        if depth == _DEEPEST:
            data["folded"] = True
            return
        if first is not None:
            yield from self.causes(first, depth, None, data["causes"])
        for step in self.explanation.missed.get(symbol, ()):
            yield from self.causes(step, depth, step, data["causes"])
        if len(steps) > 1:
            data["also"] = [{**self.step(symbol, step), "causes": []} for step in steps[1:]]
            for step, more in zip(steps[1:], data["also"], strict=True):
                yield from self.causes(step, depth, None, more["causes"])
        allowed = self.explanation.allowed
        if symbol == self.explanation.symbol and allowed:
            data["allowed"] = [{**self.clause(step), "causes": []} for step in allowed]
            for step, more in zip(allowed, data["allowed"], strict=True):
                yield from self.causes(step, depth, None, more["causes"])
        overtaken = self.explanation.overtaken.get(symbol, ())
        if overtaken:
            data["overtaken"] = [self.clause(step) for step in overtaken]

    def causes(self, step: Step, depth: int, through: Step | None, into: list[Any]) -> _Open:
        """The nodes of what a step needs."""
        for name, _ in step.needs:
            data: dict[str, Any] = {}
            into.append(data)
            yield self.node(name, depth + 1, through, data)

    def step(self, symbol: str, step: Step | None) -> dict[str, Any]:
        if step is None:
            return {"reason": "unknown", "file": None, "line": None, "condition": None}
        place = words.step_place(self.resolution.model, step)
        message = None
        if step.kind == "unset":
            place = words.entry_place(self.resolution.model, symbol)
            if not step.value:
                missed = self.explanation.missed.get(symbol, ())
                lane = 1 << self.explanation.lane
                message = words.nothing(symbol, missed, self.bounds, lane)
        condition = None
        data: dict[str, Any] = {"reason": step.kind, **where(place)}
        if step.clause is not None:
            clause = self.resolution.model.clauses[step.clause]
            condition = None if clause.condition is None else text(clause.condition)
            data["by"] = clause.symbol
            data["clause"] = written(clause)
        if step.assignment is not None:
            data["by"] = step.assignment.origin or None
            data["external"] = step.assignment.external
        if place is not None and place.file.includes:
            data["included_from"] = [f"{path}:{line}" for path, line in place.file.includes]
        data["condition"] = condition
        if message is not None:
            data["message"] = message
        return data

    def clause(self, step: Step) -> dict[str, Any]:
        assert step.clause is not None
        clause = self.resolution.model.clauses[step.clause]
        return {
            "symbol": clause.symbol,
            "clause": written(clause),
            **where(clause.place),
        }


def where(place: Place | None) -> dict[str, Any]:
    """The keys `file` and `line` of a place."""
    if place is None:
        return {"file": None, "line": None}
    return {"file": shown(place.file), "line": place.line}


def ways_data(ways: Ways | None, build: Build | None) -> list[list[dict[str, Any]]]:
    """The lists of changes that would give the other value."""
    return [] if ways is None else [[_change(c, one, build) for c in one] for one in ways.lists]


def internal_data(ways: Ways | None) -> dict[str, list[str]]:
    """The internal symbols that the lists set or, without lists, that block them, each with the
    symbols that select it."""
    return {} if ways is None else {name: list(by) for name, by in ways.internal}


def _change(change: Change, together: Sequence[Change], build: Build | None) -> dict[str, Any]:
    """One change; `options` passes all external symbols that change together with it."""
    data: dict[str, Any] = {
        "action": change.action,
        "symbol": change.symbol,
        "value": letter(change.value),
    }
    if change.action in EXTERNAL:
        outside = {one.symbol: one.value for one in together if one.action in EXTERNAL}
        data["options"] = passing(outside, build)
    return data | where(change.place)


def group_data(reasons: Reasons, symbol: str, group: Group) -> dict[str, Any]:
    """A group of targets, with the explanation for its first target."""
    resolution = reasons.resolution
    return {
        "value": letter(group.value),
        "reason": group.kind,
        "targets": lane_names(resolution, group.lanes),
        "because": because(reasons, reasons.explain(symbol, first(group.lanes))),
    }


def lane_names(resolution: Resolution, lanes: int) -> list[str]:
    """The names of lanes."""
    return [resolution.lanes[lane].name for lane in members(lanes)]


def unused_data(found: Sequence[tuple[Outcome, tuple[Unused, ...]]]) -> list[dict[str, Any]]:
    """Assignments without effect."""
    return [
        {
            "target": outcome.target.name,
            "symbol": item.assignment.symbol,
            "value": letter(item.assignment.value),
            "why": item.why,
            "origin": item.assignment.origin or None,
            **where(item.assignment.place),
        }
        for outcome, items in found
        for item in items
    ]
