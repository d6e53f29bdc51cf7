"""`kgen mak`: a commented devices file with every board and device of a target."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kgen.commands.loading import load
from kgen.commands.mak import as_json
from kgen.commands.mak.choices import choices
from kgen.commands.mak.text import devices_file
from kgen.commands.options import COMMON, FORMAT, OUTPUT
from kgen.commands.savedefconfig.roundtrip import FOR, deliver, prove, single
from kgen.model.record import Record
from kgen.project.options import Options

if TYPE_CHECKING:
    from kgen.commands.savedefconfig.minimal import Aim

HELP = """Write a commented devices file with every board and device of a target.

\b
Examples: kgen mak --tree ~/qemu -t x86_64 -o our.mak
          kgen mak --tree ~/qemu -t x86_64 --for allnoconfig
"""


OPTIONS = (
    FOR,
    OUTPUT,
    *COMMON,
    FORMAT,
)


class Arguments(Record):
    """The command line of `kgen mak`, read."""

    options: Options
    form: str
    aim: Aim
    output: str | None


def run(arguments: Arguments) -> int:
    """Print or write the file; return 0. Raises KgenError if the target fails."""
    aim = arguments.aim
    loaded = load(arguments.options)
    outcome = single(loaded, "mak")
    found = choices(outcome, aim)
    text = devices_file(found, outcome.as_lane.mode)
    prove(loaded, outcome, text, aim, arguments.options.duplicates)
    deliver(text, arguments.output, arguments.form, as_json.as_data(found))
    return 0
