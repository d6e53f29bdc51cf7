"""The devices and machines of targets, for templates."""

from __future__ import annotations

import os
from typing import Any

from kgen.model.lanes import members
from kgen.project.code.code_map import CodeMap
from kgen.project.code.listing import Row, listing
from kgen.project.load import Project


def add_names(targets: list[dict[str, Any]], code: CodeMap) -> None:
    """Give each target its `devices`, `machines`, `aliases` and `maybe`; see docs/templates.md."""
    found = {target["name"]: target for target in targets}
    for target in targets:
        target |= {"devices": [], "machines": [], "aliases": {}, "maybe": []}
    at = [found[outcome.name] for outcome in code.outcomes]
    for kind in ("devices", "machines"):
        for row in listing(code, kind):
            _add(row, kind, at)


def _add(row: Row, kind: str, at: list[dict[str, Any]]) -> None:
    for lane in members(row.on):
        at[lane][kind].append(row.name)
        for alias in row.aliases:
            at[lane]["aliases"][alias] = row.name
    for lane in members(row.maybe):
        at[lane]["maybe"].append(row.name)


def files_of(project: Project, code: CodeMap) -> list[str]:
    """The files on the disk that were read for them, as absolute paths."""
    if not project.tree.on_disk:
        return []
    read = {*code.sources.read, *code.registry.read}
    return [os.path.join(project.tree.root, *path.split("/")) for path in sorted(read)]
