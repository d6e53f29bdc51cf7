"""What failed in a resolution, as problems for people: contradictions and cycles."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from kgen.explain import tree_text
from kgen.explain.change import change_words
from kgen.explain.contradictions import Explained, explained
from kgen.explain.steps import Explanation
from kgen.model.clauses import written
from kgen.model.configurations import Cycle, Resolution
from kgen.model.lanes import members
from kgen.model.places import Place
from kgen.model.problems import Note, Problem

# So many lines of each derivation are shown; `kgen why` shows more.
_LINES = 12


def problems(resolution: Resolution) -> list[Problem]:
    """One problem for each contradiction and each cycle, with every place that takes part."""
    return [problem for _, problem in problems_of(resolution)]


def problems_of(
    resolution: Resolution, names: Mapping[int, str] | None = None
) -> list[tuple[int, Problem]]:
    """The same, each with the lanes (bits) that have it; names: of lanes that are called
    otherwise than their targets."""
    called = tuple((names or {}).get(bit, lane.name) for bit, lane in enumerate(resolution.lanes))
    found = [
        (item.lanes, _contradiction(resolution, item, called)) for item in explained(resolution)
    ]
    return found + [(item.lanes, _cycle(resolution, item, called)) for item in resolution.cycles]


def _contradiction(resolution: Resolution, clash: Explained, names: Sequence[str]) -> Problem:
    symbol = clash.contradiction.symbol
    where = _in_lanes(resolution, clash.lanes, names)
    notes = [*_side(resolution, clash.yes, "y"), *_side(resolution, clash.no, "n")]
    if clash.lanes & (clash.lanes - 1):
        notes.insert(0, Note(None, f"as it is derived in {names[clash.lane]}:"))
    placed = [note.place for note in notes if note.place is not None]
    return Problem(
        f"contradiction: {symbol} must be y and must be n {where}",
        placed[0] if placed else None,
        notes=tuple(notes),
        hint=_hint(resolution, clash),
        code="KG301",
    )


def _side(resolution: Resolution, side: Explanation, value: str) -> list[Note]:
    """One derivation as notes: what forces the value, and below it why, down to what is set."""
    found = []
    for line in tree_text.lines(resolution, side, _LINES):
        text = line.text
        if not line.depth:
            # The head names the symbol and the value that it must have here.
            text = f"{value}: {text.partition(': ')[2]}"
        elif line.depth == 1 and text.startswith("also: "):
            text = f"{value}: {text.removeprefix('also: ')}"
        else:
            text = f"{'  ' * line.depth} {text}"
        found.append(Note(line.place, text))
    return found


def _hint(resolution: Resolution, clash: Explained) -> str:
    """The ways out: the user's own lines to change, each tried."""
    if not clash.fixes:
        if clash.own:
            return "no change of the lines that take part mends this alone"
        return "no line of a devices file takes part: the tree itself has to change, or the mode"
    ways = []
    for fix in clash.fixes[:4]:
        way = " and ".join(change_words(change) for change in fix.changes)
        if fix.then:
            way += f" ({', '.join(fix.then)} contradicts then)"
        ways.append(way)
    more = f"; or {len(clash.fixes) - 4} other ways" if len(clash.fixes) > 4 else ""
    return f"{'; or '.join(ways)}{more}"


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
        hint="no order of evaluation gives these symbols a value: cut one of the lines",
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
