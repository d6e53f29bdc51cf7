"""A reason in one short sentence (the immediate step), for policy findings and comments."""

from __future__ import annotations

from collections.abc import Sequence

from kgen.explain.steps import Reasons, Step
from kgen.explain.support import Fact
from kgen.explain.words import facts, gives, nothing, reason, step_place
from kgen.model.places import Place
from kgen.model.record import Record


class Sentence(Record):
    """Why a symbol has its value in some lanes (a bit set), with its place.

    place: None if the reason is not in a file (an option, or that nothing enables the symbol).
    """

    text: str
    place: Place | None
    lanes: int


def sentences(reasons: Reasons, symbol: str, lanes: int) -> list[Sentence]:
    """One sentence for each group of lanes with the same reason; the groups are disjoint.

    If several reasons hold, the first one is given: an assignment before a clause, and clauses in
    textual order. Undeclared symbols have a sentence, too.
    """
    model = reasons.resolution.model
    if symbol not in reasons.resolution.values:
        return [Sentence(f"{symbol} does not exist for this target", None, lanes)]
    parts: list[Sentence] = []
    rest = lanes
    for step in reasons.steps(symbol, lanes):
        here = step.lanes & rest
        if not here:
            continue
        rest &= ~here
        if step.kind == "unset" and not step.value:
            parts += _unset(reasons, symbol, here)
        else:
            for alike in _alike(reasons, step, here):
                text = _sentence(reasons, step, alike)
                parts.append(Sentence(text, step_place(model, step), alike))
    return _merged(parts)


def _unset(reasons: Reasons, symbol: str, lanes: int) -> list[Sentence]:
    """For a symbol that nothing enables: the first clause that could, and why it does not."""
    model = reasons.resolution.model
    parts: list[Sentence] = []
    rest = lanes
    # The symbol's own default is more informative than a select by another symbol.
    order = ("default", "implied", "selected")
    steps = sorted(reasons.missed(symbol, lanes), key=lambda step: order.index(step.kind))
    for step in steps:
        here = step.lanes & rest
        if here and step.clause is not None:
            rest &= ~here
            clause = model.clauses[step.clause]
            for alike in _alike(reasons, step, here):
                but = f", but {_facts(reasons, step.needs, alike)}" if step.needs else ""
                parts.append(Sentence(gives(clause) + but, clause.place, alike))
    if rest:
        parts += [
            Sentence(nothing(symbol, (), reasons.bounds, here), None, here)
            for here in reasons.bounds.alike(symbol, rest)
        ]
    return parts


def _sentence(reasons: Reasons, step: Step, lanes: int) -> str:
    """The step's reason with the facts that it needs, except the selecting symbol."""
    model = reasons.resolution.model
    words = reason(model, step)
    selector = model.clauses[step.clause].symbol if step.clause is not None else ""
    needs = [fact for fact in step.needs if fact != (selector, True)]
    return f"{words}: {_facts(reasons, needs, lanes)}" if needs else words


def _lacking(reasons: Reasons, needs: Sequence[Fact]) -> str:
    """The first fact that rests on what is not passed from outside; "" if there is none."""
    bounds = reasons.bounds
    return next((name for name, value in needs if not value and name in bounds.hosts), "")


def _alike(reasons: Reasons, step: Step, lanes: int) -> list[int]:
    """These lanes in parts, in each of which the same options pass what a step lacks."""
    return reasons.bounds.alike(_lacking(reasons, step.needs), lanes)


def _facts(reasons: Reasons, needs: Sequence[Fact], lanes: int) -> str:
    """Facts in words, with the option that passes what is lacking."""
    name = _lacking(reasons, needs)
    if not name:
        return facts(needs)
    about = f"{name}: " if len(needs) > 1 else ""
    return f"{facts(needs)} ({about}{nothing(name, (), reasons.bounds, lanes)})"


def _merged(parts: list[Sentence]) -> list[Sentence]:
    """Merge equal sentences, with the union of their lanes."""
    merged: dict[tuple[str, Place | None], int] = {}
    for item in parts:
        key = (item.text, item.place)
        merged[key] = merged.get(key, 0) | item.lanes
    return [Sentence(text, place, lanes) for (text, place), lanes in merged.items()]
