"""Symbols that a list cannot keep y, since they need one that only boards or transports select."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from kgen.commands.migrate.trials import Bench, Settings
from kgen.model.clauses import Clause, Model, assignment_text
from kgen.model.expr import evaluate, names
from kgen.model.record import Record

_SHOWN = 4  # selectors that a sentence names


def board_parts(
    model: Model, kinds_of: Mapping[str, str], internal: Mapping[str, tuple[str, ...]]
) -> frozenset[str]:
    """The devices that are only ever y because a board selects them, itself or by its chips.

    They are parts of those boards: without one, a line for a part adds code that nothing uses.
    internal: the internal symbols, each with those that select it.
    """
    selectors: dict[str, dict[str, None]] = {}
    given: set[str] = set()
    for clause in model.clauses:
        if clause.kind == "select":
            selectors.setdefault(clause.target, {})[clause.symbol] = None
        elif clause.kind == "imply" or (clause.kind == "default" and clause.value):
            given.add(clause.target)
    return frozenset(
        symbol
        for symbol in selectors.keys() - given
        if kinds_of.get(symbol) == "device"
        and {kinds_of.get(name) for name in _selectors(internal, selectors[symbol])} == {"board"}
    )


class Need(Record):
    """An internal symbol that another one needs, with the `depends on` that needs it.

    selectors: the symbols that select it, directly or through other internal ones. keeping: those
    of them that keep the symbol y if the list sets them to y.
    """

    symbol: str
    flag: str
    clause: Clause
    selectors: tuple[str, ...]
    keeping: tuple[str, ...]

    def sentence(self, new: bool, foreign: frozenset[str]) -> str:
        """The need in words. new: the old tree does not have it. foreign: symbols of other
        architectures' boards, which are named only if there are no others."""
        own = [name for name in self.selectors if name not in foreign]
        rest = [name for name in own if name not in self.keeping]
        named = [*self.keeping, *rest][:_SHOWN]
        more = len(own) - len(named)
        by = ", ".join(named) + (f" and {more} more" if more else "")
        if not own:
            by = "boards of other architectures" if self.selectors else "nothing"
        said = f"it {'now ' if new else ''}needs {self.flag}, which is only ever selected, by {by}"
        if not self.keeping:
            return f"{said}; no line of the list can have that here"
        lines = " or ".join(assignment_text(name, True) for name in self.keeping[:_SHOWN])
        return f"{said}, which the list does not have; add {lines} to keep it"


def need_of(bench: Bench, settings: Settings, symbol: str) -> Need | None:
    """The internal symbol that keeps a symbol n, since it is n itself; None if none does."""
    values = bench.values(settings)
    wanted = bench.on.get(symbol, 0) or (1 << len(bench.frames)) - 1
    clause = _blocking(bench, values, symbol, wanted)
    if clause is None:
        return None
    assert clause.condition is not None
    flag = next(name for name in names(clause.condition) if _lacks(bench, values, name, wanted))
    selectors = tuple(_selectors(bench.internal, bench.internal[flag]))
    possible = [name for name in selectors if name not in bench.outside]
    keeping = _keeping(bench, settings, symbol, possible, wanted)
    return Need(symbol, flag, clause, selectors, keeping)


def _lacks(bench: Bench, values: dict[str, int], name: str, wanted: int) -> bool:
    return name in bench.internal and bool(wanted & ~values.get(name, 0))


def _blocking(bench: Bench, values: dict[str, int], symbol: str, wanted: int) -> Clause | None:
    """The nearest unmet `depends on` that names an internal symbol that is n."""
    seen = {symbol}
    edge = [symbol]
    while edge:
        unmet = [
            clause
            for clause in bench.model.clauses
            if clause.kind == "depends"
            and clause.target in edge
            and clause.condition is not None
            and wanted & ~evaluate(clause.condition, values, wanted)
        ]
        edge = []
        for clause in unmet:
            for name in names(clause.condition or ()):
                if _lacks(bench, values, name, wanted):
                    return clause
                if name not in seen and wanted & ~values.get(name, 0):
                    seen.add(name)
                    edge.append(name)
    return None


def _selectors(internal: Mapping[str, tuple[str, ...]], first: Iterable[str]) -> Iterator[str]:
    """The symbols that are not internal among the first ones, and among those that select the
    internal ones of them, and so on."""
    seen: set[str] = set()
    near = list(first)
    while near:
        seen.update(near)
        yield from (name for name in near if name not in internal)
        above = (name for inner in near for name in internal.get(inner, ()) if name not in seen)
        near = list(dict.fromkeys(above))


def _keeping(
    bench: Bench, settings: Settings, symbol: str, selectors: Sequence[str], wanted: int
) -> tuple[str, ...]:
    """The selectors with which the symbol is y, those that change fewer other symbols first."""
    lists = []
    for name in selectors:
        rest = tuple(item for item in settings if item[0] not in (name, symbol))
        lists.append((*rest, (name, True), (symbol, True)))
    if not lists:
        return ()
    resolution = bench.resolve(lists)
    now = bench.values(settings)
    width = len(bench.frames)
    every = (1 << width) - 1
    found = []
    for number in range(len(lists)):
        shift = number * width
        values = {name: bits >> shift & every for name, bits in resolution.values.items()}
        if not resolution.failed >> shift & every and not wanted & ~values[symbol]:
            changed = sum(bits != now[name] for name, bits in values.items())
            found.append((changed, selectors[number]))
    return tuple(name for _, name in sorted(found))
