"""The command line built with click: help, shell completion and usage errors."""

from __future__ import annotations

import inspect
import os
import sys
from collections.abc import Callable
from typing import Any, NoReturn

import click
from click.core import ParameterSource

from kgen import __version__
from kgen.commands import dispatch
from kgen.commands.options import Option
from kgen.files.process import Interrupted
from kgen.formats.escapes import visible
from kgen.model.dependencies import versions
from kgen.model.problems import brief
from kgen.project.choose import UnknownTarget

if "_KGEN_COMPLETE" in os.environ:
    import kgen.commands.completion  # noqa: F401 - it has the script for fish


class _Commands(click.Group):
    """Commands whose modules are imported on first use."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return [*dispatch.NAMES, "minikconf"]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name == "minikconf":
            return minikconf
        return _command(cmd_name) if cmd_name in dispatch.NAMES else None


@click.group(
    cls=_Commands,
    invoke_without_command=True,
    subcommand_metavar="COMMAND [ARGS]...",
    context_settings={"help_option_names": ["--help", "-h"]},
)
@click.option("--version", is_flag=True, help="Show the version and exit.")
@click.option("--verbose", is_flag=True, help="With --version: also of the packages that it uses.")
@click.pass_context
def main(context: click.Context, version: bool, verbose: bool) -> None:
    """Resolve Kconfig device configurations for every target in one pass.

    \b
    Example: kgen generate --tree ~/qemu -o build/config
    """
    if version:
        click.echo(f"kgen, version {__version__}")
        for line in versions() if verbose else ():
            click.echo(line)
        context.exit()
    if verbose:
        raise click.UsageError("--verbose needs --version")
    if context.invoked_subcommand is None:
        click.echo(context.get_help(), err=True)
        context.exit(2)


@click.command(context_settings={"ignore_unknown_options": True}, add_help_option=False)
@click.argument("words", nargs=-1, type=click.UNPROCESSED)
def minikconf(words: tuple[str, ...]) -> None:
    """Accept the command line of QEMU's scripts/minikconf.py.

    \b
    Example: kgen minikconf --defconfig OUT.mak DEPS.d default.mak Kconfig CONFIG_TCG=y
    """
    from kgen.commands.minikconf.command import main as reference

    sys.exit(reference(list(words)))


def given_by(context: click.Context) -> dict[str, Any]:
    """What a command line gives, by the field of the option; without defaults."""
    return {
        field: value
        for field, value in context.params.items()
        if context.get_parameter_source(field) is ParameterSource.COMMANDLINE
    }


def _command(name: str) -> click.Command:
    """Build the click command from a command's module."""
    module = dispatch.module_of(name)

    def run(**_values: Any) -> NoReturn:
        context = click.get_current_context()
        try:
            sys.exit(dispatch.run(name, given_by(context)))
        except dispatch.MissingOption as error:
            raise click.MissingParameter(ctx=context, param=_parameter(error.option)) from None
        except UnknownTarget as error:
            raise click.BadParameter(visible(str(error)), param_hint=error.option) from None
        except KeyboardInterrupt:  # click would print its own message
            raise Interrupted from None

    return click.Command(
        name,
        callback=run,
        help=inspect.cleandoc(module.HELP),
        params=[_parameter(option) for option in module.OPTIONS],
    )


def _parameter(option: Option) -> click.Parameter:
    check = _check(option) if option.valid else None

    def complete(context: click.Context, _parameter: click.Parameter, word: str) -> list[Any]:
        from kgen.commands.completion import completions

        return completions(option, context.params, word)

    if not option.flags:
        return click.Argument(
            [option.field],
            metavar=option.metavar,
            nargs=-1 if option.multiple else 1,
            required=option.required,
            callback=check,
            shell_complete=complete,
        )
    if option.switch:
        return click.Option([*option.flags, option.field], is_flag=True, help=option.help)
    # Newer versions of click treat an explicit default of None as a given value.
    default: dict[str, Any] = {}
    if option.default is not None:
        default = {"default": option.default, "show_default": True}
    return click.Option(
        [*option.flags, option.field],
        metavar=None if option.choices else option.metavar,
        # A project file can give what is required.
        help=f"{option.help}  [required]" if option.required else option.help or None,
        multiple=option.multiple,
        type=click.Choice(option.choices) if option.choices else str,
        callback=check,
        shell_complete=complete,
        **default,
    )


def _check(option: Option) -> Callable[[click.Context, click.Parameter, Any], Any]:
    def check(_context: click.Context, _parameter: click.Parameter, values: Any) -> Any:
        assert option.valid is not None
        given = values if option.multiple else [] if values is None else [values]
        for value in given:
            if not option.valid(value):
                raise click.BadParameter(f"{brief(value)}: expected {option.expected}")
        return values

    return check
