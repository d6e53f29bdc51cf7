"""`kgen targets`: list the targets and their properties."""

from __future__ import annotations

import sys

from kgen.commands.options import COMMON, FORMAT
from kgen.formats import terminal
from kgen.model.clauses import letter
from kgen.model.configurations import Outcome
from kgen.model.record import Record
from kgen.project.load import load
from kgen.project.options import Options

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

HELP = """List the targets and their properties.

\b
Example: kgen targets --tree ~/qemu -t 'aarch*'
"""


OPTIONS = (*COMMON, FORMAT)


class Arguments(Record):
    """The command line of `kgen targets`, read."""

    options: Options
    form: str


def run(arguments: Arguments) -> int:
    """Print the targets; return 1 if one cannot be configured."""
    loaded = load(arguments.options)
    rows = [_row(outcome) for outcome in loaded.outcomes]
    if arguments.form == "json":
        terminal.print_json({"targets": rows})
    else:
        columns = {
            "name": "TARGET",
            "architecture": "ARCHITECTURE",
            "base-architecture": "BASE",
            "endianness": "ENDIAN",
            "word-size": "BITS",
            "assigned": "SET",
            "y": "Y",
            "devices": "DEVICES FILE",
        }
        table = [list(columns.values())]
        for row in rows:
            cells = [row[key] for key in columns]
            table.append(
                [str(len(c)) if isinstance(c, (list, dict)) else str(c or "-") for c in cells]
            )
        terminal.print_table(table)
    failing = [row["name"] for row in rows if row["fails"]]
    if failing:
        print(f"{terminal.count(len(failing), 'target')} cannot be configured", file=sys.stderr)
    return 1 if failing else 0


def _row(outcome: Outcome) -> dict[str, Any]:
    target = outcome.target
    return {
        "name": target.name,
        "architecture": target.architecture,
        "base-architecture": target.base_architecture,
        "endianness": "big" if target.big_endian else "little",
        "word-size": target.word_size,
        "devices": target.devices,
        "assigned": {item.symbol: letter(item.value) for item in target.assignments},
        "external": {name: letter(value) for name, value in outcome.external()},
        "y": [] if outcome.failed else outcome.printed(),
        "fails": outcome.failed,
    }
