"""The output of `kgen devices` and `kgen machines`."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from shutil import get_terminal_size
from typing import Any

from kgen.code import conditions
from kgen.formats import tables, terminal
from kgen.formats.escapes import json_text, visible
from kgen.model.lanes import members
from kgen.model.places import join_root, spot
from kgen.project.code.code_map import CodeMap
from kgen.project.code.listing import Row, lacking

# With more targets than this, a Markdown table has a list of targets instead of columns.
_COLUMNS = 8

_SUFFIX = "-softmmu"


def output(map_: CodeMap, kind: str, rows: Sequence[Row], form: str, named: bool) -> str:
    """The whole output. named: the user asked for names: each is listed with what it lacks."""
    if form == "json":
        return json_text({kind: [_data(map_, kind, row) for row in rows]}, ascii_only=True) + "\n"
    if form == "csv":
        return tables.csv_text(_table(map_, kind, rows))
    if form == "markdown":
        columns = len(map_.outcomes) <= _COLUMNS
        return "".join(f"{line}\n" for line in tables.markdown(_table(map_, kind, rows, columns)))
    lines = _told(map_, rows) if named else _listed(map_, rows)
    noun = kind.removesuffix("s")
    counted = terminal.count(len(rows), noun)
    lines.append(f"{counted}, {terminal.count(len(map_.outcomes), 'target')}")
    return "".join(f"{line}\n" for line in lines)


def _targets(map_: CodeMap, lanes: int) -> list[str]:
    return [map_.outcomes[lane].name for lane in members(lanes)]


def _data(map_: CodeMap, kind: str, row: Row) -> dict[str, Any]:
    found: dict[str, Any] = {"name": row.name}
    if kind == "machines":
        found["aliases"] = list(row.aliases)
    found |= {
        "needs": conditions.text(row.needs),
        "file": _path(map_, row),
        "line": row.line,
        "targets": _targets(map_, row.on),
        "maybe": _targets(map_, row.maybe),
    }
    if kind in ("devices", "types"):
        found["user_creatable"] = row.creatable
        found["bus"] = row.bus
        found["categories"] = list(row.categories)
    found["parent"] = row.parent
    found["description"] = row.description
    return found


def _path(map_: CodeMap, row: Row) -> str:
    return join_root(row.path, map_.root)


def _table(map_: CodeMap, kind: str, rows: Sequence[Row], columns: bool = True) -> list[list[str]]:
    names = [one.name for one in map_.outcomes]
    head = [kind.removesuffix("s"), "needs", "bus", "categories", "file", "line"]
    table = [[*head, *(names if columns else ["targets"])]]
    for row in rows:
        cells = [
            "y" if row.on >> bit & 1 else "?" if row.maybe >> bit & 1 else "n"
            for bit in range(len(names))
        ]
        if not columns:
            cells = [" ".join(_short(_targets(map_, row.on)))]
        needs = conditions.text(row.needs)
        place = [row.path, str(row.line)]
        table.append([row.name, needs, row.bus, " ".join(row.categories), *place, *cells])
    return table


def _listed(map_: CodeMap, rows: Sequence[Row]) -> list[str]:
    """A line for each name: what it needs, and how many targets have it."""
    if not rows:
        return []
    every = len(map_.outcomes)
    table = [["NAME", "ON", "BUS", "NEEDS"]]
    for row in rows:
        count = f"{row.on.bit_count()}/{every}"
        if row.maybe:
            count += f" +{row.maybe.bit_count()}?"
        name = " = ".join((row.name, *row.aliases))
        table.append([name, count, row.bus or "-", conditions.text(row.needs)])
    width = max(get_terminal_size((120, 24)).columns, 60)
    return [_cut(line, width) for line in terminal.table(table)]


def _cut(line: str, width: int) -> str:
    return line if len(line) <= width else f"{line[: width - 3]}..."


def _told(map_: CodeMap, rows: Sequence[Row]) -> list[str]:
    """Each name in a paragraph: where it is registered, where it is, and what lacks elsewhere."""
    lines: list[str] = []
    for row in rows:
        lines.append(visible(" = ".join((row.name, *row.aliases))))
        if row.description:
            lines.append(f"    {visible(row.description)}")
        about = [f"a {row.parent}"]
        about += [f"bus {row.bus}"] if row.bus else []
        about += [f"category {' '.join(row.categories)}"] if row.categories else []
        lines.append(visible(f"    {', '.join(about)}  {spot(_path(map_, row), row.line, 0)}"))
        lines += _wrapped("needs", conditions.text(row.needs))
        if row.on:
            lines += _wrapped("on", " ".join(_short(_targets(map_, row.on))))
        if row.maybe:
            lines += _wrapped("maybe on", " ".join(_short(_targets(map_, row.maybe))))
        for missing, lanes in lacking(map_, row):
            where = " ".join(_short([map_.outcomes[lane].name for lane in lanes]))
            lines += _wrapped(f"lacks {conditions.text(missing)}", where)
        lines.append("")
    return lines


def _short(names: Sequence[str]) -> list[str]:
    return [name.removesuffix(_SUFFIX) for name in names]


def _wrapped(head: str, text: str) -> list[str]:
    width = max(get_terminal_size((100, 24)).columns, 40)
    return textwrap.wrap(
        visible(f"{head}: {text}"), width, initial_indent="    ", subsequent_indent="        "
    )
