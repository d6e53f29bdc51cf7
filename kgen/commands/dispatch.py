"""The list of commands, and how one is run.

The module of a command has `HELP`, `OPTIONS`, `Arguments` and `run(arguments)`, which calls the
layers below, prints, and returns the exit status. Only the module of the command that runs is
imported.
"""

from __future__ import annotations

from importlib import import_module

from kgen.commands.options import common
from kgen.commands.plain import read_plain
from kgen.model.problems import KgenError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from types import ModuleType
    from typing import Any

    from kgen.commands.generate.second_process import Renderer

# In the order in which the help lists them.
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
    """Import and return the module of a command."""
    return import_module(f"kgen.commands.{command.replace('-', '_')}.command")


def read_command(words: Sequence[str]) -> tuple[str, dict[str, Any]] | None:
    """Parse a plain, correct command line without click.

    Returns the command and its values by field name, or None if click has to parse it.
    """
    if not words or words[0] not in NAMES:
        return None
    values = read_plain(words[1:], module_of(words[0]).OPTIONS)
    return None if values is None else (words[0], values)


def arguments_of(module: ModuleType, values: Mapping[str, Any]) -> Any:
    """Build a command's argument record from the values of its command line.

    The fields of its `Arguments` name those values; `options` holds the common options. A command
    whose record is built in another way defines its own `arguments_of`.
    """
    if hasattr(module, "arguments_of"):
        return module.arguments_of(values)
    own = {name: values[name] for name in module.Arguments._fields if name != "options"}
    if "options" in module.Arguments._fields:
        own["options"] = common(values)
    return module.Arguments(**own)


def run(command: str, values: dict[str, Any], renderer: Renderer | None = None) -> int:
    """Run a command and return its exit status.

    Errors are printed, as JSON with `--format json`. Raises UnknownTarget, which is a usage error.
    """
    module = module_of(command)
    try:
        arguments = arguments_of(module, values)
        if renderer is not None:
            return int(module.run(arguments, renderer))
        return int(module.run(arguments))
    except (KgenError, ImportError, AttributeError) as error:
        from kgen.formats.problems import report

        return report(error, values["form"])
