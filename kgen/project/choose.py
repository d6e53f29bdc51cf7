"""Selects targets by name or glob."""

from __future__ import annotations

import fnmatch
from collections.abc import Sequence

from kgen.model.problems import near


class UnknownTarget(Exception):
    """A `-t` that matches no target: an error in the command line, not in the tree."""

    option = "--target"


class WrongSetting(UnknownTarget):
    """A `--set` with a value that the tree's dialect does not have."""

    option = "'--set'"  # as click has it


def choose(known: Sequence[str], patterns: Sequence[str]) -> list[str]:
    """The targets that match any of the patterns, in the order of `known`; all if there are none.

    The suffix `-softmmu` is optional. Raises UnknownTarget for a pattern without a match.
    """
    if not patterns:
        return list(known)
    chosen: set[str] = set()
    for pattern in patterns:
        matches = [name for name in known if names_target(pattern, name)]
        if not matches:
            hint = near_target(pattern, known)
            raise UnknownTarget(f"no target matches {pattern!r}" + (f"; {hint}" if hint else ""))
        chosen.update(matches)
    return [name for name in known if name in chosen]


def near_target(pattern: str, known: Sequence[str]) -> str:
    """`did you mean X?` for a pattern that matches no target; "" if none is similar."""
    return near(pattern, [*known, *(name.removesuffix("-softmmu") for name in known)])


def names_target(pattern: str, name: str) -> bool:
    """Whether a glob matches a target; the suffix `-softmmu` is optional."""
    short = name.removesuffix("-softmmu")
    return fnmatch.fnmatchcase(name, pattern) or fnmatch.fnmatchcase(short, pattern)


def is_named(name: str, patterns: Sequence[str]) -> bool:
    """Whether a pattern is the target's name itself, with or without `-softmmu`."""
    return name in patterns or name.removesuffix("-softmmu") in patterns
