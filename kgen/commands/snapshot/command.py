"""`kgen snapshot`: a resolved configuration in one file."""

from __future__ import annotations

import sys

from kgen.commands.options import COMMON, FORMAT, Option
from kgen.files.atomic import commit
from kgen.formats import terminal
from kgen.formats.escapes import visible
from kgen.model.record import Record
from kgen.project.load import load
from kgen.project.options import Options

HELP = """Save a resolved configuration, with digests of its inputs, to compare it later.

\b
Example: kgen snapshot --tree ~/qemu -o qemu-9.2.json
"""


OPTIONS = (
    Option(
        ("-o", "--output"),
        "output",
        "FILE",
        "Where to write it.",
        required=True,
        valid=bool,
        expected="the name of a file",
    ),
    *COMMON,
    FORMAT,
)


class Arguments(Record):
    """The command line of `kgen snapshot`, read."""

    options: Options
    form: str
    output: str


def run(arguments: Arguments) -> int:
    """Write it, and say what it holds; 1 if a target cannot be configured."""
    from kgen.commands.snapshot import snapshot

    output = arguments.output
    loaded = load(arguments.options)
    written = commit({output: snapshot.write(loaded)})
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
