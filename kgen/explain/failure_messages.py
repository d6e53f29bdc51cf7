"""Contradictions and cycles of a resolution, as problems."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from kgen.explain import tree_text
from kgen.explain.change import instructions
from kgen.explain.contradictions import Explained, explained
from kgen.explain.steps import Explanation
from kgen.model.clauses import written
from kgen.model.configurations import Cycle, Resolution
from kgen.model.lanes import members
from kgen.model.places import Place
from kgen.model.problems import Note, Problem
from kgen.targets.symbol_kinds import only_selected_by

# The number of lines shown of each derivation; `kgen why` shows more.
_LINES = 12


def problems(resolution: Resolution) -> list[Problem]:
    """One problem for each contradiction and each cycle, with all places involved."""
    return [problem for _, problem in problems_of(resolution)]


def problems_of(
    resolution: Resolution, names: Mapping[int, str] | None = None
) -> list[tuple[int, Problem]]:
    """Like `problems`, each with its lanes (a bit set). names: names of lanes that differ from
    the names of their targets."""
    labels = tuple((names or {}).get(bit, lane.name) for bit, lane in enumerate(resolution.lanes))
    contradictions = [
        (item.lanes, _contradiction(resolution, item, labels)) for item in explained(resolution)
    ]
    cycles = [(item.lanes, _cycle(resolution, item, labels)) for item in resolution.cycles]
    return contradictions + cycles


def _contradiction(resolution: Resolution, clash: Explained, names: Sequence[str]) -> Problem:
    symbol = clash.contradiction.symbol
    where = _in_lanes(resolution, clash.lanes, names)
    notes = [*_side(resolution, clash, clash.yes, "y"), *_side(resolution, clash, clash.no, "n")]
    if clash.lanes & (clash.lanes - 1):
        notes.insert(0, Note(None, f"derivation in {names[clash.lane]}:"))
    placed = [note.place for note in notes if note.place is not None]
    return Problem(
        f"contradiction: {symbol} must be y and must be n {where}",
        placed[0] if placed else None,
        notes=tuple(notes),
        hint=_hint(resolution, clash),
        code="KG301",
    )


def _side(resolution: Resolution, clash: Explained, side: Explanation, value: str) -> list[Note]:
    """One derivation as notes: the clause that forces the value, and the reasons for it."""
    notes = []
    for line in tree_text.lines(resolution, side, _LINES, clash.bounds):
        text = line.text
        if not line.depth:
            # The first line is "SYMBOL is VALUE: REASON".
            text = f"{value}: {text.partition(': ')[2]}"
        elif line.depth == 1 and text.startswith("also: "):
            text = f"{value}: {text.removeprefix('also: ')}"
        else:
            text = f"{'  ' * line.depth} {text}"
        notes.append(Note(line.place, text))
    return notes


def _hint(resolution: Resolution, clash: Explained) -> str:
    """The fixes: changes of user lines, each tested."""
    if not clash.fixes:
        if clash.own:
            return "no change of the lines involved fixes this on its own"
        return "no line of a devices file is involved: change the tree or the mode"
    ways = []
    for fix in clash.fixes[:4]:
        steps = instructions(fix.changes, resolution.lanes[clash.lane].build)
        way = " and ".join(words for words, _ in steps)
        if fix.then:
            way += f" (then contradictory: {', '.join(fix.then)})"
        ways.append(way)
    more = f"; or {len(clash.fixes) - 4} other ways" if len(clash.fixes) > 4 else ""
    internal = "".join(
        f"; {name} is internal: {only_selected_by(selectors)}" for name, selectors in clash.internal
    )
    return f"{'; or '.join(ways)}{more}{internal}"


def _cycle(resolution: Resolution, item: Cycle, names: Sequence[str]) -> Problem:
    path = " -> ".join((*item.symbols, item.symbols[0]))
    notes = []
    first: Place | None = None
    for number, (symbol, step) in enumerate(zip(item.symbols, item.steps, strict=True)):
        clause = resolution.model.clauses[step]
        first = first or clause.place
        needed = item.symbols[(number + 1) % len(item.symbols)]
        own = "" if clause.symbol == symbol else f" in the entry of {clause.symbol}"
        notes.append(Note(clause.place, f'{symbol} needs {needed}: "{written(clause)}"{own}'))
    return Problem(
        f"cycle: {path} {_in_lanes(resolution, item.lanes, names)}",
        first,
        notes=tuple(notes),
        hint="these symbols have no evaluation order: remove one of the dependencies",
        code="KG302",
    )


def _in_lanes(resolution: Resolution, lanes: int, names: Sequence[str]) -> str:
    """`in x86_64-softmmu`, `in all 31 targets`, `in 7 targets (alpha-softmmu, ...)`."""
    here = [names[lane] for lane in members(lanes)]
    plain = list(names) == [lane.name for lane in resolution.lanes]
    if plain and len(here) == len(names) > 3:
        return f"in all {len(here)} targets"
    if len(here) > 6:
        noun = "targets" if plain else "configurations"
        return f"in {len(here)} {noun} ({', '.join(here[:5])}, ...)"
    return f"in {', '.join(here)}"
