"""`kgen disable`: the fewest assignments that turn symbols off."""

from __future__ import annotations

from kgen.commands.enable import command
from kgen.commands.enable.command import Arguments as Arguments

HELP = """Find the fewest assignments that turn symbols off, or explain why none can.

They are added to the target's devices file and to --set. Exit status 1 if it is impossible, or if
--check-code finds that the result would not link or start.
The name of a device (of -device) or a machine (of -M) stands for the symbols that it needs.

\b
Examples: kgen disable PCI --tree ~/qemu -t x86_64
          kgen disable e1000 --tree ~/qemu -t x86_64
"""

OPTIONS = command.OPTIONS


def run(arguments: Arguments) -> int:
    """Run `kgen disable`; return the exit status."""
    return command.ask(arguments, False)
