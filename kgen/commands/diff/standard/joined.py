"""Two models of standard Kconfig as one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, cast

from kgen.model.record import Record
from kgen.standard.model import (
    CONSTANT,
    EQUAL,
    IS_N,
    MODE_OF,
    NOT,
    VALUE_OF,
    Assigned,
    Choice,
    Model,
    Symbol,
)
from kgen.standard.resolver import Resolution


class Half(Record):
    """One side of some pairs of targets: a resolution with a lane for each pair, and what is
    assigned there."""

    resolution: Resolution
    assigned: Assigned


class _Translated(Mapping[int, Symbol]):
    """Symbols of the old side in other terms, each when it is asked for: few of them changed."""

    def __init__(self, translate: Callable[[Symbol], Symbol], symbols: dict[int, Symbol]) -> None:
        self._translate, self._symbols = translate, symbols
        self._known: dict[int, Symbol] = {}

    def __getitem__(self, number: int) -> Symbol:
        if number not in self._known:
            self._known[number] = self._translate(self._symbols[number])
        return self._known[number]

    def __contains__(self, number: object) -> bool:
        return number in self._symbols

    def __iter__(self) -> Iterator[int]:
        return iter(self._symbols)

    def __len__(self) -> int:
        return len(self._symbols)


class Joined:
    """Both sides in one model: that of the new side, with what only the old one has added.

    Equal expressions of both have one number, so that clauses of both can be compared. symbols: the
    list of the model's, in which one can be replaced. numbers: the number of each symbol of the old
    model. before: by number, what the old side defines, in the terms of this model. own_choice: for
    members of choices on the old side, the number of that choice, which stands beside the new ones.
    assigned, assigned_before: what is assigned on the new side and on the old one.
    """

    def __init__(self, old: Half, new: Half) -> None:
        model, was = new.resolution.model, old.resolution.model
        self.symbols = list(model.symbols)
        self.numbers = self._numbers_of(model, was)
        self._choices = list(model.choices)
        self._choice = self._choice_numbers(model, was)
        self._nodes = list(model.expressions)
        self._expression = self._expression_numbers(was)
        self.before = _Translated(
            self._translated, {self.numbers[one]: was.symbols[one] for one in was.defined}
        )
        for number in range(len(model.symbols), len(self.symbols)):
            self.symbols[number] = self.before.get(number, self.symbols[number])
        # The old choices stand beside the new ones, to be tried in their place.
        count = len(self._choices)
        self._choices += (self._translated_choice(one) for one in was.choices)
        self.own_choice = {
            self.numbers[number]: count + was.symbols[number].choice
            for number in was.defined
            if was.symbols[number].choice >= 0
        }
        # Symbols are replaced in the list, where a tuple would be copied each time.
        joined = model._replace(
            symbols=cast("tuple[Symbol, ...]", self.symbols),
            choices=tuple(self._choices),
            expressions=tuple(self._nodes),
        )
        self.model = joined
        self.assigned_before = self._with_choices(self._translated_assigned(old.assigned))
        self.assigned = self._with_choices(new.assigned)

    def _numbers_of(self, model: Model, was: Model) -> list[int]:
        """The number of each symbol of the old model. A name that only one side defines is one."""
        known = {(one.name, bool(one.spots)): number for number, one in enumerate(model.symbols)}
        own = {(one.name, bool(one.spots)) for one in was.symbols}
        found = []
        for symbol in was.symbols:
            key = symbol.name, bool(symbol.spots)
            other = symbol.name, not symbol.spots
            number = known.get(key)
            if number is None and other not in own:
                number = known.get(other)
            if number is None:
                number = len(self.symbols)
                self.symbols.append(Symbol(symbol.name))
            found.append(number)
        return found

    def _choice_numbers(self, model: Model, was: Model) -> list[int]:
        """The number of each choice of the old model: of that with its name, or one of its
        members, else one of its own."""
        by_name = {one.name: number for number, one in enumerate(model.choices) if one.name}
        of = {one: number for number, item in enumerate(model.choices) for one in item.members}
        found = []
        for number, choice in enumerate(was.choices):
            same = (of[one] for one in map(self.numbers.__getitem__, choice.members) if one in of)
            own = len(model.choices) + number
            found.append(by_name.get(choice.name, next(same, own)))
        return found

    def _expression_numbers(self, was: Model) -> list[int]:
        known = {node: number for number, node in enumerate(self._nodes)}
        found: list[int] = []
        for kind, first, second in was.expressions:
            if kind == CONSTANT:
                node = kind, first, second
            elif kind == VALUE_OF:
                node = kind, self.numbers[first], 0
            elif kind == MODE_OF:
                node = kind, self._choice[first], 0
            elif kind >= EQUAL:
                node = kind, self.numbers[first], self.numbers[second]
            elif kind in (NOT, IS_N):
                node = kind, found[first], 0
            else:
                node = kind, found[first], found[second]
            if node not in known:
                known[node] = len(self._nodes)
                self._nodes.append(node)
            found.append(known[node])
        return found

    def _translated(self, symbol: Symbol) -> Symbol:
        to, number = self._expression, self.numbers
        return symbol._replace(
            choice=self._choice[symbol.choice] if symbol.choice >= 0 else -1,
            prompts=tuple(one._replace(condition=to[one.condition]) for one in symbol.prompts),
            defaults=self._defaults(symbol.defaults),
            ranges=tuple(
                one._replace(
                    low=number[one.low], high=number[one.high], condition=to[one.condition]
                )
                for one in symbol.ranges
            ),
            depends=to[symbol.depends],
            selected=to[symbol.selected],
            implied=to[symbol.implied],
            selected_by=self._reverses(symbol.selected_by),
            implied_by=self._reverses(symbol.implied_by),
        )

    def _defaults(self, defaults: Sequence[Any]) -> tuple[Any, ...]:
        to = self._expression
        return tuple(
            one._replace(value=to[one.value], condition=to[one.condition]) for one in defaults
        )

    def _reverses(self, clauses: Sequence[Any]) -> tuple[Any, ...]:
        to, number = self._expression, self.numbers
        return tuple(
            one._replace(by=number[one.by], condition=to[one.condition]) for one in clauses
        )

    def _translated_choice(self, choice: Choice) -> Choice:
        to = self._expression
        return choice._replace(
            members=tuple(self.numbers[one] for one in choice.members),
            prompts=tuple(one._replace(condition=to[one.condition]) for one in choice.prompts),
            defaults=self._defaults(choice.defaults),
            depends=to[choice.depends],
        )

    def _translated_assigned(self, assigned: Assigned) -> Assigned:
        number, choice = self.numbers, self._choice
        return assigned._replace(
            logical={number[one]: given for one, given in assigned.logical.items()},
            text={number[one]: given for one, given in assigned.text.items()},
            modes={choice[one]: given for one, given in assigned.modes.items()},
            members={
                choice[one]: {number[member]: lanes for member, lanes in given.items()}
                for one, given in assigned.members.items()
            },
            latest={
                choice[one]: [
                    {number[member]: lanes for member, lanes in lines.items()} for lines in given
                ]
                for one, given in assigned.latest.items()
            },
        )

    def _with_choices(self, assigned: Assigned) -> Assigned:
        """What is assigned, also to the old choices that have a new one."""
        count = len(self._choices) - len(self._choice)
        pairs = [(count + old, new) for old, new in enumerate(self._choice)]
        modes = {old: assigned.modes[new] for old, new in pairs if new in assigned.modes}
        members = {old: assigned.members[new] for old, new in pairs if new in assigned.members}
        latest = {old: assigned.latest[new] for old, new in pairs if new in assigned.latest}
        return assigned._replace(
            modes={**assigned.modes, **modes},
            members={**assigned.members, **members},
            latest={**assigned.latest, **latest},
        )
