"""Why a symbol of standard Kconfig has its value in a lane: what gave it, and what did not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from kgen.model.record import Record
from kgen.standard.defconfigs import Line, value_of
from kgen.standard.model import (
    AND,
    CONSTANT,
    EQUAL,
    IS_N,
    MODE_OF,
    NOT,
    OR,
    VALUE_OF,
    Model,
    Reverse,
    Spot,
    Symbol,
    Y,
)
from kgen.standard.resolver import Resolution

_SIGNS = ("=", "!=", "<", "<=", ">", ">=")
# So many operands of a condition are shown.
_LONGEST = 60


class Reason(Record):
    """One thing that gave a symbol its value, or did not.

    reason: `assigned`, `ignored`, `default`, `selected`, `implied`, `choice`, `range`, `unset`.
    file, line: of the clause or the assignment; "" and 0 if there is none. condition: as text; ""
    if there is none. causes: the symbols in it, with their values.
    """

    reason: str
    text: str
    file: str = ""
    line: int = 0
    condition: str = ""
    causes: tuple[tuple[str, str], ...] = ()


class Reasons:
    """Reads the reasons of one lane from a resolution.

    numbers: those of the model's symbols, by name. lines: what the lane's defconfig assigns.
    """

    def __init__(
        self,
        resolution: Resolution,
        numbers: Mapping[str, int],
        lines: Sequence[Line],
        lane: int,
    ) -> None:
        self._all, self._model, self._lane = resolution, resolution.model, lane
        self._last: dict[str, tuple[Line, str]] = {}
        for line in lines:
            number = numbers.get(line.name)
            if number is not None:
                symbol = self._model.symbols[number]
                value = value_of(symbol.type, line.value, self._model.verbatim)
                if value is not None:
                    self._last[line.name] = line, value

    def of(self, number: int) -> list[Reason]:
        """The reasons for a symbol's value, the one that decided first."""
        symbol = self._model.symbols[number]
        found = list(self._assigned(number, symbol))
        taken = bool(found) and found[0].reason == "assigned"
        if symbol.choice >= 0 and symbol.logical:
            return [*self._choice(number, symbol), *found]
        raised: list[Reason] = []
        if symbol.logical:
            raised += self._raised("selected", symbol.selected_by)
            if not taken and self._holds(symbol.depends):
                raised += self._raised("implied", symbol.implied_by)
        if taken:
            return [*raised, *found] if raised else found
        given = [*raised, *self._default(symbol), *self._range(number, symbol)]
        if not given:
            given = [self._with(Reason("unset", "nothing gives it a value"), symbol.depends)]
        return [*given, *found]

    def untaken(self, number: int) -> Reason | None:
        """Why what a symbol is assigned is not its value; None if it is."""
        symbol = self._model.symbols[number]
        last = self._last.get(symbol.name)
        if last is None or last[1] == self._all.value(number, self._lane):
            return None
        first = next(self._assigned(number, symbol), None)
        if first is not None and first.reason == "ignored":
            return first
        return next((one for one in self.of(number) if one.reason != "assigned"), first)

    def _bit(self, lanes: int) -> bool:
        return bool(lanes >> self._lane & 1)

    def _holds(self, expression: int) -> bool:
        return self._bit(self._all.expressions[expression][0])

    def _assigned(self, number: int, symbol: Symbol) -> Iterator[Reason]:
        """What a user assigns: taken, or ignored and why."""
        last = self._last.get(symbol.name)
        if last is None:
            return
        line, value = last
        shown = value if symbol.type != "string" else f'"{value}"'
        assigns = f"it is assigned {shown}"
        if not self._bit(self._all.visible[number][0]):
            text = f"{assigns}, without effect: "
            if not symbol.prompts:
                yield Reason("ignored", f"{text}it has no prompt", line.file, line.line)
            for prompt in symbol.prompts:
                reason = Reason("ignored", f"{text}its prompt is not visible", line.file, line.line)
                yield self._with(reason, prompt.condition)
            return
        result = self._all.value(number, self._lane)
        if not symbol.logical and result != value:
            text = f"{assigns}, without effect: it is outside the range"
            yield Reason("ignored", text, line.file, line.line)
            return
        yield Reason("assigned", assigns, line.file, line.line)

    def _raised(self, reason: str, clauses: Sequence[Reverse]) -> Iterator[Reason]:
        for clause in clauses:
            if self._holds(clause.condition):
                by = self._model.symbols[clause.by].name
                text = f"{by} {'selects' if reason == 'selected' else 'implies'} it"
                yield self._with(self._at(reason, text, clause.spot), clause.condition)

    def _default(self, symbol: Symbol) -> Iterator[Reason]:
        for default in symbol.defaults:
            if self._holds(default.condition):
                text = f"its default is {self.text(default.value)}"
                reason = self._at("default", text, default.spot)
                yield self._with(reason, default.condition, default.value)
                return

    def _range(self, number: int, symbol: Symbol) -> Iterator[Reason]:
        for item in symbol.ranges:
            if self._holds(item.condition):
                if self._all.value(number, self._lane) == self._default_text(symbol):
                    return  # the range changes nothing
                low, high = (self._named(one) for one in (item.low, item.high))
                reason = self._at("range", f"its range is {low} to {high}", item.spot)
                yield self._with(reason, item.condition)
                return

    def _default_text(self, symbol: Symbol) -> str:
        """The value that the default which holds would give a string or number."""
        for default in symbol.defaults:
            if self._holds(default.condition):
                texts = self._all.texts_of(default.value)
                return next(text for text, lanes in texts.items() if self._bit(lanes))
        return ""

    def _choice(self, number: int, symbol: Symbol) -> Iterator[Reason]:
        choice = self._model.choices[symbol.choice]
        name = f"choice {choice.name}".strip()
        selected = self._all.selections[symbol.choice]
        member = next((one for one, lanes in selected.items() if self._bit(lanes)), None)
        if member is None:
            text = f"its {name} selects nothing"
        elif member == number:
            text = f"its {name} selects it"
        else:
            text = f"its {name} selects {self._model.symbols[member].name}"
        yield self._at("choice", text, choice.spots[0])

    def _at(self, reason: str, text: str, spot: Spot) -> Reason:
        return Reason(reason, text, self._model.files[spot[0]], spot[1])

    def _with(self, reason: Reason, condition: int, *more: int) -> Reason:
        """A reason with its condition, and the values of the symbols in it."""
        text = "" if condition == Y else self.text(condition)
        causes = {
            self._model.symbols[one].name: self._all.value(one, self._lane)
            for expression in (condition, *more)
            for one in _symbols(self._model, expression)
        }
        return reason._replace(condition=text, causes=tuple(causes.items()))

    def _named(self, number: int) -> str:
        symbol = self._model.symbols[number]
        if symbol.spots:
            return f"{symbol.name}={self._all.value(number, self._lane)}"
        return symbol.name

    def text(self, expression: int) -> str:
        """An expression as a Kconfig file has it; shortened if it is long."""
        parts: list[str] = []
        stack: list[int | str] = [expression]
        while stack and len(parts) < _LONGEST:
            item = stack.pop()
            if isinstance(item, str):
                parts.append(item)
                continue
            kind, first, second = self._model.expressions[item]
            if kind == CONSTANT:
                parts.append("nmy"[first])
            elif kind == VALUE_OF:
                parts.append(_word(self._model.symbols[first]))
            elif kind == MODE_OF:
                parts.append(f"<choice {self._model.choices[first].name}>".replace(" >", ">"))
            elif kind >= EQUAL:
                left, right = (_word(self._model.symbols[one]) for one in (first, second))
                parts.append(f"{left} {_SIGNS[kind - EQUAL]} {right}")
            elif kind in (NOT, IS_N):
                inner = self._model.expressions[first][0]
                simple = inner in (CONSTANT, VALUE_OF, MODE_OF)
                stack += [first] if simple else [")", first, "("]
                stack.append("!")
            else:
                sign = " && " if kind == AND else " || "
                for number, operand in enumerate((second, first)):
                    inside = kind == AND and self._model.expressions[operand][0] == OR
                    stack += [")", operand, "("] if inside else [operand]
                    if not number:
                        stack.append(sign)
        return "".join(parts) + (" ..." if stack else "")


def _word(symbol: Symbol) -> str:
    """A symbol in an expression; a constant that could not stand without quotes has them."""
    plain = symbol.spots or symbol.name.replace("_", "").isalnum()
    return symbol.name if plain else f'"{symbol.name}"'


def _symbols(model: Model, expression: int) -> Iterator[int]:
    """The defined symbols that an expression reads, in order, each once."""
    seen: set[int] = set()
    stack = [expression]
    while stack and len(seen) < _LONGEST:
        item = stack.pop()
        if item in seen:
            continue
        seen.add(item)
        kind, first, second = model.expressions[item]
        if kind == VALUE_OF or kind >= EQUAL:
            for number in (first, second) if kind >= EQUAL else (first,):
                if model.symbols[number].spots:
                    yield number
        elif kind in (AND, OR):
            stack += second, first
        elif kind in (NOT, IS_N):
            stack.append(first)
