"""Devices and machines in the columns of the matrix. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from kgen.commands.audit.rows import Audit, Named
from kgen.model.configurations import Outcome
from kgen.model.expr import Expr
from kgen.model.kinds import NAMES
from kgen.model.lanes import members, union
from kgen.model.places import File, Place
from kgen.project.code import listing
from kgen.project.code.code_map import CodeMap, with_outcomes
from kgen.project.load import Project
from kgen.project.toggles import Toggle, Toggled


def named(
    audit: Audit, maps: Sequence[tuple[str, CodeMap]], kinds: Iterable[str]
) -> dict[str, tuple[Named, ...]]:
    """All devices, all machines, or both, sorted by name.

    maps: of each variant of the matrix (variant, what its tree registers). kinds: `device`,
    `machine`.
    """
    return {kind: _of_kind(audit, maps, kind) for kind in kinds}


def _of_kind(audit: Audit, maps: Sequence[tuple[str, CodeMap]], kind: str) -> tuple[Named, ...]:
    columns: dict[tuple[str, str], int] = {}
    for number, outcome in enumerate(audit.outcomes):
        key = outcome.target.name, outcome.variant
        lanes = 0 if outcome.failed else 1 << number
        columns[key] = columns.get(key, 0) | lanes  # a variant may be given twice
    found: dict[str, Named] = {}
    for variant, map_ in maps:
        column = [columns[outcome.target.name, variant] for outcome in map_.outcomes]
        for row in listing.listing(map_, f"{kind}s"):
            own = _named(map_, row, kind, column)
            other = found.get(row.name)
            found[row.name] = own if other is None else _joined(other, own)
    return tuple(found[name] for name in sorted(found))


def _named(map_: CodeMap, row: listing.Row, kind: str, column: Sequence[int]) -> Named:
    lacks = (
        (missing, union(column[lane] for lane in lanes))
        for missing, lanes in listing.lacking(map_, row)
    )
    return Named(
        kind,
        row.name,
        row.aliases,
        row.path.rpartition("/")[0],
        Place(File(row.path, root=map_.root), row.line),
        row.needs,
        union(column[lane] for lane in members(row.on)),
        union(column[lane] for lane in members(row.maybe)),
        tuple(lacks),
    )


def _joined(one: Named, other: Named) -> Named:
    """A name in the columns of two variants."""
    lacks: Mapping[Expr, int] = dict(one.lacks)
    more = {missing: lacks.get(missing, 0) | where for missing, where in other.lacks}
    return one._replace(
        aliases=tuple(sorted({*one.aliases, *other.aliases})),
        y=one.y | other.y,
        maybe=one.maybe | other.maybe,
        lacks=tuple({**lacks, **more}.items()),
    )


def changed(
    project: Project, map_: CodeMap, parts: Iterable[Toggled]
) -> Iterator[tuple[str, Toggle]]:
    """The devices and machines that toggles change, like `device:e1000`; single features first.

    map_: the code of the project, of every outcome. A change is another cell of the matrix: there,
    not there, or not known. A feature is toggled for all targets of a build; in that build, a
    target that does not have the toggle, or fails with it, is as it was.
    """
    builds: dict[tuple[str, ...], dict[str, tuple[Toggle, Outcome]]] = {}
    for part in parts:
        for lane, toggle in enumerate(part.toggles):
            if not part.resolution.failed >> lane & 1:
                own = toggle.outcome._replace(resolution=part.resolution, lane=lane)
                builds.setdefault(toggle.names, {})[own.name] = toggle, own
    toggles: list[Toggle | None] = [None] * len(map_.outcomes)
    outcomes = list(map_.outcomes)
    for names in sorted(builds, key=lambda names: (len(names), names)):
        for outcome in map_.outcomes:
            found = builds[names].get(outcome.name)
            toggles.append(found and found[0])
            outcomes.append(found[1] if found else outcome)
    width = len(map_.outcomes)
    build = (1 << width) - 1
    repeated = union(1 << first for first in range(0, len(outcomes), width))
    every = [build << first for first in members(repeated)]
    varied = with_outcomes(map_, project, outcomes, every)
    for kind in NAMES:
        for row in listing.listing(varied, f"{kind}s"):
            # What the first build has, in every build.
            before = [(lanes & build) * repeated for lanes in (row.on, row.maybe)]
            for lane in members((row.on ^ before[0]) | (row.maybe ^ before[1])):
                if (changing := toggles[lane]) is not None:
                    yield f"{kind}:{row.name}", changing
