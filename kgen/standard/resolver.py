"""Resolves a model for all lanes at once.

Sets of lanes are bit sets. A value of n, m or y is two of them: the lanes with at least m, and
those with y. Then the minimum is `&` of both, the maximum `|`, and `!` swaps them and complements.
A text is a partition: the lanes of each text, which cover all lanes. The rules are those of
Kconfiglib's Symbol and Choice, which are those of Linux's scripts/kconfig/symbol.c.

Of a set of lanes an Evaluation uses `&`, `|`, `^`, `~` and whether it is empty, and nothing else:
`solve/symbolic.py` runs it on formulas.
"""

from __future__ import annotations

from collections.abc import Mapping

from kgen.model.lanes import members
from kgen.model.record import Record
from kgen.standard.expressions import as_number, related
from kgen.standard.model import (
    AND,
    BASE,
    CONSTANT,
    IS_N,
    MODE_OF,
    NOT,
    OF_EXPRESSION,
    OF_MODE,
    OF_SELECTION,
    OF_VISIBILITY,
    OR,
    STEPS,
    VALUE_OF,
    Assigned,
    Choice,
    M,
    Model,
    Symbol,
    Y,
)

Texts = Mapping[str, int]
Logical = tuple[int, int]


class Resolution(Record):
    """The values of all lanes.

    For each symbol by number: low and high, the lanes with at least m and with y (for strings and
    numbers none); text, the lanes of each text, None for bool and tristate; written, the lanes
    in whose .config it is; visible, the visibility. expressions: the values of all that were
    evaluated. modes and selections: of choices; in which lanes each member is selected.
    """

    model: Model
    lanes: int
    low: list[int]
    high: list[int]
    text: list[Texts | None]
    written: list[int]
    visible: list[Logical]
    expressions: list[Logical]
    modes: list[Logical]
    selections: list[dict[int, int]]

    def texts_of(self, expression: int) -> Texts:
        """The lanes of each text of a symbol, given as the expression that it is."""
        operator, number, _ = self.model.expressions[expression]
        return {"nmy"[number]: self.lanes} if operator == CONSTANT else self.values(number)

    def values(self, symbol: int) -> Texts:
        """The lanes of each value of a symbol."""
        texts = self.text[symbol]
        if texts is None:
            low, high = self.low[symbol], self.high[symbol]
            texts = {"n": self.lanes ^ low, "m": low ^ high, "y": high}
        return texts

    def lanes_of(self, symbol: int, text: str) -> int:
        """The lanes in which a symbol has a value."""
        return self.values(symbol).get(text, 0)

    def value(self, symbol: int, lane: int) -> str:
        """The value of a symbol in one lane, as text."""
        texts = self.text[symbol]
        if texts is not None:
            return next(text for text, lanes in texts.items() if lanes >> lane & 1)
        return "nmy"[(self.low[symbol] >> lane & 1) + (self.high[symbol] >> lane & 1)]

    def changes(self) -> dict[int, list[tuple[int, str, str]]]:
        """For each lane the symbols that are not as in lane 0: their values there, and here."""
        found: dict[int, list[tuple[int, str, str]]] = {
            lane: [] for lane in range(self.lanes.bit_length())
        }
        for number in self.model.defined:
            values = self.values(number)
            was = next(text for text, lanes in values.items() if lanes & 1)
            for now, lanes in values.items():
                if now != was:
                    for lane in members(lanes):
                        found[lane].append((number, was, now))
        return found


def resolve(model: Model, assigned: Assigned) -> Resolution:
    """The values of all symbols in all lanes."""
    return Evaluation(model, assigned).resolved()


class Evaluation:
    """The values of all symbols while they are evaluated; see Resolution.

    A resolution takes all steps in order. Some steps alone can be taken on other values, too.
    """

    def __init__(self, model: Model, assigned: Assigned) -> None:
        self.model = model
        self.assigned = assigned
        self.all = assigned.lanes
        size = len(model.symbols)
        self.low, self.high = [0] * size, [0] * size
        self.text: list[Texts | None] = [None] * size
        self.written = [0] * size
        self.visible: list[Logical] = [(0, 0)] * size
        self.expressions: list[Logical] = [(0, 0)] * len(model.expressions)
        self.modes: list[Logical] = [(0, 0)] * len(model.choices)
        self.selections: list[dict[int, int]] = [{} for _ in model.choices]
        # The lanes in which there is m.
        self.modules = 0
        for number, symbol in enumerate(model.symbols):
            if not symbol.spots and not symbol.logical:
                self.text[number] = {symbol.name: self.all}
            elif not symbol.spots:  # the constants n, m and y
                value = "nmy".index(symbol.name)
                self.low[number] = self.all if value else 0
                self.high[number] = self.all if value == Y else 0

    def resolved(self) -> Resolution:
        """Take all steps."""
        self.evaluate(self.model.order)
        return Resolution(
            self.model, self.all, self.low, self.high, self.text, self.written, self.visible,
            self.expressions, self.modes, self.selections,
        )  # fmt: skip

    def evaluate(self, order: tuple[int, ...]) -> None:
        """Take the steps of an order that begins with those that MODULES needs. What these give can
        depend on whether there is m: it is tried."""
        model = self.model
        first = order[: model.modules_end]
        # Each time more lanes are settled; where none would be, the last assumption stands.
        for _ in range(3):
            self.take(first)
            found = self.low[model.modules]
            if found == self.modules:
                break
            self.modules = found
        self.take(order[model.modules_end :])

    def take(self, steps: tuple[int, ...]) -> None:
        """Evaluate these steps, in order."""
        kinds, values, nodes = len(STEPS), self.expressions, self.model.expressions
        low, high, everywhere = self.low, self.high, self.all
        for step in steps:
            number, kind = divmod(step, kinds)
            if kind == OF_EXPRESSION:
                operator, first, second = nodes[number]
                if operator == AND:
                    left, right = values[first], values[second]
                    values[number] = left[0] & right[0], left[1] & right[1]
                elif operator == VALUE_OF:
                    values[number] = low[first], high[first]
                elif operator == OR:
                    left, right = values[first], values[second]
                    values[number] = left[0] | right[0], left[1] | right[1]
                elif operator == NOT:
                    left = values[first]
                    values[number] = everywhere ^ left[1], everywhere ^ left[0]
                elif operator == MODE_OF:
                    values[number] = self.modes[first]
                elif operator == CONSTANT:
                    least = everywhere if first >= M else 0
                    values[number] = least, everywhere if first == Y else 0
                else:
                    if operator == IS_N:
                        found = everywhere ^ values[first][0]
                    else:
                        found = related(operator, self._side(first), self._side(second))
                    values[number] = found, found
            elif kind == OF_VISIBILITY:
                self.visible[number] = self._visibility(self.model.symbols[number])
            elif kind == OF_MODE:
                self.modes[number] = self._mode(number)
            elif kind == OF_SELECTION:
                self.selections[number] = self._selection(number)
            else:
                self._evaluate(number)

    def _side(self, number: int) -> tuple[str, Texts]:
        """A symbol in a relation: its type, and the lanes of each text."""
        texts = self.text[number]
        if texts is None:
            low, high = self.low[number], self.high[number]
            texts = {"n": self.all ^ low, "m": low ^ high, "y": high}
        return self.model.symbols[number].type, texts

    def _visibility(self, symbol: Symbol) -> Logical:
        if symbol.transitional:
            return self.all, self.all
        low = high = 0
        for prompt in symbol.prompts:
            least, most = self.expressions[prompt.condition]
            low |= least
            high |= most
        not_m = self.all
        if symbol.choice >= 0:
            mode = self.modes[symbol.choice]
            if symbol.type != "tristate":
                if self.model.choices[symbol.choice].type == "tristate":
                    low &= mode[1]
                    high &= mode[1]
            else:
                # What is visible as m is not in a choice of which one is y.
                low &= ~mode[1] | high
        if symbol.type == "tristate":
            not_m ^= self.modules
            if symbol.choice >= 0:
                not_m |= self.modes[symbol.choice][1]
        return low, high | low & not_m

    def _mode(self, number: int) -> Logical:
        choice = self.model.choices[number]
        if self.model.heeds_n:
            return self.expressions[choice.depends]
        low = high = 0
        for prompt in choice.prompts:
            least, most = self.expressions[prompt.condition]
            low |= least
            high |= most
        # Only a choice without a type has neither a promoted visibility nor a promoted mode.
        not_m = self.all ^ (self.modules if choice.type == "tristate" else 0)
        high |= low & not_m
        _, least, most = self.assigned.modes.get(number, (0, 0, 0))
        least |= 0 if choice.optional else self.all
        low, high = low & least, high & most
        return low, high | low & not_m if choice.type in ("bool", "tristate") else high

    def _selection(self, number: int) -> dict[int, int]:
        """The lanes in which each symbol is what a choice selects."""
        if self.model.heeds_n:
            return self._selection_with_n(number)
        left = self.modes[number][1]
        found: dict[int, int] = {}
        for member, lanes in self.assigned.members.get(number, {}).items():
            lanes &= left & self.visible[member][0]
            if lanes:
                found[member] = lanes
        for lanes in found.values():
            left &= ~lanes
        return default_selection(self.model, self.model.choices[number], left, self, found)

    def _selection_with_n(self, number: int) -> dict[int, int]:
        """The same as sym_calc_choice in scripts/kconfig/symbol.c of Linux since 6.11 has it: the
        visible member that was set to y last, else the default unless that is set to n, else the
        first one without a line, else the one whose n is the earliest."""
        given, visible = self.assigned.logical, self.visible
        choice, found = self.model.choices[number], dict[int, int]()
        left = self.all

        def take(member: int, lanes: int) -> int:
            """Select a member in some of the lanes that are left; returns which."""
            lanes &= left & visible[member][0]
            if lanes:
                found[member] = found.get(member, 0) | lanes
            return lanes

        latest = self.assigned.latest.get(number, ())
        for lines in (self.assigned.members.get(number, {}), *latest):
            for member, lanes in lines.items():
                left &= ~take(member, lanes & given[member][2])
        for member, lanes in default_selection(self.model, choice, left, self, {}).items():
            are_set, low, _ = given.get(member, (0, 0, 0))
            left &= ~take(member, lanes & ~(are_set & ~low))
        for member in choice.members:
            left &= ~take(member, left & ~given.get(member, (0, 0, 0))[0])
        for lines in reversed(latest):
            for member, lanes in lines.items():
                left &= ~take(member, lanes)
        return default_selection(self.model, choice, left, self, found)

    def _evaluate(self, number: int) -> None:
        symbol = self.model.symbols[number]
        if not symbol.spots:
            return
        if not symbol.logical:
            if symbol.type:
                self._evaluate_text(number, symbol)
            else:
                self.text[number] = {symbol.name: self.all}
        elif symbol.choice >= 0:
            self._evaluate_member(number, symbol)
        else:
            self._evaluate_logical(number, symbol)
        if symbol.transitional or (symbol.automatic and not symbol.logical):
            self.written[number] = 0

    def _evaluate_member(self, number: int, symbol: Symbol) -> None:
        low, high = self.visible[number]
        given, least, _ = self.assigned.logical.get(number, (0, 0, 0))
        yes = self.selections[symbol.choice].get(number, 0) & high
        self.low[number] = yes | low & ~high & given & least
        self.high[number] = yes
        self.written[number] = low

    def _evaluate_logical(self, number: int, symbol: Symbol) -> None:
        values = self.expressions
        visible = self.visible[number]
        written = visible[0]
        given, least, most = self.assigned.logical.get(number, (0, 0, 0))
        given &= written
        low, high = given & least, given & most & visible[1]
        free = left = self.all ^ given
        for default in symbol.defaults:
            condition = values[default.condition]
            lanes = left & condition[0]
            if lanes:
                value = values[default.value]
                low |= lanes & value[0]
                high |= lanes & value[1] & condition[1]
                written |= lanes & value[0]
                left ^= lanes
        implied, selected = values[symbol.implied], values[symbol.selected]
        lanes = free & implied[0]
        if lanes:
            lanes &= values[symbol.depends][0]
            low |= lanes
            high |= lanes & implied[1]
            written |= lanes
        low |= selected[0]
        high |= selected[1]
        if low != high:
            not_m = implied[1] | (
                self.all ^ self.modules if symbol.type == "tristate" else self.all
            )
            high |= low & not_m
        self.low[number], self.high[number] = low, high
        self.written[number] = written | selected[0]

    def _evaluate_text(self, number: int, symbol: Symbol) -> None:
        visible = self.visible[number][0]
        given = self.assigned.text.get(number, {})
        texts: dict[str, int] = {}
        left = self.all
        if symbol.type == "string":
            for text, lanes in given.items():
                _put(texts, text, lanes & visible)
                left &= ~(lanes & visible)
            left, written = self._defaults(symbol, left, texts)
            if left:
                _put(texts, "", left)
        else:
            limits = self._limits(symbol)
            base = BASE[symbol.type]
            for text, lanes in given.items():
                lanes &= visible
                for inside, low, high in limits:
                    if not low <= int(text, base) <= high:
                        lanes &= ~inside
                _put(texts, text, lanes)
                left &= ~lanes
            found: dict[str, int] = {}
            left, written = self._defaults(symbol, left, found)
            if left:
                _put(found, self.model.without_value(symbol.type), left)
            for text, lanes in found.items():
                value = as_number(text, base)
                for inside, low, high in limits:
                    if lanes & inside and not low <= value <= high:
                        limit = low if value < low else high
                        clamped = str(limit) if symbol.type == "int" else hex(limit)
                        _put(texts, clamped, lanes & inside)
                        lanes &= ~inside
                _put(texts, text, lanes)
        self.text[number] = texts
        self.written[number] = visible | written

    def _defaults(self, symbol: Symbol, left: int, texts: dict[str, int]) -> tuple[int, int]:
        """Add the texts of the first default that holds to texts; in `left`, a set of lanes.

        Returns the lanes in which none holds, and those in which one does.
        """
        written = 0
        for default in symbol.defaults:
            lanes = left & self.expressions[default.condition][0]
            if lanes:
                written |= lanes
                left ^= lanes
                for text, others in self._texts_of(default.value).items():
                    _put(texts, text, lanes & others)
        return left, written

    def _texts_of(self, expression: int) -> Texts:
        """The texts of a symbol, given as the expression that it is."""
        operator, number, _ = self.model.expressions[expression]
        if operator == CONSTANT:
            return {"nmy"[number]: self.all}
        return self._side(number)[1]

    def _limits(self, symbol: Symbol) -> list[tuple[int, int, int]]:
        """(lanes, least, greatest) of the first range that holds."""
        found = []
        left = self.all
        base = BASE[symbol.type]
        for item in symbol.ranges:
            lanes = left & self.expressions[item.condition][0]
            if lanes:
                left ^= lanes
                for low, below in self._side(item.low)[1].items():
                    for high, above in self._side(item.high)[1].items():
                        if lanes & below & above:
                            limits = as_number(low, base), as_number(high, base)
                            found.append((lanes & below & above, *limits))
        return found


def default_selection(
    model: Model, choice: Choice, left: int, values: Resolution | Evaluation, found: dict[int, int]
) -> dict[int, int]:
    """Add to `found` what a choice selects by itself, in the lanes `left`.

    The first default that holds and is visible, else the first member that is visible.
    """
    for default in choice.defaults:
        operator, member, _ = model.expressions[default.value]
        if operator == VALUE_OF:
            lanes = left & values.expressions[default.condition][0] & values.visible[member][0]
            if lanes:
                found[member] = found.get(member, 0) | lanes
                left ^= lanes
    for member in choice.members:
        lanes = left & values.visible[member][0]
        if lanes:
            found[member] = found.get(member, 0) | lanes
            left ^= lanes
    return found


def _put(texts: dict[str, int], text: str, lanes: int) -> None:
    if lanes:
        texts[text] = texts.get(text, 0) | lanes
