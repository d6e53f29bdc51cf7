"""The matrix of symbols by configurations, and the filter on its rows. Pure."""

from __future__ import annotations

import fnmatch
from collections.abc import Sequence
from typing import TYPE_CHECKING, TypeVar

from kgen.commands.audit.rows import GLOB, Audit, Block, Column, Named, Row
from kgen.model.configurations import Outcome
from kgen.model.kinds import CHOSEN, folder_of
from kgen.model.lanes import flagged, moved
from kgen.model.places import Place
from kgen.model.problems import KgenError, Problem, near
from kgen.model.record import Record
from kgen.model.spelling import matching
from kgen.project.choose import names_target
from kgen.project.load import Project

if TYPE_CHECKING:
    from kgen.commands.audit.policy import Pattern

_Row = TypeVar("_Row", bound=Row | Named)


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


class Lookup:
    """Columns by targets and by values: what a policy names a thousand times is looked for once."""

    def __init__(self, audit: Audit) -> None:
        self._audit = audit
        self._targets: dict[str, int] = {}
        for number, item in enumerate(audit.columns):
            for name in {item.target, item.target.removesuffix("-softmmu")}:
                self._targets[name] = self._targets.get(name, 0) | 1 << number
        self._values: dict[str, dict[int | str, int]] = {}

    def of_targets(self, pattern: Pattern) -> int:
        """The columns of the targets that a name or a glob matches."""
        glob = pattern.glob
        if glob not in self._targets and GLOB.search(glob):
            columns = self._audit.columns
            self._targets[glob] = flagged(names_target(glob, item.target) for item in columns)
        return self._targets.get(glob, 0)

    def holding(self, row: Row | Named, pattern: Pattern) -> int:
        """The columns in which what a pattern says of a row's value holds; see `Row.where`."""
        if not pattern.value:
            return row.where(None)
        wanted = pattern.sole(row.kind)
        if wanted is None or not isinstance(row, Row):
            return row.where(pattern.holds)
        if row.symbol not in self._values:
            self._values[row.symbol] = row.by_value()
        return self._values[row.symbol].get(wanted, 0)


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
