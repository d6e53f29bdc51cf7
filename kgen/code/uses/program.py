"""The functions of all files together: which one a call means, and what calls lead to."""

from __future__ import annotations

import re
from collections.abc import Container, Iterator, Mapping, Sequence

from kgen.code.conditions import ALWAYS
from kgen.code.sources import Built
from kgen.code.uses.facts import Body, Call
from kgen.code.uses.reading import Uses
from kgen.code.uses.values import (
    CHOICE,
    FIELD,
    NAME,
    PARAMETER,
    RESULT,
    TEST,
    TEXT,
    ZERO,
    Value,
    parts,
)
from kgen.model.expr import Expr
from kgen.model.order import reached
from kgen.model.record import Record

# Which argument of these functions of qom/object.c is the name of the type that is made.
_MAKES = {
    "object_new": 0, "object_initialize": 2, "object_new_with_propv": 0,
    "object_initialize_child_with_propsv": 4,
}  # fmt: skip

# The same of functions that call these, for a tree in which they are not defined: a part of QEMU.
_ELSEWHERE = {
    "qdev_new": 0, "sysbus_create_simple": 0, "sysbus_create_varargs": 0, "pci_new": 1,
    "pci_create_simple": 2, "isa_new": 0, "isa_create_simple": 1, "usb_new": 0,
    "usb_create_simple": 1, "i2c_slave_new": 0, "i2c_slave_create_simple": 1,
    "ssi_create_peripheral": 1, "object_initialize_child": 3, "qbus_new": 0, "qbus_init": 2,
}  # fmt: skip

# Functions that give a property of an object, the second argument, a value, the third:
# hw/core/qdev-properties.c, qom/object.c.
SETS = re.compile(r"(?:qdev_prop|object_property)_set_(?:str|string|bool|bit|int|enum|uint\d+)")


# Before the name of a field through which a function is called.
_THROUGH = "->"


class Function(Record):
    """A function of a file or header. number: of it. built: where the file is. calls: those that
    can lead to something made. asks: whether what it returns can rest on a field."""

    number: int
    path: str
    body: Body
    built: Expr
    calls: tuple[Call, ...]
    asks: bool


class Program:
    """The functions of the files that are built, and of headers.

    functions: all, by number. makes: the arguments of a function that are types of objects that it
    makes, by the path of its file and its name; by "" if other files can call it. tables: the rows
    of a table, by the path of its file and its name. defaults: what a field of a struct is if
    nobody sets its property.
    changed: see `_changes`.
    """

    def __init__(self, uses: Uses, built: Mapping[str, Built]) -> None:
        found: list[tuple[str, Body, Expr]] = []
        for path, facts in uses.files.items():
            if path in built:
                found += [(path, body, built[path].condition) for body in facts.bodies]
        for every in uses.inlines.values():
            for path, facts in every:
                body = facts.bodies[0]._replace(own=False)
                found.append((path, body, ALWAYS))
        names = {body.name for _, body, _ in found if not body.own}
        self.makes = _makers([(path, body) for path, body, _ in found], names)
        bodies = [body for _, body, _ in found]
        leading = Leading(bodies)
        asking = _asking(bodies)
        self.functions: list[Function] = []
        self._own: dict[tuple[str, str], list[Function]] = {}
        self._others: dict[str, list[Function]] = {}
        self.defaults: dict[tuple[str, str], Value] = {}
        self.tables: dict[tuple[str, str], tuple[tuple[tuple[str, Value], ...], ...]] = {}
        for number, (path, body, condition) in enumerate(found):
            calls = tuple(one for one in body.calls if leading.has(one))
            one = Function(number, path, body, condition, calls, body.name in asking)
            self.functions.append(one)
            self._own.setdefault((path, body.name), []).append(one)
            if not body.own:
                self._others.setdefault(body.name, []).append(one)
            for kind, field, value in body.defaults:
                self.defaults.setdefault((kind, field), value)
            for name, rows in body.tables:
                self.tables[path, name] = rows
        self._matters = self._relevant()
        self.changed = self._changes()

    def called(self, path: str, name: str) -> list[Function]:
        """The functions that a name means in a file."""
        return self._own.get((path, name)) or self._others.get(name, [])

    def numbers(self, path: str, name: str) -> set[int]:
        """The arguments of a function, as it is meant in a file, that are types to make."""
        return self.makes.get((path, name)) or self.makes.get(("", name), set())

    def matters(self, function: Function) -> frozenset[int]:
        """The parameters of a function that decide what it makes, but for types that it makes as
        they are given."""
        return self._matters.get(function.number, frozenset())

    def _changes(self) -> set[tuple[str, str]]:
        """The fields of structs that are assigned different values.

        Notes as a default that a field is 0 which only functions like `board_set_model(obj, value)`
        assign what they are given; no default is one of a field that is assigned a value.
        """
        values: dict[tuple[str, str], set[Value]] = {}
        for one in self.functions:
            for item in one.body.assigned:
                key = item.kind, item.field
                if item.value[0] != PARAMETER:
                    values.setdefault(key, set()).add(item.value)
                elif "set_" in one.body.name:
                    self.defaults.setdefault(key, ZERO)
        for key in values:
            self.defaults.pop(key, None)
        return {key for key, every in values.items() if len(every) > 1}

    def _relevant(self) -> dict[int, frozenset[int]]:
        found: dict[int, set[int]] = {}
        # Of each function those that call it, with the parameters in what they give it.
        callers: dict[int, list[tuple[int, list[tuple[int, set[int]]]]]] = {}
        for one in self.functions:
            own = {number for value in _tested(one) for number in _parameters(value)} | {
                number for value, _ in one.body.returned for number in _parameters(value)
            }
            for call in one.calls:
                numbers = self.numbers(one.path, call.name)
                given = [(at, set(_parameters(value))) for at, value in call.arguments]
                sets = bool(SETS.match(call.name))
                for (at, value), (_, inner) in zip(call.arguments, given, strict=True):
                    if sets or (at in numbers and not is_passed_on(call, value)):
                        own |= inner
                if any(inner for _, inner in given):
                    for other in [] if call.through else self.called(one.path, call.name):
                        callers.setdefault(other.number, []).append((one.number, given))
            if own:
                found[one.number] = own
        waiting = list(found)
        while waiting:
            needed = waiting.pop()
            for number, given in callers.get(needed, ()):
                more = {each for at, inner in given if at in found[needed] for each in inner}
                if not more <= found.get(number, set()):
                    found.setdefault(number, set()).update(more)
                    waiting.append(number)
        return {number: frozenset(every) for number, every in found.items()}


def _tested(function: Function) -> Iterator[Value]:
    """The tests on which the calls of a function, and what it returns, rest."""
    conditions = [call.surely for call in function.calls]
    conditions += [where for _, where in function.body.returned]
    values = [value for call in function.calls for _, value in call.arguments]
    values += [value for value, _ in function.body.returned]
    for one in values:
        for part in parts(one):
            if part[0] == CHOICE:
                conditions += [where for _, where in part[1]]
    asked = {name for one in conditions for name in one if name.startswith(TEST)}
    for name in sorted(asked):
        yield function.body.tests[int(name.removeprefix(TEST))]


def is_passed_on(call: Call, value: Value) -> bool:
    """Whether a call is given what its function is given, whatever that is."""
    return value[0] == PARAMETER and not any(name.startswith(TEST) for name in call.surely)


def _parameters(value: Value | None) -> list[int]:
    return [one[1] for one in parts(value) if one[0] == PARAMETER]


def _makers(found: list[tuple[str, Body]], others: set[str]) -> dict[tuple[str, str], set[int]]:
    """The functions that make an object of a type that they are given, with the numbers of these
    arguments. others: the functions that other files can call."""
    made: dict[tuple[str, str], set[int]] = {
        ("", name): {number}
        for name, number in (_MAKES | _ELSEWHERE).items()
        if name in _MAKES or name not in others
    }
    passing: dict[str, list[tuple[tuple[str, str], str, Call]]] = {}
    for path, body in found:
        for call in body.calls:
            if any(is_passed_on(call, value) for _, value in call.arguments):
                key = path if body.own else "", body.name
                passing.setdefault(call.name, []).append((key, path, call))
    none: set[int] = set()
    waiting = [name for _, name in made]
    while waiting:
        name = waiting.pop()
        for key, path, call in passing.get(name, ()):
            numbers = made.get((path, name)) or made.get(("", name), none)
            for position, value in call.arguments:
                if is_passed_on(call, value) and position in numbers:
                    known = made.setdefault(key, set())
                    if value[1] not in known:
                        known.add(value[1])
                        waiting.append(key[1])
    return made


class Leading:
    """Which calls can lead to something that is made, or set a property that something asks for."""

    def __init__(self, bodies: Sequence[Body]) -> None:
        self._asked = {
            one[2].replace("_", "-") for body in bodies for one in _within(body) if one[0] == FIELD
        }
        found: set[str] = {*_MAKES, *_ELSEWHERE}
        callers: dict[str, list[str]] = {}
        for body in bodies:
            for call in body.calls:
                callers.setdefault(_callee(call), []).append(body.name)
                if self._sets(call):
                    found.add(body.name)
            # A function in a field is called by who calls the field.
            fields = [(item.field, item.value) for item in body.assigned]
            fields += [cell for _, rows in body.tables for row in rows for cell in row]
            for field, value in fields:
                if value[0] == NAME:
                    callers.setdefault(value[1], []).append(_THROUGH + field)
        self._found = reached(found, lambda name: callers.get(name, ()))

    def has(self, call: Call) -> bool:
        """Whether a call is one of these."""
        # The cells of a table that is a list of names have no field.
        anything = call.through and _THROUGH in self._found
        return anything or _callee(call) in self._found or self._sets(call)

    def _sets(self, call: Call) -> bool:
        if not SETS.fullmatch(call.name):
            return False
        name = dict(call.arguments).get(1, ("",))
        return name[0] == TEXT and name[1].replace("_", "-") in self._asked


def _callee(call: Call) -> str:
    return _THROUGH + call.name if call.through else call.name


def _within(body: Body) -> Iterator[Value]:
    """All values that decide something in a function."""
    for call in body.calls:
        for _, value in call.arguments:
            yield from parts(value)
    for value in (*body.tests, *(value for value, _ in body.returned)):
        yield from parts(value)


def _asking(bodies: Sequence[Body]) -> Container[str]:
    """The names of functions whose result can rest on a field of a class or an object."""
    users: dict[str, list[str]] = {}
    found: set[str] = set()
    for body in bodies:
        if not body.returned:
            continue
        for value in (*body.tests, *(value for value, _ in body.returned)):
            for one in parts(value):
                if one[0] == FIELD:
                    found.add(body.name)
                elif one[0] == RESULT:
                    users.setdefault(one[1], []).append(body.name)
    return reached(found, lambda name: users.get(name, ()))
