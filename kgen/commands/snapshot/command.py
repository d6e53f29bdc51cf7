"""`kgen snapshot`: save a resolved configuration in one file."""

from __future__ import annotations

import sys

from kgen.commands.loading import load, read_code
from kgen.commands.options import COMMON, FORMAT, Option
from kgen.files.atomic import commit
from kgen.formats import terminal
from kgen.formats.escapes import visible
from kgen.model.record import Record
from kgen.project.options import Options

HELP = """Save a resolved configuration and digests of its inputs, for later comparison.

\b
Example: kgen snapshot --tree ~/qemu -o qemu-9.2.json
"""


OPTIONS = (
    Option(
        ("-o", "--output"),
        "output",
        "FILE",
        "Output file.",
        required=True,
        valid=bool,
        expected="a file name",
        path="out",
    ),
    Option(("--names",), "names", "", "Also save the devices and machines by name.", switch=True),
    *COMMON,
    FORMAT,
)


class Arguments(Record):
    """The command line of `kgen snapshot`, read."""

    options: Options
    form: str
    output: str
    names: bool


def run(arguments: Arguments) -> int:
    """Write the snapshot and print its size; return 1 if a target cannot be configured."""
    from kgen.commands.snapshot import snapshot

    output = arguments.output
    loaded = load(arguments.options)
    found = None
    if arguments.names:
        from kgen.commands.devices.things import things

        found = things(read_code(loaded))
    written = commit({output: snapshot.write(loaded, found)})
    failing = [outcome.target.name for outcome in loaded.outcomes if outcome.failed]
    if arguments.form == "json":
        terminal.print_json(
            {
                "file": output,
                "changed": bool(written.changed),
                "targets": [outcome.target.name for outcome in loaded.outcomes],
                "failing": failing,
            }
        )
    else:
        state = "written" if written.changed else "unchanged"
        print(f"{terminal.count(len(loaded.outcomes), 'target')} in {visible(output)}: {state}")
    if failing:
        print(visible(f"cannot be configured: {', '.join(failing)}"), file=sys.stderr)
    return 1 if failing else 0
