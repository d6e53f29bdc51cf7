"""Standard output and standard error: tables, JSON, numbers with nouns, progress bars."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from kgen.formats.escapes import visible


def count(number: int, noun: str) -> str:
    """`1 file`, `2 files`; `2 entries`, but `2 ways`."""
    if number == 1:
        return f"1 {noun}"
    plural = f"{noun[:-1]}ies" if noun[-1:] == "y" and noun[-2:-1] not in "aeiou" else f"{noun}s"
    return f"{number:,} {plural}"


def print_json(data: Any) -> None:
    """Data on stdout, indented by two, as all commands with `--format json` print it."""
    import json

    # What the stream cannot encode is an escape of JSON, not of Python.
    every = (sys.stdout.encoding or "").lower().replace("-", "") == "utf8"
    print(json.dumps(data, indent=2, ensure_ascii=not every))


def table(rows: Sequence[Sequence[str]]) -> list[str]:
    """Lines with columns as wide as they need to be; numbers to the right. rows[0]: the head."""
    shown = [[visible(cell) for cell in row] for row in rows]
    widths = [max(len(cell) for cell in column) for column in zip(*shown, strict=True)]
    columns = list(zip(*shown[1:], strict=True))
    right = [all(cell.isdigit() or cell == "-" for cell in column) for column in columns]
    right += [False] * (len(widths) - len(right))  # a head without rows
    lines = []
    for row in shown:
        cells = [
            cell.rjust(width) if numeric else cell.ljust(width)
            for cell, width, numeric in zip(row, widths, right, strict=True)
        ]
        lines.append("  ".join(cells).rstrip())
    return lines


def print_table(rows: Sequence[Sequence[str]]) -> None:
    """A table on stdout."""
    print("\n".join(table(rows)))


_CODES = {"bold": "1", "dim": "2", "red": "31", "green": "32", "yellow": "33", "cyan": "36"}


def coloured() -> bool:
    """Whether standard output is a terminal that wants colours; see no-color.org."""
    import os

    return (
        sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
    )


def styled(text: str, style: str, colours: bool) -> str:
    """text in a style (bold, dim, or a colour), where colours are wanted."""
    return f"\x1b[{_CODES[style]}m{text}\x1b[0m" if colours and text else text


@contextmanager
def progress(length: int, label: str, at_least: int) -> Iterator[Callable[[], None]]:
    """A bar on stderr for a run of many steps on a terminal; a step that does nothing otherwise."""
    if length < at_least or not sys.stderr.isatty():
        yield lambda: None
        return
    try:
        import click
    except ImportError:  # a bar is not worth an error
        yield lambda: None
        return
    with click.progressbar(length=length, label=label, file=sys.stderr) as bar:
        yield lambda: bar.update(1)
