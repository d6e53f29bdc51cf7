"""Which devices, machines, objects or types the targets have, and what each needs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from fnmatch import fnmatchcase

from kgen.code import conditions
from kgen.code.qom_types import MACHINE_SUFFIX, USER_CREATABLE, Lanes, QomTypes
from kgen.model import expr
from kgen.model.expr import Expr
from kgen.model.lanes import members
from kgen.model.problems import KgenError, Problem, near
from kgen.model.record import Record
from kgen.project.code.code_map import CodeMap

KINDS = ("devices", "machines", "objects", "types")


class Row(Record):
    """One name.

    needs: its condition, without what is the same for all lanes. path, line: where the first of its
    registrations is. on, maybe: the lanes where it surely is, and where it may be. creatable:
    whether `-device` takes it; None if that is not known. aliases: other names of a machine.
    """

    name: str
    needs: Expr
    path: str
    line: int
    on: int
    maybe: int
    creatable: bool | None
    aliases: tuple[str, ...]
    bus: str
    categories: tuple[str, ...]
    description: str
    parent: str


def listing(map_: CodeMap, kind: str) -> list[Row]:
    """All names of a kind, sorted. A device that no target has is in the list, too."""
    types = map_.types
    rows = []
    for name in types.variants:
        lanes = _lanes(types, kind, name, map_.truth.everywhere)
        if lanes is not None:
            rows.append(_row(map_, kind, name, lanes))
    return sorted(rows)


def _lanes(types: QomTypes, kind: str, name: str, everywhere: int) -> Lanes | None:
    """Where a name is one of the kind; None if it is of another kind in every configuration."""
    if kind == "types":
        return types.lanes(name)
    if kind == "devices":
        found = types.creatable(name)
    elif kind == "machines":
        found = types.machine(name)
    else:
        found = types.has(name, USER_CREATABLE)
    if kind == "objects":
        concrete = types.concrete(name)
        found = found[0] & concrete[0], found[1] & concrete[1]
    if found[1]:
        return found
    return found if types.could_be(name, kind) else None


def _row(map_: CodeMap, kind: str, name: str, lanes: Lanes) -> Row:
    types = map_.types
    variants = sorted(types.variants[name], key=lambda one: not one.lanes[1])
    first = variants[0]
    lane = next(members(lanes[1]), -1)

    def fact(field: str) -> str:
        if lane >= 0:
            return types.fact(name, field, lane)
        return first.type.facts.texts()[field] or ""

    creatable = None
    if kind == "devices":
        creatable = True if lanes[0] or not lanes[1] else None
    elif kind == "types":
        found = types.creatable(name)
        creatable = bool(found[0]) if found[0] == found[1] else None
    alias = fact("alias")
    return Row(
        name.removesuffix(MACHINE_SUFFIX) if kind == "machines" else name,
        brief(map_.truth.short(types.condition(name)), map_.implied),
        first.path,
        first.type.line,
        lanes[0],
        lanes[1] & ~lanes[0],
        creatable,
        (alias,) if kind == "machines" and alias not in ("", "?") else (),
        _known(fact("bus")),
        first.type.facts.categories or types.categories(name, lane),
        _known(fact("description")),
        first.type.parent,
    )


def brief(needs: Expr, implied: Mapping[str, frozenset[str]]) -> Expr:
    """A condition without the symbols that another one of it implies."""
    parts = expr.conjuncts(needs)
    alone = [part[0] for part in parts if len(part) == 1]
    dropped: set[str] = set()
    for name in alone:
        others = [one for one in alone if one != name and one not in dropped]
        if any(name in implied.get(one, ()) for one in others):
            dropped.add(name)
    return conditions.both(*(part for part in parts if not (len(part) == 1 and part[0] in dropped)))


def _known(text: str) -> str:
    return "" if text == "?" else text


# How the names of a kind are listed.
_LISTED = {
    "devices": "kgen devices",
    "machines": "kgen machines",
    "objects": "kgen devices --objects",
    "types": "kgen devices --types",
}


def chosen(
    rows: Sequence[Row],
    kind: str,
    names: Sequence[str],
    buses: Sequence[str],
    categories: Sequence[str],
) -> list[Row]:
    """The rows with one of these names or aliases, buses and categories; globs are allowed.

    kind: of all rows, one of `_LISTED`. Without names only what a target has. Raises KgenError for
    unknown names.
    """
    problems = []
    for name in names:
        if not any(_matches(row, name) for row in rows):
            known = [one for row in rows for one in (row.name, *row.aliases)]
            hint = near(name, known) or f"`{_LISTED[kind]}` without a name lists all"
            problems.append(Problem(f"there is no {kind[:-1]} {name}", hint=hint, code="KG423"))
    if problems:
        raise KgenError(*problems)
    return [
        row
        for row in rows
        if (any(_matches(row, name) for name in names) if names else row.on | row.maybe)
        and _one_of(buses, (row.bus,))
        and _one_of(categories, row.categories)
    ]


def _matches(row: Row, name: str) -> bool:
    return any(fnmatchcase(one, name) for one in (row.name, *row.aliases))


def _one_of(wanted: Sequence[str], values: Iterable[str]) -> bool:
    values = [value.lower() for value in values]
    return not wanted or any(fnmatchcase(value, one.lower()) for value in values for one in wanted)


def lacking(map_: CodeMap, row: Row) -> list[tuple[Expr, list[int]]]:
    """For the lanes where a name is not: what is false there of what it needs, with the lanes."""
    found: dict[tuple[str, ...], list[int]] = {}
    parts = expr.conjuncts(row.needs)
    values = [map_.truth.of(part)[1] for part in parts]
    for lane in members(map_.truth.everywhere & ~row.on & ~row.maybe):
        missing = [part for part, value in zip(parts, values, strict=True) if not value >> lane & 1]
        found.setdefault(conditions.both(*missing), []).append(lane)
    return list(found.items())
