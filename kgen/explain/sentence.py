"""A reason in one short sentence (the immediate step), for policy findings and comments."""

from __future__ import annotations

from kgen.explain.other_architectures import UNBOUNDED
from kgen.explain.steps import Reasons, Step
from kgen.explain.words import facts, gives, nothing, reason, step_place
from kgen.model.clauses import Model
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
            parts.append(Sentence(_sentence(step, model), step_place(model, step), here))
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
            text = f"{gives(clause)}, but {facts(step.needs)}" if step.needs else gives(clause)
            parts.append(Sentence(text, clause.place, here))
    if rest:
        parts.append(Sentence(nothing(model, symbol, (), UNBOUNDED), None, rest))
    return parts


def _sentence(step: Step, model: Model) -> str:
    """The step's reason with the facts that it needs, except the selecting symbol."""
    words = reason(model, step)
    selector = model.clauses[step.clause].symbol if step.clause is not None else ""
    needs = [fact for fact in step.needs if fact != (selector, True)]
    return f"{words}: {facts(needs)}" if needs else words


def _merged(parts: list[Sentence]) -> list[Sentence]:
    """Merge equal sentences, with the union of their lanes."""
    merged: dict[tuple[str, Place | None], int] = {}
    for item in parts:
        key = (item.text, item.place)
        merged[key] = merged.get(key, 0) | item.lanes
    return [Sentence(text, place, lanes) for (text, place), lanes in merged.items()]
