"""`kgen machines`: the machines of each target, and what they need."""

from __future__ import annotations

from kgen.commands.devices.command import NAMES, show
from kgen.commands.options import COMMON, CONFIGURE, formats
from kgen.model.record import Record
from kgen.project.options import Options

HELP = """List the machines of each target by the names that -M takes, and what each needs.

With names (globs are allowed), each is listed with what it lacks on the other targets.

\b
Examples: kgen machines --tree ~/qemu q35
          kgen machines --tree ~/qemu -t aarch64 'ast*'
"""

OPTIONS = (NAMES, CONFIGURE, *COMMON, formats("csv", "markdown"))


class Arguments(Record):
    """The command line of `kgen machines`, read."""

    options: Options
    form: str
    names: tuple[str, ...]


def run(arguments: Arguments) -> int:
    """Print the machines; return 1 if a target cannot be configured."""
    return show(arguments.options, "machines", arguments.form, arguments.names)
