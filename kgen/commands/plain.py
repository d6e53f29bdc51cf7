"""A parser for plain command lines, without click."""

from __future__ import annotations

import os
from collections.abc import Sequence

from kgen.commands.options import Option

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def read_plain(words: Sequence[str], options: Sequence[Option]) -> dict[str, Any] | None:
    """Parse a plain, correct command line; return what it gives by field name, or None.

    words: without the command. Plain means: arguments, and options with their full names and
    values. None means that click has to parse the command line.
    """
    if "_KGEN_COMPLETE" in os.environ:
        return None
    by_flag = {flag: option for option in options for flag in option.flags}
    free = [option for option in options if not option.flags]
    values: dict[str, Any] = {}
    rest = iter(words)
    only_arguments = False
    for word in rest:
        if word == "--" and not only_arguments:
            only_arguments = True
            continue
        flag, equals, value = word.partition("=")
        option = by_flag.get(flag if flag.startswith("--") else word)
        if only_arguments or option is None:
            if (word.startswith("-") and not only_arguments) or not free:
                return None
            option, value = free[0], word
            if not option.multiple:
                del free[0]
        elif option.switch:
            if equals:
                return None
            values[option.field] = True
            continue
        elif not equals or not flag.startswith("--"):
            value = next(rest, "-")
            if value.startswith("-"):
                return None
        if option.choices and value not in option.choices:
            return None
        if option.valid is not None and not option.valid(value):
            return None
        if option.multiple:
            values[option.field] = (*values.get(option.field, ()), value)
        else:
            values[option.field] = value
    if any(option.required and not values.get(option.field) for option in free):
        return None
    return values
