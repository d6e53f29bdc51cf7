"""`kgen snapshot`: save a resolved configuration in one file."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from kgen.commands.loading import load, load_standard, read_code
from kgen.commands.options import COMMON, FORMAT, Option
from kgen.files.atomic import commit
from kgen.formats import terminal
from kgen.formats.escapes import visible
from kgen.model.problems import fail
from kgen.model.record import Record
from kgen.project.dialect import is_standard
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
    if is_standard(arguments.options):
        return _standard(arguments)
    from kgen.commands.snapshot import snapshot

    loaded = load(arguments.options)
    found = None
    if arguments.names:
        from kgen.project.code.things import things

        found = things(read_code(loaded))
    failing = [outcome.target.name for outcome in loaded.outcomes if outcome.failed]
    names = [outcome.target.name for outcome in loaded.outcomes]
    return _written(arguments, snapshot.write(loaded, found), names, failing)


def _standard(arguments: Arguments) -> int:
    """The same for standard Kconfig."""
    from kgen.commands.snapshot import standard

    if arguments.names:
        raise fail("--names: only for QEMU's Kconfig", code="KG425")
    loaded = load_standard(arguments.options)
    return _written(arguments, standard.write(loaded), loaded.names, [])


def _written(
    arguments: Arguments, text: str, targets: Sequence[str], failing: Sequence[str]
) -> int:
    """Write the snapshot, and print what was written; return the exit status."""
    output = arguments.output
    written = commit({output: text})
    if arguments.form == "json":
        terminal.print_json(
            {
                "file": output,
                "changed": bool(written.changed),
                "targets": list(targets),
                "failing": list(failing),
            }
        )
    else:
        state = "written" if written.changed else "unchanged"
        print(f"{terminal.count(len(targets), 'target')} in {visible(output)}: {state}")
    if failing:
        print(visible(f"cannot be configured: {', '.join(failing)}"), file=sys.stderr)
    return 1 if failing else 0
