"""Tables as CSV and Markdown. The first row is the header."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence

from kgen.formats.escapes import visible

# Characters that begin a formula in spreadsheets.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_NUMBER = re.compile(r"-[0-9]+")


def csv_text(rows: Sequence[Sequence[str]]) -> str:
    """CSV by RFC 4180, but with LF line breaks."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    for row in rows:
        writer.writerow([_harmless(visible(cell)) for cell in row])
    return stream.getvalue()


def markdown(rows: Sequence[Sequence[str]]) -> list[str]:
    """The lines of a table for GitHub and GitLab; special characters are escaped."""
    if not rows:
        return []
    shown = [[_cell(cell) for cell in row] for row in rows]
    head, *body = [f"| {' | '.join(row)} |" for row in shown]
    return [head, "|" + "---|" * len(rows[0]), *body]


def _cell(value: str) -> str:
    """Escape text, so that it contains no markup, cell separator or HTML."""
    return re.sub(r"([\\`*_{}\[\]<>|~#&])", r"\\\1", visible(value)) or " "


def _harmless(value: str) -> str:
    """The value with an apostrophe if a spreadsheet would compute it; a negative number is none."""
    computed = value.startswith(_FORMULA) and not _NUMBER.fullmatch(value)
    return f"'{value}" if computed else value
