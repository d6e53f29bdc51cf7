"""`kgen migrate`: update a device list from one tree to another."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from kgen.commands.loading import refuse_standard
from kgen.commands.options import ALLOW_INTERNAL, CHECK_CODE, COMMON, FORMAT, OUTPUT, Option
from kgen.commands.two_sides import Alone, alone, sided
from kgen.files.atomic import commit
from kgen.formats import terminal
from kgen.formats.escapes import inert_comments
from kgen.model.problems import fail
from kgen.model.record import Record
from kgen.project.options import TREE, Options

if TYPE_CHECKING:
    from kgen.commands.check.answers import Answer
    from kgen.commands.migrate.migrate import Migrated

HELP = """Update a device list that was written for one tree to another tree.

Writes the new list to stdout or a file, and the changes with their causes to stderr. OLD and NEW
are each a tree or a git revision DIR@REV.

\b
Examples: kgen migrate ~/qemu@v6.2.0 ~/qemu --devices ./my.mak -t x86_64 -o my.mak
          kgen migrate ~/qemu@v6.2.0 ~/qemu --devices ./my.mak -t x86_64 --check
"""


_TAKEN = ("tree", "devices", "settings")
_SIDED = ("targets", "mode", "devices_as", "host", "accel", "host_arch")


OPTIONS = (
    Option((), "old", "OLD", "The tree that the list was written for.", required=True),
    Option((), "new", "NEW", "The tree to update the list to.", required=True),
    Option(
        ("--devices",),
        "devices",
        "NAME",
        "Device list to update: the name of one in the old tree, or a path.",
        required=True,
        valid=bool,
        expected="a name or a path",
    ),
    OUTPUT,
    Option(
        ("--in-place",),
        "in_place",
        "",
        "Write the list, and the files that it includes, where they are.",
        switch=True,
    ),
    Option(
        ("--check",),
        "check",
        "",
        "Write nothing; exit status 1 if anything would change.",
        switch=True,
    ),
    Option(
        ("--keep-lines",), "keep_lines", "", "Keep lines that are no longer needed.", switch=True
    ),
    ALLOW_INTERNAL,
    Option(
        ("--names",),
        "names",
        "",
        "Also say which devices and machines came, went or changed their name.",
        switch=True,
    ),
    CHECK_CODE,
    *sided("old", _SIDED),
    *sided("new", _SIDED),
    *(option for option in COMMON if option.field not in _TAKEN),
    FORMAT,
)


class Arguments(Record):
    """The command line of `kgen migrate`, read."""

    options: Options
    form: str
    old: str
    new: str
    output: str | None
    in_place: bool
    check: bool
    keep_lines: bool
    allow_internal: bool
    names: bool
    check_code: bool
    old_alone: Alone
    new_alone: Alone


def arguments_of(values: Mapping[str, Any]) -> Arguments:
    """Build the arguments, with a record for the options of each side."""
    own = {name: values[name] for name in Arguments._fields if name in values}
    own |= {f"{side}_alone": alone(side, values) for side in ("old", "new")}
    return Arguments(**own)


def run(arguments: Arguments) -> int:
    """Migrate the lists, write them, and print the changes.

    Return 1 if `--check` finds any, or `--check-code` finds something, else 0.
    """
    from kgen.commands.diff.sides import is_file
    from kgen.commands.migrate import as_json, text
    from kgen.commands.migrate.migrate import Wishes, migrate_all

    for spec in (arguments.old, arguments.new):
        if is_file(spec):
            raise fail(
                f"{spec} is not a tree",
                hint="kgen migrate needs trees, not snapshots",
                code="KG722",
            )
    output, check = arguments.output, arguments.check
    if sum((output is not None, arguments.in_place, check)) > 1:
        raise fail("use only one of -o, --in-place and --check", code="KG722")
    options = arguments.options._replace(tree_by=TREE)
    old = arguments.old_alone.applied_to(options)._replace(tree=arguments.old)
    new = arguments.new_alone.applied_to(options)._replace(tree=arguments.new)
    for one in (old, new):
        instead = "kgen savedefconfig --write makes defconfigs minimal; kgen diff says what changed"
        refuse_standard(one, instead)
    wishes = Wishes(arguments.keep_lines, arguments.allow_internal, arguments.names)
    found = migrate_all(old, new.changed(devices="default"), wishes)
    several = len(found) > 1
    as_data = arguments.form == "json" and output is None
    if several and not (arguments.in_place or check or as_data):
        names = ", ".join(item.files[0].shown for item in found)
        hint = "use --in-place or --check, or choose targets with -t"
        raise fail(f"these are several lists: {names}", hint=hint, code="KG722")
    answers = _checked(found) if arguments.check_code else []
    if output is not None:
        commit({output: found[0].files[0].now})
    if arguments.in_place:
        changed = [file for item in found for file in item.changed()]
        for file in changed:
            if file.in_revision:
                message = f"{file.shown} belongs to a git revision and cannot be changed"
                raise fail(message, hint="use -o FILE", code="KG722")
        commit({file.path: file.now for file in changed})
    wrong = any(answer.wrong for answer in answers)
    status = 1 if wrong or (check and any(item.changed() for item in found)) else 0
    if arguments.form == "json":
        data = as_json.as_data(found, output)
        if arguments.check_code:
            from kgen.commands.check.output import several as as_answers

            data["check"] = as_answers(answers)
        terminal.print_json(data)
        return status
    if output is None and not check and not arguments.in_place:
        print(inert_comments(found[0].files[0].now), end="")
    stream = sys.stdout if check else sys.stderr
    for number, item in enumerate(found):
        report = text.text(item, several, written=arguments.in_place)
        print("\n" * (number > 0) + report, end="", file=stream)
    if wrong:
        from kgen.commands.check import for_other_commands

        for_other_commands.report(answers)
    return status


def _checked(found: Sequence[Migrated]) -> list[Answer]:
    """Whether the emulators of all targets would link and start with the new lists."""
    from kgen.commands.check.for_other_commands import asker_of  # reads C

    groups = tuple(group for item in found for group in item.project.groups)
    project = found[0].project._replace(groups=groups)
    return asker_of(project).answers(project.outcomes)
