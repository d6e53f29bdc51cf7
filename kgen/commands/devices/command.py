"""`kgen devices`: the devices of each target, and what they need."""

from __future__ import annotations

import sys

from kgen.commands.loading import load, read_code
from kgen.commands.options import COMMON, CONFIGURE, Option, formats
from kgen.commands.tree_note import print_tree_note
from kgen.formats import terminal
from kgen.model.record import Record
from kgen.project.options import Options

HELP = """List the devices of each target by the names that -device takes, and what each needs.

With names (globs are allowed), each is listed with what it lacks on the other targets.

\b
Examples: kgen devices --tree ~/qemu virtio-mem-pci
          kgen devices --tree ~/qemu -t x86_64 --bus PCI --category NETWORK
          kgen devices --tree ~/qemu --format csv
"""

NAMES = Option((), "names", "[NAME]...", "Names, globs allowed; default: all.", multiple=True)

OPTIONS = (
    NAMES,
    Option(("--bus",), "buses", "BUS", "Only devices of this bus.", multiple=True),
    Option(
        ("--category",),
        "categories",
        "NAME",
        "Only devices of this category, such as NETWORK.",
        multiple=True,
    ),
    Option(("--objects",), "objects", "", "The types that -object takes instead.", switch=True),
    Option(("--types",), "types", "", "All QOM types instead.", switch=True),
    CONFIGURE,
    *COMMON,
    formats("csv", "markdown"),
)


class Arguments(Record):
    """The command line of `kgen devices`, read."""

    options: Options
    form: str
    names: tuple[str, ...]
    buses: tuple[str, ...]
    categories: tuple[str, ...]
    objects: bool
    types: bool


def run(arguments: Arguments) -> int:
    """Print the devices; return 1 if a target cannot be configured."""
    kind = "types" if arguments.types else "objects" if arguments.objects else "devices"
    return show(
        arguments.options,
        kind,
        arguments.form,
        arguments.names,
        arguments.buses,
        arguments.categories,
    )


def show(
    options: Options,
    kind: str,
    form: str,
    names: tuple[str, ...],
    buses: tuple[str, ...] = (),
    categories: tuple[str, ...] = (),
) -> int:
    """Print the names of a kind; return 1 if a target cannot be configured."""
    from kgen.commands.devices.output import output
    from kgen.project.code.listing import chosen, listing

    project = load(options)
    found = read_code(project)
    rows = chosen(listing(found, kind), kind, names, buses, categories)
    sys.stdout.write(output(found, kind, rows, form, bool(names)))
    if not rows:
        print_tree_note(options)
    failing = len(project.outcomes) - len(found.outcomes)
    if failing:
        print(f"{terminal.count(failing, 'target')} cannot be configured", file=sys.stderr)
    return 1 if failing else 0
