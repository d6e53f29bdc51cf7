"""`kgen mak`: a devices file with every board and optional device of a target."""

from __future__ import annotations

import sys
from typing import Any

from kgen import files, project, roundtrip
from kgen.ask import minimal, optional
from kgen.options import COMMON, FORMAT, Option
from kgen.show import choices, terminal

HELP = """A devices file with every board and optional device of a target, commented.

\b
Examples: kgen mak --tree ~/qemu -t x86_64 -o our.mak
          kgen mak --tree ~/qemu -t x86_64 --for allnoconfig
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
    Option(("-o", "--output"), "output", "FILE", "Where to write it; default: stdout."),
    *COMMON,
    FORMAT,
)


def run(values: dict[str, Any], form: str) -> int:
    """Print or write it; 1 if the target cannot be configured."""
    aim, output = values.pop("aim"), values.pop("output")
    options = project.Options(**values)
    loaded = project.load(options)
    outcome = roundtrip.single(loaded, "mak")
    found = optional.choices(outcome, aim)
    text = choices.devices_file(found, loaded.mode)
    roundtrip.prove(loaded, outcome, text, aim, options.duplicates)
    if output is not None:
        files.commit({output: text})
    if form == "json":
        terminal.print_json({**choices.data(found), "file": output})
    elif output is None:
        sys.stdout.write(text)
    return 0
