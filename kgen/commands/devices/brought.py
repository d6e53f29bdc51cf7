"""What a symbol brings: the source files, devices and machines that need it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from kgen.code import conditions
from kgen.code.conditions import ALWAYS, NEVER
from kgen.code.sources import Built, Sources
from kgen.commands.devices.named import KINDS, NO_CODE, Atoms, needed_by
from kgen.commands.loading import read_code
from kgen.model.expr import Expr
from kgen.model.places import join_root, spot
from kgen.model.problems import KgenError
from kgen.model.record import Record
from kgen.project.code.code_map import CodeMap, sources_of
from kgen.project.code.listing import brief, listing
from kgen.project.load import Project

# The code of what `sources_of` says of a tree without meson.build.
_NO_MESON = "KG109"


class Name(Record):
    """A device or machine that cannot be there without the symbol, and what else it needs."""

    kind: str
    name: str
    others: Expr


class Brought(Record):
    """What a symbol brings.

    root: the tree, as the user gave it. files: those whose condition names the symbol, by their
    paths from there; None if the tree has no meson.build. names: None if it has no C sources.
    """

    symbol: str
    root: str
    files: tuple[Built, ...] | None
    names: tuple[Name, ...] | None

    def lines(self) -> list[str]:
        """As lines of text; none for what is not known."""
        found = []
        if self.files is not None:
            found += _headed(
                f"source files whose condition names {self.symbol}",
                [
                    f"{one.path}: {_needs(one)}"
                    f"  {spot(join_root(one.meson, self.root), one.line, 0)}"
                    for one in self.files
                ],
            )
        if self.names is not None:
            found += _headed(
                f"devices and machines that need {self.symbol}",
                [
                    f"{one.kind}:{one.name}"
                    + ("" if one.others == ALWAYS else f" (with {conditions.text(one.others)})")
                    for one in self.names
                ],
            )
        return found

    def data(self) -> dict[str, Any]:
        """As keys of JSON; none for what is not known."""
        found: dict[str, Any] = {}
        if self.files is not None:
            found["files"] = [
                {
                    "file": one.path,
                    "needs": _needs(one),
                    "meson": {"file": join_root(one.meson, self.root), "line": one.line},
                }
                for one in self.files
            ]
        if self.names is not None:
            found["brings"] = [
                {"kind": one.kind, "name": one.name, "with": conditions.text(one.others)}
                for one in self.names
            ]
        return found


def brought(project: Project, symbol: str) -> Brought:
    """What the project's targets cannot have without a symbol, as far as the tree says it."""
    names = None
    sources: Sources | None = None
    try:
        map_ = read_code(project, every=True)
    except KgenError as error:
        if error.problems[0].code not in NO_CODE:
            raise
        sources = _sources(project)
    else:
        sources = map_.sources
        names = tuple(_names(map_, Atoms(map_, project.declared()), symbol))
    files = None
    if sources is not None:
        files = tuple(
            one for one in sources.files if any(symbol in condition for condition in one.conditions)
        )
    return Brought(symbol, project.tree.shown, files, names)


def _sources(project: Project) -> Sources | None:
    try:
        return sources_of(project)
    except KgenError as error:
        if error.problems[0].code == _NO_MESON:
            return None
        raise


def _names(map_: CodeMap, atoms: Atoms, symbol: str) -> list[Name]:
    found = []
    for kind in KINDS:
        for row in listing(map_, f"{kind}s"):
            whole = needed_by(map_.types, kind, row.name)
            if symbol not in whole:
                continue
            needs = atoms.short(whole)
            without = conditions.replaced(needs, {symbol: NEVER})
            if needs != NEVER and without == NEVER:
                others = conditions.replaced(brief(needs, map_.implied), {symbol: ALWAYS})
                found.append(Name(kind, row.name, others))
    return found


def _needs(file: Built) -> str:
    """The condition of a file; of one that is only in an archive, that of the archive."""
    if file.condition == NEVER:
        return f"{conditions.text(file.archive)}, from an archive"
    return conditions.text(file.condition)


def _headed(head: str, items: Sequence[str]) -> list[str]:
    return [f"{head}:", *(f"    {one}" for one in items)] if items else [f"{head}: none"]
