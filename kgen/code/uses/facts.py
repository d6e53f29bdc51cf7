"""What is kept of each C file and header: what it defines and uses, and what its functions call."""

from __future__ import annotations

from typing import Any

from kgen.code.conditions import ALWAYS
from kgen.model.expr import Expr
from kgen.model.record import Record

# This assigns a function to the field `realize` that calls the one of the parent:
# `include/hw/qdev-core.h`.
CHAINED = "device_class_set_parent_realize"

# The struct that describes a QOM type: `include/qom/object.h`.
TYPE_INFO = "TypeInfo"

# What an argument of a call can be, as far as it is kept.
TEXT, PARAMETER, FIELD = "text", "parameter", "field"

# Position, what it is, and its value: a text, the number of a parameter of the calling function, or
# the name of a field of something.
Argument = tuple[int, str, "str | int"]


class Used(Record):
    """A name that is used and not declared there. line: the first one. condition: where the
    compiler keeps the use."""

    name: str
    line: int
    condition: Expr


class Call(Record):
    """A call that is reached whenever the calling function is called, if nothing goes wrong.

    name: of the function, or if `through` of the field that has its address. surely: where that is
    so.
    """

    name: str
    through: bool
    line: int
    surely: Expr
    arguments: tuple[Argument, ...]


class Assigned(Record):
    """A function or a text that is assigned to a field, as class_init does, or that a TypeInfo has.

    kind: of what the field is, the name of a struct without `_` and capitals; "" if it is not
    known. field: also CHAINED, for what that assigns.
    """

    kind: str
    field: str
    value: str
    is_text: bool


class Body(Record):
    """A function or a variable that is defined. own: no other file sees it. condition: where it is
    compiled."""

    name: str
    line: int
    own: bool
    condition: Expr
    calls: tuple[Call, ...]
    assigned: tuple[Assigned, ...]


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
            [[*call[:3], number(call.surely), call.arguments] for call in one.calls],
            one.assigned and [list(each) for each in one.assigned],
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
                Call(word, through, at, every[surely], tuple((*each,) for each in given))
                for word, through, at, surely, given in calls
            ),
            tuple(Assigned(*one) for one in assigned),
        )
        for name, line, own, condition, calls, assigned in found[1]
    )
    return Facts(bodies, tuple(Used(name, line, every[where]) for name, line, where in found[2]))
