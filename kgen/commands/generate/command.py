"""`kgen generate`: the build files of every target, or none if one fails."""

from __future__ import annotations

import os

from kgen.commands.generate import write
from kgen.commands.generate.outputs import ALL, OUTPUTS, STANDARD
from kgen.commands.loading import load, read_code
from kgen.commands.options import CHECK_CODE, COMMON, DIRECTORY, FORMAT, NUMBER, Option, is_number
from kgen.files.atomic import Written
from kgen.formats import terminal
from kgen.formats.escapes import visible
from kgen.model.problems import KgenError, Problem, fail
from kgen.model.record import Record
from kgen.project.load import Project
from kgen.project.options import Options

TYPE_CHECKING = False
if TYPE_CHECKING:
    from kgen.commands.generate.last_run import LastRun
    from kgen.commands.generate.write import Render

HELP = """Write the build files of every target, or none if one fails.

\b
Examples: kgen generate -o gen
          kgen generate --tree ~/qemu -t 'mips*' -o gen --output mak,header
"""


def _is_output_list(value: str) -> bool:
    return bool(value) and all(name in ALL for name in value.split(","))


def _is_layout(value: str) -> bool:
    """Whether a value has {target} and {name}, and stays in the output folder."""
    bare = value.replace("{target}", "", 1).replace("{name}", "", 1)
    parts = value.split("/")
    return (
        "{target}" in value
        and "{name}" in value
        and not set(bare) & set("{}\\\0\n$# :%")
        and not any(part in ("", ".", "..") for part in parts)
    )


OPTIONS = (
    DIRECTORY,
    Option(
        ("--output",),
        "outputs",
        "LIST",
        f"Outputs to write: {', '.join(OUTPUTS)}; of standard Kconfig {', '.join(STANDARD)}; "
        "default: all, but not rust.",
        multiple=True,
        valid=_is_output_list,
        expected=f"a list of {', '.join(ALL)}",
    ),
    Option(
        ("--template",),
        "templates",
        "FILE",
        "Also render this Jinja template.",
        multiple=True,
        path="in",
    ),
    Option(
        ("--template-seconds",),
        "template_seconds",
        "N",
        "Most processor time for one output file; 0: no limit.",
        "5",
        valid=is_number,
        expected=NUMBER,
    ),
    Option(
        ("--sources",), "sources", "FILE", "Sources map for the Meson and make outputs.", path="in"
    ),
    Option(
        ("--names",),
        "names",
        "",
        "Also give the JSON and templates the devices and machines of each target.",
        switch=True,
    ),
    CHECK_CODE,
    Option(
        ("--layout",),
        "layout",
        "PATH",
        "Standard Kconfig: where each target's files are; default: {target}/{name}.",
        valid=_is_layout,
        expected="a relative path with {target} and {name}",
    ),
    Option(
        ("--record-shell",),
        "record_shell",
        "FILE",
        "Standard Kconfig: write what the commands of $(shell,...) print, for --shell-answers.",
        path="out",
    ),
    Option(("--depfile",), "depfile", "FILE", "Write a depfile for ninja and make.", path="out"),
    Option(
        ("--depfile-target",),
        "depfile_target",
        "NAME",
        "Target name in the depfile; default: every output file.",
    ),
    *COMMON,
    FORMAT,
)


# The minimum number of files for a progress bar.
_LONG = 500


class Arguments(Record):
    """The command line of `kgen generate`, read."""

    options: Options
    form: str
    directory: str
    outputs: tuple[str, ...]
    templates: tuple[str, ...]
    template_seconds: str
    sources: str | None
    names: bool
    check_code: bool
    layout: str | None
    record_shell: str | None
    depfile: str | None
    depfile_target: str | None


def run(arguments: Arguments, last: LastRun | None = None) -> int:
    """Generate the files and print how many changed; return 0."""
    given = {"--layout": arguments.layout, "--record-shell": arguments.record_shell}
    if flags := [flag for flag, value in given.items() if value is not None]:
        message = f"{', '.join(flags)}: only for standard Kconfig, and this tree is QEMU's"
        raise fail(message, code="KG425")
    if not arguments.templates:
        return _generated(arguments, last)
    from kgen.commands.generate.second_process import Renderer  # only the user's need Jinja

    renderer = Renderer.start()
    if renderer is None:
        return _generated(arguments, last)
    try:
        return _generated(arguments, last, renderer.render)
    finally:
        renderer.end()


def _generated(arguments: Arguments, last: LastRun | None, render: Render | None = None) -> int:
    chosen = chosen_outputs(arguments.outputs, tuple(OUTPUTS)) or tuple(OUTPUTS)
    loaded = load(arguments.options)
    _refuse_failures(loaded)
    if arguments.check_code:
        from kgen.commands.check.for_other_commands import refuse

        refuse(loaded, loaded.outcomes)
    steps = write.steps(loaded, chosen, arguments.templates)
    with terminal.progress(steps, "rendering", _LONG) as step:
        made = write.generate(
            loaded,
            arguments.directory,
            chosen,
            arguments.templates,
            arguments.sources,
            arguments.depfile,
            arguments.depfile_target,
            step,
            # A run with a progress bar renders in this process, which shows it.
            render if steps < _LONG else None,
            int(arguments.template_seconds),
            last,
            read_code(loaded) if arguments.names else None,
        )
    print(_summary(arguments, loaded, made.written))
    # What a revision, a build folder or C code hold is asked in other ways than those that are
    # noted.
    asked = arguments.names or arguments.check_code
    noted = loaded.tree.on_disk and arguments.options.from_build is None and not asked
    if last is not None and noted:
        again = Written((), tuple(made.texts))
        last.keep(made.texts, made.bases, f"{_summary(arguments, loaded, again)}\n")
    return 0


def _summary(arguments: Arguments, loaded: Project, written: Written) -> str:
    """What is printed of a run."""
    if arguments.form == "json":
        return terminal.json_for_stdout(
            {
                "directory": arguments.directory,
                "targets": [outcome.target.name for outcome in loaded.outcomes],
                "written": [os.path.basename(path) for path in written.changed],
                "unchanged": [os.path.basename(path) for path in written.unchanged],
            }
        )
    total = len(written.changed) + len(written.unchanged)
    return (
        f"{terminal.count(len(loaded.outcomes), 'target')}, {terminal.count(total, 'file')} "
        f"in {visible(arguments.directory)}: "
        f"{len(written.changed)} written, {len(written.unchanged)} unchanged"
    )


def chosen_outputs(values: tuple[str, ...], known: tuple[str, ...]) -> tuple[str, ...]:
    """The outputs of `--output`; () without it. known: those of the tree's dialect."""
    chosen = {name for value in values for name in value.split(",") if name}
    if unknown := sorted(chosen.difference(known)):
        message = f"--output {','.join(unknown)} is for the other dialect of Kconfig"
        raise fail(message, hint=f"outputs of this tree: {', '.join(known)}", code="KG425")
    if known != STANDARD and chosen & {"meson", "make"}:
        chosen.add("mak")  # which those include
    return tuple(name for name in known if name in chosen)


def _refuse_failures(loaded: Project) -> None:
    """Raise KgenError with every failure of every target, if any target fails."""
    if not loaded.failures():
        return
    from kgen.explain import failure_messages

    problems = [item for found in loaded.failures() for item in failure_messages.problems(found)]
    failing = [outcome.target.name for outcome in loaded.outcomes if outcome.failed]
    fine = [outcome.target.name for outcome in loaded.outcomes if not outcome.failed]
    summary = (
        f"{len(failing)} of {terminal.count(len(loaded.outcomes), 'target')} "
        f"cannot be configured: {_names(failing)}"
    )
    if fine:
        summary += f"; fine: {_names(fine)}"
    raise KgenError(*problems, Problem(summary, hint="no output file was changed", code="KG303"))


def _names(targets: list[str]) -> str:
    more = f" and {len(targets) - 12} more" if len(targets) > 12 else ""
    return ", ".join(targets[:12]) + more
