"""`kgen savedefconfig`: the fewest assignments that reproduce a configuration."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kgen.commands.loading import load
from kgen.commands.options import CHECK_CODE, COMMON, FORMAT, OUTPUT, Option, is_symbol
from kgen.commands.savedefconfig.minimal import needed
from kgen.commands.savedefconfig.roundtrip import FOR, deliver, prove, single
from kgen.kconfig import mak_edit, mak_lines
from kgen.model.configurations import Outcome
from kgen.model.problems import fail
from kgen.model.record import Record
from kgen.project.load import Project
from kgen.project.options import Options
from kgen.targets import checkout, copied_list

if TYPE_CHECKING:
    from kgen.commands.savedefconfig.minimal import Aim

HELP = """Write the fewest assignments that reproduce a target's configuration.

The output is a devices file, or a minimal defconfig of standard Kconfig; it is resolved again to
check the result.

\b
Examples: kgen savedefconfig --tree ~/qemu -t x86_64 --set HPET=n -o our.mak
          kgen savedefconfig --tree ~/qemu -t arm --for allnoconfig -o arm.mak
          kgen savedefconfig --tree ~/u-boot --check
"""


OPTIONS = (
    FOR,
    Option(("--plain",), "plain", "", "Write only the assignments, without comments.", switch=True),
    Option(
        ("--write",),
        "write",
        "",
        "Standard Kconfig: make the defconfigs of all targets minimal, in place.",
        switch=True,
    ),
    Option(
        ("--keep",),
        "keep",
        "GLOB",
        "Standard Kconfig: also write these symbols where they are not n; repeatable.",
        multiple=True,
        valid=is_symbol,
        expected="a symbol or a glob",
    ),
    Option(
        ("--sorted",),
        "sorted",
        "",
        "Standard Kconfig: sort the lines, in place of the order of the Kconfig files.",
        switch=True,
    ),
    Option(
        ("--check",),
        "check",
        "",
        "Standard Kconfig: show which defconfigs are not minimal; exit with 1 if there are any.",
        switch=True,
    ),
    CHECK_CODE,
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
    write: bool
    check: bool
    keep: tuple[str, ...]
    sorted: bool
    check_code: bool
    output: str | None


def run(arguments: Arguments) -> int:
    """Print or write the assignments; return 1 if `--check-code` finds something, else 0.

    Raises KgenError if the target fails.
    """
    given = {
        "--write": arguments.write,
        "--check": arguments.check,
        "--keep": arguments.keep,
        "--sorted": arguments.sorted,
    }
    if flags := [flag for flag, value in given.items() if value]:
        message = f"{', '.join(flags)}: only for standard Kconfig, and this tree is QEMU's"
        raise fail(message, code="KG425")
    aim = arguments.aim
    loaded = load(arguments.options)
    outcome = single(loaded, "savedefconfig")
    wanted = needed(outcome.resolution, outcome.lane, aim)
    lines = None if arguments.plain else _lines(loaded, outcome)
    text = mak_edit.plain(wanted) if lines is None else mak_edit.kept(lines, wanted)
    prove(loaded, outcome, text, aim, arguments.options.duplicates)
    data: dict[str, Any] = {
        "target": outcome.target.name,
        "mode": aim,
        "assignments": mak_edit.plain(wanted).split(),
    }
    if not arguments.check_code:
        deliver(text, arguments.output, arguments.form, data)
        return 0
    from kgen.commands.check.for_other_commands import asker_of, report  # reads C
    from kgen.commands.check.output import as_data

    answer = asker_of(loaded).alone(outcome)
    data["check"] = answer and as_data(answer)
    deliver(text, arguments.output, arguments.form, data)
    return int(report([answer]))


def _lines(loaded: Project, outcome: Outcome) -> list[str] | None:
    """The lines of the target's own devices file; None if they cannot be kept."""
    target = outcome.target
    if not target.devices_file:
        return None
    read, locate = checkout.reader(loaded.tree), copied_list.locator(loaded.tree, target.copied)
    return mak_lines.lines_of(target.devices_file, read, target.declares, locate)
