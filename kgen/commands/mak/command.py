"""`kgen mak`: a commented devices file with every board and device of a target."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from kgen.commands.mak import as_json
from kgen.commands.mak.choices import choices
from kgen.commands.mak.text import devices_file
from kgen.commands.options import COMMON, FORMAT, OUTPUT, Option
from kgen.commands.savedefconfig.minimal import AIMS
from kgen.commands.savedefconfig.roundtrip import prove, single
from kgen.files.atomic import commit
from kgen.formats import terminal
from kgen.formats.escapes import inert_comments
from kgen.model.record import Record
from kgen.project.load import load
from kgen.project.options import Options

if TYPE_CHECKING:
    from kgen.commands.savedefconfig.minimal import Aim

HELP = """Write a commented devices file with every board and device of a target.

\b
Examples: kgen mak --tree ~/qemu -t x86_64 -o our.mak
          kgen mak --tree ~/qemu -t x86_64 --for allnoconfig
"""


OPTIONS = (
    Option(
        ("--for",),
        "aim",
        "MODE",
        "Mode in which the file will be used.",
        "defconfig",
        choices=AIMS,
    ),
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
    aim, output = arguments.aim, arguments.output
    options = arguments.options
    loaded = load(options)
    outcome = single(loaded, "mak")
    found = choices(outcome, aim)
    text = devices_file(found, loaded.mode)
    prove(loaded, outcome, text, aim, options.duplicates)
    if output is not None:
        commit({output: text})
    if arguments.form == "json":
        terminal.print_json({**as_json.as_data(found), "file": output})
    elif output is None:
        sys.stdout.write(inert_comments(text))
    return 0
