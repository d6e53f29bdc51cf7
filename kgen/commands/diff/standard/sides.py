"""The two sides of a comparison of standard Kconfig: trees, git revisions, snapshots."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING

from kgen.commands.loading import load_standard
from kgen.files.read import read_input
from kgen.files.tree import version_of
from kgen.model.problems import fail
from kgen.model.record import Record
from kgen.project.choose import UnknownTarget, names_target, near_target

if TYPE_CHECKING:
    from kgen.project.options import Options
    from kgen.project.standard import Part


class Side(Record):
    """Configurations to compare. name: as the user gave it. version: of the tree's VERSION file."""

    name: str
    version: str
    parts: tuple[Part, ...]

    @property
    def targets(self) -> list[str]:
        """The names of all targets, sorted."""
        return sorted(target.name for part in self.parts for target in part.targets)


def open_side(options: Options, said: set[str]) -> Side:
    """The side whose tree or snapshot is `options.tree`, with all its targets. Raises KgenError.

    said: the warnings that were printed before.
    """
    spec = options.tree
    if spec is not None and os.path.isfile(spec):
        from kgen.commands.snapshot.inputs import is_of_standard
        from kgen.commands.snapshot.standard import read

        text = read_input(spec, spec)
        if not is_of_standard(text):
            hint = "`kgen snapshot -o FILE` writes one"
            raise fail(f"{spec} is not a snapshot of standard Kconfig", hint=hint, code="KG721")
        version, parts = read(text, spec)
        return Side(spec, version, parts)
    loaded = load_standard(options._replace(only=(), dialect="standard"), said)
    return Side(loaded.tree.shown, version_of(loaded.tree), loaded.parts)


def pairs(
    old: Side, new: Side, only: Sequence[str], was: str | None, now: str | None
) -> list[tuple[str, str]]:
    """The targets to compare, (old, new): those of equal names, or `was` with `now`.

    only: patterns of `-t`. Raises UnknownTarget.
    """
    both = sorted({*old.targets, *new.targets})
    for pattern in only:
        if not any(names_target(pattern, name) for name in both):
            hint = near_target(pattern, both)
            raise UnknownTarget(f"no target matches {pattern!r}" + (f"; {hint}" if hint else ""))
    for side, name in ((old, was), (new, now)):
        if name is not None and name not in side.targets:
            raise UnknownTarget(f"{side.name} has no target {name!r}")
    if was is not None or now is not None:
        name = was if now is None else now
        return [(was or str(name), now or str(name))]
    common = sorted({*old.targets} & {*new.targets})
    return [
        (name, name)
        for name in common
        if not only or any(names_target(pattern, name) for pattern in only)
    ]
