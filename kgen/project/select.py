"""Targets chosen by name or glob."""

from __future__ import annotations

import fnmatch
from collections.abc import Sequence

from kgen.model.problems import near


class UnknownTarget(Exception):
    """A `-t` that names no target: a mistake in the command, not in the tree."""


def choose(known: Sequence[str], patterns: Sequence[str]) -> list[str]:
    """The targets that match any of the patterns, in the order of `known`; all without one.

    The ending `-softmmu` may be left out. Raises UnknownTarget for a pattern without a match.
    """
    if not patterns:
        return list(known)
    chosen: set[str] = set()
    for pattern in patterns:
        found = [name for name in known if names_target(pattern, name)]
        if not found:
            short = [name.removesuffix("-softmmu") for name in known]
            hint = near(pattern, [*known, *short])
            raise UnknownTarget(f"no target matches {pattern!r}" + (f"; {hint}" if hint else ""))
        chosen.update(found)
    return [name for name in known if name in chosen]


def names_target(pattern: str, name: str) -> bool:
    """Whether a glob means a target; the ending `-softmmu` may be left out."""
    short = name.removesuffix("-softmmu")
    return fnmatch.fnmatchcase(name, pattern) or fnmatch.fnmatchcase(short, pattern)
