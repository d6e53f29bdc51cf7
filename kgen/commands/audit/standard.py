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
from kgen.standard.outputs import values_of

if TYPE_CHECKING:
    from kgen.commands.audit.breaches import Why
    from kgen.project.options import Options
    from kgen.project.standard import Part, StandardProject

# A part of a project, with the column of each of its lanes.
_Block = tuple["Part", list[int]]


def matrix(variants: Sequence[tuple[str, Options]]) -> tuple[Audit, Why]:
    """The matrix of one or several variants (name, options), and the reasons for its values.

    Raises KgenError, UnknownTarget.
    """
    projects = [(name, load_standard(options)) for name, options in variants]
    columns, blocks = _columns(projects)
    root = projects[0][1].tree.shown
    return Audit(columns, tuple(_rows(root, blocks))), _Why(root, blocks)


def _columns(
    projects: Sequence[tuple[str, StandardProject]],
) -> tuple[tuple[Column, ...], list[_Block]]:
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


def _rows(root: str, blocks: Sequence[_Block]) -> Iterator[Row]:
    """The symbols of all models by name, with their values where they are in the .config."""
    found: dict[str, Row] = {}
    for part, columns in blocks:
        same = columns == list(range(len(columns)))
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
                    here = lanes if same else moved(lanes, enumerate(columns))
                    values[text] = values.get(text, 0) | here
            found[symbol.name] = row._replace(values=values)
    for name in sorted(found):
        row = found[name]
        yield row._replace(y=union((row.values or {}).values()))


class _Why:
    """The reasons for a symbol's value: those that decided, once for all columns with the same."""

    def __init__(self, root: str, blocks: Sequence[_Block]) -> None:
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
