"""What is kept of each C file and header: what it defines and uses, and what its functions call."""

from __future__ import annotations

from typing import Any

from kgen.code.conditions import ALWAYS
from kgen.code.uses.values import Value
from kgen.model.expr import Expr
from kgen.model.record import Record

# This assigns a function to the field `realize` that calls the one of the parent:
# `include/hw/qdev-core.h`.
CHAINED = "device_class_set_parent_realize"

# The struct that describes a QOM type: `include/qom/object.h`.
TYPE_INFO = "TypeInfo"

# The struct that describes a property of a device: `include/hw/qdev-core.h`, later
# `include/hw/core/qdev-properties.h`.
PROPERTY = "Property"

# The position of an argument, and its value.
Argument = tuple[int, Value]

# What a list gives to the fields of a struct: the rows of a table.
Row = tuple[tuple[str, Value], ...]


class Used(Record):
    """A name that is used and not declared there. line: the first one. condition: where the
    compiler keeps the use."""

    name: str
    line: int
    condition: Expr


class Call(Record):
    """A call that is reached whenever the calling function is called, if nothing goes wrong.

    name: of the function, or if `through` of the field that has its address, which is in a struct
    `of`. surely: where that is so.
    """

    name: str
    through: bool
    line: int
    surely: Expr
    arguments: tuple[Argument, ...]
    of: str = ""


class Assigned(Record):
    """What is assigned to a field, as class_init does, or what a TypeInfo has.

    kind: of what the field is, the name of a struct without `_` and capitals; "" if it is not
    known. field: also CHAINED, for what that assigns.
    """

    kind: str
    field: str
    value: Value


class Body(Record):
    """A function or a variable that is defined. own: no other file sees it. condition: where it is
    compiled.

    tests: what the conditions in it ask, see `values.py`. returned: what it returns, each with
    where that is so. tables: the names of tables with their rows. defaults: what fields of objects
    are if nobody sets their properties.
    """

    name: str
    line: int
    own: bool
    condition: Expr
    calls: tuple[Call, ...]
    assigned: tuple[Assigned, ...]
    tests: tuple[Value, ...] = ()
    returned: tuple[tuple[Value, Expr], ...] = ()
    tables: tuple[tuple[str, tuple[Row, ...]], ...] = ()
    defaults: tuple[tuple[str, str, Value], ...] = ()


class Facts(Record):
    """What is read of a C file, or of one function of a header.

    used: what is only used by functions that nothing in a C file uses is not there, as the compiler
    leaves them out.
    """

    bodies: tuple[Body, ...]
    used: tuple[Used, ...]


def plain(facts: Facts) -> list[Any]:
    """The facts as lists, which JSON and marshal can write: each condition once."""
    numbers: dict[Expr, int] = {ALWAYS: 0}

    def number(condition: Expr) -> int:
        return numbers.setdefault(condition, len(numbers))

    bodies = [
        [
            *one[:3],
            number(one.condition),
            [[*call[:3], number(call.surely), *call[4:]] for call in one.calls],
            [list(each) for each in one.assigned],
            *one[6:],
        ]
        for one in facts.bodies
    ]
    used = [[*one[:2], number(one.condition)] for one in facts.used]
    return [[list(one) for one in numbers], bodies, used]


def from_plain(found: list[Any]) -> Facts:
    """The facts that `plain` made lists of."""
    every = [tuple(one) for one in found[0]]
    bodies = tuple(
        Body(
            name,
            line,
            own,
            every[condition],
            tuple(
                Call(word, through, at, every[surely], _tuples(given), of)
                for word, through, at, surely, given, of in calls
            ),
            tuple(Assigned(kind, field, _tuples(value)) for kind, field, value in assigned),
            *map(_tuples, rest),
        )
        for name, line, own, condition, calls, assigned, *rest in found[1]
    )
    return Facts(bodies, tuple(Used(name, line, every[where]) for name, line, where in found[2]))


def _tuples(value: list[Any]) -> tuple[Any, ...]:
    """Nested lists as tuples."""
    return tuple([_tuples(one) if isinstance(one, list) else one for one in value])
