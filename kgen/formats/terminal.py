"""Output on stdout and stderr: tables, JSON, counts, progress bars."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from kgen.files.process import written_on_interrupt
from kgen.formats.escapes import json_text, visible

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def count(number: int, noun: str) -> str:
    """A number and a noun: `1 file`, `2 files`, `2 entries`, `2 ways`."""
    if number == 1:
        return f"1 {noun}"
    plural = f"{noun[:-1]}ies" if noun[-1:] == "y" and noun[-2:-1] not in "aeiou" else f"{noun}s"
    return f"{number:,} {plural}"


def print_json(data: Any) -> None:
    """Print data as JSON, as all commands with `--format json` do."""
    print(json_for_stdout(data))


def json_for_stdout(data: Any) -> str:
    """What print_json prints, without the last line break."""
    # What the stream cannot encode is an escape of JSON, not of Python.
    every = (sys.stdout.encoding or "").lower().replace("-", "") == "utf8"
    return json_text(data, ascii_only=not every)


def table(rows: Sequence[Sequence[str]]) -> list[str]:
    """The lines of a table with aligned columns; numbers to the right. rows[0]: the header."""
    shown = [[visible(cell) for cell in row] for row in rows]
    widths = [max(len(cell) for cell in column) for column in zip(*shown, strict=True)]
    columns = list(zip(*shown[1:], strict=True))
    right = [all(cell.isdigit() or cell == "-" for cell in column) for column in columns]
    right += [False] * (len(widths) - len(right))  # a header without rows
    lines = []
    for row in shown:
        cells = [
            cell.rjust(width) if numeric else cell.ljust(width)
            for cell, width, numeric in zip(row, widths, right, strict=True)
        ]
        lines.append("  ".join(cells).rstrip())
    return lines


def print_table(rows: Sequence[Sequence[str]]) -> None:
    """Print a table."""
    print("\n".join(table(rows)))


_CODES = {"bold": "1", "dim": "2", "red": "31", "green": "32", "yellow": "33", "cyan": "36"}


def coloured() -> bool:
    """Whether stdout is a terminal that supports colours; see no-color.org."""
    import os

    return (
        sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
    )


def styled(text: str, style: str, colours: bool) -> str:
    """text in a style (bold, dim, or a colour) if colours is true."""
    return f"\x1b[{_CODES[style]}m{text}\x1b[0m" if colours and text else text


@contextmanager
def progress(length: int, label: str, at_least: int) -> Iterator[Callable[[], None]]:
    """A progress bar on stderr, advanced by calling the yielded function.

    There is no bar for fewer than `at_least` steps, or if stderr is not a terminal.
    """
    if length < at_least or not sys.stderr.isatty():
        yield lambda: None
        return
    try:
        import click
    except ImportError:  # a bar is not worth an error
        yield lambda: None
        return
    # The bar hides the cursor.
    with (
        written_on_interrupt(b"\x1b[?25h\n"),
        click.progressbar(length=length, label=label, file=sys.stderr) as bar,
    ):
        yield lambda: bar.update(1)
