"""Undefined symbols, and hints on what was meant."""

from __future__ import annotations

from kgen.model.expr import names
from kgen.model.problems import Nearest, Note, Problem

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from kgen.model.clauses import Assignment, Model


def undefined(model: Model, named: Iterable[Assignment] = ()) -> list[Problem]:
    """A problem for each symbol that is used but not declared, with all places that use it."""
    declared = model.declared()
    outside = dict.fromkeys(item.symbol for item in named)
    missing = [name for name in (model.mentions + tuple(outside)) if name not in declared]
    if not missing:
        return []
    places: dict[str, list[Note]] = {name: [] for name in missing}
    for clause in model.clauses:
        message = f"{clause.symbol}: {clause.kind}"
        mentioned = {clause.target, *names(clause.condition or ())}
        for name in mentioned & places.keys():
            places[name].append(Note(clause.place, f'used here by "{message}"'))
    assigned: set[tuple[str, Note]] = set()
    for item in (*model.assignments, *named):
        if item.symbol in places and item.place is not None:
            note = Note(item.place, "assigned here")
            if (item.symbol, note) not in assigned:
                assigned.add((item.symbol, note))
                places[item.symbol].append(note)
    nearest = Nearest(declared)
    return [_undefined(name, notes, nearest) for name, notes in places.items()]


def hints(name: str, nearest: Nearest) -> str:
    """A hint for an undefined symbol: similar names, and for a QEMU tree whether other releases
    declare it or whether it is a host feature. nearest: of the declared symbols."""
    from kgen.targets import hosts, releases  # needed for error messages only

    near_names = nearest.hint(name)
    known = ""
    if not nearest.exhausted and ("TCG" in nearest.known or "PCI_DEVICES" in nearest.known):
        known = releases.hint(name)
        if name in hosts.PROFILES["linux-all"]:
            known = f"{known}, as a host feature" if known else "a host feature"
    return "; ".join(text for text in (near_names, known) if text)


def _undefined(name: str, notes: list[Note], nearest: Nearest) -> Problem:
    message = f"undefined symbol {name}" if name else "undefined symbol with an empty name"
    hint = hints(name, nearest)
    if not notes:
        return Problem(message, hint=hint, code="KG201")
    first, *rest = notes
    return Problem(message, first.place, notes=tuple(rest), hint=hint, focus=name, code="KG201")
