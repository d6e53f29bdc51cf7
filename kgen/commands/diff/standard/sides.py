"""The two sides of a comparison of standard Kconfig: trees, git revisions, snapshots."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from kgen.commands.loading import warn
from kgen.files.read import read_input
from kgen.files.tree import version_of
from kgen.model.problems import fail
from kgen.model.record import Record
from kgen.project import standard
from kgen.project.choose import UnknownTarget, names_target, near_target

if TYPE_CHECKING:
    from kgen.project.options import Options
    from kgen.project.standard import Part, Selection


class Side(Record):
    """Configurations to compare. name: as the user gave it. version: of the tree's VERSION file.
    targets: the names of all, sorted. parts: those of the targets that were asked for."""

    name: str
    version: str
    targets: tuple[str, ...]
    parts: tuple[Part, ...]


class Named(Record):
    """A side before it is read: its name and those of its targets; and what has the rest, a
    selection of a tree or a whole side, that of a snapshot."""

    name: str
    targets: tuple[str, ...]
    rest: Selection | Side


def name_side(options: Options) -> Named:
    """The side whose tree or snapshot is `options.tree`, with all its targets. Raises KgenError."""
    spec = options.tree
    if spec is not None and os.path.isfile(spec):
        from kgen.commands.snapshot.inputs import is_of_standard
        from kgen.commands.snapshot.standard import read

        text = read_input(spec, spec)
        if not is_of_standard(text):
            hint = "`kgen snapshot -o FILE` writes one"
            raise fail(f"{spec} is not a snapshot of standard Kconfig", hint=hint, code="KG721")
        version, parts = read(text, spec)
        names = tuple(sorted(target.name for part in parts for target in part.targets))
        return Named(spec, names, Side(spec, version, names, parts))
    selection = standard.select(options._replace(only=(), dialect="standard"))
    names = tuple(target.name for target in selection.targets)
    return Named(selection.tree.shown, names, selection)


@contextmanager
def reading(named: Named, wanted: Sequence[str], said: set[str]) -> Iterator[Callable[[], Side]]:
    """Begin to read the wanted targets of a side, as `project.standard.reading` does.

    said: the warnings that were printed before.
    """
    rest = named.rest
    if isinstance(rest, Side):
        yield lambda: rest
        return
    chosen = set(wanted)
    targets = tuple(target for target in rest.targets if target.name in chosen)
    with standard.reading(rest._replace(targets=targets)) as project:

        def side() -> Side:
            loaded = project()
            warn(loaded.warnings, said)
            return Side(named.name, version_of(loaded.tree), named.targets, loaded.parts)

        yield side


def pairs(
    old: Named, new: Named, only: Sequence[str], was: str | None, now: str | None
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
    return [(name, name) for name in common if _named(name, only)]


def asked(named: Named, only: Sequence[str]) -> list[str]:
    """The targets of a side that `-t` names; all without it."""
    return [name for name in named.targets if _named(name, only)]


def _named(name: str, only: Sequence[str]) -> bool:
    return not only or any(names_target(pattern, name) for pattern in only)
