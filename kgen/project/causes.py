"""Why something is missing in a configuration with one symbol: whose file needs it, and which
symbols would bring it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from kgen.code.conditions import Truth
from kgen.code.lane_truth import LaneTruth
from kgen.model import expr
from kgen.model.expr import Expr
from kgen.model.lanes import members, union
from kgen.model.order import reached
from kgen.model.record import Record
from kgen.project.single_symbol import Singles


class Cause(Record):
    """A symbol whose file needs what other symbols bring.

    other: the sets of these of which each would do, without symbols that others of a set bring; the
    likeliest first. lane: of the smallest configuration in which it is missing.
    """

    symbol: str
    other: tuple[tuple[str, ...], ...]
    lane: int


class Causes:
    """Finds causes in the configurations of `singles`.

    architectures: the symbols that are passed for a target. selectable: symbols that a Kconfig file
    can select: declared, and not passed.
    """

    def __init__(
        self, singles: Singles, architectures: Collection[str], selectable: Collection[str]
    ) -> None:
        self._singles = singles
        self._architectures = architectures
        self._selectable = selectable
        self._providers: dict[tuple[tuple[Expr, ...], int], tuple[tuple[str, ...], ...]] = {}

    def mendable(self, lanes: int, providers: Iterable[Expr]) -> int:
        """Those of these lanes in which what is passed allows all symbols of one condition."""
        barred = self._singles.barred
        return union(
            lanes & ~union(barred.get(name, 0) for name in expr.names(one)) for one in providers
        )

    def cause(self, lanes: int, file: Expr, providers: Sequence[Expr]) -> Cause | None:
        """Why something is missing in these lanes.

        file: the condition of the file that needs it. providers: of those that would bring it. None
        if no symbol would.
        """
        lane = min(members(lanes), key=self._singles.size)
        if not self.owner(lanes, lane, file):
            # Of a target without a symbol of its own the boards have to bring it.
            own = [one for one in members(lanes) if self._singles.cases[one].symbol]
            if own:
                lane = min(own, key=self._singles.size)
                other = self.bringing(providers, lane)
                return Cause(self._singles.cases[lane].symbol, other, lane) if other else None
        other = self.bringing(providers, lane)
        return Cause(self.owner(lanes, lane, file), other, lane) if other else None

    def owner(self, lanes: int, lane: int, file: Expr) -> str:
        """The symbol for which a file is built, in a lane of some."""
        values = self._singles.resolution.values
        case = self._singles.cases[lane]
        every = dict.fromkeys(name for name in expr.names(file) if ":" not in name)
        on = [name for name in every if values.get(name, 0) >> lane & 1]
        if case.symbol in on:
            return case.symbol
        # A file of an architecture with an accelerator is the architecture's.
        if on and all(one not in self._selectable for one in on) and "arch:" in " ".join(file):
            on = []
        settable = [name for name in on if name in self._selectable]
        if len(settable) > 1 and case.symbol and not self._always(settable, file, lanes):
            return case.symbol  # which brings them together, and not what they need together
        if len(settable) == 1 and case.symbol and not self._means(on, file):
            return case.symbol  # as the other one is there for more than this file
        if on:
            # The one that the fewest configurations have.
            return min(on, key=lambda name: (values[name].bit_count(), name))
        wide = [name for name in sorted(self._architectures) if values.get(name, 0) >> lane & 1]
        whole = [name for name in wide if not lanes & ~values[name]]
        return min(whole or wide, key=lambda name: (values[name].bit_count(), name), default="")

    def _always(self, symbols: Sequence[str], file: Expr, lanes: int) -> bool:
        """Whether a file needs what is missing in all configurations that have these symbols."""
        where = self._singles.truth.of(file)[0] & ~self._singles.failed
        for name in symbols:
            where &= self._singles.resolution.values[name]
        return not where & ~lanes

    def _means(self, symbols: Sequence[str], file: Expr) -> bool:
        """Whether a file is built in all configurations that have these symbols."""
        where = ~self._singles.failed
        for name in symbols:
            where &= self._singles.resolution.values[name]
        return not where & ~self._singles.truth.of(file)[1]

    def bringing(self, providers: Sequence[Expr], lane: int) -> tuple[tuple[str, ...], ...]:
        """The least of what `bringing` gives in a lane of these configurations."""
        key = tuple(providers), lane
        found = self._providers.get(key)
        if found is None:
            sets = bringing(self._singles.truth, self._selectable, providers, lane)
            sets = [self._least(one) for one in sets]
            fewest = min(map(len, sets), default=0)
            least = dict.fromkeys(one for one in sets if len(one) == fewest)
            found = self._providers[key] = tuple(least)
        return found

    def _least(self, symbols: tuple[str, ...]) -> tuple[str, ...]:
        """These symbols without those that others of them bring; that of the fewest configurations
        first."""
        values = self._singles.resolution.values
        found = sorted(symbols, key=lambda name: (values.get(name, 0).bit_count(), name))
        for name in symbols:
            if any(name in self._brings(other) for other in found if other != name):
                found.remove(name)
        return tuple(found)

    def _brings(self, symbol: str) -> set[str]:
        """The symbols that one selects whatever else holds, directly and through others."""
        return set(reached([symbol], lambda name: self._singles.selects.get(name, ())))


def bringing(
    truth: LaneTruth, selectable: Collection[str], providers: Iterable[Expr], lane: int
) -> list[tuple[str, ...]]:
    """The sets of symbols of which each would make one of the conditions true in a lane: the
    smallest first, then those of the first condition.

    selectable: symbols that a Kconfig file can select.
    """
    ranked = sorted(
        (len(one), number, one)
        for number, condition in enumerate(providers)
        for one in _sets(truth, selectable, condition, lane)
    )
    return list(dict.fromkeys(one for _, _, one in ranked))


def _sets(
    truth: LaneTruth, selectable: Collection[str], condition: Expr, lane: int
) -> Iterable[tuple[str, ...]]:
    """The least sets of symbols that would make a condition possible in a lane: single ones, else
    all that it names without `!`."""
    bit = 1 << lane
    known = {}
    missing = []
    for name in expr.names(condition):
        surely, possibly = truth.of((name,))
        known[name] = (int(bool(surely & bit)), int(bool(possibly & bit)))
        if ":" not in name and name in selectable and not possibly & bit:
            missing.append(name)
    singles = [(name,) for name in missing if Truth({**known, name: (1, 1)}, 1).of(condition)[1]]
    if singles or not missing:
        return singles
    if Truth({**known, **dict.fromkeys(missing, (1, 1))}, 1).of(condition)[1]:
        return [tuple(dict.fromkeys(missing))]
    return []
