"""The devices and machines of targets as plain data, without the map that they were read from."""

from __future__ import annotations

from kgen.code import conditions
from kgen.model.lanes import members
from kgen.project.code.code_map import CodeMap
from kgen.project.code.listing import listing
from kgen.project.side import Thing


def things(map_: CodeMap) -> tuple[Thing, ...]:
    """The devices and machines that a target has or may have: devices first, sorted by name."""
    names = [outcome.target.name for outcome in map_.outcomes]
    return tuple(
        Thing(
            kind.removesuffix("s"),
            row.name,
            row.aliases,
            conditions.text(row.needs),
            row.path,
            row.line,
            tuple(names[lane] for lane in members(row.on)),
            tuple(names[lane] for lane in members(row.maybe)),
        )
        for kind in ("devices", "machines")
        for row in listing(map_, kind)
        if row.on | row.maybe
    )
