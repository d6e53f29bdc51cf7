"""`kgen targets`: list the targets and their properties."""

from __future__ import annotations

import sys

from kgen.commands.loading import load
from kgen.commands.options import COMMON, FORMAT
from kgen.formats import terminal
from kgen.model.clauses import letter
from kgen.model.configurations import Outcome
from kgen.model.record import Record
from kgen.project.options import Options
from kgen.targets.accelerators import divided

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
    loaded = load(arguments.options, "any")
    lacking = {build.target.name for build in loaded.lacking}
    rows = [_row(outcome, outcome.target.name in lacking) for outcome in loaded.outcomes]
    if arguments.form == "json":
        terminal.print_json({"targets": rows})
    else:
        columns = {
            "name": "TARGET",
            "architecture": "ARCHITECTURE",
            "base-architecture": "BASE",
            "endianness": "ENDIAN",
            "word-size": "BITS",
            "accelerators": "ACCELERATORS",
            "assigned": "SET",
            "y": "Y",
            "devices": "DEVICES FILE",
        }
        table = [list(columns.values())]
        for row in rows:
            table.append([_cell(key, row[key]) for key in columns])
        terminal.print_table(table)
    failing = [row["name"] for row in rows if row["fails"]]
    if failing:
        print(f"{terminal.count(len(failing), 'target')} cannot be configured", file=sys.stderr)
    return 1 if failing else 0


def _cell(key: str, value: Any) -> str:
    if key == "accelerators":
        has = ",".join(name for name, here in value.items() if here)
        left_out = ",".join(name for name, here in value.items() if not here)
        return (has or "none") + (f" (no {left_out})" if left_out else "")
    return str(len(value)) if isinstance(value, (list, dict)) else str(value or "-")


def _row(outcome: Outcome, lacking: bool) -> dict[str, Any]:
    """A target's properties. lacking: whether no accelerator is available for it."""
    target = outcome.target
    build = outcome.as_lane.build
    assert build is not None  # every lane of a loaded tree has one
    has, left_out = divided(build)
    return {
        "name": target.name,
        "architecture": target.architecture,
        "base-architecture": target.base_architecture,
        "endianness": "big" if target.big_endian else "little",
        "word-size": target.word_size,
        "accelerators": dict.fromkeys(has, True) | dict.fromkeys(left_out, False),
        "devices": target.devices,
        "assigned": {item.symbol: letter(item.value) for item in target.assignments},
        "external": {name: letter(value) for name, value in outcome.external()},
        "y": [] if outcome.failed or lacking else outcome.printed(),
        "fails": outcome.failed or lacking,
    }
