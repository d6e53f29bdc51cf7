"""What a C file registers with QOM, as plain data: types, and what their classes say."""

from __future__ import annotations

from kgen.model.expr import Expr
from kgen.model.record import Record


class ClassFacts(Record):
    """What class_init says; None where it says nothing and the parent's class counts.

    user_creatable: "yes", "no" or "unknown". bus, description, alias: "" for NULL, "?" if unknown.
    """

    user_creatable: str | None = None
    bus: str | None = None
    categories: tuple[str, ...] = ()
    description: str | None = None
    alias: str | None = None
    is_default: bool | None = None

    def texts(self) -> dict[str, str | None]:
        """What is a text, by name."""
        return {"bus": self.bus, "description": self.description, "alias": self.alias}


class QomType(Record):
    """A type that a file registers. name: "" if it is not known, as a parent: "?".

    condition: when the file is built, the condition within it. line: where the TypeInfo is.
    class_init, instance_init: the names of these functions; "" if there is none.
    """

    name: str
    parent: str
    abstract: bool
    interfaces: tuple[str, ...]
    facts: ClassFacts
    line: int
    condition: Expr
    class_init: str = ""
    instance_init: str = ""


class Unread(Record):
    """A place of a C file that could not be read, and why."""

    line: int
    message: str


class Registered(Record):
    """What a file registers, and the other files that its text was needed for."""

    types: tuple[QomType, ...]
    unread: tuple[Unread, ...]
    others: tuple[str, ...]
