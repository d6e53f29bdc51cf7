"""Probable renames: pairs of a removed and a new symbol with similar clauses."""

from __future__ import annotations

from collections.abc import Sequence

from kgen.model.clauses import Clause, Model
from kgen.model.configurations import Resolution
from kgen.model.record import Record


class Rename(Record):
    """A probable rename.

    same, of: how many of their clauses are shared, and of how many. likeness: of the names, in
    percent.
    """

    old: str
    new: str
    same: int
    of: int
    likeness: int
    file: str
    line: int


class _Looks(Record):
    """All clauses that name a symbol, and those of them that are of other symbols, without its
    name."""

    every: frozenset[object]
    others: frozenset[object]
    file: str
    line: int


def renames(old: Sequence[Resolution], new: Sequence[Resolution]) -> list[Rename]:
    """Pairs of similar removed and new symbols, each symbol in at most one."""
    if not old or not new:
        return []
    old_model, new_model = old[0].model, new[0].model
    was = old_model.declared()
    now = new_model.declared()
    gone, come = was - now, now - was
    if not gone or not come:
        return []
    left, right = _looks(old_model, gone, come), _looks(new_model, come, gone)
    scored = sorted(
        (
            (score, rename)
            for one in sorted(gone)
            for other in sorted(come)
            if (rename := _alike(one, left[one], other, right[other])) is not None
            for score in [(rename.same / rename.of) + rename.likeness / 100]
        ),
        key=lambda item: (-item[0], item[1]),
    )
    found: list[Rename] = []
    taken: set[str] = set()
    for _, rename in scored:
        if not {rename.old, rename.new} & taken:
            taken |= {rename.old, rename.new}
            found.append(rename)
    return sorted(found)


def _looks(model: Model, symbols: set[str], _others: set[str]) -> dict[str, _Looks]:
    own: dict[str, set[object]] = {symbol: set() for symbol in symbols}
    others: dict[str, set[object]] = {symbol: set() for symbol in symbols}
    for clause in model.clauses:
        if clause.symbol in symbols:
            own[clause.symbol].add(_without(clause, clause.symbol))
        for symbol in {clause.target, *(clause.condition or ())} & symbols:
            if symbol != clause.symbol:
                others[symbol].add(_without(clause, symbol))
    places = {entry.symbol: entry.place for entry in reversed(model.entries)}
    return {
        symbol: _Looks(
            frozenset(own[symbol] | others[symbol]),
            frozenset(others[symbol]),
            places[symbol].file.path,
            places[symbol].line,
        )
        for symbol in symbols
    }


def _without(clause: Clause, symbol: str) -> object:
    """A clause with the symbol's name replaced by ""."""

    def plain(name: str) -> str:
        return "" if name == symbol else name

    condition = None if clause.condition is None else tuple(map(plain, clause.condition))
    return (clause.kind, plain(clause.symbol), plain(clause.target), clause.value, condition)


def _alike(old: str, one: _Looks, new: str, other: _Looks) -> Rename | None:
    """A rename, if most clauses are shared and the names are similar enough.

    Clauses that many symbols have (`default y if PCI_DEVICES`) prove little without similar
    names, and so do similar names without shared clauses.
    """
    same = len(one.every & other.every)
    of = len(one.every) + len(other.every) - same
    if not same or same * 2 < of:
        return None
    import difflib  # rarely needed

    matcher = difflib.SequenceMatcher(None, old, new, autojunk=False)
    likeness = round(100 * matcher.ratio())
    telling = len(one.others & other.others)
    same_file = one.file == other.file
    needed = 50 if telling or (same_file and same > 1) else 65 if same_file else 75
    if likeness < needed:
        return None
    return Rename(old, new, same, of, likeness, other.file, other.line)
