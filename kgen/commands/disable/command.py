"""`kgen disable`: the smallest set of assignments after which symbols are n."""

from __future__ import annotations

from kgen.commands.enable import command
from kgen.commands.enable.command import Arguments as Arguments

HELP = """The fewest assignments after which the symbols are n, or why there are none.

On top of the target's devices file and of --set. Exit status 1 if there is no way.

\b
Example: kgen disable PCI --tree ~/qemu -t x86_64
"""

OPTIONS = command.OPTIONS


def run(arguments: Arguments) -> int:
    """Ask for n."""
    return command.ask(arguments, False)
