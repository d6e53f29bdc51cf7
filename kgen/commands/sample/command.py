"""`kgen sample`: valid configurations for test builds."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from kgen.commands.loading import load, read_code, refuse_standard
from kgen.commands.options import (
    CHECK_CODE,
    COMMON,
    COUNT,
    DIRECTORY,
    FORMAT,
    RANDOM_SEED,
    Option,
    is_count,
)
from kgen.commands.project_file import refuse_links
from kgen.commands.sample import as_json, files
from kgen.commands.sample.pairwise import different, pairwise
from kgen.commands.sample.settings import names_of
from kgen.commands.sweep.scope import scope_of
from kgen.files.atomic import commit
from kgen.formats import terminal
from kgen.formats.escapes import visible
from kgen.model.problems import KgenError, Problem
from kgen.model.record import Record
from kgen.project.load import Project
from kgen.project.options import Options

if TYPE_CHECKING:
    from kgen.commands.check.answers import Answer

HELP = """Write valid configurations of each target as devices files, for test builds.

By default they are random and all different; with --pairwise they are few
and cover every pair of device settings. Use a file with QEMU's configure
--with-devices-ARCH.

\b
Examples: kgen sample --tree ~/qemu -t arm -n 20 -o samples
          kgen sample --tree ~/qemu -t x86_64 --pairwise --ci gitlab -o samples
"""


OPTIONS = (
    DIRECTORY,
    Option(
        ("-n", "--configurations"),
        "configurations",
        "N",
        "Number of configurations per target; default: 10.",
        valid=is_count,
        expected=COUNT,
    ),
    Option(
        ("--pairwise",),
        "pairwise",
        "",
        "Cover every pair of device settings with few configurations.",
        switch=True,
    ),
    Option(
        ("--names",),
        "names",
        "",
        "With --pairwise: pairs of devices and machines by name instead of settings.",
        switch=True,
    ),
    RANDOM_SEED,
    Option(("--bare",), "bare", "", "Ignore the targets' devices files.", switch=True),
    Option(
        ("--ci",),
        "ci",
        "KIND",
        "Also write a GitLab child pipeline or a GitHub matrix.",
        choices=tuple(files.CI_FILES),
    ),
    CHECK_CODE,
    *COMMON,
    FORMAT,
)


_JOBS = 256  # the limit of GitHub for one matrix


class Arguments(Record):
    """The command line of `kgen sample`, read."""

    options: Options
    form: str
    directory: str
    configurations: str | None
    pairwise: bool
    names: bool
    seed: str
    bare: bool
    ci: str | None
    check_code: bool


def run(arguments: Arguments) -> int:
    """Find the samples, write all files or none, and print a summary.

    Return 1 if `--check-code` finds something, else 0.
    """
    if arguments.pairwise and arguments.configurations is not None:
        hint = "--pairwise determines the number itself"
        raise KgenError(Problem("--pairwise excludes --configurations", hint=hint, code="KG706"))
    if arguments.names and not arguments.pairwise:
        raise KgenError(Problem("--names requires --pairwise", code="KG706"))
    instead = "its targets are its samples; kgen audit --compare 'set=SYM=y' adds one to each"
    refuse_standard(arguments.options, instead)
    loaded = load(arguments.options, any_host=True)
    _refuse_declarations(loaded, arguments.bare)
    if arguments.names:
        from kgen.commands.devices.named import with_every_name  # reading C is slow

        loaded = with_every_name(loaded, read_code(loaded, every=True))
    scopes = [scope_of(loaded, outcome, bare=arguments.bare) for outcome in loaded.outcomes]
    sets: list[files.Set] = []
    steps = 4 * len(scopes) if arguments.pairwise else len(scopes)
    with terminal.progress(steps, "sampling", 2) as step:
        for scope in scopes:
            seed = int(arguments.seed)
            if arguments.pairwise:
                needs = names_of(scope) if arguments.names else None
                chosen, pairs = pairwise(scope, seed, step, needs)
                sets.append(files.Set(scope.name, chosen, pairs))
            else:
                number = int(arguments.configurations or 10)
                sets.append(files.Set(scope.name, different(scope, number, seed)))
                step()
    _refuse_too_few(sets, 1 if arguments.pairwise else int(arguments.configurations or 10))
    checked: list[tuple[Answer, ...]] = []
    if arguments.check_code:
        from kgen.commands.sample.checked import answers  # reads C

        checked = answers(loaded, scopes, sets)
    wrong = any(answer.wrong for own in checked for answer in own)
    directory = arguments.directory
    jobs = sum(len(one.samples) for one in sets)
    texts = files.texts(sets, directory.rstrip("/") or "/", arguments.ci)
    planned = {os.path.join(directory, *name.split("/")): texts[name] for name in texts}
    refuse_links(loaded.options, directory, planned)
    written = commit(planned)
    if arguments.ci == "github" and jobs > _JOBS:
        print(f"warning: {jobs} jobs, but GitHub allows {_JOBS} in a matrix", file=sys.stderr)
    if arguments.form == "json":
        terminal.print_json(
            {
                "directory": directory,
                "seed": int(arguments.seed),
                "files": sorted(texts),
                "targets": as_json.as_data(sets, checked),
            }
        )
        return int(wrong)
    for one in sets:
        print(visible(files.line(one)))
    print(
        f"{terminal.count(len(texts), 'file')} in {visible(directory)}: "
        f"{len(written.changed)} written, {len(written.unchanged)} unchanged"
    )
    if wrong:
        from kgen.commands.sample.checked import lines

        print("\n".join(lines(sets, checked)), file=sys.stderr)
    return int(wrong)


def _refuse_declarations(loaded: Project, bare: bool) -> None:
    """Reject devices files that declare symbols: a sample cannot replace them."""
    hint = "use --bare to ignore it"
    problems = [
        Problem(f"{outcome.target.devices} declares symbols", hint=hint, code="KG707")
        for outcome in loaded.outcomes
        if outcome.resolution.model is not loaded.model and not bare
    ]
    if problems:
        raise KgenError(*problems)


def _refuse_too_few(sets: list[files.Set], number: int) -> None:
    problems = [
        Problem(
            f"{one.target}: found only {len(one.samples)} of {number} different configurations",
            hint="no output file was changed",
            code="KG708",
        )
        for one in sets
        if len(one.samples) < number
    ]
    if problems:
        raise KgenError(*problems)
