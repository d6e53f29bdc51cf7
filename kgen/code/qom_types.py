"""The types of all files together: which of them an emulator has, and what they are.

Everything is for all lanes at once. A name can be registered by several files, in different lanes;
what a type is follows from its parents, which can differ by lane, too.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping

from kgen.code.conditions import both, either
from kgen.code.registered import QomType, Registered
from kgen.model.expr import Expr
from kgen.model.record import Record

# include/qom/object.h, include/hw/qdev-core.h, include/hw/boards.h, include/qom/object_interfaces.h
OBJECT, INTERFACE = "object", "interface"
DEVICE, MACHINE, USER_CREATABLE = "device", "machine", "user-creatable"
MACHINE_SUFFIX = "-machine"

# Surely and possibly: the second set of lanes includes the first.
Lanes = tuple[int, int]

_NONE: Lanes = (0, 0)

# include/hw/arm/machines-qom.h: TYPE_TARGET_ARM_MACHINE.
_OF_TARGET = re.compile(r"target-info-(\w+)-machine")


class Variant(Record):
    """One registration of a type: where, under which condition, in which lanes."""

    type: QomType
    path: str
    condition: Expr
    lanes: Lanes


class QomTypes:
    """All types.

    files: what each C file registers. built: the condition of each file. lanes: of a condition.
    """

    def __init__(
        self,
        files: Mapping[str, Registered],
        built: Mapping[str, Expr],
        lanes: Callable[[Expr], Lanes],
    ) -> None:
        self.variants: dict[str, list[Variant]] = {}
        for path, registered in files.items():
            if path in built:
                for one in registered.types:
                    if one.name:
                        condition = both(built[path], one.condition)
                        found = Variant(one, path, condition, lanes(condition))
                        self.variants.setdefault(one.name, []).append(found)
        self._done: dict[tuple[str, str], Lanes] = {}
        # The interfaces that the machines of a target need, and the lanes of that target.
        self._needed = [
            (name, _all(lanes((f"target:TARGET_NAME={match[1]}",)), self.lanes(name)))
            for name in self.variants
            if (match := _OF_TARGET.fullmatch(name)) is not None
        ]

    def lanes(self, name: str) -> Lanes:
        """Where a type is registered."""
        return _any(one.lanes for one in self.variants.get(name, ()))

    def is_a(self, name: str, ancestor: str) -> Lanes:
        """Where a type is registered and this one, or one below it."""
        if name == ancestor:
            return self.lanes(name)
        return self._inherited(
            f"is {ancestor}",
            name,
            lambda one: one.lanes if one.type.parent == ancestor else None,
        )

    def has(self, name: str, interface: str) -> Lanes:
        """Where a type is registered and has an interface, itself or by a parent."""

        def own(one: Variant) -> Lanes | None:
            for name in one.type.interfaces:
                if name == interface or self.is_a(name, interface)[1]:
                    return one.lanes
            return None

        return self._inherited(f"has {interface}", name, own)

    def concrete(self, name: str) -> Lanes:
        """Where a type is registered and not abstract. An interface always is, having no size."""
        here = _any(one.lanes for one in self.variants.get(name, ()) if not one.type.abstract)
        return _without(here, self.is_a(name, INTERFACE))

    def creatable(self, name: str) -> Lanes:
        """Where `-device NAME` may be given: what QEMU's `-device help` prints.

        system/qdev-monitor.c: qdev_print_devinfos lists what is below TYPE_DEVICE, not abstract,
        and user_creatable.
        """

        def own(one: Variant) -> Lanes | None:
            said = one.type.facts.user_creatable
            if one.type.name == DEVICE:
                said = said or "yes"
            if said is None:
                return None
            return one.lanes if said == "yes" else (0, one.lanes[1] if said == "unknown" else 0)

        said = self._inherited("creatable", name, own)
        return _all(_all(said, self.is_a(name, DEVICE)), self.concrete(name))

    def machine(self, name: str) -> Lanes:
        """Where a type is a machine that `-M` takes.

        From QEMU 10.1 on a target can have an interface that its machines need: system/vl.c lists
        what has target_machine_typename(), which is `target-info-arm-machine` for arm.
        """
        if not name.endswith(MACHINE_SUFFIX):
            return _NONE
        found = _all(self.is_a(name, MACHINE), self.concrete(name))
        for interface, target in self._needed:
            hidden = _without(target, self.has(name, interface))
            found = _without(found, hidden)
        return found

    def fact(self, name: str, field: str, lane: int) -> str:
        """What the class of a type says of a field in a lane, itself or by a parent; "" if not.

        field: `bus`, `description` or `alias`.
        """
        for _ in range(_LONGEST):
            for one in self.variants.get(name, ()):
                if one.lanes[1] >> lane & 1:
                    break
            else:
                return ""
            said = one.type.facts.texts()[field]
            if said:
                return said
            name = one.type.parent
        return ""

    def categories(self, name: str, lane: int) -> tuple[str, ...]:
        """The categories of a device in a lane: a parent's, too."""
        found: dict[str, None] = {}
        for _ in range(_LONGEST):
            for one in self.variants.get(name, ()):
                if lane >= 0 and one.lanes[1] >> lane & 1:
                    found.update(dict.fromkeys(one.type.facts.categories))
                    name = one.type.parent
                    break
            else:
                break
        return tuple(sorted(found))

    def could_be(self, name: str, kind: str) -> bool:
        """Whether a type that no lane has would be a device, a machine or an object elsewhere."""
        seen: set[str] = set()
        creatable: str | None = None
        current = name
        while current not in seen and current in self.variants:
            seen.add(current)
            every = [each.type for each in self.variants[current]]
            one = next((each for each in every if not each.abstract), every[0])
            if current == name and one.abstract:
                return False
            if kind == "objects" and USER_CREATABLE in one.interfaces:
                return True
            creatable = creatable or one.facts.user_creatable
            current = one.parent
        root = {"devices": DEVICE, "machines": MACHINE}.get(kind)
        return root in seen and creatable != "no"

    def condition(self, name: str) -> Expr:
        """Under which condition a type is registered."""
        return either(*(one.condition for one in self.variants.get(name, ())))

    def _inherited(self, question: str, name: str, own: Callable[[Variant], Lanes | None]) -> Lanes:
        """Where a type has a property: one of its own (`own` is not None), else its parent's."""
        done = self._done
        waiting = [name]
        while waiting:
            current = waiting[-1]
            if (question, current) in done:
                waiting.pop()
                continue
            missing = []
            made = _NONE
            for one in self.variants.get(current, ()):
                said = own(one)
                if said is None:
                    parent = one.type.parent
                    known = done.get((question, parent))
                    if known is None and parent in self.variants and parent not in waiting:
                        missing.append(parent)
                        continue
                    said = _all(one.lanes, known or _NONE)
                made = _any((made, said))
            if missing:
                waiting += missing
            else:
                done[(question, current)] = made
                waiting.pop()
        return done[(question, name)]


# Parents of parents of ...
_LONGEST = 100


def _any(several: Iterable[Lanes]) -> Lanes:
    surely = possibly = 0
    for one in several:
        surely |= one[0]
        possibly |= one[1]
    return surely, possibly


def _all(left: Lanes, right: Lanes) -> Lanes:
    return left[0] & right[0], left[1] & right[1]


def _without(left: Lanes, right: Lanes) -> Lanes:
    return left[0] & ~right[1], left[1] & ~right[0]
