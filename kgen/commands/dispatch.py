"""The commands: a module for each, with its help, its options, and what it does.

A module has `HELP`, `OPTIONS` and `run(values, form)`, which calls the layers below, prints, and
gives the exit status. Only the module of the command that runs is imported.
"""

from __future__ import annotations

import sys
from importlib import import_module
from typing import Any

from kgen.commands.options import common
from kgen.commands.plain import read_plain
from kgen.formats.problems import as_data, describe, pointed
from kgen.model.problems import KgenError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from types import ModuleType

    from kgen.commands.generate.second_process import Renderer
    from kgen.model.problems import Problem

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


def arguments_of(module: ModuleType, values: Mapping[str, Any]) -> Any:
    """A command's frozen argument record, from the values of its command line.

    Its `Arguments` name the values that they hold; `options` is what the common options choose.
    A command whose record is built in another way has an `arguments_of` of its own.
    """
    if hasattr(module, "arguments_of"):
        return module.arguments_of(values)
    own = {name: values[name] for name in module.Arguments._fields if name != "options"}
    if "options" in module.Arguments._fields:
        own["options"] = common(values)
    return module.Arguments(**own)


def run(command: str, values: dict[str, Any], renderer: Renderer | None = None) -> int:
    """Run a command; its exit status. Raises project.UnknownTarget, a mistake of usage."""
    module = module_of(command)
    try:
        arguments = arguments_of(module, values)
        if renderer is not None:
            return int(module.run(arguments, renderer))
        return int(module.run(arguments))
    except KgenError as error:
        return _report([pointed(problem) for problem in error.problems], values["form"])
    except (ImportError, AttributeError) as error:
        from kgen.model.dependencies import problem_of

        problem = problem_of(error)
        if problem is None:
            raise
        return _report([problem], values["form"])


def _report(problems: Sequence[Problem], form: str) -> int:
    """Print problems; the exit status."""
    if form == "json":
        from kgen.formats import terminal

        terminal.print_json({"errors": [as_data(problem) for problem in problems]})
    else:
        for problem in problems:
            print(describe(problem), file=sys.stderr)
    return 1
