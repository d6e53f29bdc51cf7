"""The list of commands, and how one is run.

The module of a command has `HELP`, `OPTIONS`, `Arguments` and `run(arguments)`, which calls the
layers below, prints, and returns the exit status. `run` of a command in `_TWO_DIALECTS` is for
QEMU's dialect; `standard.py` beside it has another one, for standard Kconfig. Only the modules of
the command that runs are imported.
"""

from __future__ import annotations

import sys

from kgen.commands.options import PROJECT_FILE
from kgen.commands.plain import read_plain
from kgen.files.read import is_there
from kgen.model.problems import KgenError, fail
from kgen.project.dialect import is_standard
from kgen.project.options import HERE, TREE, Options
from kgen.targets.checkout import is_checkout

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from types import ModuleType
    from typing import Any

    from kgen.commands.options import Option

# In the order in which the help lists them.
NAMES = (
    "generate",
    "why",
    "audit",
    "policy",
    "devices",
    "machines",
    "enable",
    "disable",
    "check",
    "trim",
    "lint",
    "sweep",
    "sample",
    "snapshot",
    "diff",
    "migrate",
    "savedefconfig",
    "mak",
    "targets",
    "sources",
    "host",
    "verify",
    "init",
    "native-file",
)

# The commands that a project file can have a table for.
_CONFIGURED = tuple(name for name in NAMES if name not in ("init", "native-file"))

# The commands that share nothing between the dialects but their options.
_TWO_DIALECTS = (
    "generate",
    "why",
    "policy",
    "enable",
    "disable",
    "sweep",
    "savedefconfig",
    "verify",
)


def module_of(command: str) -> ModuleType:
    """Import and return the module of a command."""
    return _imported(command, "command")


def _imported(command: str, name: str) -> ModuleType:
    # importlib would import warnings, too.
    module: ModuleType = __import__(
        f"kgen.commands.{command.replace('-', '_')}.{name}", fromlist=[name]
    )
    return module


def read_command(words: Sequence[str]) -> tuple[str, dict[str, Any]] | None:
    """Parse a plain, correct command line without click.

    Returns the command and what is given by field name, or None if click has to parse it.
    """
    if not words or words[0] not in NAMES:
        return None
    values = read_plain(words[1:], module_of(words[0]).OPTIONS)
    return None if values is None else (words[0], values)


class MissingOption(Exception):
    """A required option that neither the command line nor the project file gives: a usage error."""

    def __init__(self, option: Option) -> None:
        super().__init__(option.field)
        self.option = option


def completed(command: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """The values of all options of a command: those given, of the project file, the defaults.

    The common options are the value of `options`. Raises MissingOption, and KgenError for a
    project file with mistakes.
    """
    table = module_of(command).OPTIONS
    values, base = before_the_command_line(command, given)
    values.update(given)
    in_file = {one.field for one in base.written}
    for option in table:
        if option.required and not values[option.field] and option.field not in in_file:
            raise MissingOption(option)
    changes = {field: given[field] for field in Options._fields if field in given}
    build = given.get("from_build", base.from_build)
    if build is not None:
        try:
            base = _with_build(base, build, given)
        except KgenError as error:
            if not base.written:
                raise
            from kgen.commands.project_file import located

            raise located(error, base, table) from None
        changes["only"] = base.only
    if values.get("configure") is not None:
        if build is not None:
            raise fail("--from-build and --configure exclude each other", code="KG706")
        from kgen.commands.configured import with_configure

        base = with_configure(base, values["configure"], given)
        changes["only"] = base.only
    options = base.changed(**changes)
    if "tree" in given:
        options = options._replace(tree_by=TREE)
    elif base.tree is not None:
        options = options._replace(tree_by=base.tree_by or base.file or "")
    elif "tree" in values and _stands_in_tree(options):
        options = options._replace(tree=".", tree_by=HERE)
    return {**values, "options": options}


def _stands_in_tree(options: Options) -> bool:
    """Whether the current folder is the tree where nothing names one: a QEMU checkout, or a tree
    of standard Kconfig with defconfigs in the usual places."""
    if is_checkout("."):
        return True
    return is_there("Kconfig") and is_standard(options._replace(tree="."))


def before_the_command_line(
    command: str, given: Mapping[str, Any]
) -> tuple[dict[str, Any], Options]:
    """The values of a command's options that the command line does not give: those of the project
    file that it chooses, and the defaults; and that file's common options. Raises KgenError."""
    table = module_of(command).OPTIONS
    values = {option.field: option.absent for option in table}
    file = _project_file({**values, **given})
    if file is None:
        return values, Options()
    from kgen.commands.project_file import read_project_file

    read = read_project_file(file, command, table, _CONFIGURED, "project" in given)
    return {**values, **read.values}, read.options


def _with_build(base: Options, folder: str, given: Mapping[str, Any]) -> Options:
    """The options with what a build folder says; remarks on it are printed to stderr."""
    from kgen.formats.escapes import visible
    from kgen.project.from_build import with_build

    options, remarks = with_build(base, folder, given.get("tree"), given.get("only", ()))
    for remark in remarks:
        print(visible(f"warning: {remark}"), file=sys.stderr)
    return options


def _project_file(values: Mapping[str, Any]) -> str | None:
    """The project file of a command that reads one."""
    named = values.get("project")
    if values.get("no_project"):
        if named is not None:
            raise fail("--project and --no-project exclude each other", code="KG706")
        return None
    if named is not None:
        return str(named)
    return PROJECT_FILE if "project" in values and is_there(PROJECT_FILE) else None


def arguments_of(module: ModuleType, values: Mapping[str, Any]) -> Any:
    """Build a command's argument record from the values of its options.

    The fields of its `Arguments` name those values. A command whose record is built in another way
    defines its own `arguments_of`.
    """
    if hasattr(module, "arguments_of"):
        return module.arguments_of(values)
    return module.Arguments(**{name: values[name] for name in module.Arguments._fields})


def run(command: str, given: dict[str, Any], *more: object) -> int:
    """Run a command with what its command line gives, and return its exit status.

    more: what else its `run` takes. Errors are printed, as JSON with `--format json`. Raises
    UnknownTarget and MissingOption, which are usage errors.
    """
    module = module_of(command)
    values: dict[str, Any] = given
    try:
        values = completed(command, given)
        arguments = arguments_of(module, values)
        if command in _TWO_DIALECTS and is_standard(arguments.options):
            return int(_imported(command, "standard").run(arguments, *more))
        return int(module.run(arguments, *more))
    except (KgenError, ImportError, AttributeError) as error:
        from kgen.formats.problems import report

        options = values.get("options")
        if isinstance(error, KgenError) and options is not None and options.written:
            from kgen.commands.project_file import located

            error = located(error, options, module.OPTIONS)
        status = report(error, values.get("form", "text"))
        # What is compared or migrated is named, and not by the option.
        by_option = "options" in values and "tree" in values and values.get("old") is None
        if isinstance(error, KgenError) and by_option and _names_the_unknown(error):
            from kgen.commands.tree_note import print_tree_note

            print_tree_note(values["options"])
        return status


# The codes of problems with names that the tree does not declare or register.
_UNKNOWN = frozenset(("KG201", "KG407", "KG421", "KG423", "KG704", "KG709", "KG725", "KG729"))


def _names_the_unknown(error: KgenError) -> bool:
    """Whether the tree does not know a symbol. Accelerators are QEMU's, whatever the tree."""
    unknown = (one for one in error.problems if one.code in _UNKNOWN)
    return any(one.option != "--accel" for one in unknown)
