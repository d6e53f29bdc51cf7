"""What is known of a value in meson.build before Meson runs, and what follows from it.

A value is a Python value (bool, str, int, list, dict), or one of the records below. A list or a
dictionary may hold `Maybe` items, which are there or not. What a value depends on is a set of
causes: `option spice`, `library libfdt`, `check`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from kgen.model.record import Record

Causes = frozenset[str]

NONE: Causes = frozenset()

# What only Meson and the compiler can find out.
CHECK: Causes = frozenset(("check",))


class Unknown(Record):
    """A value that depends on these causes."""

    causes: Causes


class Feature(Record):
    """An option of type `feature`. states: those of `enabled`, `auto`, `disabled` it may have."""

    name: str
    states: frozenset[str]
    causes: Causes = NONE


class Dependency(Record):
    """A library or a program. found: a bool, or Unknown."""

    found: Any


class Maybe(Record):
    """An item that is in its list or dictionary only if the causes have it so."""

    value: Any
    causes: Causes


class Thing(Record):
    """An object of Meson: `meson`, a machine, a module, configuration data with this name."""

    kind: str
    name: str = ""


def causes_of(value: Any) -> Causes:
    """What a value depends on."""
    if isinstance(value, (Unknown, Feature, Maybe)):
        return value.causes
    if isinstance(value, Dependency):
        return causes_of(value.found)
    if isinstance(value, list):
        return NONE.union(*map(causes_of, value))
    return NONE


def same(left: Any, right: Any) -> bool:
    """Whether two values are equal and of one type."""
    return type(left) is type(right) and bool(left == right)


def joined(left: Any, right: Any, causes: Causes) -> Any:
    """What is known of a value that is one or the other, which depends on the causes."""
    if same(left, right):
        return left
    if isinstance(left, Dependency) and isinstance(right, Dependency):
        return Dependency(joined(left.found, right.found, causes))
    if isinstance(left, Feature) and isinstance(right, Feature) and left.name == right.name:
        return Feature(left.name, left.states | right.states, left.causes | right.causes | causes)
    if isinstance(left, list) and isinstance(right, list):
        return _joined_lists(left, right, causes)
    if isinstance(left, dict) and isinstance(right, dict):
        return {
            key: joined(left[key], right[key], causes)
            if key in left and key in right
            else _maybe(left.get(key, right.get(key)), causes)
            for key in {**left, **right}
        }
    return Unknown(causes | causes_of(left) | causes_of(right))


def _joined_lists(left: list[Any], right: list[Any], causes: Causes) -> list[Any]:
    """The common beginning and end, and between them what may be there."""
    short = min(len(left), len(right))
    start = next((at for at in range(short) if not same(left[at], right[at])), short)
    end = 0
    while end < short - start and same(left[-1 - end], right[-1 - end]):
        end += 1
    middle = left[start : len(left) - end] + right[start : len(right) - end]
    rest = left[len(left) - end :] if end else []
    return left[:start] + [_maybe(item, causes) for item in middle] + rest


def _maybe(item: Any, causes: Causes) -> Maybe:
    if isinstance(item, Maybe):
        return Maybe(item.value, item.causes | causes)
    return Maybe(item, causes)


def truth(value: Any) -> bool | Unknown:
    """A condition: True, False or Unknown."""
    return value if isinstance(value, (bool, Unknown)) else Unknown(causes_of(value) or CHECK)


def negated(value: Any) -> bool | Unknown:
    """`not` of a condition."""
    found = truth(value)
    return found if isinstance(found, Unknown) else not found


def contains(items: Any, item: Any) -> bool | Unknown:
    """Whether a list or a dictionary holds an item or a key."""
    if isinstance(items, dict) and isinstance(item, str):
        value = items.get(item)
        return Unknown(value.causes) if isinstance(value, Maybe) else item in items
    if not isinstance(items, list) or not isinstance(item, (str, int)):
        return Unknown(causes_of(items) | causes_of(item) or CHECK)
    if any(same(one, item) for one in items):
        return True
    perhaps = [
        one
        for one in items
        if isinstance(one, Unknown) or (isinstance(one, Maybe) and same(one.value, item))
    ]
    return Unknown(NONE.union(*map(causes_of, perhaps)) or CHECK) if perhaps else False


def feature_method(feature: Feature, method: str, condition: bool | Unknown) -> Any:
    """The result of a method of a feature option; condition: the first argument, if it has one."""
    states = feature.states
    if method in ("enabled", "disabled", "auto", "allowed"):
        wanted = {"enabled", "auto"} if method == "allowed" else {method}
        if states <= wanted:
            return True
        return Unknown(feature.causes) if states & wanted else False
    if method not in _CHANGES:
        return Unknown(feature.causes or CHECK)
    when, change = _CHANGES[method]
    changed = frozenset(change.get(state, state) for state in states)
    if isinstance(condition, Unknown):
        causes = feature.causes | condition.causes
        return Feature(feature.name, states | changed, causes)
    return feature._replace(states=changed) if condition is when else feature


# When a method changes a feature, and how. What `require` makes of `enabled` is an error.
_CHANGES = {
    "require": (False, {"auto": "disabled"}),
    "disable_if": (True, {"auto": "disabled"}),
    "disable_auto_if": (True, {"auto": "disabled"}),
    "enable_if": (True, {"auto": "enabled"}),
    "enable_auto_if": (True, {"auto": "enabled"}),
}


def text_method(text: str, method: str, arguments: list[Any]) -> Any:
    """The result of a method of a string; Unknown for what is not needed here."""
    if not all(isinstance(item, (str, int)) for item in arguments):
        return Unknown(NONE.union(*map(causes_of, arguments)) or CHECK)
    words = [str(item) for item in arguments]
    call = _TEXT.get(method)
    try:
        return Unknown(CHECK) if call is None else call(text, words)
    except IndexError:
        return Unknown(CHECK)


_TEXT: dict[str, Callable[[str, list[str]], Any]] = {
    "split": lambda text, words: text.split(words[0] if words and words[0] else None),
    "strip": lambda text, words: text.strip(*words[:1]),
    "startswith": lambda text, words: text.startswith(words[0]),
    "endswith": lambda text, words: text.endswith(words[0]),
    "contains": lambda text, words: words[0] in text,
    "to_upper": lambda text, words: text.upper(),
    "to_lower": lambda text, words: text.lower(),
    "replace": lambda text, words: text.replace(words[0], words[1]),
    "join": lambda text, words: text.join(words),
    "underscorify": lambda text, words: "".join(c if c.isalnum() else "_" for c in text),
    "format": lambda text, words: formatted(text, words),
}


def formatted(text: str, words: Iterable[str]) -> str:
    """`'@0@'.format('x')`."""
    for number, word in enumerate(words):
        text = text.replace(f"@{number}@", word)
    return text


def added(left: Any, right: Any) -> Any:
    """`+`: of lists, an item and a list, dictionaries, strings, numbers."""
    if isinstance(left, list):
        return left + (right if isinstance(right, list) else [right])
    if isinstance(left, dict) and isinstance(right, dict):
        return {**left, **right}
    if isinstance(left, str) and isinstance(right, str):
        return left + right
    if type(left) is int and type(right) is int:
        return left + right
    return Unknown(causes_of(left) | causes_of(right) or CHECK)


def operated(mark: str, left: Any, right: Any) -> Any:
    """The result of an operator, apart from `and` and `or`."""
    if mark == "+":
        return added(left, right)
    if mark in ("in", "not in"):
        if isinstance(left, str) and isinstance(right, str):
            found: bool | Unknown = left in right
        else:
            found = contains(right, left)
        return negated(found) if mark == "not in" else found
    plain = (str, int, bool)
    if mark in ("==", "!="):
        if isinstance(left, plain) and isinstance(right, plain):
            return same(left, right) is (mark == "==")
        if isinstance(left, list) and isinstance(right, list) and not causes_of(left + right):
            return same(left, right) is (mark == "==")
    if mark == "/" and isinstance(left, str) and isinstance(right, str):
        return f"{left}/{right}" if left else right
    if mark in (">", ">=", "<", "<=") and isinstance(left, int) and isinstance(right, int):
        return {">": left > right, ">=": left >= right, "<": left < right}.get(mark, left <= right)
    return Unknown(causes_of(left) | causes_of(right) or CHECK)


def collection_method(found: list[Any] | dict[str, Any], name: str, values: list[Any]) -> Any:
    """A method of a list or a dictionary."""
    first = values[0] if values else None
    unknown = Unknown(
        causes_of(list(found.values()) if isinstance(found, dict) else found) or CHECK
    )
    if name in ("has_key", "contains"):
        return contains(found, first)
    if name == "get":
        return item_of(found, first, values[1] if len(values) > 1 else unknown)
    if name == "length":
        return unknown if any(isinstance(item, Maybe) for item in found) else len(found)
    if name == "keys" and isinstance(found, dict):
        return [
            Maybe(key, value.causes) if isinstance(value, Maybe) else key
            for key, value in sorted(found.items())
        ]
    return unknown


def item_of(found: Any, key: Any, default: Any) -> Any:
    """An item of a list or a dictionary; the default if it has none."""
    if isinstance(found, dict) and isinstance(key, str):
        value = found.get(key, default)
        return joined(value.value, default, value.causes) if isinstance(value, Maybe) else value
    if isinstance(found, list) and type(key) is int and 0 <= key < len(found):
        value = found[key]
        return Unknown(value.causes) if isinstance(value, Maybe) else value
    return default
