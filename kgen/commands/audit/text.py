"""The matrix of symbols or names by configurations, for a terminal, for CSV and for Markdown."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

from kgen.commands.audit.rows import Audit, Named, Row
from kgen.commands.audit.vary import Sensitivity
from kgen.formats import terminal
from kgen.formats.escapes import visible
from kgen.model.lanes import members

_Rows = Sequence[Row] | Sequence[Named]

# With more targets than this, a Markdown table has a list of targets instead of columns.
_MARKDOWN_COLUMNS = 8

# The most targets that are named, of the hundreds that standard Kconfig can have.
_NAMED = 6


def text(audit: Audit, rows: _Rows, width: int) -> list[str]:
    """A matrix if it fits the width (in characters), else a list of targets for each row."""
    if not rows or not audit.fine:
        return []
    names = _short_names(audit)
    heads = [one.upper() for one in _heads(rows)]
    # Too many columns are not even laid out.
    if len(names) <= 1 or sum(len(visible(name)) + 2 for name in names) <= width:
        table = [[*heads, *names]]
        table += ([*_about(row), *_cells(audit, row)] for row in rows)
        lines = terminal.table(table)
        if len(names) <= 1 or max(len(line) for line in lines) <= width:
            return lines
    valued = ["VALUE"] if rows[0].values is not None else []
    return _wrapped([*heads, *valued, "ON", "WHERE"], _listed(audit, rows, names), width)


def vary_text(
    sensitivity: Sensitivity, targets: Sequence[str], rows: _Rows, width: int
) -> list[str]:
    """For each symbol or name, the toggles that change it, with the targets where they do."""
    head = [_heads(rows)[0].upper(), "KIND", "CHANGED BY", "ON", "WHERE"]
    listed = []
    short = [name.removesuffix("-softmmu") for name in targets]
    compared = [n for n in range(len(targets)) if n not in sensitivity.skipped]
    for row in rows:
        by_toggle: dict[str, list[int]] = {}
        for number, toggles in sorted(sensitivity.changes.get(row.key, {}).items()):
            for toggle in toggles:
                by_toggle.setdefault(toggle, []).append(number)
        for toggle, numbers in sorted(by_toggle.items(), key=lambda item: ("+" in item[0], item)):
            where = _where(numbers, compared, short)
            count = f"{len(numbers)}/{len(compared)}"
            listed.append([row.symbol, row.kind, toggle, count, where])
    return _wrapped(head, listed, width) if listed else []


def rows_of(audit: Audit, rows: _Rows) -> list[list[str]]:
    """A table for CSV: a column for each configuration with a value, ? (not known) or fails."""
    table = [[*_heads(rows), "file", "line", *(item.name for item in audit.columns)]]
    for row in rows:
        cells = _values(audit, row)
        for bit in members(audit.failed):
            cells[bit] = "fails"
        place = [row.place.file.path, str(row.place.line)]
        table.append([row.symbol, row.kind, row.folder, *place, *cells])
    return table


def vary_rows(sensitivity: Sensitivity, targets: Sequence[str], rows: _Rows) -> list[list[str]]:
    """A table for CSV: a row for each symbol or name, target and toggle."""
    table = [[_heads(rows)[0], "kind", "target", "changed by"]]
    for row in rows:
        for number, toggles in sorted(sensitivity.changes.get(row.key, {}).items()):
            table += [[row.symbol, row.kind, targets[number], toggle] for toggle in toggles]
    return table


def markdown_rows(audit: Audit, rows: _Rows) -> list[list[str]]:
    """A table for Markdown: a matrix for few configurations, lists for many."""
    names = _short_names(audit)
    if len(names) <= _MARKDOWN_COLUMNS:
        table = [[*_heads(rows), *names]]
        for row in rows:
            table.append([*_about(row, ""), *_cells(audit, row, "")])
        return table
    valued = ["value"] if rows and rows[0].values is not None else []
    return [[*_heads(rows), *valued, "on", "where"], *_listed(audit, rows, names, "")]


def _heads(rows: _Rows) -> list[str]:
    return ["name" if any(row.of != "symbol" for row in rows) else "symbol", "kind", "folder"]


def _about(row: Row | Named, top: str = ".") -> list[str]:
    """What a row is about. top: the folder of what is at the tree's root."""
    return [" = ".join((row.symbol, *row.aliases)), row.kind, row.folder or top]


def _short_names(audit: Audit) -> list[str]:
    """The names of the configurations that do not fail, without -softmmu."""
    return [name.replace("-softmmu", "", 1) for name in audit.names(audit.fine)]


def _values(audit: Audit, row: Row | Named) -> list[str]:
    """The value in each column."""
    values = [row.absent] * len(audit.columns)
    known = {"y": row.y} if row.values is None else row.values
    for text, lanes in (*known.items(), ("?", row.maybe)):
        for bit in members(lanes):
            values[bit] = text
    return values


def _cells(audit: Audit, row: Row | Named, nothing: str = ".") -> list[str]:
    """The values in the columns that do not fail. nothing: stands for n."""
    values = _values(audit, row)
    return [nothing if values[bit] == row.absent else values[bit] for bit in members(audit.fine)]


def _listed(audit: Audit, rows: _Rows, names: Sequence[str], top: str = ".") -> list[list[str]]:
    """For each row, and each value that standard Kconfig gives it, where it has it."""
    listed = []
    for row in rows:
        if row.values is None:
            listed.append([*_about(row, top), *_counted(audit, row, names)])
            continue
        for text, lanes in sorted(row.values.items()) or [(row.absent, audit.fine)]:
            count = f"{lanes.bit_count()}/{len(names)}"
            listed.append([*_about(row, top), text, count, _some(lanes, audit.fine, names)])
    return listed


def _some(lanes: int, all_: int, names: Sequence[str]) -> str:
    """Columns in words; of many some are named."""
    if lanes == all_:
        return "all"
    without = all_ & ~lanes
    few = without.bit_count() <= _NAMED < lanes.bit_count()
    found = [names[bit] for bit in members(without if few else lanes)]
    more = f" and {len(found) - _NAMED:,} more" if len(found) > _NAMED + 1 else ""
    return "all but " * few + " ".join(found[: _NAMED if more else None]) + more


def _counted(audit: Audit, row: Row | Named, names: Sequence[str]) -> list[str]:
    """How many configurations have it, and which: "a b" or "all but a b", the shorter one."""
    fine = list(members(audit.fine))
    having = [number for number, bit in enumerate(fine) if row.y >> bit & 1]
    where = _where(having, list(range(len(fine))), names) if having or not row.maybe else ""
    maybe = [names[number] for number, bit in enumerate(fine) if row.maybe >> bit & 1]
    if maybe:
        where = f"{where}; not known: {' '.join(maybe)}".removeprefix("; ")
    return [f"{len(having)}/{len(fine)}", where]


def _where(numbers: Sequence[int], all_: Sequence[int], names: Sequence[str]) -> str:
    missing = sorted(set(all_).difference(numbers))
    if not numbers:
        return "none"
    if not missing:
        return "all"
    if len(missing) < len(numbers):
        return "all but " + " ".join(names[number] for number in missing)
    return " ".join(names[number] for number in numbers)


def _wrapped(head: Sequence[str], rows: Sequence[Sequence[str]], width: int) -> list[str]:
    """A table whose last column is wrapped at spaces to the width."""
    before = terminal.table([head[:-1], *(row[:-1] for row in rows)])
    beside = indent = max(len(line) for line in before) + 2
    room = width - indent
    lines = [f"{before[0].ljust(indent)}{head[-1]}"]
    if room < 24:  # a narrow terminal: the last column goes on lines of its own
        indent, room = 4, max(width - 4, 20)
    for line, row in zip(before[1:], rows, strict=True):
        last = visible(row[-1])
        if beside + len(last) <= width:
            lines.append(f"{line.ljust(beside)}{last}")
            continue
        parts = textwrap.wrap(last, room, break_long_words=False, break_on_hyphens=False)
        if indent < beside:
            lines += [line, *(f"    {part}" for part in parts)]
            continue
        lines.append(f"{line.ljust(indent)}{parts[0]}")
        lines += [" " * indent + part for part in parts[1:]]
    return [visible(line) for line in lines]
