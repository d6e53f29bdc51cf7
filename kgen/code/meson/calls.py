"""A call in a meson.build, and what calls that look something up have in common."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kgen.code.conditions import ALWAYS, both, either
from kgen.code.meson.state import State
from kgen.code.meson.values import (
    Either,
    Feature,
    Items,
)
from kgen.model.expr import Expr
from kgen.model.record import Record

if TYPE_CHECKING:
    Value = Any


class Call(Record):
    """A call with its arguments; receiver: of a method, the object."""

    receiver: Value
    arguments: tuple[Value, ...]
    named: dict[str, Value]
    line: int

    def first(self) -> Value:
        """The first argument; "" if there is none."""
        return self.arguments[0] if self.arguments else ""

    def option(self, name: str) -> Value:
        """A named argument; an empty list if it is not given."""
        return self.named.get(name, Items(()))


def host_fact(run: State, call: Call, name: Value, kind: str = "check") -> Expr:
    """Whether the host has something of this kind and name; without a name the place stands."""
    return (f"host:{kind}({name if isinstance(name, str) else f'{run.file}:{call.line}'})",)


def wanted(run: State, call: Call) -> Expr:
    """The condition under which `required:` does not say that it is not to be looked for."""

    def wanted(value: Value) -> Expr:
        return value.allowed if isinstance(value, Feature) else ALWAYS

    required = call.named.get("required")
    if isinstance(required, Either):
        return either(*(both(condition, wanted(one)) for condition, one in required.pairs))
    return wanted(required)


# Functions.
