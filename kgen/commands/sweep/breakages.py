"""The results of a sweep over all targets: each kind of contradiction once, with its reasons."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from kgen.commands.sweep.failing_lanes import Conflict, Example, Tally
from kgen.commands.sweep.scope import Scope
from kgen.commands.sweep.shrink import Assigned, shrink
from kgen.explain.words import gives
from kgen.model.clauses import Model, assignment_text
from kgen.model.places import Place
from kgen.model.record import Record
from kgen.targets.externals import passing

# The kinds of contradictions in the order of the output: first those without an assignment, which
# the authors of the tree have to fix.
SORTS = ("select-depends", "assigned-depends", "select-assigned", "assigned-assigned", "cycle")


class Reason(Record):
    """One side of a contradiction. place: None for an assignment."""

    text: str
    place: Place | None


class Breakage(Record):
    """A kind of contradiction.

    assignments: the fewest; a devices file of `target` with only these lines fails this way.
    lines: the symbols among them that the target's own devices file sets to the same value. alone:
    that failure has no other contradiction. reasons: for y, then for n; one for a cycle. counts:
    the number of configurations of each target that failed this way. options: those that pass the
    external symbols among the assignments; "" if there are none.
    """

    sort: str
    symbol: str
    target: str
    assignments: Assigned
    lines: tuple[str, ...]
    alone: bool
    reasons: tuple[Reason, ...]
    counts: tuple[tuple[str, int], ...]
    options: str = ""

    @property
    def place(self) -> Place | None:
        """The place of the reason for y, or else of the one for n."""
        return next((reason.place for reason in self.reasons if reason.place), None)


def breakages(tallies: Sequence[Tally], step: Callable[[], None]) -> tuple[Breakage, ...]:
    """Every kind of contradiction, shrunk; the same kind in several targets is one.

    step: called once for each target.
    """
    counts: dict[tuple[int, Conflict], list[tuple[str, int]]] = {}
    best: dict[tuple[int, Conflict], tuple[tuple[bool, int], int]] = {}
    for number, tally in enumerate(tallies):
        for kind, count in tally.counts.items():
            key = (tally.scope.group, kind)
            counts.setdefault(key, []).append((tally.scope.name, count))
            rank = min(map(_rank, tally.examples[kind])), number
            if key not in best or rank < best[key]:
                best[key] = rank
    found: list[Breakage] = []
    for number, tally in enumerate(tallies):
        scope = tally.scope
        own: Mapping[Conflict, Sequence[Example]] = {
            kind: examples
            for kind, examples in tally.examples.items()
            if best[scope.group, kind][1] == number
        }
        for kind, core in shrink(scope, own).items():
            lines = [symbol for symbol, value in core.assigned if scope.lines.get(symbol) == value]
            found.append(
                Breakage(
                    _sort(scope.model, kind),
                    kind.symbol,
                    scope.name,
                    core.assigned,
                    tuple(lines),
                    core.alone,
                    _reasons(scope.model, kind),
                    tuple(counts[scope.group, kind]),
                    _options(scope, core.assigned),
                )
            )
        step()
    return tuple(sorted(found, key=_order))


def _options(scope: Scope, assigned: Assigned) -> str:
    passed = {name: value for name, value in assigned if name in scope.outside}
    return (passing(passed, scope.lane.build) or "") if passed else ""


def _rank(example: Example) -> tuple[bool, int]:
    return not example.alone, len(example.assigned)


def _order(item: Breakage) -> tuple[object, ...]:
    return (
        SORTS.index(item.sort),
        not item.alone,
        len(item.assignments),
        item.symbol,
        item.assignments,
        tuple(reason.text for reason in item.reasons),
        item.target,
    )


def _sort(model: Model, kind: Conflict) -> str:
    if kind.cycle:
        return "cycle"
    up = "assigned" if kind.yes is None else "select"
    return f"{up}-{'assigned' if kind.no is None else 'depends'}"


def _reasons(model: Model, kind: Conflict) -> tuple[Reason, ...]:
    if kind.cycle:
        path = " -> ".join((*kind.cycle, kind.cycle[0]))
        places = {entry.symbol: entry.place for entry in reversed(model.entries)}
        return (Reason(f"dependency cycle: {path}", places.get(kind.symbol)),)
    return _reason(model, kind, kind.yes, True), _reason(model, kind, kind.no, False)


def _reason(model: Model, kind: Conflict, fact: int | None, value: bool) -> Reason:
    if fact is None:
        fixed = [
            item.place
            for item in model.assignments
            if item.symbol == kind.symbol and item.value == value
        ]
        words = f"{assignment_text(kind.symbol, value)} is assigned"
        return Reason(words, fixed[0] if fixed else None)
    clause = model.clauses[fact]
    return Reason(gives(clause), clause.place)
