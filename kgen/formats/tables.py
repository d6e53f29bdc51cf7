"""Tables as CSV and as Markdown. The first row is the head."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence

from kgen.formats.escapes import visible

# What a spreadsheet would take for a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def csv_text(rows: Sequence[Sequence[str]]) -> str:
    """RFC 4180 with plain new lines."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    for row in rows:
        writer.writerow([_harmless(visible(cell)) for cell in row])
    return stream.getvalue()


def markdown(rows: Sequence[Sequence[str]]) -> list[str]:
    """A table as GitHub and GitLab read it; what would end a cell is escaped."""
    if not rows:
        return []
    shown = [[_cell(cell) for cell in row] for row in rows]
    head, *body = [f"| {' | '.join(row)} |" for row in shown]
    return [head, "|" + "---|" * len(rows[0]), *body]


def _cell(value: str) -> str:
    """Text that stays text: no markup, no new cell, no HTML."""
    return re.sub(r"([\\`*_{}\[\]<>|~#&])", r"\\\1", visible(value)) or " "


def _harmless(value: str) -> str:
    return f"'{value}" if value.startswith(_FORMULA) else value
