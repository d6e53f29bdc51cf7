"""Lanes in which a symbol has its value for the same reasons: these are read once for all."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from kgen.explain.standard.reasons import Reason, Reasons
from kgen.model.lanes import first
from kgen.standard.defconfigs import Line
from kgen.standard.model import Assigned, Symbol
from kgen.standard.resolver import Resolution


class Alike:
    """Divides lanes by all that `Reasons` reads of a symbol.

    The values of the symbols in a condition (`Reason.causes`), and the file and line of a line that
    assigns (its values are the same), can differ between the lanes of a division.
    """

    def __init__(
        self, resolution: Resolution, assigned: Assigned, lines: Sequence[Sequence[Line]]
    ) -> None:
        self._all, self._model, self._lines = resolution, resolution.model, lines
        self._assigned = assigned
        self._reasons: dict[int, Reasons] = {}
        self._by_choice: dict[int, list[int]] = {}
        # For each name, the lanes of what their lines give it, in order.
        said: dict[str, dict[tuple[str | None, ...], int]] = {}
        for lane, own in enumerate(lines):
            values: dict[str, tuple[str | None, ...]] = {}
            for line in own:
                values[line.name] = (*values.get(line.name, ()), line.value)
            for name, given in values.items():
                lanes = said.setdefault(name, {})
                lanes[given] = lanes.get(given, 0) | 1 << lane
        self._said = said

    def of(self, number: int) -> Iterator[tuple[int, list[Reason]]]:
        """Sets of lanes that cover all of them, each with the reasons of its first lane."""
        symbol = self._model.symbols[number]
        groups = [self._all.lanes] if symbol.choice < 0 else self._groups_of(symbol.choice)
        for lanes in _divided(groups, self._masks(number, symbol)):
            yield lanes, self.reasons(first(lanes)).of(number)

    def reasons(self, lane: int) -> Reasons:
        """The reasons of a lane."""
        if lane not in self._reasons:
            self._reasons[lane] = Reasons(self._all, self._lines[lane], lane)
        return self._reasons[lane]

    def _masks(self, number: int, symbol: Symbol) -> Iterable[int]:
        """The sets of lanes that decide what the reasons are."""
        values, every = self._all.expressions, self._all
        yield from every.values(number).values()
        yield from every.visible[number]
        yield from self._said.get(symbol.name, {}).values()
        for clauses in (symbol.prompts, symbol.defaults, symbol.ranges):
            for clause in clauses:
                yield values[clause.condition][0]
        for reverse in (*symbol.selected_by, *symbol.implied_by):
            yield values[reverse.condition][0]
        for expression in (symbol.depends, symbol.selected, symbol.implied):
            yield from values[expression]
        for default in symbol.defaults:
            yield values[default.condition][1]
            if symbol.logical:
                yield values[default.value][1]
            elif symbol.ranges:
                yield from every.texts_of(default.value).values()
        for limits in symbol.ranges:
            for limit in (limits.low, limits.high):
                yield from every.values(limit).values()
        yield every.low[self._model.modules]

    def _groups_of(self, number: int) -> list[int]:
        """The lanes divided by what reasons read of a choice: once, for all of its members."""
        if number not in self._by_choice:
            self._by_choice[number] = _divided([self._all.lanes], self._of_choice(number))
        return self._by_choice[number]

    def _of_choice(self, number: int) -> Iterable[int]:
        choice = self._model.choices[number]
        yield from self._all.modes[number]
        yield from self._all.selections[number].values()
        for default in choice.defaults:
            yield self._all.expressions[default.condition][0]
        yield from self._assigned.members.get(number, {}).values()
        if self._model.heeds_n:
            for lines in self._assigned.latest.get(number, ()):
                yield from lines.values()
            for member in choice.members:
                yield from self._assigned.logical.get(member, ())


def _divided(groups: list[int], masks: Iterable[int]) -> list[int]:
    """Sets of lanes divided so that each is in a mask or beside it."""
    for mask in dict.fromkeys(masks):
        groups = [part for one in groups for part in (one & mask, one & ~mask) if part]
    return groups
