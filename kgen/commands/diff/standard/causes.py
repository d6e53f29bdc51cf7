"""Why symbols of standard Kconfig have other values: two models made one, and evaluated in parts.

As for QEMU's dialect (`causes.py`): for each symbol that changed, the new rules are evaluated on
the values of the old side. If that gives the old value, the change follows from another one: each
changed symbol that is read is put back alone. Else each difference of the rules is undone alone,
and the first one that brings the old value back is the cause.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from operator import eq, ne
from typing import Any

from kgen.commands.diff.standard.joined import Half, Joined
from kgen.model.record import Record
from kgen.standard.expressions import text_of
from kgen.standard.model import OF_EXPRESSION, OF_VALUE, Assigned, Spot, Symbol, Y
from kgen.standard.order import steps_of
from kgen.standard.resolver import Evaluation, Resolution

# The differences of a symbol's rules, with the fields that make them, in the order in which they
# are tried.
_RULES = {
    "type": ("type",),
    "selector": ("selected", "selected_by", "implied", "implied_by"),
    "default": ("defaults",),
    "prompt": ("prompts", "transitional"),
    "range": ("ranges",),
    "choice": ("choice",),
    "dependency": ("prompts", "defaults", "ranges", "depends", "implied_by", "implied"),
}

# (at least m, y) of bool and tristate; of others the pairs of each text, and where it is written.
_Value = tuple[int, int, "dict[str, int] | None", int]


class Change(Record):
    """Why a symbol changed in some pairs (bits).

    cause: `assignment`, one of the rules, `new`, `gone`, `follows`, or `several`. of: the symbol
    that it follows from, or that selects or implies it. was, now: the clause before and after; ""
    if there is none. spot: the line of the clause; old: it is of the old side. alone: undoing this
    cause is enough to undo the change.
    """

    symbol: str
    pairs: int
    cause: str
    of: str = ""
    was: str = ""
    now: str = ""
    spot: Spot | None = None
    old: bool = False
    alone: bool = True


class _Edit(Record):
    """Rules of a symbol, and what is assigned: the new ones, with one difference undone."""

    cause: str
    symbol: Symbol
    assigned: Assigned


def changes(old: Half, new: Half) -> Iterator[Change]:
    """Every change of every symbol; in each pair a symbol has at most one."""
    yield from _Both(old, new).changes()


def _every(_: int) -> bool:
    return True


def _none(_: int) -> bool:
    return False


class _Both:
    """Both sides, and a world of values in which rules of either are tried."""

    def __init__(self, old: Half, new: Half) -> None:
        self._old, self._new = old, new
        self._everywhere = new.assigned.lanes
        self._joined = joined = Joined(old, new)
        self._symbols = joined.symbols
        self._world = Evaluation(joined.model, joined.assigned)
        self._steps_to: dict[int, tuple[list[int], list[int]]] = {}
        at = {number: old_number for old_number, number in enumerate(joined.numbers)}
        self._values_before = [
            self._value(old.resolution, at[number]) if number in at else self._none(number)
            for number in range(len(self._symbols))
        ]
        count = len(new.resolution.model.symbols)
        self._values_after = [
            self._value(new.resolution, number) if number < count else self._none(number)
            for number in range(len(self._symbols))
        ]

    @staticmethod
    def _value(resolution: Resolution | Evaluation, number: int) -> _Value:
        texts = resolution.text[number]
        low, high = resolution.low[number], resolution.high[number]
        if texts is None:
            return low, high, None, 0
        return low, high, dict(texts), resolution.written[number]

    def _none(self, number: int) -> _Value:
        """The value of a symbol on the side that has none of its name; that of a constant."""
        symbol = self._joined.before.get(number, self._symbols[number])
        if symbol.logical:
            return 0, 0, None, 0
        return 0, 0, {"" if symbol.spots else symbol.name: self._everywhere}, 0

    def _differ(self, one: _Value, other: _Value) -> int:
        """The pairs in which two values differ."""
        lanes = one[0] ^ other[0] | one[1] ^ other[1] | one[3] ^ other[3]
        if one[2] is None and other[2] is None:
            return lanes
        texts, others = (self._texts(value) for value in (one, other))
        same = 0
        for text, where in texts.items():
            same |= where & others.get(text, 0)
        return lanes | self._everywhere & ~same

    def _texts(self, value: _Value) -> dict[str, int]:
        low, high, texts, _ = value
        return texts or {"n": self._everywhere ^ low, "m": low ^ high, "y": high}

    def _put(self, number: int, value: _Value) -> None:
        self._world.low[number], self._world.high[number], self._world.text[number] = value[:3]

    def _steps(self, number: int) -> tuple[list[int], list[int]]:
        """The steps to a symbol's value by its own rules, and what they read."""
        if number not in self._steps_to:
            self._steps_to[number] = steps_of(self._world.model, OF_VALUE, number)
        return self._steps_to[number]

    def _evaluated(self, number: int, edit: _Edit, is_new: Callable[[int], bool]) -> _Value:
        """The value that rules give a symbol, on the old values of what they read.

        is_new: of which symbols the new values are taken instead.
        """
        world, values = self._world, self._values_before
        own, written = self._symbols[number], world.written[number]
        self._symbols[number], world.assigned = edit.symbol, edit.assigned
        plain = edit.symbol is own
        steps, read = self._steps(number) if plain else steps_of(world.model, OF_VALUE, number)
        modules = world.model.modules
        read = [one for one in (*read, modules) if is_new(one)]
        for one in read:
            self._put(one, self._values_after[one])
        world.modules = world.low[modules]
        world.take(tuple(steps))
        found = self._value(world, number)
        for one in (*read, number):
            self._put(one, values[one])
        self._symbols[number], world.written[number] = own, written
        return found

    # Causes.

    def changes(self) -> Iterator[Change]:
        """See the function of this name."""
        old, new = self._old.resolution, self._new.resolution
        at = {number: old_number for old_number, number in enumerate(self._joined.numbers)}
        count = len(new.model.symbols)
        for number, value in enumerate(self._values_before):
            self._put(number, value)
        changed: dict[int, int] = {}
        for number in dict.fromkeys((*new.model.defined, *self._joined.before)):
            lanes = self._differ(self._values_before[number], self._values_after[number])
            if lanes:
                changed[number] = lanes
        for number, lanes in changed.items():
            # What stands in neither .config does not count.
            written = new.written[number] if number < count else 0
            written |= old.written[at[number]] if number in at else 0
            lanes &= written
            symbol = self._symbols[number]
            if not lanes:
                continue
            if number not in self._joined.before:
                yield Change(symbol.name, lanes, "new", spot=symbol.spots[0])
            elif number >= count or not symbol.spots:
                spot = self._joined.before[number].spots[0]
                yield Change(symbol.name, lanes, "gone", spot=spot, old=True)
            else:
                plain = _Edit("", symbol, self._joined.assigned)
                result = self._evaluated(number, plain, _none)
                own = lanes & self._differ(result, self._values_before[number])
                if own:
                    yield from self._own(number, own)
                if lanes & ~own:
                    yield from self._follows(number, plain, lanes & ~own, changed)

    def _own(self, number: int, rest: int) -> Iterator[Change]:
        """The causes among a symbol's own rules and what is assigned."""
        otherwise = rest & self._chosen_otherwise(number)
        if otherwise:
            rest ^= otherwise
            yield from self._named(number, otherwise, "choice", True)
        edits = list(self._edits(number))
        for alone in (True, False):
            for edit in edits:
                result = self._evaluated(number, edit, _every if alone else _none)
                lanes = rest & ~self._differ(result, self._values_before[number])
                if lanes:
                    rest ^= lanes
                    yield from self._named(number, lanes, edit.cause, alone)
        if rest:
            cause = edits[0].cause if edits else "several"
            yield from self._named(number, rest, cause, False)

    def _chosen_otherwise(self, number: int) -> int:
        """The pairs in which the same is assigned to all members of a symbol's choice, and the
        programs of the two trees choose by different rules."""
        old, new = self._old.resolution.model, self._new.resolution.model
        choice = self._symbols[number].choice
        if choice < 0 or old.heeds_n == new.heeds_n:
            return 0
        differ = 0
        for member in self._joined.model.choices[choice].members:
            before = self._joined.assigned_before.logical.get(member, (0, 0, 0))
            after = self._joined.assigned.logical.get(member, (0, 0, 0))
            for was, now in zip(before, after, strict=True):
                differ |= was ^ now
        return self._everywhere & ~differ

    def _edits(self, number: int) -> Iterator[_Edit]:
        """The new rules with one difference undone, for each difference."""
        new, old = self._symbols[number], self._joined.before[number]
        assigned, before = self._joined.assigned, self._joined.assigned_before
        if self._given(number, new, assigned) != self._given(number, new, before):
            yield _Edit("assignment", new, before)
        new_rules, old_rules = new._asdict(), old._asdict()
        same = new.depends == old.depends
        for cause, fields in _RULES.items():
            differ = any(
                _bare(new_rules[one], same) != _bare(old_rules[one], same) for one in fields
            )
            if cause == "dependency":
                differ = not same
            elif cause == "choice":
                differ = self._choice_differs(number)
            if differ:
                values = {one: old_rules[one] for one in fields}
                if cause == "choice":
                    values = {"choice": self._joined.own_choice.get(number, -1)}
                yield _Edit(cause, new._replace(**values), assigned)

    def _choice_differs(self, number: int) -> bool:
        own, new = self._joined.own_choice.get(number, -1), self._symbols[number].choice
        if min(own, new) < 0:
            return own != new
        one, other = self._joined.model.choices[own], self._joined.model.choices[new]
        return [_bare(part, True) for part in one[2:-2]] != [
            _bare(part, True) for part in other[2:-2]
        ]

    def _given(self, number: int, symbol: Symbol, assigned: Assigned) -> tuple[object, ...]:
        """What is assigned to a symbol, and to its choice."""
        of = symbol.choice
        return (
            assigned.logical.get(number),
            assigned.text.get(number),
            assigned.modes.get(of) if of >= 0 else None,
            assigned.members.get(of) if of >= 0 else None,
            assigned.latest.get(of) if of >= 0 else None,
        )

    def _follows(
        self, number: int, plain: _Edit, rest: int, changed: Mapping[int, int]
    ) -> Iterator[Change]:
        """The changed symbols that a change follows from."""
        name = self._symbols[number].name
        before, after = self._values_before[number], self._values_after[number]
        _, read = self._steps(number)
        back: dict[int, int] = {}
        forth: dict[int, int] = {}
        open_ = rest  # the pairs for which no symbol is enough in both directions
        for one in read:
            lanes = changed.get(one, 0) & open_
            if lanes:
                result = self._evaluated(number, plain, partial(ne, one))
                back[one] = lanes & ~self._differ(result, before)
                result = self._evaluated(number, plain, partial(eq, one))
                forth[one] = lanes & ~self._differ(result, after)
                open_ &= ~(back[one] & forth[one])
        both = {one: back[one] & forth[one] for one in back}
        for enough in (both, back, forth):
            for one, where in enough.items():
                if where & rest:
                    yield Change(name, where & rest, "follows", self._symbols[one].name)
                    rest &= ~where
        for one in back:  # several together
            lanes = changed[one] & rest
            if lanes:
                yield Change(name, lanes, "follows", self._symbols[one].name, alone=False)
                rest &= ~lanes
        if rest:
            yield Change(name, rest, "several", alone=False)

    def _named(self, number: int, lanes: int, cause: str, alone: bool) -> Iterator[Change]:
        """A change with its cause among the symbol's rules, divided by the clauses that differ."""
        new, old = self._symbols[number], self._joined.before[number]
        change = Change(new.name, lanes, cause, spot=new.spots[0], alone=alone)
        if cause == "dependency":
            change = change._replace(was=self._text(old.depends), now=self._text(new.depends))
        fields = {
            "selector": ("selected_by", "implied_by"),
            "default": ("defaults",),
            "prompt": ("prompts",),
            "range": ("ranges",),
        }.get(cause, ())
        for field in fields:
            ours, theirs = new._asdict()[field], old._asdict()[field]
            bare, before = _bare(ours, True), _bare(theirs, True)
            come = [one for one in ours if one[:-1] not in before]
            gone = [one for one in theirs if one[:-1] not in bare]
            for now, some in self._holding(come, lanes, _every):
                for was, where in self._holding(gone, some, _none):
                    clause = was if now is None else now
                    if clause is None:
                        continue
                    lanes &= ~where
                    yield change._replace(
                        pairs=where,
                        of=self._symbols[clause.by].name if cause == "selector" else "",
                        spot=clause.spot,
                        old=now is None,
                        was="" if was is None else self._clause(field, was),
                        now="" if now is None else self._clause(field, now),
                    )
        if lanes:
            yield change._replace(pairs=lanes)

    def _holding(
        self, clauses: Sequence[Any], lanes: int, is_new: Callable[[int], bool]
    ) -> list[tuple[Any, int]]:
        """The first of some clauses that holds on one of the sides, in which of the lanes; None
        where none does."""
        world, found = self._world, []
        for clause in clauses:
            steps, read = steps_of(world.model, OF_EXPRESSION, clause.condition)
            read = [one for one in read if is_new(one)]
            for one in read:
                self._put(one, self._values_after[one])
            world.take(tuple(steps))
            for one in read:
                self._put(one, self._values_before[one])
            where = world.expressions[clause.condition][0] & lanes
            if where:
                found.append((clause, where))
                lanes ^= where
        return [*found, (None, lanes)] if lanes else found

    def _text(self, expression: int) -> str:
        return text_of(self._world.model, expression)

    def _clause(self, field: str, clause: Any) -> str:
        """A clause as a line of a Kconfig file; its condition is that with all dependencies."""
        if field == "defaults":
            text = f"default {self._text(clause.value)}"
        elif field == "prompts":
            text = f'prompt "{clause.text}"'
        elif field == "ranges":
            low, high = (self._symbols[one].name for one in (clause.low, clause.high))
            text = f"range {low} {high}"
        else:
            text = "select" if field == "selected_by" else "imply"
        return text if clause.condition == Y else f"{text} if {self._text(clause.condition)}"


def _bare(value: Any, conditions: bool) -> Any:
    """A field of a symbol without places, and without conditions unless asked for."""
    if not isinstance(value, tuple) or not value or not isinstance(value[0], tuple):
        return value
    return [one[:-1] if conditions else one[:-2] for one in value]
