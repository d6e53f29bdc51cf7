"""Named tuples without the price of `typing`: what frozen plain data is made of here.

`class Place(Record)` with annotated fields is a named tuple, as with typing.NamedTuple, which
it is for type checkers. But typing takes longer to import than a tree takes to resolve, and has
each annotation compiled; the drop-in for minikconf.py would spend a fifth of its time on that.
"""

from __future__ import annotations

from collections import namedtuple

__all__ = ["Record"]

TYPE_CHECKING = False  # what typing.TYPE_CHECKING is, without importing typing

if TYPE_CHECKING:
    from typing import NamedTuple as Record
else:

    class _Maker(type):
        """Makes a class with Record as its base into a named tuple with the same body."""

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
        """The base of a class that is to be a named tuple."""
