"""Lines that may fix a contradiction if they are added: candidates, each to be tried."""

from __future__ import annotations

from collections import defaultdict
from itertools import combinations

from kgen.explain.bounds import AllBounds
from kgen.explain.change import Change
from kgen.explain.steps import Explanation
from kgen.model.clauses import Model
from kgen.model.expr import names
from kgen.model.places import Place
from kgen.targets.symbol_kinds import internal_symbols, kinds

# The number of symbols of one side that are tried, nearest first; up to _FEW also in pairs. A set
# of more than _LONGEST lines is not a hint.
_MOST = 40


_FEW = 12


_LONGEST = 12


class Additions:
    """The candidates of one model's contradictions."""

    def __init__(self, model: Model, bounds: AllBounds) -> None:
        self.bounds = bounds
        self.internal = internal_symbols(model, kinds(model, bounds.external))
        self.needs: dict[str, set[str]] = defaultdict(set)
        for clause in model.clauses:
            if clause.kind == "depends":
                self.needs[clause.symbol].update(names(clause.condition or ()))
        self.places: dict[str, Place] = {}
        for entry in model.entries:
            self.places.setdefault(entry.symbol, entry.place)

    def off(self, yes: Explanation) -> list[tuple[Change, ...]]:
        """Lines that turn off what a default or an imply turned on, and because of which the symbol
        must be y: each one alone, and what selects the symbol together."""
        given = [
            name
            for name, steps in yes.steps.items()
            if name != yes.symbol and yes.values[name] and _is_given(yes, name)
        ]
        sets = [[name] for name in given[:_MOST] if name in self.places]
        together = self._together(yes)
        if 1 < len(together) <= _LONGEST:
            # What depends on another of them goes with it.
            free = [name for name in together if not self.needs[name] & set(together)]
            sets += [together, free]
        return [tuple(self._line(name, False) for name in names) for names in sets if names]

    def on(self, no: Explanation, lane: int) -> list[tuple[Change, ...]]:
        """Lines that turn on what nothing turned on, and because of which the symbol must be n."""
        foreign = self.bounds.of(lane).foreign
        found = [
            name
            for name in no.steps
            if name != no.symbol and not no.values[name] and _is_given(no, name, "depends")
        ]
        found = [name for name in found if name not in foreign and self._may_be_set(name)][:_MOST]
        sets: list[tuple[Change, ...]] = [(self._line(name, True),) for name in found]
        pairs = combinations(found, 2) if len(found) <= _FEW else ()
        return sets + [(self._line(one, True), self._line(two, True)) for one, two in pairs]

    def needed(self, no: Explanation) -> tuple[tuple[str, tuple[str, ...]], ...]:
        """The internal symbols because of which the symbol must be n, each with its selectors.

        Not those that something forces to n: that is what lacks.
        """
        facts = [name for step in no.steps[no.symbol] for name, value in step.needs if not value]
        lacking = [name for name in facts if name in self.internal and _is_given(no, name)]
        return tuple((name, self.internal[name]) for name in lacking)

    def says_for_others(self, change: Change) -> bool:
        """Whether it turns the line of an internal symbol to y."""
        return change.action == "turn" and change.value and change.symbol in self.internal

    def _line(self, symbol: str, value: bool) -> Change:
        return Change("add", symbol, value, self.places[symbol])

    def _may_be_set(self, symbol: str) -> bool:
        """Whether a devices file may set a symbol to y: it is neither external nor internal."""
        known = symbol in self.places and symbol not in self.bounds.external
        return known and symbol not in self.internal

    def _together(self, yes: Explanation) -> list[str]:
        """What has to be turned off so that nothing selects the symbol; [] if a line, or what is
        external, selects it."""
        found: list[str] = []
        open_ = [yes.symbol]
        for name in open_:
            selected = [step for step in yes.steps.get(name, ()) if step.kind == "selected"]
            if name != yes.symbol and _is_given(yes, name) and name in self.places:
                found.append(name)
            elif not selected:
                return []
            for step in selected:
                selector = step.needs[0][0] if step.needs else ""
                if selector not in open_:
                    open_.append(selector)
        return found


def _is_given(explanation: Explanation, symbol: str, *more: str) -> bool:
    """Whether nothing forces the symbol's value, except steps of these further kinds."""
    steps = explanation.steps.get(symbol, ())
    return bool(steps) and all(
        step.kind in ("default", "implied", "unset", *more) for step in steps
    )
