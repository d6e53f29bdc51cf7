"""`kgen savedefconfig`: the fewest assignments that reproduce a configuration."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from kgen.commands.options import COMMON, FORMAT, OUTPUT, Option
from kgen.commands.savedefconfig.minimal import AIMS, needed
from kgen.commands.savedefconfig.roundtrip import prove, single
from kgen.files.atomic import commit
from kgen.formats import terminal
from kgen.formats.escapes import inert_comments
from kgen.kconfig import mak_edit, mak_lines
from kgen.model.configurations import Outcome
from kgen.model.record import Record
from kgen.project.load import Project, load
from kgen.project.options import Options

if TYPE_CHECKING:
    from kgen.commands.savedefconfig.minimal import Aim

HELP = """Write the fewest assignments that reproduce a target's configuration.

The output is a devices file; it is resolved again to check the result.

\b
Examples: kgen savedefconfig --tree ~/qemu -t x86_64 --set HPET=n -o our.mak
          kgen savedefconfig --tree ~/qemu -t arm --for allnoconfig -o arm.mak
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
    Option(("--plain",), "plain", "", "Write only the assignments, without comments.", switch=True),
    OUTPUT,
    *COMMON,
    FORMAT,
)


class Arguments(Record):
    """The command line of `kgen savedefconfig`, read."""

    options: Options
    form: str
    aim: Aim
    plain: bool
    output: str | None


def run(arguments: Arguments) -> int:
    """Print or write the assignments; return 0. Raises KgenError if the target fails."""
    aim, output = arguments.aim, arguments.output
    options = arguments.options
    loaded = load(options)
    outcome = single(loaded, "savedefconfig")
    wanted = needed(outcome.resolution, outcome.lane, aim)
    lines = None if arguments.plain else _lines(loaded, outcome)
    text = mak_edit.plain(wanted) if lines is None else mak_edit.kept(lines, wanted)
    prove(loaded, outcome, text, aim, options.duplicates)
    if output is not None:
        commit({output: text})
    if arguments.form == "json":
        data = {
            "target": outcome.target.name,
            "mode": aim,
            "assignments": mak_edit.plain(wanted).split(),
            "file": output,
        }
        terminal.print_json(data)
    elif output is None:
        sys.stdout.write(inert_comments(text))
    return 0


def _lines(loaded: Project, outcome: Outcome) -> list[str] | None:
    """The lines of the target's own devices file; None if they cannot be kept."""
    target = outcome.target
    if not target.devices_file:
        return None
    return mak_lines.lines_of(target.devices_file, loaded.tree.read, target.declares)
