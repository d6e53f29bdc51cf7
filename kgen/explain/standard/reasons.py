"""Why a symbol of standard Kconfig has its value in a lane: what gave it, and what did not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from kgen.model.record import Record
from kgen.standard.defconfigs import Line, value_of
from kgen.standard.expressions import symbols_in, text_of
from kgen.standard.model import Choice, Range, Reverse, Spot, Symbol, Y
from kgen.standard.resolver import Resolution


class Reason(Record):
    """One thing that gave a symbol its value, or did not.

    reason: `assigned`, `ignored`, `default`, `selected`, `implied`, `choice`, `range`, `modules`,
    `unset`. file, line: of the clause or the assignment; "" and 0 if there is none. condition: as
    text; "" if there is none. causes: the symbols in it, with their values.
    """

    reason: str
    text: str
    file: str = ""
    line: int = 0
    condition: str = ""
    causes: tuple[tuple[str, str], ...] = ()

    @property
    def clause(self) -> str:
        """The text with its condition."""
        joint = {"unset": "; it depends on", "ignored": ", which needs"}.get(self.reason, ", if")
        return f"{self.text}{joint} {self.condition}" if self.condition else self.text

    @property
    def sentence(self) -> str:
        """The clause, and in parentheses the values of the symbols in the condition."""
        values = ", ".join(f"{name} is {value or 'empty'}" for name, value in self.causes)
        return f"{self.clause} ({values})" if values else self.clause


class Reasons:
    """Reads the reasons of one lane from a resolution.

    lines: what the lane's defconfig assigns.
    """

    def __init__(self, resolution: Resolution, lines: Sequence[Line], lane: int) -> None:
        self._all, self._model, self._lane = resolution, resolution.model, lane
        self._lines = lines
        # What each choice selects, and the reasons in words of another member or of itself: they
        # are those of all members, of which a choice of boards has hundreds.
        self._selected: dict[int, int | None] = {}
        self._of_choices: dict[tuple[int, bool], list[Reason]] = {}
        self._of: dict[str, list[Line]] = {}
        for line in lines:
            self._of.setdefault(line.name, []).append(line)

    def of(self, number: int) -> list[Reason]:
        """The reasons for a symbol's value, the one that decided first."""
        symbol = self._model.symbols[number]
        given = list(self._assigned(number, symbol))
        taken = bool(given) and given[0].reason == "assigned"
        if symbol.choice >= 0 and symbol.logical:
            return [*self._of_choice(number, symbol), *given]
        raised: list[Reason] = []
        if symbol.logical:
            raised += self._raised("selected", symbol.selected_by)
            free = not given or not self._bit(self._all.visible[number][0])
            if free and self._holds(symbol.depends):
                raised += self._raised("implied", symbol.implied_by)
        if taken:
            return [*raised, *given]
        found = [*raised, *self._default(symbol), *self._range(number, symbol)]
        if not found:
            found = [self._with(Reason("unset", "nothing gives it a value"), symbol.depends)]
        return [*found, *self._promoted(number, symbol), *given]

    def of_line(self, number: int, line: Line) -> Reason:
        """Why the last line for a symbol has no effect."""
        found = list(self._assigned(number, self._model.symbols[number]))
        return next(
            (one for one in found if (one.file, one.line) == (line.file, line.line)), found[0]
        )

    def _bit(self, lanes: int) -> bool:
        return bool(lanes >> self._lane & 1)

    def _holds(self, expression: int) -> bool:
        return self._bit(self._all.expressions[expression][0])

    def _assigned(self, number: int, symbol: Symbol) -> Iterator[Reason]:
        """What a user assigns: taken, or ignored and why."""
        strange = None
        for line in reversed(self._of.get(symbol.name, ())):
            value = self._value(symbol, line)
            if value is not None:
                yield from self._given(number, symbol, line, value)
                break
            strange = strange or line
        if strange is not None:
            written = "n" if strange.value is None else strange.value
            yield self._ignored(
                strange, written, f"that is not a value of type {symbol.type or '?'}"
            )

    def _value(self, symbol: Symbol, line: Line) -> str | None:
        return value_of(symbol.type, line.value, self._model.verbatim)

    def _given(self, number: int, symbol: Symbol, line: Line, value: str) -> Iterator[Reason]:
        shown = value if symbol.type != "string" else f'"{value}"'
        result = self._all.value(number, self._lane)
        low, high = map(self._bit, self._all.visible[number])
        if not low:
            if not symbol.prompts:
                yield self._ignored(line, shown, "it has no prompt")
            for prompt in symbol.prompts:
                reason = self._ignored(line, shown, "its prompt is not visible")
                yield self._with(reason, prompt.condition)
        elif result == value:
            yield Reason("assigned", f"it is assigned {shown}", line.file, line.line)
        elif not symbol.logical:
            limits = [self._limits(item) for item in symbol.ranges if self._holds(item.condition)]
            why = f"it is outside the range {limits[0]}" if limits else "it has another value"
            yield self._ignored(line, shown, why)
        elif symbol.choice >= 0:
            member = self._member(symbol.choice)
            name = "nothing" if member is None else self._model.symbols[member].name
            name = "it" if member == number else name
            yield self._ignored(line, shown, f"its choice selects {name}")
        elif any(self._holds(one.condition) for one in symbol.selected_by) and value != "y":
            yield self._ignored(line, shown, "a select raises it")
        elif value == "y" and not high:
            for prompt in symbol.prompts:
                yield self._with(
                    self._ignored(line, shown, "its prompt is visible as m only"), prompt.condition
                )
        else:
            yield self._ignored(line, shown, f"{self._no_m(symbol)}, so that it is {result}")

    def _ignored(self, line: Line, shown: str, why: str) -> Reason:
        text = f"it is assigned {shown}, without effect: {why}"
        return Reason("ignored", text, line.file, line.line)

    def _no_m(self, symbol: Symbol) -> str:
        """Why a symbol cannot be m."""
        if symbol.type == "bool":
            return "a bool symbol is never m"
        modules = self._model.modules
        if not self._bit(self._all.low[modules]):
            return f"{self._model.symbols[modules].name} is n"
        return "an imply raises it"

    def _promoted(self, number: int, symbol: Symbol) -> Iterator[Reason]:
        """That what would be m is y."""
        if symbol.type != "tristate" or self._all.value(number, self._lane) != "y":
            return
        values = self._all.expressions
        raised = values[symbol.selected][1] | values[symbol.implied][1]
        default = next((one for one in symbol.defaults if self._holds(one.condition)), None)
        if default is not None:
            raised |= values[default.value][1] & values[default.condition][1]
        if not self._bit(raised):
            yield Reason("modules", f"{self._no_m(symbol)}, so that m is y")

    def _raised(self, reason: str, clauses: Sequence[Reverse]) -> Iterator[Reason]:
        for clause in clauses:
            if self._holds(clause.condition):
                by = self._model.symbols[clause.by].name
                text = f"{by} {'selects' if reason == 'selected' else 'implies'} it"
                yield self._with(self._at(reason, text, clause.spot), clause.condition)

    def _default(self, symbol: Symbol) -> Iterator[Reason]:
        for default in symbol.defaults:
            if self._holds(default.condition):
                text = f"its default is {text_of(self._model, default.value)}"
                reason = self._at("default", text, default.spot)
                yield self._with(reason, default.condition, default.value)
                return

    def _range(self, number: int, symbol: Symbol) -> Iterator[Reason]:
        for item in symbol.ranges:
            if self._holds(item.condition):
                if self._all.value(number, self._lane) == self._default_text(symbol):
                    return  # the range changes nothing
                reason = self._at("range", f"its range is {self._limits(item)}", item.spot)
                yield self._with(reason, item.condition)
                return

    def _default_text(self, symbol: Symbol) -> str:
        """The value that the default which holds would give a string or number."""
        for default in symbol.defaults:
            if self._holds(default.condition):
                texts = self._all.texts_of(default.value)
                return next(text for text, lanes in texts.items() if self._bit(lanes))
        return ""

    def _of_choice(self, number: int, symbol: Symbol) -> Iterator[Reason]:
        """What the choice of a symbol selects, and why."""
        member = self._member(symbol.choice)
        key = symbol.choice, member == number
        if key not in self._of_choices:
            self._of_choices[key] = list(self._choice(symbol.choice, member, key[1]))
        yield from self._of_choices[key]
        if member not in (number, None) and not self._bit(self._all.visible[number][0]):
            for prompt in symbol.prompts[:1]:
                yield self._with(Reason("unset", "its prompt is not visible"), prompt.condition)

    def _choice(self, number: int, member: int | None, it: bool) -> Iterator[Reason]:
        """Why a choice selects a member. it: that is the symbol which is explained."""
        choice = self._model.choices[number]
        name = f"choice {choice.name}".strip()
        if member is None:
            reason = self._at("choice", f"its {name} selects nothing", choice.spots[0])
            low = self._bit(self._all.modes[number][0])
            shown = choice.prompts[0].condition if choice.prompts else Y
            shown = Y if low else choice.depends if self._model.heeds_n else shown
            yield self._with(reason, shown)
            return
        named = "it" if it else self._model.symbols[member].name
        yield self._at("choice", f"its {name} selects {named}", choice.spots[0])
        yield from self._selection(choice, member, named)

    def _selection(self, choice: Choice, member: int, named: str) -> Iterator[Reason]:
        """Why a choice selects a member: it is set, a default, or the first one."""
        members = {
            self._model.symbols[one].name: self._model.symbols[one] for one in choice.members
        }
        if self._model.heeds_n:
            last_lines = {line.name: line for line in self._lines if line.name in members}
            yield from self._selection_with_n(choice, member, named, last_lines)
            return
        of_choice = (line for line in reversed(self._lines) if line.name in members)
        last = next((one for one in of_choice if self._value(members[one.name], one) == "y"), None)
        if last is not None and last.name == self._model.symbols[member].name:
            text = f"{named} is the last member that is set to y"
            yield Reason("assigned", text, last.file, last.line)
            return
        for default in choice.defaults:
            if self._holds(default.condition):
                _, wanted, _ = self._model.expressions[default.value]
                if wanted == member:
                    reason = self._at("default", f"{named} is the choice's default", default.spot)
                    yield self._with(reason, default.condition)
                    return
        yield self._at("default", f"{named} is its first visible member", choice.spots[0])

    def _selection_with_n(
        self, choice: Choice, member: int, named: str, lines: Mapping[str, Line]
    ) -> Iterator[Reason]:
        """The same where n counts; see Evaluation. lines: the last one of each member."""
        symbols, own = self._model.symbols, lines.get(self._model.symbols[member].name)
        if own is not None and self._value(symbols[member], own) == "y":
            text = f"{named} is the last visible member that is set to y"
            yield Reason("assigned", text, own.file, own.line)
            return
        defaults = (
            (self._model.expressions[one.value][1], one)
            for one in choice.defaults
            if self._holds(one.condition)
        )
        visible = (one for one in choice.members if self._bit(self._all.visible[one][0]))
        for default, clause in defaults:
            if self._bit(self._all.visible[default][0]):
                if default == member:
                    reason = self._at("default", f"{named} is the choice's default", clause.spot)
                    yield self._with(reason, clause.condition)
                    return
                break
        else:
            default = next(visible, member)
        refused = lines.get(symbols[default].name)
        if refused is not None:
            text = f"its default {symbols[default].name} is set to n"
            yield Reason("assigned", text, refused.file, refused.line)
        if own is None:
            without = "" if refused is None else " without a line"
            text = f"{named} is its first visible member{without}"
            yield self._at("default", text, choice.spots[0])
        else:
            text = f"all that are visible are set to n, and the n of {named} is the earliest"
            yield Reason("assigned", text, own.file, own.line)

    def _member(self, choice: int) -> int | None:
        """The member that a choice selects."""
        if choice not in self._selected:
            selected = self._all.selections[choice]
            found = (one for one, lanes in selected.items() if self._bit(lanes))
            self._selected[choice] = next(found, None)
        return self._selected[choice]

    def _at(self, reason: str, text: str, spot: Spot) -> Reason:
        return Reason(reason, text, self._model.files[spot[0]], spot[1])

    def _with(self, reason: Reason, condition: int, *more: int) -> Reason:
        """A reason with its condition, and the values of the symbols in it."""
        text = "" if condition == Y else text_of(self._model, condition)
        causes = {
            self._model.symbols[one].name: self._all.value(one, self._lane)
            for expression in (condition, *more)
            for one in symbols_in(self._model, expression)
        }
        return reason._replace(condition=text, causes=tuple(causes.items()))

    def _limits(self, item: Range) -> str:
        return f"{self._named(item.low)} to {self._named(item.high)}"

    def _named(self, number: int) -> str:
        symbol = self._model.symbols[number]
        if symbol.spots:
            return f"{symbol.name}={self._all.value(number, self._lane)}"
        return symbol.name
