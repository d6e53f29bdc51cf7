"""Values of Meson's language where conditions are not decided but written down.

| in Meson           | here                                                                     |
|--------------------|--------------------------------------------------------------------------|
| boolean            | a condition, a tuple (`conditions.py`)                                   |
| string, number     | `str`, `int`                                                             |
| list               | `Items`: elements, each with the condition under which it is in the list |
| dictionary         | `Table`: entries, each with its condition, and parts known by name only  |
| what differs       | `Either`: values, each with its condition                                |
| a target's string  | `Pattern`: text with properties of the target in it                      |
| a host's string    | `HostText`: a string that only the host knows, by its name               |
| option of a feature| `Feature`                                                                |
| not understood     | `Unknown`, with its place                                                |

Source sets, dependencies and libraries are in `sources.py`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from kgen.code.conditions import ALWAYS, NEVER, both, either, inverted
from kgen.model.expr import Expr
from kgen.model.record import Record

if TYPE_CHECKING:
    Value = Any
    Pairs = tuple[tuple[Expr, Value], ...]


class Unknown(Record):
    """What was not understood; path and line: where it began."""

    path: str
    line: int

    @staticmethod
    def united(pairs: list[tuple[Expr, Unknown]]) -> Unknown:
        """One of them stands for all."""
        return pairs[0][1]


class Items(Record):
    """A list: elements with their conditions."""

    pairs: Pairs

    @staticmethod
    def united(pairs: list[tuple[Expr, Items]]) -> Items:
        """What all of them begin with, and then the rest of each under its condition."""
        number = _shared([value.pairs for _, value in pairs])
        rest = [
            (both(condition, inner), value)
            for condition, whole in pairs
            for inner, value in whole.pairs[number:]
        ]
        return Items((*pairs[0][1].pairs[:number], *rest))


class Either(Record):
    """A value that depends: of the alternatives the one whose condition is true."""

    pairs: Pairs


class HostText(Record):
    """A string of the host or of configure, known by its name: `os`, `-Dmalloc`."""

    name: str


class Feature(Record):
    """An option that is enabled, disabled, or automatic. allowed: not disabled."""

    allowed: Expr
    enabled: Expr

    @staticmethod
    def united(pairs: list[tuple[Expr, Feature]]) -> Feature:
        """The option that is each of these under its condition."""
        return Feature(
            either(*(both(condition, value.allowed) for condition, value in pairs)),
            either(*(both(condition, value.enabled) for condition, value in pairs)),
        )


class Key(Record):
    """A property of the target, like TARGET_ARCH; NAME is the target itself. upper: in capitals."""

    name: str
    upper: bool = False


class Pattern(Record):
    """A string with a property of the target in it."""

    before: str
    key: Key
    after: str = ""


class Targets(Record):
    """The names of the targets that are built."""


class Layer(Record):
    """A part of a dictionary of which only the kind is known.

    kind: `devices` (the target's configuration), `target` (its file in configs/targets), `host`
    (what configure wrote), or `all devices` and `all targets`, which have what one of the targets
    has that are built together.
    """

    kind: str


class Table:
    """A dictionary. entries: by key the condition under which it has the key, and the value."""

    def __init__(
        self, entries: dict[Value, tuple[Expr, Value]] | None = None, layers: tuple[Layer, ...] = ()
    ) -> None:
        self.entries = entries or {}
        self.layers = layers

    @staticmethod
    def united(pairs: list[tuple[Expr, Table]]) -> Table:
        """The dictionary that is each of these under its condition."""
        entries = {}
        for key in dict.fromkeys(key for _, table in pairs for key in table.entries):
            found = [(c, *table.entries[key]) for c, table in pairs if key in table.entries]
            if len(found) == len(pairs) and all(one[1:] == found[0][1:] for one in found):
                entries[key] = found[0][1:]
                continue
            owned = [(both(condition, has), value) for condition, has, value in found]
            entries[key] = either(*(condition for condition, _ in owned)), merged(owned)
        layers = tuple(dict.fromkeys(layer for _, table in pairs for layer in table.layers))
        return Table(entries, layers)

    def guarded(self, condition: Expr) -> Table:
        """The dictionary with its entries only where the condition is true."""
        entries = {key: (both(condition, has), value) for key, (has, value) in self.entries.items()}
        return Table(entries, self.layers)

    def joined(self, other: Table) -> Table:
        """Both dictionaries; where both have a key, with the value of the other one."""
        entries = dict(self.entries)
        for key, (has, value) in other.entries.items():
            if has != ALWAYS and key in entries:
                before, old = entries[key]
                value = merged([(has, value), (both(before, inverted(has)), old)])
                has = either(has, before)
            entries[key] = has, value
        layers = tuple(dict.fromkeys((*self.layers, *other.layers)))
        return Table(entries, layers)

    def found(self, key: Value) -> Pairs:
        """The values that a key can have, each with its condition; the layers are not asked."""
        pairs = []
        for own, (has, value) in self.entries.items():
            condition = both(has, equal(own, key))
            if condition != NEVER:
                pairs.append((condition, value))
        return tuple(pairs)


def equal(left: Value, right: Value) -> Expr:
    """The condition under which two strings are the same; NEVER if that is not known."""
    if left == right:
        return ALWAYS
    if isinstance(left, str):
        left, right = right, left
    if isinstance(left, Either):
        return either(*(both(condition, equal(value, right)) for condition, value in left.pairs))
    if not isinstance(right, str):
        return NEVER
    if isinstance(left, HostText):
        return (f"host:{right}" if left.name == "os" else f"host:{left.name}={right}",)
    if isinstance(left, Pattern):
        return _matches(left, right)
    return NEVER


def _matches(pattern: Pattern, text: str) -> Expr:
    if not (text.startswith(pattern.before) and text.endswith(pattern.after)):
        return NEVER
    value = text[len(pattern.before) : len(text) - len(pattern.after)]
    key = pattern.key
    if not value or value != (value.upper() if key.upper else value.lower()):
        return NEVER
    if key.name == "TARGET_BASE_ARCH":
        return (f"arch:{value.lower()}",)
    if key.name == "TARGET_ARCH":
        return (f"target:TARGET_{value.upper()}",)
    return (f"target:{key.name}={value.lower()}",)


# Alternatives of the value that differs most. Each operation is done for each of them.
ALTERNATIVES = 1 << 6


def merged(pairs: Sequence[tuple[Expr, Value]]) -> Value:
    """The value that is each of these under its condition.

    Of conditions, lists, dictionaries and other kinds with a function `united` one is made; of
    the rest each value stays, once.
    """
    first = pairs[0][1]
    if all(value is first for _, value in pairs):
        return first
    groups: dict[Value, list[tuple[Expr, Value]]] = {}
    for outer, whole in pairs:
        for inner, value in whole.pairs if isinstance(whole, Either) else ((ALWAYS, whole),):
            condition = both(outer, inner)
            if condition != NEVER:
                kind = type(value)
                together = kind is tuple or hasattr(kind, "united")
                groups.setdefault(kind if together else value, []).append((condition, value))
    found = []
    for kind, alike in groups.items():
        if kind is tuple:
            value = either(*(both(condition, one) for condition, one in alike))
        else:
            united = getattr(kind, "united", None)
            value = united(alike) if isinstance(kind, type) and united else alike[0][1]
        found.append((either(*(condition for condition, _ in alike)), value))
    return found[0][1] if len(found) == 1 else Either(tuple(found))


def _shared(lists: Sequence[Pairs]) -> int:
    """How many elements all of these begin with."""
    low, high = 0, min(map(len, lists))
    while low < high:  # whole slices are compared quickly: mostly they hold the same objects
        middle = (low + high + 1) // 2
        part = lists[0][low:middle]
        if all(one[low:middle] == part for one in lists):
            low = middle
        else:
            high = middle - 1
    return low


def items(values: Iterable[Value]) -> Items:
    """A list of these values."""
    return Items(tuple((ALWAYS, value) for value in values))


def one_list(values: Iterable[Value]) -> Items:
    """What these make with `+` between them, of which the first one is a list."""
    own = (one.pairs if isinstance(one, Items) else ((ALWAYS, one),) for one in values)
    return Items(tuple(pair for pairs in own for pair in pairs))


def elements(value: Value, condition: Expr = ALWAYS) -> list[tuple[Expr, Value]]:
    """The elements of a value that may be a list of lists, each with its condition."""
    found: list[tuple[Expr, Value]] = []
    stack = [(condition, value)]
    while stack:
        outer, one = stack.pop()
        if isinstance(one, (Items, Either)):
            stack.extend((both(outer, inner), part) for inner, part in reversed(one.pairs))
        elif outer != NEVER:
            found.append((outer, one))
    return found
