"""The words for reasons: one wording, for every command that gives one."""

from __future__ import annotations

from collections.abc import Sequence

from kgen.explain.other_architectures import Bounds
from kgen.explain.steps import Step
from kgen.explain.support import Fact
from kgen.model.clauses import Clause, Model, assignment_text, letter, written
from kgen.model.places import Place

VERBS = {"selected": "selects", "implied": "implies"}

# What a group of targets with one kind of reason has in common.
KINDS = {
    "assigned": "it is assigned",
    "selected": "it is selected",
    "depends": 'a "depends on" does not hold',
    "default": "by default",
    "implied": "it is implied",
}


def reason(model: Model, step: Step) -> str:
    """One step in words, without its place: `PC selects it`."""
    if step.assignment is not None:
        if step.assignment.external:
            return f"passed from outside by {step.assignment.origin}"
        by = f" by {step.assignment.origin}" if step.assignment.origin else ""
        return f"{assignment_text(step.symbol, step.assignment.value)} is assigned{by}"
    if step.clause is None:
        return "allyesconfig turns on what nothing decides" if step.value else "nothing decides"
    clause = model.clauses[step.clause]
    if step.kind in VERBS:
        own = gives(clause)
        if step.kind == "implied" and step.held and not step.value:
            return f"{own}, which the mode turns off"
        return own
    if step.kind == "depends":
        return gives(clause) if not step.value else f'"{written(clause)}" holds'
    if step.held and step.value != clause.value:
        return f'the mode turns "{written(clause)}" {"on" if step.value else "off"}'
    return gives(clause)


def gives(clause: Clause) -> str:
    """A clause that gives a value, or forces one: `PC selects it`, `"default y"`."""
    line = written(clause)
    if clause.kind == "depends":
        return f'"{line}" does not hold'
    if clause.kind == "default":
        return f'"{line}"'
    verb = "selects" if clause.kind == "select" else "implies"
    return f"{clause.symbol} {verb} it{line.partition(clause.target)[2]}"


def facts(needs: Sequence[Fact]) -> str:
    """Facts in a sentence; of many the first and how many more there are."""
    told = [f"{name} is {letter(value)}" for name, value in needs]
    if len(told) > 4:
        told = [*told[:3], f"and {len(told) - 3} more"]
    return ", ".join(told)


def nothing(symbol: str, missed: tuple[Step, ...], bounds: Bounds) -> str:
    """Why a symbol that nothing decides is n, in words."""
    if symbol in bounds.fixed:
        return "the target's architecture is another"
    if not missed and symbol in bounds.hosts:
        return "it is not passed from outside (--host, --accel)"
    if not missed:
        return "nothing sets it, and the tree never gives it a y"
    kinds = {step.kind for step in missed}
    if kinds == {"selected"}:
        return "nothing that selects it is y"
    if kinds == {"default"}:
        return "no default of it holds"
    return "nothing selects it, and no default of it holds"


def step_place(model: Model, step: Step) -> Place | None:
    """The line of a step: of its clause or of its assignment."""
    if step.assignment is not None:
        return step.assignment.place
    return None if step.clause is None else model.clauses[step.clause].place


def entry_place(model: Model, symbol: str) -> Place | None:
    """Where a symbol is declared first."""
    return next((entry.place for entry in model.entries if entry.symbol == symbol), None)
