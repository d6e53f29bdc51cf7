"""The commands: a module for each, with its help, its options, and what it does.

A module has `HELP`, `OPTIONS` and `run(values, form)`, which calls the layers below, prints, and
gives the exit status. Only the module of the command that runs is imported.
"""

from __future__ import annotations

import sys
from importlib import import_module
from typing import Any

from kgen.commands.plain import read_plain
from kgen.formats.problems import as_data, describe, pointed
from kgen.model.problems import KgenError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import ModuleType

    from kgen.commands.generate.second_process import Renderer

# In the order of the help.
NAMES = (
    "generate",
    "why",
    "audit",
    "enable",
    "disable",
    "lint",
    "sweep",
    "sample",
    "snapshot",
    "diff",
    "migrate",
    "savedefconfig",
    "mak",
    "targets",
    "verify",
    "native-file",
)


def module_of(command: str) -> ModuleType:
    """The module of a command."""
    return import_module(f"kgen.commands.{command.replace('-', '_')}.command")


def read_command(words: Sequence[str]) -> tuple[str, dict[str, Any]] | None:
    """Command and values of a plain, correct command line; None for any that click must read."""
    if not words or words[0] not in NAMES:
        return None
    values = read_plain(words[1:], module_of(words[0]).OPTIONS)
    return None if values is None else (words[0], values)


def run(command: str, values: dict[str, Any], renderer: Renderer | None = None) -> int:
    """Run a command; its exit status. Raises project.UnknownTarget, a mistake of usage."""
    form = values.pop("form")
    module = module_of(command)
    try:
        if renderer is not None:
            return int(module.run(values, form, renderer))
        return int(module.run(values, form))
    except KgenError as error:
        problems = [pointed(problem) for problem in error.problems]
        if form == "json":
            from kgen.formats import terminal

            terminal.print_json({"errors": [as_data(problem) for problem in problems]})
        else:
            for problem in problems:
                print(describe(problem), file=sys.stderr)
        return 1
