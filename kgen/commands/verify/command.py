"""`kgen verify`: compare kgen with a tree's own program."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

from kgen.commands.options import (
    COMMON,
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

HELP = """Compare with the tree's own scripts/minikconf.py, byte for byte.

Runs that program for every target, devices file and mode, or for those of the options.

\b
Example: kgen verify --tree ~/qemu --random 10
"""


OPTIONS = (
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
    devices: str | None
    mode: Mode | None
    number: str
    seed: str
    timeout: str


def run(arguments: Arguments) -> int:
    """Compare, print a table and the differences; return 1 if there are any."""
    options = arguments.options
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
