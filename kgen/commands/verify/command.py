"""`kgen verify`: compare kgen with a tree's own program."""

from __future__ import annotations

import sys
from contextlib import closing
from typing import TYPE_CHECKING

from kgen.commands.options import (
    COMMON,
    CONFIGURE,
    COUNT,
    FORMAT,
    NUMBER,
    RANDOM_SEED,
    Option,
    is_count,
    is_number,
)
from kgen.commands.verify import verify
from kgen.commands.verify.as_json import as_data
from kgen.commands.verify.text import summary, table
from kgen.files.process import clean_up_on_termination
from kgen.formats import terminal
from kgen.formats.escapes import visible
from kgen.model.clauses import letter
from kgen.model.problems import fail
from kgen.model.record import Record
from kgen.project.options import Options

if TYPE_CHECKING:
    from kgen.model.configurations import Mode

HELP = """Compare with the tree's own scripts/minikconf.py, or with built binaries.

Runs that program for every target, devices file and mode, or for those of the options, and compares
byte for byte. With --binary, runs these instead, and compares the names of their devices, machines
and types with those that kgen finds in the tree's sources.

Standard Kconfig is compared with Kconfiglib's own evaluation, or with --conf PROGRAM with the
tree's own program: the .config and the minimal defconfig of every target.

\b
Examples: kgen verify --tree ~/qemu --random 10
          kgen verify --from-build ~/qemu/build --binary ~/qemu/build/qemu-system-arm
          kgen verify --tree ~/u-boot --conf ~/u-boot/scripts/kconfig/conf
"""


OPTIONS = (
    Option(
        ("--binary",),
        "binaries",
        "PROGRAM",
        "Compare the devices, machines and types of this built QEMU, which is run.",
        multiple=True,
        typed=True,
    ),
    Option(
        ("--modules",),
        "modules",
        "DIR",
        "With --binary: the folder of its modules; what is in none of these is not expected.",
        path="in",
    ),
    Option(
        ("--conf",),
        "conf",
        "PROGRAM",
        "Standard Kconfig: compare with the tree's own conf, which is run, and not Kconfiglib.",
        typed=True,
    ),
    Option(
        ("--random",),
        "number",
        "N",
        "Also compare N random configurations of each target.",
        "0",
        valid=is_number,
        expected=NUMBER,
    ),
    RANDOM_SEED,
    Option(
        ("--timeout",),
        "timeout",
        "SECONDS",
        "Stop a run of the program that takes longer.",
        "60",
        valid=is_count,
        expected=COUNT,
    ),
    CONFIGURE,
    # Without these, every devices file and every mode is compared.
    *(
        option._replace(default=None) if option.field in ("devices", "mode") else option
        for option in COMMON
    ),
    FORMAT,
)


class Arguments(Record):
    """The command line of `kgen verify`, read."""

    options: Options
    form: str
    binaries: tuple[str, ...]
    modules: str | None
    conf: str | None
    devices: str | None
    mode: Mode | None
    number: str
    seed: str
    timeout: str


def run(arguments: Arguments) -> int:
    """Compare, print a table and the differences; return 1 if there are any."""
    options = arguments.options
    if arguments.conf is not None:
        message = "--conf: only for standard Kconfig, and this tree is QEMU's"
        raise fail(message, code="KG425")
    if options.tree is None:
        raise fail(
            "kgen verify needs a checkout to compare with",
            hint="name it with --tree",
            code="KG701",
        )
    if options.targets is not None:
        raise fail(
            "kgen verify compares the targets of the tree, and no descriptors",
            hint="remove --targets",
            code="KG701",
        )
    if arguments.binaries:
        return _with_binaries(arguments)
    verify.program_of(options.tree)
    number, seed = int(arguments.number), int(arguments.seed)
    cases = verify.cases(options, arguments.devices, arguments.mode, number, seed)
    results = []
    with (
        terminal.progress(len(cases), "comparing", 100) as step,
        clean_up_on_termination(),
        closing(verify.compare(options, cases, int(arguments.timeout))) as found,
    ):
        for result in found:
            results.append(result)
            step()
    wrong = [result for result in results if not result.agrees]
    if arguments.form == "json":
        terminal.print_json(as_data(results))
        return 1 if wrong else 0
    terminal.print_table(table(results))
    print(summary(results))
    for result in wrong[:20]:
        case = result.case
        more = (*case.settings, *case.extra)
        setting = " ".join(f"{name}={letter(value)}" for name, value in more)
        print("\n" + visible(f"{case.target} {case.devices} {case.mode} {setting}".rstrip()))
        print("\n".join(visible(f"    {line}") for line in result.lines))
    return 1 if wrong else 0


def _with_binaries(arguments: Arguments) -> int:
    """Compare names with binaries, and print; return 1 if there is any difference."""
    from kgen.commands.verify.as_json import as_binaries
    from kgen.commands.verify.binaries import compare_binaries
    from kgen.commands.verify.text import binaries_text

    found = compare_binaries(
        arguments.options,
        arguments.binaries,
        arguments.modules or "",
        int(arguments.timeout),
    )
    if arguments.form == "json":
        terminal.print_json(as_binaries(found))
    else:
        sys.stdout.write(binaries_text(found))
    return 0 if all(one.agrees for one in found) else 1
