"""The wording of reasons, shared by all commands (and by templates/report/reasons.js)."""

from __future__ import annotations

from collections.abc import Sequence

from kgen.explain.bounds import AllBounds
from kgen.explain.steps import Step
from kgen.explain.support import Fact
from kgen.model.clauses import Clause, Model, assignment_text, letter, of_code, written
from kgen.model.lanes import members
from kgen.model.places import Place
from kgen.targets.externals import OTHER_ARCHITECTURE, lacking

VERBS = {"selected": "selects", "implied": "implies"}

# Summaries for a group of targets with the same kind of reason.
KINDS = {
    "assigned": "it is assigned",
    "selected": "it is selected",
    "depends": 'a "depends on" does not hold',
    "default": "by default",
    "implied": "it is implied",
}


def reason(model: Model, step: Step) -> str:
    """The text of one step, without its place: `PC selects it`."""
    if step.assignment is not None:
        if step.assignment.external:
            return _passed(step.assignment.origin)
        by = f" by {step.assignment.origin}" if step.assignment.origin else ""
        return f"{assignment_text(step.symbol, step.assignment.value)} is assigned{by}"
    if step.clause is None:
        return "allyesconfig sets undecided symbols to y" if step.value else "nothing sets it"
    clause = model.clauses[step.clause]
    if step.kind in VERBS:
        own = gives(clause)
        if step.kind == "implied" and step.held and not step.value:
            return f"{own}, but the mode overrides it"
        return own
    if step.kind == "depends":
        return gives(clause) if not step.value else f'"{written(clause)}" holds'
    if step.held and step.value != clause.value:
        return f'the mode overrides "{written(clause)}"'
    return gives(clause)


def _passed(origin: str) -> str:
    """How an external symbol is set: `passed by --host linux`, `set by the architecture of X`."""
    by_target = origin.startswith(("architecture of ", "endianness of ", "host of "))
    return f"set by the {origin}" if by_target else f"passed by {origin}"


def gives(clause: Clause) -> str:
    """The text of a clause that gives or forces a value: `PC selects it`, `"default y"`."""
    line = written(clause)
    if clause.kind == "depends":
        return f'"{line}" does not hold'
    if clause.kind == "default":
        return f'"{line}"'
    verb = "selects" if clause.kind == "select" else "implies"
    if of_code(clause.target):
        if of_code(clause.symbol):  # nothing that could be named
            return f"it is there{line.partition(clause.target)[2]}"
        verb = "brings"
    return f"{clause.symbol} {verb} it{line.partition(clause.target)[2]}"


def facts(needs: Sequence[Fact]) -> str:
    """Facts as a list in a sentence; of more than four only the first three."""
    texts = [f"{name} is {letter(value)}" for name, value in needs]
    if len(texts) > 4:
        texts = [*texts[:3], f"and {len(texts) - 3} more"]
    return ", ".join(texts)


def nothing(symbol: str, missed: tuple[Step, ...], bounds: AllBounds, lanes: int) -> str:
    """Why a symbol that nothing sets is n in these lanes (a bit set).

    missed: the clauses that could have given a y. What comes from outside is said with the option
    that passes it.
    """
    if symbol in bounds.fixed:
        return OTHER_ARCHITECTURE
    if symbol in bounds.hosts:
        return lacking(symbol, [bounds.builds[lane] for lane in members(lanes)])
    if not missed:
        return "no default, select or imply can enable it"
    kinds = {step.kind for step in missed}
    if kinds == {"selected"}:
        if all(_selector_is_n(bounds.model, step) for step in missed):
            return "no symbol that selects it is y"
        return "no select of it holds"
    if kinds == {"default"}:
        return "none of its defaults holds"
    return "no select, default or imply of it holds"


def _selector_is_n(model: Model, step: Step) -> bool:
    """Whether a select fails because of the symbol that it belongs to, and not by its condition."""
    assert step.clause is not None
    return (model.clauses[step.clause].symbol, False) in step.needs


def step_place(model: Model, step: Step) -> Place | None:
    """The place of a step's clause or assignment."""
    if step.assignment is not None:
        return step.assignment.place
    return None if step.clause is None else model.clauses[step.clause].place


def entry_place(model: Model, symbol: str) -> Place | None:
    """The place of a symbol's first entry."""
    return next((entry.place for entry in model.entries if entry.symbol == symbol), None)
