"""The command line in click: its help, its completion, and its words for mistakes."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any, NoReturn, TypeVar

import click

from kgen import __version__, commands, options, project
from kgen.options import Option
from kgen.outputs import OUTPUTS

_Command = TypeVar("_Command", bound=Callable[..., Any])


def _options(command: str) -> Callable[[_Command], _Command]:
    """The options of a command, from the table."""

    def add(function: _Command) -> _Command:
        for option in reversed(options.COMMANDS[command]):
            # Newer clicks take a default of None for a value that was given.
            default: dict[str, Any] = {}
            if option.default is not None:
                default = {"default": option.default, "show_default": True}
            function = click.option(
                *option.flags,
                option.field,
                metavar=None if option.choices else option.metavar,
                help=option.help or None,
                multiple=option.multiple,
                required=option.required,
                type=click.Choice(option.choices) if option.choices else str,
                callback=_check(option) if option.valid else None,
                **default,
            )(function)
        return function

    return add


def _check(option: Option) -> Callable[[click.Context, click.Parameter, Any], Any]:
    def check(_context: click.Context, _parameter: click.Parameter, values: Any) -> Any:
        assert option.valid is not None
        for value in values if option.multiple else [values]:
            if not option.valid(value):
                raise click.BadParameter(f"{value!r}: expected {_EXPECTED[option.field]}")
        return values

    return check


_EXPECTED = {
    "directory": "the name of a folder",
    "number": "a number",
    "seed": "a number",
    "settings": "SYM=y or SYM=n",
    "outputs": f"a list of {', '.join(OUTPUTS)}",
}


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="kgen")
def main() -> None:
    """Device configuration from Kconfig, for every target in one pass.

    \b
    Example: kgen generate --tree ~/qemu -o build/config
    """


@main.command()
@_options("generate")
def generate(**values: Any) -> None:
    """Write the build files of every target, all or none.

    \b
    Examples: kgen generate -o gen
              kgen generate --tree ~/qemu -t 'mips*' -o gen --output mak,header
    """
    _run("generate", values)


@main.command()
@_options("targets")
def targets(**values: Any) -> None:
    """The targets, and what is known of each.

    \b
    Example: kgen targets --tree ~/qemu -t 'aarch*'
    """
    _run("targets", values)


@main.command()
@_options("verify")
def verify(**values: Any) -> None:
    """Compare with the tree's own scripts/minikconf.py, byte for byte.

    Runs that program for every target, devices file and mode.

    \b
    Example: kgen verify --tree ~/qemu --random 10
    """
    _run("verify", values)


@main.command("native-file")
@_options("native-file")
def native_file(**values: Any) -> None:
    """A Meson native file that makes an unpatched QEMU use kgen.

    \b
    Example: kgen native-file -o kgen.ini
    """
    _run("native-file", values)


@main.command(context_settings={"ignore_unknown_options": True}, add_help_option=False)
@click.argument("words", nargs=-1, type=click.UNPROCESSED)
def minikconf(words: tuple[str, ...]) -> None:
    """The command line of QEMU's scripts/minikconf.py.

    \b
    Example: kgen minikconf --defconfig OUT.mak DEPS.d default.mak Kconfig CONFIG_TCG=y
    """
    from kgen.minikconf import main as reference

    sys.exit(reference(list(words)))


def _run(command: str, values: dict[str, Any]) -> NoReturn:
    try:
        sys.exit(commands.run(command, values))
    except project.UnknownTarget as error:
        raise click.BadParameter(str(error), param_hint="--target") from None
