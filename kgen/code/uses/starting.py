"""What surely runs when a machine starts, which QOM types it makes, and which of them are missing:
for all lanes at once.

A machine runs the function in its class's field `init`; a device its `instance_init`, those of its
parents, and what its class has in the fields `realize` (or `init`). What is made is read from
calls: `object_new("x")`, and calls of functions that pass a parameter on to it, as qdev_new does.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence, Set

from kgen.code.lane_truth import LaneTruth
from kgen.code.qom_types import DEVICE, QomTypes
from kgen.code.registered import ClassFacts, QomType, Registered
from kgen.code.uses.classes import Classes, Frame, Given
from kgen.code.uses.facts import CHAINED, Call
from kgen.code.uses.program import SETS, Function, Program, is_passed_on
from kgen.code.uses.reading import Uses
from kgen.code.uses.values import (
    CHOICE,
    FIELD,
    NAME,
    PARAMETER,
    RESULT,
    TEXT,
    UNKNOWN,
    Value,
    parts,
)
from kgen.model.lanes import union
from kgen.model.record import Record

# What is made before any machine is, if it is not there yet: qom/container.c, hw/core/sysbus.c.
EVER = ("container", "System")

_MACHINE_CLASS = "machineclass"

# The fields of classes whose functions run when a machine or device is made: `include/hw/boards.h`,
# `include/hw/qdev-core.h`, `include/hw/pci/pci_device.h` and those of other buses.
_RUN = frozenset({"init", "realize", CHAINED})

# What is found in one run can decide more in the next one: a property that is given to a CPU's
# container, the type of its CPU.
_RUNS = 4

# Values in which the file is looked for that has a text.
_MOST = 64


class Site(Record):
    """A place that needs a type. path, line: of the call, or of what is registered. made: whether
    it makes one; else its parent or interface is meant. within: the function or type. chosen: it
    makes one of several types, which the command line chooses. named: the C file that has the name
    of the type, which may be given to the place.
    """

    type: str
    path: str
    line: int
    made: bool
    within: str
    chosen: bool = False
    named: str = ""


# The number of a function that runs, the rest of its frame, and if it is one of a header the place
# in a C file that calls it.
_Running = tuple[int, str, Given, str, tuple[str, int]]


class Starts:
    """What runs at a start.

    types: all, in the same lanes as truth. command_line: what is known of it, see Answers; else
    what runs whatever it asks for. If something is, each site of what it chooses is noted.
    """

    def __init__(
        self,
        program: Program,
        types: QomTypes,
        truth: LaneTruth,
        command_line: Set[str] = frozenset(),
    ) -> None:
        self._truth = truth
        self._types = types
        self._program = program
        self._notes_choices = bool(command_line)
        self._classes = Classes(program, types, truth, command_line)

    def run(
        self, roots: Mapping[str, int], functions: Sequence[Function] = ()
    ) -> tuple[dict[str, int], dict[Site, int]]:
        """What runs if these types are made in these lanes, as machines or devices.

        functions: further ones that run. Returns the lanes in which each type is made, and those in
        which each site is reached.
        """
        self._classes.forget()
        made: dict[str, int] = {}
        sites: dict[Site, int] = {}
        for _ in range(_RUNS):
            before = self._classes.learned
            made, sites = self._run(roots, functions)
            if self._classes.learned == before:
                break
        return made, sites

    def _run(
        self, roots: Mapping[str, int], functions: Sequence[Function]
    ) -> tuple[dict[str, int], dict[Site, int]]:
        made: dict[str, int] = {}
        sites: dict[Site, int] = {}
        reached: dict[_Running, int] = {}
        types = dict(roots)
        waiting: dict[_Running, int] = {
            (one.number, "", (), "", ("", 0)): self._truth.everywhere for one in functions
        }
        while types or waiting:
            for name, lanes in types.items():
                lanes &= ~made.get(name, 0)
                if lanes:
                    made[name] = made.get(name, 0) | lanes
                    for function, here in self._of_type(name, lanes):
                        key: _Running = function.number, name, (), "", ("", 0)
                        waiting[key] = waiting.get(key, 0) | here
            # What all of these call runs after them: once for all lanes that are known by then.
            now, types, waiting = waiting, {}, {}
            for running, lanes in now.items():
                number, owner, given, giver, origin = running
                frame = Frame(self._program.functions[number], owner, given, giver)
                lanes &= self._classes.compiled(frame.function) & ~reached.get(running, 0)
                if not lanes:
                    continue
                reached[running] = reached.get(running, 0) | lanes
                for call in frame.function.calls:
                    here = lanes & self._classes.sure(call.surely, frame)
                    if not here:
                        continue
                    caller = origin if origin[0] else (frame.function.path, call.line)
                    for name, where, chosen, named in self._makes(call, frame):
                        if where & here:
                            within = frame.function.body.name
                            named = "" if named.endswith(".h") else named
                            site = Site(name, *caller, True, within, chosen, named or caller[0])
                            sites[site] = sites.get(site, 0) | here & where
                        if where & here and not chosen:
                            types[name] = types.get(name, 0) | here & where
                            self._classes.makes(owner, name, here & where)
                    if SETS.fullmatch(call.name):
                        self._sets(call, frame, here)
                    for key, where in self._next(call, frame, caller, here):
                        waiting[key] = waiting.get(key, 0) | where
        return made, sites

    def _next(
        self, call: Call, frame: Frame, caller: tuple[str, int], lanes: int
    ) -> Iterator[tuple[_Running, int]]:
        """What runs because of a call in these lanes."""
        for other, where in self._callees(call, frame):
            where &= lanes & self._classes.compiled(other)
            if not other.calls or not where:
                continue
            # What a function of a header does, its caller does.
            origin = caller if other.path.endswith(".h") else ("", 0)
            values = dict(call.arguments)
            for given, inner in self._classes.frames(other, call.arguments, frame):
                texts = ((values[at], one) for at, one in given if one[0] == TEXT)
                giver = next((self._writer(one, of, frame) for of, one in texts), "")
                giver = caller[0] if giver.endswith(".h") else giver
                if where & inner:
                    yield (other.number, frame.owner, given, giver, origin), where & inner

    def _callees(self, call: Call, frame: Frame) -> Iterator[tuple[Function, int]]:
        """The functions that a call means, with the lanes in which it does."""
        if not call.through:
            for one in self._program.called(frame.function.path, call.name):
                yield one, self._truth.everywhere
            return
        for path, value, lanes in self._classes.field(frame.owner, call.of, call.name):
            if value[0] == NAME:
                for one in self._program.called(path, value[1]):
                    yield one, lanes
        # A loop over a table of the function, `table[i].parts[j].make(s)`, or one of several.
        tables = [
            {
                value[1]: None
                for row in rows
                for field, value in row
                if field in ("", call.name) and value[0] == NAME
            }
            for _, rows in frame.function.body.tables
        ]
        for name in tables[0] if tables else ():
            if all(name in names for names in tables):
                for one in self._program.called(frame.function.path, name):
                    yield one, self._truth.everywhere

    def _makes(self, call: Call, frame: Frame) -> Iterator[tuple[str, int, bool, str]]:
        """The types that a call makes, with the lanes in which it does; whether it makes one of
        several, which need not be this one; and the file that has its name, see Site.

        A type that a function is given is made where it is given.
        """
        numbers = self._program.numbers(frame.function.path, call.name)
        for position, value in call.arguments:
            if position in numbers and not is_passed_on(call, value) and not call.through:
                rest = self._truth.everywhere
                for one, lanes in self._classes.of(value, frame):
                    if one[0] == TEXT:
                        yield one[1], lanes, False, self._writer(one, value, frame)
                        rest &= ~lanes
                if rest and value[0] in (CHOICE, RESULT):
                    # Of several of which none is there, it is missed whichever it is.
                    names, lanes = self._classes.one_of(value, frame)
                    writers = [self._writer((TEXT, one), value, frame) for one in names]
                    for name, writer in zip(names, writers, strict=True):
                        if self._notes_choices:
                            yield name, rest & lanes, True, writer
                    for name in names:
                        rest &= ~self._types.lanes(name)[1]
                    if names and rest & lanes:
                        yield names[0], rest & lanes, False, writers[0]

    def _writer(self, text: Value, value: Value, frame: Frame) -> str:
        """The file that has a text which a value is in a frame: that of a class or of a function
        whose result it is, or as it is given; that of the frame if it is not known."""
        waiting = [(value, frame.function.path)]
        for one, path in waiting:
            for part in parts(one):
                if part == text:
                    return path
                if part[0] == PARAMETER and frame.giver and (part[1], text) in frame.given:
                    return frame.giver
                if part[0] == FIELD and part[1].endswith("class"):
                    found = self._classes.field(frame.owner, part[1], part[2])
                    waiting += ((each, writer) for writer, each, _ in found)
                elif part[0] == RESULT and len(waiting) < _MOST:
                    for other in self._program.called(path, part[1]):
                        waiting += ((each, other.path) for each, _ in other.body.returned)
        return frame.function.path

    def _sets(self, call: Call, frame: Frame, lanes: int) -> None:
        """Keep what a call gives to a property of something that its owner makes."""
        given = dict(call.arguments)
        name = given.get(1)
        if name is None or name[0] != TEXT:
            return
        value: Value | None = given.get(2)
        found = self._classes.of(value, frame)
        for one, where in found or [(UNKNOWN, lanes)]:
            if where & lanes:
                self._classes.gives(frame.owner, name[1].replace("-", "_"), one, where & lanes)

    def _of_type(self, name: str, lanes: int) -> Iterator[tuple[Function, int]]:
        """The functions that run when an object of a type is made."""
        machine = self._types.machine(name)[0]
        hidden: dict[tuple[str, str], int] = {}
        for one, here in self._classes.line(name, lanes):
            for function in self._program.called(one.path, one.type.instance_init):
                yield function, here
            for path, item in self._classes.of_class(one.path, one.type.class_init):
                kind, field = item.kind, item.field
                if field not in _RUN or item.value[0] != NAME:
                    continue
                where = here & ~hidden.get((kind, field), 0)
                if field == "init" and kind in (_MACHINE_CLASS, ""):
                    where &= machine if kind else where
                if not where:
                    continue
                if field != CHAINED:
                    hidden[kind, field] = hidden.get((kind, field), 0) | where
                for function in self._program.called(path, item.value[1]):
                    yield function, where

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
        called = {call.name for one in self._program.functions for call in one.body.calls}
        return self.run({}, [one for one in self._program.functions if one.body.name not in called])

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
            fields = {
                one.field: one.value[1]
                for one in body.assigned
                if one.kind == "typeinfo" and one.value[0] in (TEXT, NAME)
            }
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
