"""`kgen migrate`: update a device list from one tree to another."""

from __future__ import annotations

import sys

from kgen.commands.options import COMMON, FORMAT, OUTPUT, Option
from kgen.files.atomic import commit
from kgen.formats import terminal
from kgen.formats.escapes import inert_comments
from kgen.model.problems import fail
from kgen.model.record import Record
from kgen.project.options import Options

HELP = """Update a device list that was written for one tree to another tree.

Writes the new list to stdout or a file, and the changes with their causes to stderr. OLD and NEW
are each a tree or a git revision DIR@REV.

\b
Example: kgen migrate ~/qemu@v6.2.0 ~/qemu --devices x86_64-softmmu/my.mak -t x86_64 -o my.mak
"""


_TAKEN = ("tree", "devices", "settings")


OPTIONS = (
    Option((), "old", "OLD", "The tree that the list was written for.", required=True),
    Option((), "new", "NEW", "The tree to update the list to.", required=True),
    Option(
        ("--devices",),
        "list_file",
        "FILE",
        "Device list to update.",
        required=True,
        valid=bool,
        expected="a file name",
    ),
    OUTPUT,
    *(option for option in COMMON if option.field not in _TAKEN),
    FORMAT,
)


class Arguments(Record):
    """The command line of `kgen migrate`, read."""

    options: Options
    form: str
    old: str
    new: str
    list_file: str
    output: str | None


def run(arguments: Arguments) -> int:
    """Migrate the list, write it, and print the changes; return 0."""
    from kgen.commands.diff.sides import is_file
    from kgen.commands.migrate import as_json, text
    from kgen.commands.migrate.migrate import migrate, same_targets

    path, output = arguments.list_file, arguments.output
    for spec in (arguments.old, arguments.new):
        if is_file(spec):
            raise fail(
                f"{spec} is not a tree",
                hint="kgen migrate needs trees, not snapshots",
                code="KG722",
            )
    options = arguments.options._replace(tree=arguments.old)
    options = options._replace(only=same_targets(options, path, options.only))
    migrated = migrate(options, options._replace(tree=arguments.new), path)
    if output is not None:
        commit({output: migrated.text})
    if arguments.form == "json":
        terminal.print_json(as_json.as_data(migrated, output))
        return 0
    if output is None:
        print(inert_comments(migrated.text), end="")
    print(text.text(migrated), end="", file=sys.stderr)
    return 0
