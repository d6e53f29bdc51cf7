"""What failed in a resolution, as problems for people: contradictions and cycles."""

from __future__ import annotations

from kgen.errors import Note, Place, Problem
from kgen.expr import text
from kgen.model import Assignment, Clause, Contradiction, Cycle, Fact, Resolution


def problems(resolution: Resolution) -> list[Problem]:
    """One problem for each contradiction and each cycle, with every place that takes part."""
    found = [_contradiction(resolution, item) for item in resolution.contradictions]
    return found + [_cycle(resolution, item) for item in resolution.cycles]


def _contradiction(resolution: Resolution, item: Contradiction) -> Problem:
    notes: list[Note] = []
    unplaced: list[str] = []
    for fact in sorted(item.facts, key=lambda fact: not fact.value):
        place, words = _fact(resolution, fact)
        if place is None:
            unplaced.append(words)
        else:
            notes.append(Note(place, words))
    where = _in_targets(resolution, item.lanes)
    message = f"contradiction: {item.symbol} must be y and must be n {where}"
    if unplaced:
        message += f" ({'; '.join(unplaced)})"
    if not notes:
        return Problem(message, hint=_way_out(item))
    return Problem(message, notes[0].place, notes=tuple(notes), hint=_way_out(item))


def _fact(resolution: Resolution, fact: Fact) -> tuple[Place | None, str]:
    if fact.assignment is not None:
        return fact.assignment.place, _assigned(fact.assignment)
    assert fact.clause is not None
    clause = resolution.model.clauses[fact.clause]
    if clause.kind == "depends":
        return clause.place, f'n: "{written(clause)}" does not hold'
    return clause.place, f'y: {clause.symbol} is y and has "{written(clause)}"'


def _assigned(item: Assignment) -> str:
    value = "y" if item.value else "n"
    by = f" by {item.origin}" if item.origin else " here"
    return f"{value}: CONFIG_{item.symbol}={value} is assigned{by}"


def _way_out(item: Contradiction) -> str:
    """What a user can change: their own lines, if any takes part."""
    lines = [fact.assignment for fact in item.facts if fact.assignment is not None]
    if not lines:
        return ""
    told = {f"CONFIG_{line.symbol}={'y' if line.value else 'n'}" for line in lines}
    return f"remove {' or '.join(sorted(told))}, or change what contradicts it"


def _cycle(resolution: Resolution, item: Cycle) -> Problem:
    path = " -> ".join((*item.symbols, item.symbols[0]))
    notes = []
    for number, (symbol, step) in enumerate(zip(item.symbols, item.steps, strict=True)):
        clause = resolution.model.clauses[step]
        needed = item.symbols[(number + 1) % len(item.symbols)]
        own = "" if clause.symbol == symbol else f" in the entry of {clause.symbol}"
        notes.append(Note(clause.place, f'{symbol} needs {needed}: "{written(clause)}"{own}'))
    where = _in_targets(resolution, item.lanes)
    message = f"cycle: {path} {where}"
    hint = "no order of evaluation gives these symbols a value: cut one of the lines"
    return Problem(message, notes[0].place, notes=tuple(notes), hint=hint)


def written(clause: Clause) -> str:
    """A clause as it stands in a Kconfig file."""
    if clause.kind == "depends":
        return f"depends on {text(clause.condition or ())}"
    operand = ("y" if clause.value else "n") if clause.kind == "default" else clause.target
    condition = "" if clause.condition is None else f" if {text(clause.condition)}"
    return f"{clause.kind} {operand}{condition}"


def _in_targets(resolution: Resolution, lanes: int) -> str:
    names = [lane.name for bit, lane in enumerate(resolution.lanes) if lanes >> bit & 1]
    if len(names) == len(resolution.lanes) > 3:
        return f"in all {len(names)} targets"
    if len(names) > 6:
        return f"in {len(names)} targets ({', '.join(names[:5])}, ...)"
    return f"in {', '.join(names)}"
