"""A reason in one short sentence: the immediate step, for breaches and comments."""

from __future__ import annotations

from kgen.explain.steps import Reasons, Step
from kgen.model.clauses import Assignment, Model, assignment_text, letter, written
from kgen.model.places import Place
from kgen.model.record import Record


class Sentence(Record):
    """Why a symbol has its value in some lanes (bits), and where that stands.

    place: None for what no file says (an option, or that nothing gives a y).
    """

    text: str
    place: Place | None
    lanes: int


def sentences(reasons: Reasons, symbol: str, lanes: int) -> list[Sentence]:
    """One sentence for each group of lanes with the same reason; the groups are disjoint.

    Where several reasons hold at once, the first is told: an assignment before a clause, and
    clauses as they stand in the text. A symbol that the model does not know has one, too.
    """
    model = reasons.resolution.model
    if symbol not in reasons.resolution.values:
        return [Sentence(f"{symbol} does not exist for this target", None, lanes)]
    found: list[Sentence] = []
    rest = lanes
    for step in reasons.steps(symbol, lanes):
        here = step.lanes & rest
        if not here:
            continue
        rest &= ~here
        if step.kind == "unset" and not step.value:
            found += _unset(reasons, symbol, here)
        else:
            found.append(Sentence(_told(step, model), _place(step, model), here))
    return _merged(found)


def _unset(reasons: Reasons, symbol: str, lanes: int) -> list[Sentence]:
    """For a symbol that nothing gives a y: the first line that could, and why it does not."""
    model = reasons.resolution.model
    found: list[Sentence] = []
    rest = lanes
    # A default of its own tells more than any of those that could select it.
    order = ("default", "implied", "selected")
    steps = sorted(reasons.missed(symbol, lanes), key=lambda step: order.index(step.kind))
    for step in steps:
        here = step.lanes & rest
        if here and step.clause is not None:
            rest &= ~here
            clause = model.clauses[step.clause]
            owner = f"{clause.symbol} has " if clause.symbol != symbol else ""
            line = written(clause).replace(f" {symbol}", " it", 1) if owner else written(clause)
            text = f'{owner}"{line}", but {_facts(step)}' if step.needs else f'{owner}"{line}"'
            found.append(Sentence(text, clause.place, here))
    if rest:
        found.append(Sentence("nothing selects, implies or assigns it", None, rest))
    return found


def _told(step: Step, model: Model) -> str:
    value = letter(step.value)
    if step.assignment is not None:
        return _assigned(step.assignment)
    if step.clause is None:
        return "in allyesconfig what nothing forces is y"
    clause = model.clauses[step.clause]
    line = written(clause)
    if step.kind == "depends":
        return f'"{line}" does not hold: {_facts(step)}'
    facts = f": {_facts(step)}" if step.needs else ""
    if step.kind in ("selected", "implied"):
        verb = "selects" if step.kind == "selected" else "implies"
        if step.value:
            others = [fact for fact in step.needs if fact != (clause.symbol, True)]
            also = f" ({_listed(others)})" if others else ""
            return f"{clause.symbol} {verb} it{also}"
        return f"{clause.symbol} {verb} it, but in this mode that gives {value}"
    if clause.value is not step.value:
        return f'"{line}" decides, and in this mode it gives {value}'
    return f'"{line}" decides{facts}'


def _assigned(item: Assignment) -> str:
    by = f" by {item.origin}" if item.origin else ""
    return f"{assignment_text(item.symbol, item.value)} is set{by}"


def _place(step: Step, model: Model) -> Place | None:
    if step.assignment is not None:
        return step.assignment.place
    return None if step.clause is None else model.clauses[step.clause].place


def _facts(step: Step) -> str:
    return _listed(list(step.needs))


def _listed(facts: list[tuple[str, bool]]) -> str:
    told = [f"{name} is {letter(value)}" for name, value in facts]
    if len(told) > 4:
        told = [*told[:3], f"and {len(told) - 3} more"]
    return ", ".join(told)


def _merged(found: list[Sentence]) -> list[Sentence]:
    """Equal sentences once, with the lanes of all of them."""
    merged: dict[tuple[str, Place | None], int] = {}
    for item in found:
        key = (item.text, item.place)
        merged[key] = merged.get(key, 0) | item.lanes
    return [Sentence(text, place, lanes) for (text, place), lanes in merged.items()]
