"""Which functions and statements must be evaluated: those that register something."""

from __future__ import annotations

from typing import Any

from kgen.code.c.declarations import SHARED, Function, Variable
from kgen.code.c.unit import FIELDS
from kgen.code.c.values import UNKNOWN, Element, Struct, Symbol
from kgen.code.c.view import View

# What registers a type: the number of arguments says whether it is one or a list.
REGISTERS = frozenset({"type_register", "type_register_static", "type_register_internal"})
REGISTERS_MANY = "type_register_static_array"

# What `module_init` of include/qemu/module.h makes of a function: QEMU calls it when it starts.
STARTS = frozenset({"register_module_init", "register_dso_module_init"})

_TARGET_NAME = "TARGET_NAME"

OWN = REGISTERS | STARTS | {REGISTERS_MANY, "set_bit", "snprintf"}


def as_it_is(info: Any) -> Any:
    """A TypeInfo with its present fields: it may be filled in again for the next type."""
    if isinstance(info, Element):
        info = info.value
    if not isinstance(info, Struct):
        return info
    copy = Struct(info.kind, info.view, info.at)
    copy.fields = dict(info.fields)
    copy.items = info.items
    return copy


def acts(symbol: Symbol) -> bool:
    """Whether to call a function has an effect that is of interest."""
    name, view = symbol.name, symbol.view
    return (
        name in OWN
        or view.makes(name)
        or view.unit.matters(name)
        or (not view.unit.chunks_of(name) and view.load(name) is not None)
    )


def definition(symbol: Symbol, small: bool = True) -> tuple[View, Function] | None:
    """The function of this name with the view of its file.

    None if it is not known, or if to call it has no effect. small: those that only make a name
    are wanted, too.
    """
    name, view = symbol.name, symbol.view
    if view.makes(name) or view.unit.matters(name):
        function = view.function(name)
        if function is not None:
            return view, function
    if view.unit.chunks_of(name):
        function = view.function(name) if small and view.unit.is_small(name) else None
        return None if function is None else (view, function)
    other = view.load(name)
    function = None if other is None else other.function(name)
    return None if other is None or function is None else (other, function)


def variable(name: str, view: View) -> tuple[View, Variable | None]:
    """The variable of a name, with the view of its file, which can be another one.

    It has its first value: types are registered before anything else runs. This file is not linked
    without the one that defines the variable.
    """
    own = view.variable(name)
    other = view.load(SHARED + name) if own is None else None
    return (view, own) if other is None else (other, other.variable(name))


def undefined(name: str, view: View) -> Any:
    """What a name stands for that neither the file nor a macro defines.

    It is a function of another file, or what meson.build defines for the files that are built for
    each target: TARGET_NAME, its name without -softmmu.
    """
    if name != _TARGET_NAME:
        return Symbol(name, view)
    *several, last = view.unit.headers.targets or (UNKNOWN,)
    for one in several:
        if view.choices.decide(f"target:{_TARGET_NAME}={one}"):
            return one
    return last


def unknown_at(view: View, at: int) -> str:
    """The atom for something that is decided when QEMU runs."""
    return f"unknown:{view.unit.path}:{view.unit.line(at)}"


def assigned(node: Any) -> set[str]:
    """The names of variables that a statement may assign to."""
    found: set[str] = set()
    stack = [node]
    while stack:
        one = stack.pop()
        if isinstance(one, tuple):
            if (one[:1] == ("assign",) and one[2][0] == "name") or (
                one[:1] == ("step",) and one[2][0] == "name"
            ):
                found.add(one[2][1])
            stack.extend(part for part in one if isinstance(part, tuple))
    return found


def matters(node: Any, view: View) -> bool:
    """Whether a statement may register a type or assign to a field that is asked for."""
    stack = [node]
    while stack:
        one = stack.pop()
        if not isinstance(one, tuple):
            continue
        if one[:1] == ("assign",) and one[2][0] == "field" and one[2][2] in FIELDS:
            return True
        if one[:1] == ("call",) and one[1][0] == "name":
            name = one[1][1]
            if acts(Symbol(name, view)):
                return True
        stack.extend(part for part in one if isinstance(part, tuple))
    return False


def is_idle(node: Any, view: View) -> bool:
    """Whether a statement changes nothing that is known, and leaves no function and no loop."""
    stack = [node]
    while stack:
        one = stack.pop()
        if not isinstance(one, tuple):
            continue
        if one[:1] in _CHANGES or (
            one[:1] == ("call",) and (one[1][0] != "name" or acts(Symbol(one[1][1], view)))
        ):
            return False
        stack.extend(part for part in one if isinstance(part, tuple))
    return True


_CHANGES = (("assign",), ("step",), ("return",), ("jump",))


def is_length(node: Any) -> bool:
    """Whether an expression is the length of an array that has a name."""
    return bool(
        node[0] == "call"
        and node[1][:2] == ("name", "ARRAY_SIZE")
        and len(node[2]) == 1
        and node[2][0][0] == "name"
    )
