"""Devices and machines in the columns of the matrix. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from kgen.commands.audit.rows import Audit, Named
from kgen.model.expr import Expr
from kgen.model.lanes import members, union
from kgen.model.places import File, Place
from kgen.project.code import listing
from kgen.project.code.code_map import CodeMap


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
