"""The fewest assignments that give symbols of standard Kconfig their wanted values.

An assignment is one more line of a defconfig, after those that are there. The resolver itself
writes the formula, see `symbolic`; so every answer is exact, as far as the values that a number or
a string may get are those that some condition, range or default compares it with.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TypeVar

from kgen.model.record import Record
from kgen.solve.gates import Gates
from kgen.solve.solver import Solver, at_most, least_cost
from kgen.solve.symbolic import Bit, variable
from kgen.standard.defconfigs import Line, assigned, value_of
from kgen.standard.model import (
    BASE,
    EQUAL,
    OF_VALUE,
    OF_VISIBILITY,
    STEPS,
    Assigned,
    Logical,
    Model,
)
from kgen.standard.order import cone
from kgen.standard.outputs import config_line
from kgen.standard.resolver import Evaluation

# A symbol, by number, and its value as text.
Setting = tuple[int, str]


class Question(Record):
    """What is asked of one lane: lines are those of its defconfig, fixed symbols keep them."""

    model: Model
    lines: Sequence[Line]
    wanted: tuple[Setting, ...]
    fixed: frozenset[int] = frozenset()


class Formula:
    """The values of one lane over all that can be assigned, as literals.

    changes: the settings by the literal that each is made if it is true. evaluation: the values of
    all that the wanted symbols rest on.
    """

    def __init__(self, question: Question) -> None:
        self.question = question
        self.gates = Gates()
        self.changes: dict[int, Setting] = {}
        model = question.model
        steps = cone(model, [number for number, _ in question.wanted])
        seen = (
            step // len(STEPS) for step in steps if step % len(STEPS) in (OF_VALUE, OF_VISIBILITY)
        )
        symbols = list(dict.fromkeys(seen))  # a choice reads whether its members are visible
        self.evaluation = Evaluation(model, self._assigned(symbols))
        self.evaluation.evaluate(tuple(steps))
        self._known: set[int] = set()
        self._solver = Solver([])
        self.goals = [self.literal(number, value) for number, value in question.wanted]
        self.define(bit for bit in self.goals if isinstance(bit, Bit))

    def literal(self, number: int, value: str) -> int:
        """The lanes in which a symbol has a value: 0, 1 or a Bit."""
        values = self.evaluation
        texts = values.text[number]
        if texts is not None:
            return texts.get(value, 0)
        low, high = values.low[number], values.high[number]
        return {"n": 1 ^ low, "m": low & ~high, "y": high}[value]

    def define(self, literals: Iterable[int]) -> None:
        """Let the solver know what these literals are."""
        for clause in self.gates.defining(map(int, literals), self._known):
            self._solver.add(clause)

    def can_be(self, bit: int) -> bool:
        """Whether a set can be more than empty."""
        if not isinstance(bit, Bit):
            return bool(bit & 1)
        self.define([bit])
        return self._solver.holds([int(bit)])

    def ways(self, most: int) -> Iterator[dict[int, str]]:
        """The settings of each of the smallest sets, at most so many sets; one that is empty if
        the symbols have the values."""
        clauses: list[Sequence[int]] = []
        for goal in self.goals:
            if isinstance(goal, Bit):
                clauses.append((int(goal),))
            elif not goal & 1:
                return
        rests: set[int] = set()
        clauses += self.gates.defining((int(goal) for goal in self.goals), rests)
        used = {abs(literal) for clause in clauses for literal in clause} & self.changes.keys()
        cost = least_cost(clauses, dict.fromkeys(sorted(used), 1))
        if cost is None:
            return
        bound, _ = at_most(sorted(used), cost, self.gates.variables)
        solver = Solver([*clauses, *bound])
        for _ in range(most):
            if not solver.holds():
                return
            found = sorted(used & solver.model())
            yield {self.changes[literal][0]: self.changes[literal][1] for literal in found}
            if not found:
                return
            solver.add([-literal for literal in found])

    def _assigned(self, symbols: Sequence[int]) -> Assigned:
        """What the lane's lines assign, with a variable for each setting that may be added."""
        question = self.question
        model, found = question.model, assigned(question.model, [question.lines])[0]
        logical, texts = dict(found.logical), dict(found.text)
        modes, members = dict(found.modes), dict(found.members)
        pools = _pools(model, question.wanted)
        picked: dict[int, dict[int, int]] = {}
        for number in symbols:
            symbol = model.symbols[number]
            if not symbol.prompts or number in question.fixed:
                continue
            if not symbol.logical:
                new = self._changes(number, pools.get(number, ()))
                texts[number] = _added(texts.get(number, {}), new)
                continue
            choice = symbol.choice
            if choice >= 0 and not question.fixed.isdisjoint(model.choices[choice].members):
                continue
            values = "ymn" if symbol.type == "tristate" else "yn"
            if choice >= 0 and symbol.type == "bool":
                values = "y"  # a member is taken back by another one alone
            new = self._changes(number, values)
            yes, low = new["y"], new["y"] | new.get("m", 0)
            before = logical.get(number, (0, 0, 0))
            logical[number] = _with(before, low | new.get("n", 0), low, yes)
            if choice >= 0:
                picked.setdefault(choice, {})[number] = yes
                if model.choices[choice].type != "tristate":
                    low = yes if model.choices[choice].type == "bool" else 0
                modes[choice] = _with(modes.get(choice, (0, 0, 0)), low, low, yes & low)
        for choice, bits in picked.items():
            members[choice] = _added(members.get(choice, {}), _first_of(bits))
        return Assigned(1, logical, texts, modes, members)

    def _changes(self, number: int, values: Iterable[str]) -> dict[str, int]:
        """Where each of some values is assigned to a symbol."""
        bits: dict[str, int] = {}
        for value in values:
            bit = bits[value] = variable(self.gates)
            self.changes[int(bit)] = number, value
        return _first_of(bits)


Key = TypeVar("Key")


def _first_of(bits: Mapping[Key, int]) -> dict[Key, int]:
    """Sets without what is in one before. To make two settings of which one counts is no smallest
    set, so it does not matter which one that is."""
    found: dict[Key, int] = {}
    left = 1
    for key, bit in bits.items():
        found[key] = bit & left
        left &= ~bit
    return found


def _added(before: Mapping[Key, int], new: Mapping[Key, int]) -> dict[Key, int]:
    """New sets, and those before without what is in a new one."""
    left = 1
    for bit in new.values():
        left &= ~bit
    found = {key: lanes & left for key, lanes in before.items()}
    for key, bit in new.items():
        found[key] = found.get(key, 0) | bit
    return found


def _with(before: Logical, given: int, low: int, high: int) -> Logical:
    """Values that are given, and in other lanes those before."""
    was, least, most = before
    return was | given, least & ~given | low, most & ~given | high


def _pools(model: Model, wanted: Sequence[Setting]) -> dict[int, tuple[str, ...]]:
    """The values that a string or number may get, by symbol: those that are wanted, and those that
    conditions compare it with, with the numbers beside them."""
    pools: dict[int, dict[str, None]] = {}
    for kind, first, second in model.expressions:
        if kind < EQUAL:
            continue
        for number, other in ((first, second), (second, first)):
            symbol, constant = model.symbols[number], model.symbols[other]
            if symbol.spots and not symbol.logical and not constant.spots:
                pool = pools.setdefault(number, {})
                for text in _near(constant.name, symbol.type):
                    pool[text] = None
    for number, value in wanted:
        if not model.symbols[number].logical:
            pools.setdefault(number, {})[value] = None
    return {number: tuple(pool) for number, pool in pools.items()}


def _near(text: str, type_: str) -> Iterator[str]:
    """A value, and for a number the ones before and after it."""
    if type_ == "string":
        yield from ("", text)
    elif value_of(type_, text) is not None:
        number = int(text, BASE[type_])
        for one in (number - 1, number, number + 1):
            if type_ == "int" or one >= 0:
                yield str(one) if type_ == "int" else hex(one)


def line_of(model: Model, number: int, value: str) -> str:
    """The line of a defconfig that assigns a value, without its end."""
    return config_line(model, model.symbols[number], value).rstrip("\n")


def settings_of(model: Model, settings: Mapping[int, str]) -> list[str]:
    """The lines of some settings, by the names of the symbols."""
    numbers = sorted(settings, key=lambda number: model.symbols[number].name)
    return [line_of(model, number, settings[number]) for number in numbers]
