"""Which symbols a model declares: names that none declares, and symbols declared twice."""

from __future__ import annotations

from kgen.errors import Note, Problem, near
from kgen.expr import names

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from kgen.model import Assignment, Entry, Model


def undefined(model: Model, named: Iterable[Assignment] = ()) -> list[Problem]:
    """A problem for each symbol that is named and declared nowhere, with every place of it."""
    declared = {entry.symbol for entry in model.entries}
    outside = dict.fromkeys(item.symbol for item in named)
    missing = [name for name in (model.mentions + tuple(outside)) if name not in declared]
    if not missing:
        return []
    places: dict[str, list[Note]] = {name: [] for name in missing}
    for clause in model.clauses:
        message = f"{clause.symbol}: {clause.kind}"
        mentioned = {clause.target, *names(clause.condition or ())}
        for name in mentioned & places.keys():
            places[name].append(Note(clause.place, f'named here by "{message}"'))
    for item in (*model.assignments, *named):
        if item.symbol in places and item.place is not None:
            note = Note(item.place, "assigned here")
            if note not in places[item.symbol]:
                places[item.symbol].append(note)
    # Looking for near names takes its time; nobody reads hundreds of them.
    return [
        _undefined(name, notes, declared if number < 50 else set())
        for number, (name, notes) in enumerate(places.items())
    ]


def twice(entries: Sequence[Entry], merge: Callable[[], bool | None]) -> list[Problem]:
    """A problem for each entry of a symbol that has one already, unless those are merged.

    merge is asked only if there is such an entry; None means that it is not known.
    """
    if len({entry.symbol for entry in entries}) == len(entries):
        return []
    merged = merge()
    if merged:
        return []
    undecided = merged is None
    first: dict[str, Entry] = {}
    problems = []
    for entry in entries:
        before = first.setdefault(entry.symbol, entry)
        if before is not entry:
            hint = "QEMU merges such entries up to 11.0 and rejects them since"
            if undecided:
                hint += "; no VERSION file stands beside this tree: say which with --duplicates"
            problems.append(
                Problem(
                    f"{entry.symbol} is defined twice",
                    entry.place,
                    notes=(Note(before.place, "defined here before"),),
                    hint=hint,
                )
            )
    return problems


def _undefined(name: str, notes: list[Note], declared: set[str]) -> Problem:
    message = f"undefined symbol {name}" if name else "undefined symbol with an empty name"
    if not notes:
        return Problem(message, hint=near(name, declared))
    first, *rest = notes
    hint = near(name, declared)
    return Problem(message, first.place, notes=tuple(rest), hint=hint, focus=name)
