"""The values of a small evaluation of C: texts, numbers, structs, addresses, UNKNOWN."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from kgen.code.c.view import View


class _Unknown:
    """A value that is not known."""

    def __repr__(self) -> str:
        return "UNKNOWN"


UNKNOWN = _Unknown()


class Symbol:
    """A name with an address: a function, or something of another file."""

    def __init__(self, name: str, view: View) -> None:
        self.name = name
        self.view = view


class Struct:
    """A struct or an array: fields by name, and values by number. at: where its text begins."""

    def __init__(self, kind: str, view: View, at: int) -> None:
        self.kind = kind
        self.view = view
        self.at = at
        self.fields: dict[str, Any] = {}
        self.items: list[Any] = []

    def field(self, name: str) -> Any:
        """A field's value; 0 if nothing is said of it."""
        if name in self.fields:
            found = self.fields[name]
            if isinstance(found, Later):
                found = self.fields[name] = found.value()
            return found
        if self.items:
            names = self.view.unit.fields(self.kind)
            if name not in names:
                return UNKNOWN
            number = names.index(name)
            return self.items[number] if number < len(self.items) else 0
        return 0


class Later:
    """A value that is not evaluated before somebody asks for it: of a table within a table."""

    def __init__(self, value: Callable[[], Any]) -> None:
        self.value = value


class Text(Struct):
    """A text that was made at run time, and may be changed: an array of characters."""

    def __init__(self, text: str, view: View) -> None:
        super().__init__("char", view, -1)
        self.items = [*map(ord, text), 0]

    @property
    def text(self) -> str:
        """What it holds now."""
        return "".join(chr(one) for one in self.items[:-1] if isinstance(one, int))


class Element:
    """The address of an element of an array."""

    def __init__(self, array: Struct, number: int) -> None:
        self.array = array
        self.number = number

    @property
    def value(self) -> Any:
        """The element."""
        known = 0 <= self.number < len(self.array.items)
        return self.array.items[self.number] if known else UNKNOWN


def text_of(value: Any) -> Any:
    """A value, or the text that it holds."""
    return value.text if isinstance(value, Text) else value


class Class:
    """A class that is being initialized, by whatever type a pointer sees it."""

    def __init__(self) -> None:
        self.fields: dict[str, Any] = {}
        self.categories: dict[str, None] = {}


_CATEGORY = "DEVICE_CATEGORY_"


def add_category(arguments: list[Any]) -> None:
    """What `set_bit(DEVICE_CATEGORY_X, dc->categories)` does."""
    if len(arguments) == 2 and isinstance(arguments[1], Class):
        category = arguments[0]
        if isinstance(category, Symbol) and category.name.startswith(_CATEGORY):
            arguments[1].categories[category.name.removeprefix(_CATEGORY)] = None


def found_character(text: Any, character: Any) -> Any:
    """What strchr returns."""
    text = Element(text, 0) if isinstance(text, Text) else text
    if not isinstance(text, Element) or not isinstance(character, int):
        return UNKNOWN
    for number in range(text.number, len(text.array.items)):
        if text.array.items[number] == character:
            return Element(text.array, number)
    return 0


def element(array: Any, number: Any) -> Any:
    """`array[number]`; a struct as its address."""
    if isinstance(array, Element) and isinstance(number, int):
        return Element(array.array, array.number + number).value
    if isinstance(array, Struct) and isinstance(number, int) and 0 <= number < len(array.items):
        found = array.items[number]
        return found if not isinstance(found, Struct) else Element(array, number)
    return UNKNOWN


def address(value: Any) -> tuple[Any, int]:
    """The array that an address is in, and the number of the element."""
    return (value.array, value.number) if isinstance(value, Element) else (value, 0)


def truth(value: Any) -> bool | None:
    """Whether a value is true in C; None if it is not known."""
    if isinstance(value, int):
        return value != 0
    if isinstance(value, str | Struct | Class):
        return True
    if isinstance(value, Element):
        return True if value.number <= len(value.array.items) else None
    if isinstance(value, Symbol) and value.view.unit.chunks_of(value.name):
        return True
    return None


def equal(left: Any, right: Any) -> Any:
    """`left == right`: 1, 0 or UNKNOWN."""
    if left is UNKNOWN or right is UNKNOWN:
        return UNKNOWN
    if isinstance(left, int) and isinstance(right, int):
        return int(left == right)
    if isinstance(left, Symbol) and isinstance(right, Symbol):
        return 1 if left.name == right.name else UNKNOWN
    for one, other in ((left, right), (right, left)):
        if one == 0 and isinstance(one, int):
            known = truth(other)
            return UNKNOWN if known is None else int(not known)
    return int(left is right) if isinstance(left, Struct | Element) else UNKNOWN


# Characters of a text that an evaluation makes: loops can double it with each turn.
_LONGEST = 1 << 16


# A width that no name has.
_WIDE = re.compile(r"\d{4}")


def concatenated(parts: list[Any]) -> Any:
    """One text of several; UNKNOWN if one is no text, or if it is very long."""
    if not all(isinstance(one, str) for one in parts) or sum(map(len, parts)) > _LONGEST:
        return UNKNOWN
    return "".join(parts)


_FORMAT = re.compile(r"%(?:%|[-+ #0]*\d*(?:\.\d+)?(?:hh|h|ll|l|z|j)?([sduixXc]))")


def made_text(name: str, arguments: list[Any]) -> Any:
    """The text that a function of glib or C makes; UNKNOWN, or None for any other function."""
    if name in ("g_strdup_printf", "snprintf", "g_snprintf"):
        rest = arguments if name == "g_strdup_printf" else arguments[2:]
        return formatted(rest)
    if name in ("g_strdup", "g_intern_string", "g_intern_static_string", "strdup"):
        return arguments[0] if arguments else UNKNOWN
    if name == "object_class_by_name":
        return 0  # asked before a type is registered that another file may have registered
    if name == "g_strconcat":
        return concatenated(arguments[: arguments.index(0)] if 0 in arguments else arguments)
    if name in ("g_ascii_strdown", "g_ascii_strup") and arguments:
        text = arguments[0]
        if not isinstance(text, str):
            return UNKNOWN
        return text.lower() if name == "g_ascii_strdown" else text.upper()
    if name in ("strcmp", "g_strcmp0", "g_str_equal") and len(arguments) == 2:
        one, other = arguments
        if isinstance(one, str) and isinstance(other, str):
            return int((one == other) == (name == "g_str_equal"))
        return UNKNOWN
    return None


def formatted(arguments: list[Any]) -> Any:
    """What printf makes of a format and its values; UNKNOWN if it needs one that is unknown."""
    if not arguments or not isinstance(arguments[0], str):
        return UNKNOWN
    given = iter(arguments[1:])
    parts: list[str] = []
    end = 0
    text = arguments[0]
    for match in _FORMAT.finditer(text):
        parts.append(text[end : match.start()])
        end = match.end()
        if match[1] is None:
            parts.append("%")
            continue
        value = next(given, UNKNOWN)
        if not isinstance(value, str if match[1] == "s" else int) or _WIDE.search(match[0]):
            return UNKNOWN
        kind = "d" if match[1] in "ui" else match[1]
        plain = re.sub(r"hh|h|ll|l|z|j", "", match[0])[:-1]
        parts.append((plain + kind) % value)
    return concatenated([*parts, text[end:]])
