"""The matrix of symbols by configurations, and what of it somebody wants to see. Pure."""

from __future__ import annotations

import fnmatch
from collections.abc import Sequence

from kgen.model.clauses import Model
from kgen.model.configurations import Outcome, Resolution
from kgen.model.lanes import flagged, members, moved
from kgen.model.places import Place
from kgen.model.problems import KgenError, Problem, near
from kgen.model.record import Record
from kgen.project.load import Project
from kgen.targets.symbol_kinds import folder_of, kinds


class Configuration(Record):
    """One column: a target, and how it was configured.

    name: the target's, followed by `@` and the variant where several are compared. variant: what
    differs from the configuration that the common options ask for, "" for that itself.
    """

    name: str
    outcome: Outcome
    variant: str = ""

    @property
    def target(self) -> str:
        """The target's name."""
        return self.outcome.target.name


class Row(Record):
    """One symbol.

    All sets of configurations are bits: bit i is configurations[i]. y: where it is y, whether
    it is printed or was passed from outside; external: where it was passed from outside. kind:
    one of kinds.KINDS. folder: where it is declared, like `hw/net`, "" for the tree's top.
    """

    symbol: str
    kind: str
    folder: str
    place: Place
    y: int
    external: int

    @property
    def printed(self) -> int:
        """Where it stands in `config-devices.mak`."""
        return self.y & ~self.external


class Audit(Record):
    """The whole matrix. rows are sorted by symbol; failed: columns that cannot be configured.

    Configurations that fail have no values: their bits are in no row.
    """

    configurations: tuple[Configuration, ...]
    rows: tuple[Row, ...]
    failed: int

    @property
    def fine(self) -> int:
        """The configurations that have values."""
        return ((1 << len(self.configurations)) - 1) & ~self.failed

    def names(self, lanes: int) -> list[str]:
        """The names of some of the configurations, in their order."""
        return [self.configurations[bit].name for bit in members(lanes)]

    def differs(self, row: Row) -> bool:
        """Whether the symbol is y in some configurations and not in others."""
        return row.y not in (0, self.fine)


class Choice(Record):
    """Which rows somebody wants to see; () means all. differs: only where values differ."""

    symbols: tuple[str, ...] = ()
    folders: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    differs: bool = False


def matrix(projects: Sequence[tuple[str, Project]]) -> Audit:
    """The matrix of one project, or of several variants of it (variant, project).

    The variants of a target stand side by side. A symbol that only some configurations declare
    is n in all others.
    """
    configurations = _columns(projects)
    known: dict[str, tuple[str, Place]] = {}
    for _, project in projects:
        for model in {id(m): m for m in _models(project)}.values():
            passed = {name for item in project.outcomes for name in item.resolution.external}
            sorted_ = kinds(model, passed)
            for entry in model.entries:
                known.setdefault(entry.symbol, (sorted_[entry.symbol], entry.place))
    y = dict.fromkeys(known, 0)
    external = dict.fromkeys(known, 0)
    failed = flagged(item.outcome.failed for item in configurations)
    # Bits of a resolution's lanes become bits of columns: once for each symbol and resolution.
    fine = ((1 << len(configurations)) - 1) & ~failed
    for resolution, columns in by_resolution(configurations, fine):
        for table, values in ((y, resolution.values), (external, resolution.external)):
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
        )
        for symbol in sorted(known)
    )
    return Audit(tuple(configurations), rows, failed)


def chosen(audit: Audit, choice: Choice) -> tuple[Row, ...]:
    """The rows that somebody wants to see, sorted by symbol.

    Raises KgenError for a glob, or a folder, that fits nothing at all: that is a slip.
    """
    _refuse_slips(audit, choice)
    return tuple(
        row
        for row in audit.rows
        if (not choice.symbols or any(fits(row.symbol, glob) for glob in choice.symbols))
        and (not choice.folders or any(below(row.folder, top) for top in choice.folders))
        and (not choice.kinds or row.kind in choice.kinds)
        and (not choice.differs or audit.differs(row))
    )


def fits(symbol: str, glob: str) -> bool:
    """Whether a symbol is one that a glob means; `CONFIG_` before it may be left out."""
    return fnmatch.fnmatchcase(symbol, glob.removeprefix("CONFIG_"))


def below(folder: str, top: str) -> bool:
    """Whether a folder is another one or lies below it."""
    top = top.strip("/").removeprefix("./")
    return top in ("", ".") or folder == top or folder.startswith(f"{top}/")


def _refuse_slips(audit: Audit, choice: Choice) -> None:
    problems = [
        Problem(
            f"no symbol of this tree matches {glob}",
            hint=near(glob.removeprefix("CONFIG_"), (row.symbol for row in audit.rows)),
            code="KG709",
        )
        for glob in choice.symbols
        if not any(fits(row.symbol, glob) for row in audit.rows)
    ]
    folders = {row.folder for row in audit.rows}
    problems += [
        Problem(f"no symbol is declared in or below {top}", hint=near(top, folders), code="KG709")
        for top in choice.folders
        if not any(below(folder, top) for folder in folders)
    ]
    if problems:
        raise KgenError(*problems)


def _columns(projects: Sequence[tuple[str, Project]]) -> list[Configuration]:
    """Every target's configurations, those of one target side by side."""
    found = []
    for variant, project in projects:
        for outcome in project.outcomes:
            name = f"{outcome.target.name}@{variant}" if variant else outcome.target.name
            found.append(Configuration(name, outcome, variant))
    # Those of one target stay in the order of the projects.
    return sorted(found, key=lambda item: item.target)


def _models(project: Project) -> list[Model]:
    return [project.model, *(item.resolution.model for item in project.outcomes)]


def by_resolution(
    configurations: Sequence[Configuration], columns: int
) -> list[tuple[Resolution, list[tuple[int, int]]]]:
    """The resolutions of some columns (bits), each with its (lane, column) pairs."""
    found: dict[int, tuple[Resolution, list[tuple[int, int]]]] = {}
    for column in members(columns):
        outcome = configurations[column].outcome
        entry = found.setdefault(id(outcome.resolution), (outcome.resolution, []))
        entry[1].append((outcome.lane, column))
    return list(found.values())
