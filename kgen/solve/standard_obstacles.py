"""Why no assignment gives a symbol of standard Kconfig a value: the clauses that prevent it."""

from __future__ import annotations

from collections.abc import Iterator

from kgen.model.record import Record
from kgen.solve.standard import Formula, Setting
from kgen.solve.symbolic import Bit
from kgen.standard.defconfigs import value_of
from kgen.standard.expressions import text_of
from kgen.standard.model import AND, BASE, CONSTANT, IS_N, NOT, OR, VALUE_OF, Spot, Symbol, Y

# So many obstacles are told.
_MOST = 12


class Obstacle(Record):
    """One cause: what a clause says of a symbol. spot: where, None for an assignment that stays."""

    symbol: str
    message: str
    spot: Spot | None


def obstacles(formula: Formula) -> list[Obstacle]:
    """Why the wanted symbols cannot have their values: for each that cannot, every way to it with
    what is in the way there, and so on; else that they exclude each other."""
    finder = _Finder(formula)
    wanted = formula.question.wanted
    finder.queue += [
        setting
        for setting, goal in zip(wanted, formula.goals, strict=True)
        if not formula.can_be(goal)
    ]
    if not finder.queue:
        symbols = formula.question.model.symbols
        names = " and ".join(f"{symbols[number].name}={value}" for number, value in wanted)
        return [Obstacle(symbols[wanted[0][0]].name, f"{names} exclude each other", None)]
    found: dict[Obstacle, None] = {}
    for setting in finder.queue:  # grows while it is read
        found.update(dict.fromkeys(list(finder.of(*setting)) or finder.together(*setting)))
        if len(found) >= _MOST:
            break
    return list(found)[:_MOST]


class _Finder:
    """queue: the settings to tell of, each once."""

    def __init__(self, formula: Formula) -> None:
        self.formula, self.model = formula, formula.question.model
        self.values = formula.evaluation
        self.queue: list[Setting] = []

    def of(self, number: int, value: str) -> Iterator[Obstacle]:
        """What keeps a symbol from a value."""
        symbol = self.model.symbols[number]
        if value == "n":
            yield from self._stays_on(number, symbol)
            return
        if number in self.formula.question.fixed and symbol.prompts:
            yield Obstacle(symbol.name, "--set assigns it, and stays", None)
        yield from self._unseen(symbol, "" if value == "m" or not symbol.logical else value)
        if not symbol.logical:
            yield from self._outside(symbol, value)
            return
        for clause in symbol.selected_by:
            by = self.model.symbols[clause.by].name
            yield self._only_if(symbol, f"{by} selects it", clause.condition, clause.spot)
        for default in symbol.defaults:
            if not symbol.prompts and value == "y":
                text = f"its default is {text_of(self.model, default.value)}"
                holds = self.formula.can_be(self.values.expressions[default.condition][1])
                condition = default.value if holds else default.condition
                yield self._only_if(symbol, text, condition, default.spot)

    def together(self, number: int, value: str) -> list[Obstacle]:
        """The conditions that are possible each, and do not give a symbol the value together."""
        symbol = self.model.symbols[number]
        found = []
        for prompt in symbol.prompts:
            condition = text_of(self.model, prompt.condition)
            text = f"its prompt is visible if {condition}, and {value} cannot be together with that"
            found.append(Obstacle(symbol.name, text, prompt.spot))
        return found or [Obstacle(symbol.name, f"nothing makes it {value}", symbol.spots[0])]

    def _unseen(self, symbol: Symbol, value: str) -> Iterator[Obstacle]:
        """That no prompt of a symbol is visible. value: y if it has to be so as y."""
        if not symbol.prompts:
            yield Obstacle(symbol.name, "it has no prompt", symbol.spots[0])
        for prompt in symbol.prompts:
            if not self.formula.can_be(self.values.expressions[prompt.condition][value == "y"]):
                yield self._only_if(symbol, "its prompt is visible", prompt.condition, prompt.spot)
        if symbol.choice >= 0:
            choice = self.model.choices[symbol.choice]
            for prompt in choice.prompts:
                if not self.formula.can_be(self.values.expressions[prompt.condition][0]):
                    text = "its choice is visible"
                    yield self._only_if(symbol, text, prompt.condition, prompt.spot)

    def _only_if(self, symbol: Symbol, text: str, condition: int, spot: Spot) -> Obstacle:
        """A way that a condition bars; what bars the condition is told next."""
        parts = [part for part in self._barred(condition) if part != condition]
        shown = f"{text} only if {text_of(self.model, condition)}"
        if condition == Y or self.formula.can_be(self.values.expressions[condition][1]):
            return Obstacle(symbol.name, f"{text}, which is not enough", spot)
        if parts:
            shown += f"; {text_of(self.model, parts[0])} cannot be"
        return Obstacle(symbol.name, shown, spot)

    def _barred(self, condition: int) -> Iterator[int]:
        """The least parts of a condition that cannot be true; what symbols they need is queued."""
        stack = [condition]
        seen: set[int] = set()
        while stack:
            item = stack.pop()
            if item in seen or self.formula.can_be(self.values.expressions[item][0]):
                continue
            seen.add(item)
            kind, first, second = self.model.expressions[item]
            if kind == AND:
                parts = [
                    one
                    for one in (first, second)
                    if not self.formula.can_be(self.values.expressions[one][0])
                ]
                stack += parts
                if not parts:
                    yield item
            elif kind == OR:
                stack += first, second
            elif kind == VALUE_OF:
                self._tell(first, "y")
                yield item
            elif kind in (NOT, IS_N) and self.model.expressions[first][0] == VALUE_OF:
                self._tell(self.model.expressions[first][1], "n")
                yield item
            elif kind != CONSTANT:
                yield item

    def _tell(self, number: int, value: str) -> None:
        if self.model.symbols[number].logical and (number, value) not in self.queue:
            self.queue.append((number, value))

    def _stays_on(self, number: int, symbol: Symbol) -> Iterator[Obstacle]:
        """Why a symbol cannot be n."""
        always = [
            clause
            for clause in symbol.selected_by
            if not self.formula.can_be(1 ^ self.values.expressions[clause.condition][0])
        ]
        for clause in always:
            by = self.model.symbols[clause.by].name
            yield Obstacle(symbol.name, f"{by} selects it, and cannot be n", clause.spot)
            self._tell(clause.by, "n")
        if always:
            return
        if number in self.formula.question.fixed and symbol.prompts:
            yield Obstacle(symbol.name, "--set assigns it, and stays", None)
        if symbol.choice >= 0:
            choice = self.model.choices[symbol.choice]
            text = "its choice selects it, and no other member can be selected"
            yield Obstacle(symbol.name, text, choice.spots[0])
            return
        if not symbol.prompts:
            yield Obstacle(symbol.name, "it has no prompt", symbol.spots[0])
        for prompt in symbol.prompts:
            text = f"its prompt is visible if {text_of(self.model, prompt.condition)}"
            yield Obstacle(symbol.name, text, prompt.spot)
        for clause in symbol.selected_by:
            by = self.model.symbols[clause.by].name
            if isinstance(self.values.expressions[clause.condition][0], Bit):
                text = f"{by} selects it if {text_of(self.model, clause.condition)}"
                yield Obstacle(symbol.name, text, clause.spot)
        for default in symbol.defaults:
            if self.formula.can_be(self.values.expressions[default.condition][0]):
                text = f"its default is {text_of(self.model, default.value)}"
                if default.condition != Y:
                    text += f", if {text_of(self.model, default.condition)}"
                yield Obstacle(symbol.name, text, default.spot)
                break

    def _outside(self, symbol: Symbol, value: str) -> Iterator[Obstacle]:
        """The ranges that a number is outside of."""
        base = BASE[symbol.type]
        for item in symbol.ranges:
            low, high = (self.model.symbols[one] for one in (item.low, item.high))
            texts = [
                one.name if value_of(symbol.type, one.name) is not None and not one.spots else ""
                for one in (low, high)
            ]
            inside = all(texts) and int(texts[0], base) <= int(value, base) <= int(texts[1], base)
            if not inside:
                text = f"its range is {low.name} to {high.name}"
                if item.condition != Y:
                    text += f", if {text_of(self.model, item.condition)}"
                yield Obstacle(symbol.name, text, item.spot)
