"""`kgen disable` of a tree of standard Kconfig."""

from __future__ import annotations

from kgen.commands.enable import standard
from kgen.commands.enable.command import Arguments


def run(arguments: Arguments) -> int:
    """Run `kgen disable`; return the exit status."""
    return standard.ask(arguments, False)
