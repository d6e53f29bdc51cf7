"""Record: named tuples for immutable plain data, without importing `typing`.

`class Place(Record)` with annotated fields defines a named tuple. Type checkers see
typing.NamedTuple. At run time typing is avoided: importing it takes longer than resolving a tree,
and it compiles every annotation. The drop-in for minikconf.py would spend a fifth of its run time
on that.
"""

from __future__ import annotations

from collections import namedtuple

__all__ = ["Record"]

TYPE_CHECKING = False  # type checkers treat this like typing.TYPE_CHECKING

if TYPE_CHECKING:
    from typing import NamedTuple as Record
else:

    class _Maker(type):
        """Turns a class with the base Record into a named tuple with the same body."""

        def __new__(cls, name, bases, body):
            if not bases:
                return super().__new__(cls, name, bases, body)
            fields = list(body.pop("__annotations__", {}))
            defaults = [body.pop(field) for field in fields if field in body]
            made = namedtuple(name, fields, defaults=defaults, module=body.pop("__module__"))
            body.pop("__qualname__")
            for key, value in body.items():
                setattr(made, key, value)
            return made

    class Record(metaclass=_Maker):
        """Base class: a class derived from it becomes a named tuple."""
