"""An audit of standard Kconfig and its reasons as compact plain data for the page.

As `tables` has it, with a table of texts: the values of symbols, the words of reasons.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from kgen.commands.audit.page.tables import Table
from kgen.commands.audit.rows import Audit, Row
from kgen.commands.audit.standard import PartAt, in_columns
from kgen.explain.standard.alike import Alike
from kgen.explain.standard.reasons import Reason
from kgen.formats.escapes import visible
from kgen.model.kinds import TYPES
from kgen.model.lanes import first
from kgen.standard.defconfigs import Line

# The file of a reason that is a line of the target's own: -2 - N, that of symbol N, where the line
# is the number of lines for that symbol after it.
_OWN_LINE = -2
_BY_LINE = ("assigned", "ignored")

# The name of the symbol of a line, and how many lines for it follow.
_Own = tuple[str, int]


def as_data(audit: Audit, shown: Sequence[Row], blocks: Sequence[PartAt]) -> dict[str, Any]:
    """The tables of an audit, as docs/report.md describes them."""
    return _Packer(audit, blocks).data(shown)


class _Packer:
    """Builds the tables of one audit."""

    def __init__(self, audit: Audit, blocks: Sequence[PartAt]) -> None:
        self._audit, self._blocks = audit, blocks
        self._number = {row.symbol: index for index, row in enumerate(audit.rows)}
        self._files, self._folders, self._columns = Table(), Table(), Table()
        self._texts = Table()
        self._texts("")  # number 0, that of no value
        self._own: dict[int, dict[tuple[str, int], _Own]] = {}

    def data(self, shown: Sequence[Row]) -> dict[str, Any]:
        """All tables."""
        rows = self._audit.rows
        chosen = {row.symbol for row in shown}
        assigned: dict[str, int] = {}
        targets = [self._target(column, lines, assigned) for column, lines in sorted(self._lines())]
        made: dict[str, Any] = {
            "standard": True,
            "names": [visible(row.symbol) for row in rows],
            "kinds": TYPES,
            "targets": targets,
            "rows": [self._row(row, assigned.get(row.symbol, 0)) for row in rows],
            "values": [self._values(row) for row in rows],
            "shown": None
            if len(chosen) == len(rows)
            else [index for index, row in enumerate(rows) if row.symbol in chosen],
            "reasons": self._reasons(chosen),
        }
        made["texts"] = list(self._texts.numbers)
        made["columns"] = [f"{lanes:x}" for lanes in self._columns.numbers]
        made["folders"] = list(self._folders.numbers)
        made["files"] = list(self._files.numbers)
        return made

    def _lines(self) -> Iterator[tuple[int, Sequence[Line]]]:
        """Each column and the lines of its target."""
        for part, columns in self._blocks:
            yield from zip(columns, part.lines, strict=True)

    def _target(
        self, column: int, lines: Sequence[Line], assigned: dict[str, int]
    ) -> dict[str, Any]:
        """A column; its lines go to `assigned`: for each symbol the columns that set it."""
        name, target = self._audit.columns[column]
        for line in lines:
            assigned[line.name] = assigned.get(line.name, 0) | 1 << column
        return {
            "name": visible(name),
            "target": visible(target),
            "variant": visible(name.removeprefix(target).removeprefix("@")),
            "failed": False,
            "set": [
                [
                    self._number[line.name],
                    self._text("n" if line.value is None else line.value),
                    self._files(visible(line.file)),
                    line.line,
                ]
                for line in lines
                if line.name in self._number
            ],
        }

    def _row(self, row: Row, assigned: int) -> list[int]:
        file = self._files(visible(row.place.file.path))
        folder = self._folders(visible(row.folder))
        sets = map(self._columns, (row.y, 0, assigned, 0))
        return [
            self._number[row.symbol],
            TYPES.index(row.kind),
            folder,
            file,
            row.place.line,
            *sets,
        ]

    def _values(self, row: Row) -> list[list[int]]:
        """Each value that is not n, and its columns."""
        values = (row.values or {}).items()
        return [[self._text(text), self._columns(lanes)] for text, lanes in values]

    def _reasons(self, chosen: set[str]) -> list[list[list[Any]]]:
        """For each symbol that is shown, the columns with the same reasons, and these."""
        found: list[dict[tuple[Any, ...], int]] = [{} for _ in self._audit.rows]
        for part, columns in self._blocks:
            alike = Alike(part.resolution, part.assigned, part.lines)
            for name, number in part.model.numbers().items():
                if name not in chosen:
                    continue
                table = found[self._number[name]]
                for lanes, reasons in alike.of(number):
                    own = self._places(part.lines, first(lanes))
                    packed = tuple(self._reason(one, own) for one in reasons)
                    table[packed] = table.get(packed, 0) | in_columns(lanes, columns)
            self._own.clear()
        return [
            [[self._columns(lanes), *packed] for packed, lanes in table.items()] for table in found
        ]

    def _places(self, lines: Sequence[Sequence[Line]], lane: int) -> dict[tuple[str, int], _Own]:
        """For each line of a lane by its place, its symbol, and how many for that one follow."""
        if lane not in self._own:
            counts: dict[str, int] = {}
            found = self._own[lane] = {}
            for line in reversed(lines[lane]):
                after = counts[line.name] = counts.get(line.name, -1) + 1
                found.setdefault((line.file, line.line), (line.name, after))
        return self._own[lane]

    def _reason(self, reason: Reason, own: Mapping[tuple[str, int], _Own]) -> tuple[int, ...]:
        """A reason: its words, its file and line, and the symbols of its condition."""
        file, line = -1, 0
        if reason.reason in _BY_LINE:
            name, line = own[reason.file, reason.line]
            file = _OWN_LINE - self._number[name]
        elif reason.line:
            file, line = self._files(visible(reason.file)), reason.line
        symbols = (self._number[name] for name, _ in reason.causes if name in self._number)
        return self._text(reason.clause), file, line, *symbols

    def _text(self, text: str) -> int:
        return self._texts(visible(text))
