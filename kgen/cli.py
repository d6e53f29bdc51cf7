"""The command line: reads options, calls the layers below, prints, chooses the exit status."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import click

from kgen import __version__, hosts, project, shipped
from kgen.errors import KgenError, Problem, as_data, describe, pointed
from kgen.escapes import visible
from kgen.model import MODES
from kgen.renderer import Renderer

_Command = TypeVar("_Command", bound=Callable[..., Any])

# A run shows a progress bar only when it makes at least this many files for a terminal.
_LONG = 500


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="kgen")
def main() -> None:
    """Device configuration from Kconfig, for every target in one pass.

    \b
    Example: kgen generate --tree ~/qemu -o build/config
    """


def _common(command: _Command) -> _Command:
    """The options that every command has; they arrive as one project.Options."""
    options = [
        click.option(
            "--tree", metavar="DIR[@REV]", help="A QEMU checkout, or any folder with a Kconfig."
        ),
        click.option("--targets", metavar="DIR", help="A folder of target descriptors."),
        click.option(
            "-t", "--target", "only", multiple=True, metavar="NAME", help="Globs are allowed."
        ),
        click.option("--mode", type=click.Choice(MODES), default="defconfig", show_default=True),
        click.option(
            "--devices",
            default="default",
            show_default=True,
            metavar="NAME",
            help="Devices file: a name in the tree's folder, or a path.",
        ),
        click.option(
            "--host",
            default="linux",
            show_default=True,
            metavar="PROFILE|SYMBOLS",
            help=f"Host features: {', '.join(hosts.PROFILES)}, or symbols like LINUX,FDT.",
        ),
        click.option(
            "--accel",
            default="tcg",
            show_default=True,
            metavar="LIST",
            help="Accelerators, like tcg,kvm,xen.",
        ),
        click.option(
            "--host-arch",
            type=click.Choice(hosts.HOST_ARCHITECTURES),
            default="x86_64",
            show_default=True,
            help="The host's architecture, which decides who can have an accelerator.",
        ),
        click.option(
            "--set",
            "settings",
            multiple=True,
            metavar="SYM=y|n",
            callback=_check_settings,
            help="One more assignment.",
        ),
        click.option(
            "--duplicates",
            type=click.Choice(["auto", "merge", "error"]),
            default="auto",
            show_default=True,
            help="What a symbol defined twice is; auto: as the tree's version has it.",
        ),
        click.option(
            "--format",
            "form",
            type=click.Choice(["text", "json"]),
            default="text",
            show_default=True,
        ),
    ]
    for option in reversed(options):
        command = option(command)
    return command


def _check_settings(
    _context: click.Context, _parameter: click.Parameter, values: tuple[str, ...]
) -> tuple[str, ...]:
    for value in values:
        name, _, setting = value.partition("=")
        if not name.removeprefix("CONFIG_") or setting not in ("y", "n"):
            raise click.BadParameter(f"{value!r}: expected SYM=y or SYM=n")
    return values


@main.command()
@click.option("-o", "--directory", required=True, metavar="DIR", help="The output folder.")
@click.option(
    "--output",
    "outputs",
    metavar="LIST",
    multiple=True,
    help="What to make: mak, header, meson, make, json; default: all of them.",
)
@click.option(
    "--template",
    "templates",
    multiple=True,
    metavar="FILE",
    help="A Jinja template of your own, too.",
)
@click.option("--sources", metavar="FILE", help="A sources map for the Meson and make files.")
@click.option("--depfile", metavar="FILE", help="Write what was read, for ninja and make.")
@click.option(
    "--depfile-target",
    metavar="NAME",
    help="What the depfile names as made; default: every output file.",
)
@_common
@click.pass_obj
def generate(
    renderer: Renderer | None,
    /,
    directory: str,
    outputs: tuple[str, ...],
    templates: tuple[str, ...],
    sources: str | None,
    depfile: str | None,
    depfile_target: str | None,
    form: str,
    **options: Any,
) -> None:
    """Write the build files of every target, all or none.

    \b
    Examples: kgen generate -o gen
              kgen generate --tree ~/qemu -t 'mips*' -o gen --output mak,header
    """
    chosen = _choose_outputs(outputs)
    with _reporting(form, options["tree"]):
        from kgen import generator

        loaded = project.load(_options(options))
        _refuse_failures(loaded)
        steps = generator.steps(loaded, chosen, templates)
        with _progress(steps) as step:
            written = generator.generate(
                loaded,
                directory,
                chosen,
                templates,
                sources,
                depfile,
                depfile_target,
                step,
                # A run that is long enough for a bar renders here, where the bar is.
                renderer.render if renderer is not None and steps < _LONG else None,
            )
    if form == "json":
        _print_json(
            {
                "directory": directory,
                "targets": [outcome.target.name for outcome in loaded.outcomes],
                "written": [os.path.basename(path) for path in written.changed],
                "unchanged": [os.path.basename(path) for path in written.unchanged],
            }
        )
        return
    total = len(written.changed) + len(written.unchanged)
    click.echo(
        f"{_count(len(loaded.outcomes), 'target')}, {_count(total, 'file')} in {directory}: "
        f"{len(written.changed)} written, {len(written.unchanged)} unchanged"
    )


@main.command()
@_common
def targets(form: str, **options: Any) -> None:
    """The targets, and what is known of each.

    \b
    Example: kgen targets --tree ~/qemu -t 'aarch*'
    """
    with _reporting(form, options["tree"]):
        loaded = project.load(_options(options))
    rows = [_target_row(outcome) for outcome in loaded.outcomes]
    if form == "json":
        _print_json({"targets": rows})
    else:
        columns = {
            "name": "TARGET",
            "architecture": "ARCHITECTURE",
            "base-architecture": "BASE",
            "endianness": "ENDIAN",
            "word-size": "BITS",
            "assigned": "SET",
            "y": "Y",
            "devices": "DEVICES FILE",
        }
        table = [list(columns.values())]
        for row in rows:
            cells = [row[key] for key in columns]
            table.append(
                [str(len(c)) if isinstance(c, (list, dict)) else str(c or "-") for c in cells]
            )
        _print_table(table)
    failing = [row["name"] for row in rows if row["fails"]]
    if failing:
        click.echo(f"{_count(len(failing), 'target')} cannot be configured", err=True)
        sys.exit(1)


def _target_row(outcome: project.Outcome) -> dict[str, Any]:
    target = outcome.target
    return {
        "name": target.name,
        "architecture": target.architecture,
        "base-architecture": target.base_architecture,
        "endianness": "big" if target.big_endian else "little",
        "word-size": target.word_size,
        "devices": target.devices,
        "assigned": {item.symbol: "y" if item.value else "n" for item in target.assignments},
        "external": {name: "y" if value else "n" for name, value in outcome.external()},
        "y": [] if outcome.failed else outcome.printed(),
        "fails": outcome.failed,
    }


def _options(values: dict[str, Any]) -> project.Options:
    return project.Options(**values)


def _choose_outputs(values: tuple[str, ...]) -> tuple[str, ...]:
    from kgen.outputs import OUTPUTS

    chosen = [name for value in values for name in value.split(",") if name]
    for name in chosen:
        if name not in OUTPUTS:
            raise click.BadParameter(
                f"{name!r} is none of {', '.join(OUTPUTS)}", param_hint="--output"
            )
    if "meson" in chosen or "make" in chosen:
        chosen.append("mak")  # which those include
    return tuple(name for name in OUTPUTS if name in chosen or not values)


def _refuse_failures(loaded: project.Project) -> None:
    """Raise every failure of every target: nothing is written when one cannot be configured."""
    if not loaded.failures():
        return
    from kgen import failures

    problems = [item for found in loaded.failures() for item in failures.problems(found)]
    failing = [outcome.target.name for outcome in loaded.outcomes if outcome.failed]
    fine = len(loaded.outcomes) - len(failing)
    summary = f"{_count(len(failing), 'target')} cannot be configured; {fine} could be"
    raise KgenError(*problems, Problem(summary, hint="no output file was changed"))


@contextmanager
def _reporting(form: str, tree: str | None) -> Iterator[None]:
    """Problems become messages and exit status 1; a wrong `-t` is a mistake of usage."""
    try:
        yield
    except project.UnknownTarget as error:
        raise click.BadParameter(str(error), param_hint="--target") from None
    except KgenError as error:
        root = tree or shipped.embedded_tree()
        problems = [pointed(problem, root) for problem in error.problems]
        if form == "json":
            _print_json({"errors": [as_data(problem, root) for problem in problems]})
        else:
            for problem in problems:
                click.echo(describe(problem, root), err=True)
        sys.exit(1)


@contextmanager
def _progress(length: int) -> Iterator[Callable[[], None]]:
    """A bar on stderr for a long run on a terminal; a step that does nothing otherwise."""
    if length < _LONG or not sys.stderr.isatty():
        yield lambda: None
        return
    with click.progressbar(length=length, label="rendering", file=sys.stderr) as bar:
        yield lambda: bar.update(1)


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _print_json(data: Any) -> None:
    import json

    click.echo(json.dumps(data, indent=2, ensure_ascii=False))


def _print_table(rows: list[list[str]]) -> None:
    """Columns as wide as they need to be; numbers to the right."""
    shown = [[visible(cell) for cell in row] for row in rows]
    widths = [max(len(cell) for cell in column) for column in zip(*shown, strict=True)]
    columns = list(zip(*shown[1:], strict=True))
    right = [all(cell.isdigit() or cell == "-" for cell in column) for column in columns]
    for row in shown:
        cells = [
            cell.rjust(width) if numeric else cell.ljust(width)
            for cell, width, numeric in zip(row, widths, right, strict=True)
        ]
        click.echo("  ".join(cells).rstrip())
