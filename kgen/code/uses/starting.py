"""What surely runs when a machine starts, which QOM types it makes, and which of them are missing:
for all lanes at once.

A machine runs the function in its class's field `init`; a device its `instance_init`, those of its
parents, and what its class has in the fields `realize` (or `init`). What is made is read from
calls: `object_new("x")`, and calls of functions that pass a parameter on to it, as qdev_new does.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from kgen.code.lane_truth import LaneTruth
from kgen.code.qom import ClassFacts, QomType, Registered
from kgen.code.qom_types import DEVICE, QomTypes, Variant
from kgen.code.sources import Built
from kgen.code.uses.facts import CHAINED, FIELD, PARAMETER, TEXT, Argument, Assigned, Body
from kgen.code.uses.reading import Uses
from kgen.model.lanes import union
from kgen.model.record import Record

# Which argument of these functions of qom/object.c is the name of the type that is made.
_MAKES = {"object_new": 0, "object_initialize": 2, "object_new_with_propv": 0}

# What is made before any machine is, if it is not there yet: qom/container.c, hw/core/sysbus.c.
EVER = ("container", "System")

# The same of functions that call these, for a tree in which they are not defined: a part of QEMU.
_ELSEWHERE = {
    "qdev_new": 0, "sysbus_create_simple": 0, "sysbus_create_varargs": 0, "pci_new": 1,
    "pci_create_simple": 2, "isa_new": 0, "isa_create_simple": 1, "usb_new": 0,
    "usb_create_simple": 1, "i2c_slave_new": 0, "i2c_slave_create_simple": 1,
    "ssi_create_peripheral": 1, "object_initialize_child": 3, "qbus_new": 0, "qbus_init": 2,
}  # fmt: skip

_MACHINE_CLASS = "machineclass"

# The fields of classes whose functions run when a machine or device is made: `include/hw/boards.h`,
# `include/hw/qdev-core.h`, `include/hw/pci/pci_device.h` and those of other buses.
_RUN = frozenset({"init", "realize", CHAINED})

# Functions that a class_init calls and that these call ...
_MOST = 64


class Site(Record):
    """A place that needs a type. path, line: of the call, or of what is registered. made: whether
    it makes one; else its parent or interface is meant. within: the function or type."""

    type: str
    path: str
    line: int
    made: bool
    within: str


class Function(Record):
    """A function of a file or header. lanes: where it is compiled. caller: of a function of a
    header the place in a C file that calls it."""

    path: str
    body: Body
    lanes: int
    caller: tuple[str, int] = ("", 0)


class Starts:
    """What runs at a start.

    types: all, in the same lanes. built, truth: as for Links.
    """

    def __init__(
        self, uses: Uses, built: Mapping[str, Built], types: QomTypes, truth: LaneTruth
    ) -> None:
        self._truth = truth
        self._types = types
        self._own: dict[tuple[str, str], list[Function]] = {}
        self._others: dict[str, list[Function]] = {}
        for path, facts in uses.files.items():
            if path not in built:
                continue
            lanes = truth.of(built[path].condition)[0]
            for body in facts.bodies:
                self._add(Function(path, body, lanes & truth.of(body.condition)[0]))
        for every in uses.inlines.values():
            for path, facts in every:
                body = facts.bodies[0]._replace(own=False)
                self._add(Function(path, body, truth.of(body.condition)[0]))
        self._makes = self._makers()
        self._assigned: dict[tuple[str, str], list[tuple[str, Assigned]]] = {}
        self._fields: dict[tuple[str, str], list[tuple[str, Assigned, int]]] = {}

    def _add(self, one: Function) -> None:
        self._own.setdefault((one.path, one.body.name), []).append(one)
        if not one.body.own:
            self._others.setdefault(one.body.name, []).append(one)

    def _called(self, path: str, name: str) -> list[Function]:
        """The functions that a name means in a file."""
        return self._own.get((path, name)) or self._others.get(name, [])

    def _makers(self) -> dict[tuple[str, str], set[int]]:
        """The functions that make an object of a type that they are given, with the numbers of
        these arguments. Those that other files can call have no path."""
        found: dict[tuple[str, str], set[int]] = {
            ("", name): {number}
            for name, number in (_MAKES | _ELSEWHERE).items()
            if name in _MAKES or name not in self._others
        }
        passing = [
            (("" if not one.body.own else one.path, one.body.name), one.path, call)
            for every in self._own.values()
            for one in every
            for call in one.body.calls
            if any(what == PARAMETER for _, what, _ in call.arguments)
        ]
        none: set[int] = set()
        grown = True
        while grown:
            grown = False
            for key, path, call in passing:
                numbers = found.get((path, call.name)) or found.get(("", call.name), none)
                for position, _, value in call.arguments:
                    if isinstance(value, int) and position in numbers:
                        known = found.setdefault(key, set())
                        if value not in known:
                            known.add(value)
                            grown = True
        return found

    def _numbers(self, path: str, name: str) -> set[int]:
        """The arguments of a function, as it is meant in a file, that are types to make."""
        return self._makes.get((path, name)) or self._makes.get(("", name), set())

    def run(
        self, roots: Mapping[str, int], functions: Sequence[tuple[Function, str, int]] = ()
    ) -> tuple[dict[str, int], dict[Site, int]]:
        """What runs if these types are made in these lanes, as machines or devices.

        functions: further ones that run, each with the type whose class counts in it, and lanes.
        Returns the lanes in which each type is made, and those in which each site is reached.
        """
        made: dict[str, int] = {}
        sites: dict[Site, int] = {}
        reached: dict[tuple[str, Body, str, tuple[str, int]], int] = {}
        types = list(roots.items())
        waiting = list(functions)
        while types or waiting:
            while types:
                name, lanes = types.pop()
                lanes &= ~made.get(name, 0)
                if lanes:
                    made[name] = made.get(name, 0) | lanes
                    waiting += [(one, name, here) for one, here in self._of_type(name, lanes)]
            if not waiting:
                break
            one, owner, lanes = waiting.pop()
            key = one.path, one.body, owner, one.caller
            lanes &= one.lanes & ~reached.get(key, 0)
            if not lanes:
                continue
            reached[key] = reached.get(key, 0) | lanes
            for call in one.body.calls:
                here = lanes & self._truth.of(call.surely)[0]
                if not here:
                    continue
                if call.through:
                    for path, item, where in self._field(owner, call.name):
                        for other in self._called(path, item.value) if not item.is_text else ():
                            waiting.append((other, owner, here & where))
                    continue
                numbers = self._numbers(one.path, call.name)
                for argument in call.arguments:
                    if argument[0] in numbers:
                        for name, where in self._names(owner, argument):
                            path, line = one.caller if one.caller[0] else (one.path, call.line)
                            site = Site(name, path, line, True, one.body.name)
                            sites[site] = sites.get(site, 0) | here & where
                            types.append((name, here & where))
                for other in self._called(one.path, call.name):
                    if other.path.endswith(".h"):  # what it does, its caller does
                        caller = one.caller if one.caller[0] else (one.path, call.line)
                        other = other._replace(caller=caller)
                    waiting.append((other, owner, here))
        return made, sites

    def _names(self, owner: str, argument: Argument) -> Iterator[tuple[str, int]]:
        """The types that an argument names, with the lanes in which it does."""
        _, what, value = argument
        if what == TEXT:
            yield str(value), self._truth.everywhere
        elif what == FIELD:
            for name in (str(value), f"default_{value}"):  # MachineClass.default_cpu_type
                for _, item, lanes in self._field(owner, name):
                    if item.is_text:
                        yield item.value, lanes

    def _field(self, owner: str, name: str) -> list[tuple[str, Assigned, int]]:
        """What the class of a type has in a field: the path of the file in which it is assigned,
        the value, and the lanes in which it is not a parent's that counts."""
        found = self._fields.get((owner, name))
        if found is None:
            found = self._fields[owner, name] = []
            rest = self._truth.everywhere
            for one, here in self._line(owner, rest):
                for path, item in self._of_class(one.path, one.type.class_init):
                    if item.field == name and here & rest:
                        found.append((path, item, here & rest))
                        rest &= ~here
        return found

    def _of_type(self, name: str, lanes: int) -> Iterator[tuple[Function, int]]:
        """The functions that run when an object of a type is made."""
        machine = self._types.machine(name)[0]
        hidden: dict[tuple[str, str], int] = {}
        for one, here in self._line(name, lanes):
            for function in self._called(one.path, one.type.instance_init):
                yield function, here
            for path, item in self._of_class(one.path, one.type.class_init):
                kind, field = item.kind, item.field
                if field not in _RUN or item.is_text:
                    continue
                where = here & ~hidden.get((kind, field), 0)
                if field == "init" and kind in (_MACHINE_CLASS, ""):
                    where &= machine if kind else where
                if not where:
                    continue
                if field != CHAINED:
                    hidden[kind, field] = hidden.get((kind, field), 0) | where
                for function in self._called(path, item.value):
                    yield function, where

    def _line(self, name: str, lanes: int) -> Iterator[tuple[Variant, int]]:
        """A type and its parents, with the lanes in which they are registered."""
        waiting = [(name, lanes)]
        for _ in range(_MOST):
            if not waiting:
                return
            name, lanes = waiting.pop()
            for one in self._types.variants.get(name, ()):
                here = lanes & one.lanes[0]
                if here:
                    yield one, here
                    waiting.append((one.type.parent, here))

    def _of_class(self, path: str, name: str) -> list[tuple[str, Assigned]]:
        """What class_init assigns, and what it calls, each with the path of the file."""
        found = self._assigned.get((path, name))
        if found is None:
            found = self._assigned[path, name] = []
            seen = {(path, name)}
            waiting = [(path, name)]
            while waiting and len(seen) < _MOST:
                for one in self._called(*waiting.pop(0)):
                    found += [(one.path, item) for item in one.body.assigned]
                    inner = [(one.path, call.name) for call in one.body.calls]
                    waiting += [each for each in dict.fromkeys(inner) if each not in seen]
                    seen.update(inner)
        return found

    def machines(self) -> dict[str, int]:
        """The machines, each with the lanes in which `-M` takes it."""
        every = {name: self._types.machine(name)[0] for name in self._types.variants}
        return {name: lanes for name, lanes in every.items() if lanes}

    def _ever(self, machines: Mapping[str, int]) -> dict[str, int]:
        """The types that each machine has."""
        lanes = union(machines.values())
        return {name: lanes & self._types.lanes(name)[0] for name in EVER}

    def start(self) -> tuple[dict[str, int], dict[Site, int]]:
        """`run` for all machines. In a tree without any, a part of QEMU, what no function calls is
        taken for what starts one."""
        machines = self.machines()
        if machines:
            return self.run(machines | self._ever(machines))
        called = {
            call.name for every in self._own.values() for one in every for call in one.body.calls
        }
        return self.run(
            {},
            [
                (one, "", one.lanes)
                for (_, name), every in self._own.items()
                if name not in called
                for one in every
            ],
        )

    def devices(self) -> dict[str, int]:
        """The devices that are not abstract types, with the lanes in which they are registered."""
        found = {}
        for name in self._types.variants:
            lanes = self._types.is_a(name, DEVICE)[0] & self._types.concrete(name)[0]
            if lanes:
                found[name] = lanes
        return found

    def inherited(self) -> Iterator[tuple[Site, int]]:
        """The parent and the interfaces of each registered type, with its lanes: QEMU ends at its
        start if one is missing."""
        for name, variants in self._types.variants.items():
            for one in variants:
                for other in (one.type.parent, *one.type.interfaces):
                    if one.lanes[0] and other not in ("", "?"):
                        yield Site(other, one.path, one.type.line, False, name), one.lanes[0]


def described(uses: Uses, registered: Mapping[str, Registered]) -> dict[str, Registered]:
    """What files register, and the types that a file describes in a TypeInfo and that are not found
    to be registered by any: how they are is not understood."""
    known = {one.name for every in registered.values() for one in every.types}
    found = dict(registered)
    for path, facts in uses.files.items():
        for body in facts.bodies:
            fields = {one.field: one.value for one in body.assigned if one.kind == "typeinfo"}
            name = fields.get("name", "")
            if name and name not in known:
                made = QomType(
                    name,
                    fields.get("parent", "?"),
                    False,
                    (),
                    ClassFacts(),
                    body.line,
                    body.condition,
                    fields.get("class_init", ""),
                    fields.get("instance_init", ""),
                )
                old = found.get(path, Registered((), (), ()))
                found[path] = old._replace(types=(*old.types, made))
    return found


def missing(
    sites: Iterable[tuple[Site, int]], types: QomTypes, free: QomTypes
) -> list[tuple[Site, int]]:
    """The sites whose type is not registered, with the lanes in which that is so.

    free: the types where nothing is known of symbols: what no symbol would bring is not missing.
    """
    found = []
    for site, lanes in sites:
        lanes &= ~types.lanes(site.type)[1] & free.lanes(site.type)[1]
        if lanes:
            found.append((site, lanes))
    return found
