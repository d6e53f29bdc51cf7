"""The matrix of symbols by configurations, and the filter on its rows. Pure."""

from __future__ import annotations

import fnmatch
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, TypeVar

from kgen.model.configurations import Outcome, Resolution
from kgen.model.kinds import CHOSEN, LOGICAL, folder_of
from kgen.model.lanes import flagged, members, moved, union
from kgen.model.places import Place
from kgen.model.problems import KgenError, Problem, near
from kgen.model.record import Record
from kgen.model.spelling import matching
from kgen.project.load import Project

if TYPE_CHECKING:
    from kgen.commands.audit.names import Named

_Row = TypeVar("_Row", bound="Row | Named")


class Block(Record):
    """A resolution and its lanes that are columns, as (lane, column), sorted by column.

    number: the index among all blocks of the matrix.
    """

    number: int
    resolution: Resolution
    columns: tuple[tuple[int, int], ...]


class Row(Record):
    """One symbol.

    Sets of configurations are bit masks: bit i is columns[i]. y: where the symbol is y, printed
    or passed externally; external: where it is passed externally. kind: one of
    model.kinds.KINDS, or TYPES. folder: where it is declared, like `hw/net`, "" for the tree's
    root. users: whether users choose its value; others follow from these. values: of standard
    Kconfig, where it has each value that is not n; y is all of these; None for QEMU's dialect.
    """

    symbol: str
    kind: str
    folder: str
    place: Place
    y: int
    external: int
    users: bool
    values: Mapping[str, int] | None = None

    @property
    def absent(self) -> str:
        """What it is where it has none of its values."""
        return "" if self.values is not None and self.kind not in LOGICAL else "n"

    def where(self, holds: Callable[[str, str], bool] | None) -> int:
        """The configurations in which a condition on its value (and kind) holds.

        Without a condition, those in which it is not n. Others may be columns that fail.
        """
        if holds is None:
            return self.y
        values = {"y": self.y} if self.values is None else self.values
        found = union(lanes for text, lanes in values.items() if holds(text, self.kind))
        return found | ~self.y if self.absent and holds(self.absent, self.kind) else found

    # What rows of devices and machines (`names.Named`) have, too.

    @property
    def of(self) -> str:
        """What it is a row of."""
        return "symbol"

    @property
    def aliases(self) -> tuple[str, ...]:
        """Other names: none."""
        return ()

    @property
    def maybe(self) -> int:
        """The configurations in which its value is not known: none."""
        return 0

    @property
    def printed(self) -> int:
        """The configurations whose `config-devices.mak` has the symbol."""
        return self.y & ~self.external


class Column(Record):
    """A configuration: the target's name, with `@VARIANT` for a variant; the target's alone."""

    name: str
    target: str


class Audit(Record):
    """The whole matrix: a column for each configuration, the variants of a target side by side.

    rows: sorted by symbol. failed: columns that cannot be configured; they have no values, so
    their bits are 0 in all rows. Of QEMU's dialect only, outcomes: that of each column; blocks: the
    columns grouped by resolution.
    """

    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    failed: int = 0
    outcomes: tuple[Outcome, ...] = ()
    blocks: tuple[Block, ...] = ()

    @property
    def fine(self) -> int:
        """The configurations that have values."""
        return ((1 << len(self.columns)) - 1) & ~self.failed

    def names(self, lanes: int) -> list[str]:
        """The names of these configurations, in column order."""
        return [self.columns[bit].name for bit in members(lanes)]

    def by_resolution(self, lanes: int) -> list[Block]:
        """The blocks with these columns only, sorted by their first column."""
        found = []
        for block in self.blocks:
            columns = tuple(pair for pair in block.columns if lanes >> pair[1] & 1)
            if columns:
                found.append(block._replace(columns=columns))
        return sorted(found, key=lambda block: block.columns[0][1])

    def differs(self, row: Row | Named) -> bool:
        """Whether configurations have different values."""
        return row.y != 0 and self.fine not in (row.values or {"y": row.y}).values()


class Choice(Record):
    """A filter on rows; () means all. differs: only rows whose values differ."""

    symbols: tuple[str, ...] = ()
    folders: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    differs: bool = False


def matrix(projects: Sequence[tuple[str, Project]]) -> Audit:
    """The matrix of one project, or of several variants of it (variant, project).

    The variants of a target stand side by side. A symbol that only some configurations declare
    is n in all others.
    """
    outcomes, blocks = _columns(projects)
    known: dict[str, tuple[str, Place]] = {}
    for _, project in projects:
        for model in project.models():
            sorted_ = project.kinds(model)
            for entry in model.entries:
                known.setdefault(entry.symbol, (sorted_[entry.symbol], entry.place))
    y = dict.fromkeys(known, 0)
    external = dict.fromkeys(known, 0)
    failed = flagged(item.failed for item in outcomes)
    # Map bits of lanes to bits of columns, once for each symbol and resolution.
    for block in blocks:
        columns = [pair for pair in block.columns if not failed >> pair[1] & 1]
        for table, values in (
            (y, block.resolution.values),
            (external, block.resolution.external),
        ):
            for symbol, lanes in values.items():
                if lanes and symbol in table:
                    table[symbol] |= moved(lanes, columns)
    rows = tuple(
        Row(
            symbol,
            known[symbol][0],
            folder_of(known[symbol][1].file.path),
            known[symbol][1],
            y[symbol],
            external[symbol],
            known[symbol][0] in CHOSEN,
        )
        for symbol in sorted(known)
    )
    shown = tuple(Column(item.name, item.target.name) for item in outcomes)
    return Audit(shown, rows, failed, outcomes, blocks)


def chosen(audit: Audit, rows: Sequence[_Row], choice: Choice) -> tuple[_Row, ...]:
    """Those of some rows of a matrix that pass the filter, in their order.

    Raises KgenError for a glob or a folder that matches nothing, which is likely a mistake.
    """
    named = _named(rows, choice)
    return tuple(
        row
        for row in rows
        if (not choice.symbols or not named.isdisjoint((row.symbol, *row.aliases)))
        and (not choice.folders or any(below(row.folder, top) for top in choice.folders))
        and (not choice.kinds or row.kind in choice.kinds)
        and (not choice.differs or audit.differs(row))
    )


def fits(symbol: str, glob: str) -> bool:
    """Whether a symbol matches a glob, which may begin with `CONFIG_`."""
    return fnmatch.fnmatchcase(symbol, glob.removeprefix("CONFIG_"))


def below(folder: str, top: str) -> bool:
    """Whether a folder is the same as `top` or below it."""
    top = top.strip("/").removeprefix("./")
    return top in ("", ".") or folder == top or folder.startswith(f"{top}/")


def _named(rows: Sequence[_Row], choice: Choice) -> frozenset[str]:
    """The names that the globs match. Raises KgenError for what matches nothing."""
    symbols = frozenset(name for row in rows for name in (row.symbol, *row.aliases))
    what = " or ".join(dict.fromkeys(row.of for row in rows)) or "symbol"
    matches = {glob: matching(glob, symbols) for glob in choice.symbols}
    problems = [
        Problem(f"no {what} of this tree matches {glob}", hint=near(glob, symbols), code="KG709")
        for glob, found in matches.items()
        if not found
    ]
    folders = {row.folder for row in rows}
    where = "declared" if what == "symbol" else "registered"
    problems += [
        Problem(f"no {what} is {where} in or below {top}", hint=near(top, folders), code="KG709")
        for top in choice.folders
        if not any(below(folder, top) for folder in folders)
    ]
    if problems:
        raise KgenError(*problems)
    return frozenset[str]().union(*matches.values())


def _columns(
    projects: Sequence[tuple[str, Project]],
) -> tuple[tuple[Outcome, ...], tuple[Block, ...]]:
    """The outcomes, with those of one target side by side, and their blocks."""
    places = sorted(
        (outcome.target.name, variant)
        for variant, (_, project) in enumerate(projects)
        for outcome in project.outcomes
    )
    column = {place: number for number, place in enumerate(places)}
    outcomes: dict[int, Outcome] = {}
    blocks: list[Block] = []
    for variant, (name, project) in enumerate(projects):
        for group in project.groups:
            pairs = []
            for outcome in group.outcomes:
                number = column[outcome.target.name, variant]
                outcomes[number] = outcome._replace(variant=name)
                pairs.append((outcome.lane, number))
            pairs.sort(key=lambda pair: pair[1])
            blocks.append(Block(len(blocks), group.resolution, tuple(pairs)))
    return tuple(outcomes[number] for number in range(len(places))), tuple(blocks)
