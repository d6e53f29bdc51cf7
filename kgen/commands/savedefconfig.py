"""`kgen savedefconfig`: the fewest assignments that give a configuration again."""

from __future__ import annotations

import sys
from typing import Any

from kgen import files, mak, project, roundtrip
from kgen.ask import minimal
from kgen.options import COMMON, FORMAT, Option
from kgen.show import kept, terminal

HELP = """The fewest assignments that give a target's configuration again.

They are written as a devices file, and were resolved again to prove it.

\b
Examples: kgen savedefconfig --tree ~/qemu -t x86_64 --set HPET=n -o our.mak
          kgen savedefconfig --tree ~/qemu -t arm --for allnoconfig -o arm.mak
"""

OPTIONS = (
    Option(
        ("--for",),
        "aim",
        "MODE",
        "The mode in which the file will be used.",
        "defconfig",
        choices=minimal.AIMS,
    ),
    Option(("--plain",), "plain", "", "Only the assignments, without comments.", switch=True),
    Option(("-o", "--output"), "output", "FILE", "Where to write it; default: stdout."),
    *COMMON,
    FORMAT,
)


def run(values: dict[str, Any], form: str) -> int:
    """Print or write them; 1 if the target cannot be configured."""
    aim, plain, output = (values.pop(name) for name in ("aim", "plain", "output"))
    options = project.Options(**values)
    loaded = project.load(options)
    outcome = roundtrip.single(loaded, "savedefconfig")
    wanted = minimal.needed(outcome.resolution, outcome.lane, aim)
    lines = None if plain else _lines(loaded, outcome)
    text = kept.plain(wanted) if lines is None else kept.kept(lines, wanted)
    roundtrip.prove(loaded, outcome, text, aim, options.duplicates)
    if output is not None:
        files.commit({output: text})
    if form == "json":
        data = {
            "target": outcome.target.name,
            "mode": aim,
            "assignments": kept.plain(wanted).split(),
            "file": output,
        }
        terminal.print_json(data)
    elif output is None:
        sys.stdout.write(text)
    return 0


def _lines(loaded: project.Project, outcome: project.Outcome) -> list[str] | None:
    """The lines of the target's own devices file, if it has one that can be kept."""
    target = outcome.target
    if not target.devices_file:
        return None
    return mak.lines_of(target.devices_file, loaded.tree.read, target.declares)
