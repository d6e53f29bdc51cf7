"""`kgen init`: write a project file."""

from __future__ import annotations

import os
import sys
from collections.abc import Set

from kgen.commands.init import text
from kgen.commands.loading import load
from kgen.commands.options import COMMON, FORMAT, PROJECT_FILE, Option
from kgen.files.atomic import commit
from kgen.files.tree import open_tree
from kgen.formats import terminal
from kgen.formats.escapes import visible
from kgen.formats.problems import print_problems
from kgen.model.problems import fail
from kgen.model.record import Record
from kgen.project.dialect import is_standard
from kgen.project.options import TREE, Options, Override
from kgen.targets import hosts
from kgen.targets.build_folder import BuildFolder, read_build
from kgen.targets.checkout import CONFIGS, before_5_2

HELP = """Write a project file: what these options say, or what a QEMU build was configured with.

On a terminal, the tree and the targets are asked for where they are not given. The file has a
comment for every key. Of standard Kconfig, the tree shows where its defconfigs are, which variables
its files read and, with --allow-shell, what its commands print.

\b
Examples: kgen init --tree ~/qemu -t x86_64 --host linux,-SPICE --accel tcg,kvm
          kgen init --from-build ~/qemu/build
          kgen init --tree ~/u-boot --allow-shell
"""


OPTIONS = (
    Option(
        ("--from-build",),
        "build",
        "DIR",
        "A configured QEMU build folder: its tree, targets, hosts and device lists.",
    ),
    Option(("-o", "--output"), "output", "FILE", "The file to write.", PROJECT_FILE),
    Option(("--force",), "force", "", "Replace a file that is there.", switch=True),
    *(option for option in COMMON if option.field not in ("project", "no_project", "from_build")),
    FORMAT,
)


class Arguments(Record):
    """The command line of `kgen init`, read."""

    options: Options
    form: str
    build: str | None
    output: str
    force: bool


def run(arguments: Arguments) -> int:
    """Write the file; return 1 if a target cannot be configured with it, else 0."""
    options, output = arguments.options, arguments.output
    if os.path.lexists(output) and not arguments.force:
        hint = "--force replaces it, -o FILE writes another file"
        raise fail(f"{output} is already there", hint=hint, code="KG606")
    if arguments.build is None:
        here = options._replace(tree=options.tree or ".")
        if is_standard(here) or _is_other(here):
            return _of_standard(arguments, here)
    remarks: list[str] = []
    if arguments.build is not None:
        build = read_build(arguments.build)
        options, remarks = _of_build(build, options), _remarks(build)
    elif all(one is not None and one.isatty() for one in (sys.stdin, sys.stderr)):
        options = _asked(options)
    loaded = load(options)
    if arguments.build is not None:
        options = _with_short_hosts(options, loaded.model.declared())
    names = [outcome.target.name for outcome in loaded.outcomes]
    commit({output: text.text(text.parts(options), os.path.dirname(output), remarks)})
    failing = [outcome.target.name for outcome in loaded.outcomes if outcome.failed]
    if arguments.form == "json":
        terminal.print_json({"file": output, "targets": names, "failing": failing})
    else:
        tree = "the embedded tree" if options.tree is None else options.tree
        print(visible(f"{output}: {terminal.count(len(names), 'target')} of {tree}"))
    if options.tree is None:
        remarks += _without_a_tree(options)
    for line in remarks:
        print(visible(f"note: {line}"), file=sys.stderr)
    if failing:
        print(visible(f"cannot be configured: {', '.join(failing)}"), file=sys.stderr)
    return 1 if failing else 0


def _is_other(options: Options) -> bool:
    """Whether a tree that shows no dialect by its names has a Kconfig file with a title, which
    QEMU's has not."""
    from kgen.commands.init.unusual_places import first_file

    tree = open_tree(options.tree or ".", options.allow_outside)
    qemu = options.dialect == "qemu" or options.targets is not None or before_5_2(tree)
    qemu = qemu or any(tree.names(os.path.join(tree.root, name, "targets")) for name in CONFIGS)
    return not qemu and first_file(tree) is not None


def _without_a_tree(options: Options) -> list[str]:
    """What to say of defconfigs whose tree is not here, as those beside a Buildroot."""
    from kgen.commands.init.unusual_places import defconfig_globs

    globs = defconfig_globs(open_tree(".", options.allow_outside), "")
    if not globs:
        return []
    return [
        f"there are defconfigs here ({globs[0]}), but no Kconfig file with a mainmenu:",
        "--tree names the tree that they configure, and --kconfig its first file",
    ]


def _of_standard(arguments: Arguments, options: Options) -> int:
    """The file of a tree of standard Kconfig; return 1 if it cannot be resolved yet, else 0."""
    from kgen.commands.init import standard
    from kgen.standard.shell import answers_text

    output = arguments.output
    folder = os.path.dirname(output)
    answers = os.path.join(folder, standard.ANSWERS)
    found = standard.recognised(options, answers)
    tables = text.parts(found.options, standard.KEYS)
    files = {output: text.text(tables, folder, found.remarks, standard.KEYS, standard.MORE)}
    if found.answers:
        files[answers] = answers_text(found.answers)
        if os.path.lexists(answers) and not arguments.force:
            raise fail(f"{answers} is already there", hint="--force replaces it", code="KG606")
    commit(files)
    if arguments.form == "json":
        failing = found.targets if found.missing else ()
        data = {"file": output, "targets": list(found.targets), "failing": list(failing)}
        terminal.print_json(data)
    else:
        count = terminal.count(len(found.targets), "target")
        print(visible(f"{output}: {count} of {found.options.tree}"))
    for line in found.remarks:
        print(visible(f"note: {line}"), file=sys.stderr)
    if found.missing:
        print_problems(found.missing)
    return 1 if found.missing else 0


def _of_build(build: BuildFolder, options: Options) -> Options:
    """The options of a build, with those of the command line on top."""
    overrides = [
        Override(
            one.name,
            {
                "mode": one.mode,
                "devices": one.devices,
                "host": ",".join(one.host) or "none",
                "accel": ",".join(one.accelerators),
                "host_arch": build.host_arch or options.host_arch,
            },
        )
        for one in build.built
    ]
    only = options.only or tuple(one.name for one in build.built)
    built = Options(tree=build.source, only=only, overrides=tuple(overrides))
    return built.changed(**{**options.as_given(), "only": only})


def _with_short_hosts(options: Options, declared: Set[str]) -> Options:
    """The same with the hosts of the build as profiles, where that is shorter."""
    overrides = []
    for item in options.overrides:
        values = dict(item.values)
        if "host" in values:
            passed = hosts.host_features(values["host"], declared)
            values["host"] = hosts.shortest_host([one.symbol for one in passed], declared)
        overrides.append(item._replace(values=values))
    return options._replace(overrides=tuple(overrides))


def _remarks(build: BuildFolder) -> list[str]:
    """What the build does not say."""
    return [
        f"{one.name}: {build.shown} does not say whether {', '.join(one.unknown)} was passed"
        for one in build.built
        if one.unknown
    ]


def _asked(options: Options) -> Options:
    """The options, with answers of the user for what is not given."""
    if options.tree_by != TREE:
        tree = _answer("QEMU checkout", options.tree or "the tree that comes with kgen")
        if tree:
            options = options._replace(tree=os.path.expanduser(tree), tree_by=TREE)
    if not options.only:
        answer = _answer("Targets, with commas; globs are allowed", "all")
        options = options._replace(only=tuple(answer.replace(",", " ").split()))
    return options


def _answer(question: str, default: str) -> str:
    """The answer to a question; "" for the default."""
    print(f"{question} [{default}]: ", end="", file=sys.stderr, flush=True)
    answer = sys.stdin.readline().strip()
    return "" if answer == default else answer
