"""Devices and machines in the columns of the matrix. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from kgen.commands.audit.matrix import Audit
from kgen.commands.devices import listing
from kgen.model.expr import Expr
from kgen.model.lanes import members, union
from kgen.model.places import File, Place
from kgen.model.record import Record
from kgen.project.code_map import CodeMap


class Named(Record):
    """A device or a machine: a row beside those of symbols.

    of: `device` or `machine`. symbol: its name. aliases: other names of a machine. folder, place:
    where it is registered. needs: see devices.listing.Row. y: the configurations that surely have
    it; maybe: those of which that is not known. lacks: what it needs and lacks, with the
    configurations; ALWAYS where all that it needs is there, and its type cannot be created.
    """

    of: str
    symbol: str
    aliases: tuple[str, ...]
    folder: str
    place: Place
    needs: Expr
    y: int
    maybe: int
    lacks: tuple[tuple[Expr, int], ...]

    @property
    def kind(self) -> str:
        """One of model.kinds.NAMES."""
        return self.of

    # What rows of symbols (`matrix.Row`) have, too.

    @property
    def values(self) -> None:
        """It is there or not; there are no other values."""
        return None

    @property
    def absent(self) -> str:
        """What it is where it is not there."""
        return "n"

    def where(self, _holds: Callable[[str, str], bool] | None) -> int:
        """The configurations that surely have it."""
        return self.y


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
