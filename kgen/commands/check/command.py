"""`kgen check`: whether configurations would link, and their machines start."""

from __future__ import annotations

from kgen.commands.check import output
from kgen.commands.check.for_other_commands import asker_of
from kgen.commands.lint.rules import RULES, USES
from kgen.commands.loading import load
from kgen.commands.options import COMMON, CONFIGURE, Option, formats
from kgen.explain import failure_messages
from kgen.formats import findings as formatted
from kgen.formats import sarif, terminal
from kgen.model.problems import KgenError, Problem, fail, near
from kgen.model.record import Record
from kgen.project.code.code_check import Checked
from kgen.project.options import Options

HELP = """Check whether configurations would link, and whether their machines would start.

Reads the tree's C sources; nothing is built. Exit status 1 if there are findings.
docs/check.md explains them.

\b
Examples: kgen check --tree ~/qemu -t x86_64 --devices ./our.mak --mode allnoconfig
          kgen check --tree ~/qemu -t x86_64 --set CXL=n -M q35
"""


OPTIONS = (
    Option(
        ("-M", "--machine"),
        "machines",
        "NAME",
        "Ask only about this machine; may be repeated.",
        multiple=True,
        valid=bool,
        expected="the name of a machine",
    ),
    Option(
        ("--notes",),
        "notes",
        "",
        "Also report, as notes, which devices of -device would end QEMU.",
        switch=True,
    ),
    CONFIGURE,
    *COMMON,
    formats("sarif", "github"),
)


class Arguments(Record):
    """The command line of `kgen check`, read."""

    options: Options
    form: str
    machines: tuple[str, ...]
    notes: bool


def run(arguments: Arguments) -> int:
    """Print an answer for each target; return 1 if one would not link or start.

    Raises KgenError for configurations that do not resolve.
    """
    loaded = load(arguments.options)
    if loaded.failures():
        raise KgenError(
            *(one for found in loaded.failures() for one in failure_messages.problems(found))
        )
    if not loaded.outcomes:
        raise fail("there is no target to check", code="KG403")
    asker = asker_of(loaded)
    checked = asker.check(loaded.outcomes)
    _refuse_unknown(checked, arguments.machines)
    answers = [
        asker.answer(checked, lane, arguments.machines, arguments.notes)
        for lane in range(len(checked.outcomes))
    ]
    every = [one for answer in answers for one in answer.findings]
    if arguments.form == "json":
        terminal.print_json(output.several(answers))
    elif arguments.form == "sarif":
        terminal.print_json(sarif.sarif(every, {rule: RULES[rule].about for rule in sorted(USES)}))
    elif arguments.form == "github":
        for line in formatted.github(every):
            print(line)
    else:
        for answer in answers:
            for line in output.as_text(answer):
                print(line)
    return 1 if any(one.wrong for one in answers) else 0


def _refuse_unknown(checked: Checked, names: tuple[str, ...]) -> None:
    """Raise KgenError for names of -M that no configuration has."""
    lanes = range(len(checked.outcomes))
    known = {name for lane in lanes for name in checked.of(lane)}
    known |= {checked.alias(lane, name) for lane in lanes for name in checked.of(lane)} - {""}
    problems = [
        Problem(
            f"no configuration has a machine {name}",
            hint=near(name, known) or "`kgen machines` lists them",
            code="KG423",
        )
        for name in names
        if name not in known
    ]
    if problems:
        raise KgenError(*problems)
