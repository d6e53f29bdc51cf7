"""The source files that are asked for, and the targets that build them."""

from __future__ import annotations

from collections.abc import Sequence
from fnmatch import fnmatchcase

from kgen.code import conditions
from kgen.code.lane_truth import LaneTruth
from kgen.code.sources import Built, Sources
from kgen.model import expr
from kgen.model.lanes import members
from kgen.model.problems import KgenError, Problem, near
from kgen.model.record import Record


class Row(Record):
    """A source file and the names of targets.

    on: those that build it. maybe: those of which that is not known, because a condition was not
    understood. archived: those that have it only in a library of which the linker takes what is
    needed.
    """

    file: Built
    on: tuple[str, ...]
    maybe: tuple[str, ...]
    archived: tuple[str, ...]


def rows(sources: Sources, truth: LaneTruth, targets: Sequence[str]) -> list[Row]:
    """Every source file of the tree, by its path. targets: the names of the lanes."""

    def named(lanes: int) -> tuple[str, ...]:
        return tuple(sorted(targets[lane] for lane in members(lanes)))

    found = []
    for file in sources.files:
        surely, possibly = truth.of(file.condition)
        kept = truth.of(file.archive)[1] & ~possibly
        found.append(Row(file, named(surely), named(possibly & ~surely), named(kept)))
    return found


def chosen(found: Sequence[Row], wanted: Sequence[str], declared: set[str]) -> list[Row]:
    """The files that these symbols, paths and globs name; without any, those that a target builds.

    A symbol names the files whose condition has it. Raises KgenError for what names nothing.
    """
    if not wanted:
        return [row for row in found if row.on or row.maybe or row.archived]
    symbols = {symbol for row in found for symbol in _symbols(row.file)}
    kept: set[str] = set()
    problems = []
    for name in wanted:
        plain = name.removeprefix("CONFIG_")
        fitting = {one for one in symbols if fnmatchcase(one, plain)}
        paths = {
            row.file.path
            for row in found
            if fnmatchcase(row.file.path, name) or not fitting.isdisjoint(_symbols(row.file))
        }
        if not paths and plain not in declared:
            known = symbols | {row.file.path for row in found}
            message = f"no source file and no symbol of this tree is {name}"
            problems.append(Problem(message, hint=near(name, known), code="KG725"))
        kept |= paths
    if problems:
        raise KgenError(*problems)
    return [row for row in found if row.file.path in kept]


def _symbols(file: Built) -> set[str]:
    return {
        name for condition in file.conditions for name in expr.names(condition) if ":" not in name
    }


def unknowns(found: Sequence[Row]) -> list[str]:
    """The places, `file:line`, of what was not understood in the conditions of files."""
    places = {
        name.removeprefix("unknown:")
        for row in found
        for condition in row.file.conditions
        for name in conditions.unknowns(condition)
    }
    return sorted(places)
