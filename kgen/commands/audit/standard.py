"""`kgen audit` of a tree of standard Kconfig: the same matrix and policies, with values as text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from kgen.commands.audit.rows import Audit, Column, Row
from kgen.commands.loading import load_standard
from kgen.explain.standard.reasons import Reasons
from kgen.model.kinds import folder_of
from kgen.model.lanes import moved, union
from kgen.model.places import File, Place
from kgen.model.record import Record
from kgen.standard.outputs import values_of

if TYPE_CHECKING:
    from kgen.commands.audit.breaches import Why
    from kgen.project.options import Options
    from kgen.project.standard import Part, StandardProject

# A part of a project, with the column of each of its lanes.
PartAt = tuple["Part", list[int]]


class Table(Record):
    """The matrix of one or several variants; the projects by name, and the blocks of columns."""

    audit: Audit
    projects: tuple[tuple[str, StandardProject], ...]
    blocks: tuple[PartAt, ...]

    @property
    def why(self) -> Why:
        """The reasons for its values."""
        return _Why(self.projects[0][1].tree.shown, self.blocks)


def matrix(variants: Sequence[tuple[str, Options]]) -> Table:
    """The matrix of one or several variants (name, options). Raises KgenError, UnknownTarget."""
    projects = tuple((name, load_standard(options)) for name, options in variants)
    columns, blocks = _columns(projects)
    audit = Audit(columns, tuple(_rows(projects[0][1].tree.shown, blocks)))
    return Table(audit, projects, tuple(blocks))


def _columns(
    projects: Sequence[tuple[str, StandardProject]],
) -> tuple[tuple[Column, ...], list[PartAt]]:
    """The columns, with the variants of a target side by side, and the parts that they are of."""
    places = sorted(
        (name, variant) for variant, (_, one) in enumerate(projects) for name in one.names
    )
    at = {place: number for number, place in enumerate(places)}
    columns = tuple(
        Column(f"{name}@{projects[variant][0]}" if variant else name, name)
        for name, variant in places
    )
    blocks = [
        (part, [at[target.name, variant] for target in part.targets])
        for variant, (_, project) in enumerate(projects)
        for part in project.parts
    ]
    return columns, blocks


def in_columns(lanes: int, columns: list[int]) -> int:
    """The columns of lanes of a part."""
    if columns[0] == 0 and columns[-1] == len(columns) - 1:  # they are sorted: of the only part
        return lanes
    return moved(lanes, enumerate(columns))


def _rows(root: str, blocks: Sequence[PartAt]) -> Iterator[Row]:
    """The symbols of all models by name, with their values where they are in the .config."""
    found: dict[str, Row] = {}
    for part, columns in blocks:
        model, resolution = part.model, part.resolution
        for number in model.defined:
            symbol = model.symbols[number]
            row = found.get(symbol.name)
            if row is None:
                file, line = symbol.spots[0]
                place = Place(File(model.files[file], root=root), line)
                users = symbol.logical and bool(symbol.prompts)
                kind = symbol.type or "bool"
                folder = folder_of(place.file.path)
                row = Row(symbol.name, kind, folder, place, 0, 0, users, {})
            values = dict(row.values or {})
            for lanes, text in values_of(resolution, number):
                if lanes and not (symbol.logical and text == "n"):
                    values[text] = values.get(text, 0) | in_columns(lanes, columns)
            found[symbol.name] = row._replace(values=values)
    for name in sorted(found):
        row = found[name]
        yield row._replace(y=union((row.values or {}).values()))


class _Why:
    """The reasons for a symbol's value: those that decided, once for all columns with the same."""

    def __init__(self, root: str, blocks: Sequence[PartAt]) -> None:
        self._root, self._blocks = root, blocks
        self._numbers = [part.model.numbers() for part, _ in blocks]

    def __call__(self, symbol: str, columns: int) -> Iterator[tuple[str, Place | None, int]]:
        for (part, places), numbers in zip(self._blocks, self._numbers, strict=True):
            number = numbers.get(symbol)
            for lane, column in enumerate(places):
                if columns >> column & 1 and number is not None:
                    reason = Reasons(part.resolution, part.lines[lane], lane).of(number)[0]
                    place = None
                    if reason.line:
                        place = Place(File(reason.file, root=self._root), reason.line)
                    yield reason.sentence, place, 1 << column
