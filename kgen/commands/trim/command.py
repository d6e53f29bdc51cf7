"""`kgen trim`: the smallest devices file with which command lines of QEMU work."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from kgen.commands.loading import load, read_code
from kgen.commands.options import COMMON, CONFIGURE, OUTPUT, Option, formats
from kgen.files.atomic import commit
from kgen.files.read import read_input
from kgen.formats import terminal
from kgen.formats.escapes import inert_comments
from kgen.model.places import File
from kgen.model.problems import KgenError, Problem, fail
from kgen.model.record import Record
from kgen.project.choose import names_target
from kgen.project.options import Options

if TYPE_CHECKING:
    from kgen.commands.trim.asked import Asked
    from kgen.commands.trim.command_lines import Word
    from kgen.commands.trim.smallest import Trimmed
    from kgen.files.tree import Tree

HELP = """Find the smallest devices file for --without-default-devices with which QEMU starts.

The command line of QEMU stands behind --, or several are in a file of --commands. What they name
is there, what that does not link without, and what the machine makes by default.

\b
Examples: kgen trim --tree ~/qemu -o our.mak -- qemu-system-x86_64 -M q35 -nodefaults \\
              -device virtio-net-pci
          kgen trim --tree ~/qemu -t x86_64 --commands guests.txt
"""

_FIELDS = frozenset(
    """project no_project tree only from_build host accel host_arch settings duplicates
    allow_outside""".split()
)

OPTIONS = (
    Option((), "words", "[COMMAND]...", "The command line of QEMU, behind --.", multiple=True),
    Option(("--commands",), "commands", "FILE", "A file of command lines, one a line.", path="in"),
    OUTPUT,
    CONFIGURE,
    *(option for option in COMMON if option.field in _FIELDS),
    formats("mak"),
)


class Arguments(Record):
    """The command line of `kgen trim`, read."""

    options: Options
    form: str
    words: tuple[str, ...]
    commands: str | None
    output: str | None


def run(arguments: Arguments) -> int:
    """Print or write the devices files; return 0. Raises KgenError."""
    from kgen.commands.trim import text

    found = _answers(arguments)
    if len(found) > 1 and (arguments.output is not None or arguments.form == "mak"):
        names = ", ".join(one.target for one in found)
        raise fail(
            f"the command lines are of several targets: {names}",
            hint="name one with -t; each target has a devices file of its own",
            code="KG730",
        )
    if arguments.output is not None:
        changed = commit({arguments.output: text.as_mak(found[0])}).changed
        print(f"{arguments.output}: {'changed' if changed else 'unchanged'}", file=sys.stderr)
    if arguments.form == "mak":
        if arguments.output is None:
            sys.stdout.write(inert_comments(text.as_mak(found[0])))
    elif arguments.form == "json":
        data = [text.as_data(one) for one in found]
        terminal.print_json(data[0] if len(data) == 1 else {"answers": data})
    elif arguments.output is None:
        print("\n\n".join("\n".join(text.as_text(one)) for one in found))
    return 0


def _answers(arguments: Arguments) -> list[Trimmed]:
    """The answer for each target."""
    from kgen.commands.trim.asked import OF_HOST, asked
    from kgen.commands.trim.built import Trials, with_lines
    from kgen.commands.trim.qemu_options import usage
    from kgen.commands.trim.smallest import Trimmer
    from kgen.project.load import open_tree

    by_target = _by_target(arguments)
    tree = open_tree(arguments.options)
    table = usage(tree)
    problems: list[Problem] = []
    questions: dict[str, list[tuple[Word, Asked]]] = {}
    for target, lines in by_target.items():
        for program, words in lines:
            try:
                one = asked(words, table, _read)
                questions.setdefault(target, []).append((program, one))
            except KgenError as error:
                problems += error.problems
    if problems:
        raise KgenError(*problems)
    progress = partial(terminal.progress, label="reading C", at_least=100)
    found = []
    said: set[str] = set()
    for target, several in questions.items():
        own = OF_HOST.intersection(name for _, one in several for name in one.accelerators)
        names = [*_accelerators(arguments.options, tree, target), *sorted(own)]
        accel = ",".join(dict.fromkeys(names))
        options = arguments.options.changed(only=(target,), accel=accel)
        project = load(options, said=said)
        bare = with_lines(project, {})
        code = Trials(bare, read_code(bare, said, every=True), progress)
        try:
            found.append(Trimmer(project, code, table).trimmed(several))
        except KgenError as error:
            problems += error.problems
    if problems:
        raise KgenError(*problems)
    return found


def _accelerators(options: Options, tree: Tree, target: str) -> list[str]:
    """Those that are given for a target; else those that configure finds, which it will be built
    with."""
    from kgen.commands.configured import default_accelerators

    own = options.of(target).accel.split(",")
    given = "accel" in options.given or any(
        "accel" in one.values and names_target(one.glob, target) for one in options.overrides
    )
    return own if given else [*default_accelerators(tree, options.host_arch, target)] or own


def _by_target(arguments: Arguments) -> dict[str, list[tuple[Word, Sequence[Word]]]]:
    """The command lines of each target, each with its program; those of other targets than -t
    names are left out."""
    from kgen.commands.trim.command_lines import given, parsed, program, target_of
    from kgen.project.load import known_targets

    if bool(arguments.words) == (arguments.commands is not None):
        hint = "kgen trim -- qemu-system-x86_64 ..., or --commands FILE"
        raise fail("kgen trim needs one or several command lines", hint=hint, code="KG726")
    if arguments.commands is not None:
        lines = parsed(_file(arguments.commands))
    else:
        lines = [given(arguments.words)]
    known = known_targets(arguments.options)
    only = arguments.options.only
    matching = [one for one in known if any(names_target(glob, one) for glob in only)]
    found: dict[str, list[tuple[Word, Sequence[Word]]]] = {}
    problems = []
    for words in lines:
        word, rest = program(words)
        target = "" if word is None else target_of(word)
        if not target and len(matching) == 1:
            target = matching[0]
        place = words[0].place
        if not target:
            hint = "it begins with qemu-system-ARCH, or -t names the target"
            problems.append(Problem("of which target is it?", place, hint=hint, code="KG730"))
        elif target not in known:
            from kgen.project.choose import near_target

            message = f"the tree has no target {target}"
            hint = near_target(target, known)
            problems.append(Problem(message, place, hint=hint, code="KG730"))
        elif not only or target in matching:
            found.setdefault(target, []).append((word or words[0], rest))
    if problems:
        raise KgenError(*problems)
    if not found:
        raise fail("no command line is of the targets of -t", code="KG730")
    return found


def _file(path: str) -> File:
    return File(path, outside=True, text=read_input(path, path))


def _read(word: Word) -> File:
    """A file of -readconfig, relative to the file that names it."""
    folder = os.path.dirname(word.place.file.path)
    return _file(os.path.join(folder, word.text))
