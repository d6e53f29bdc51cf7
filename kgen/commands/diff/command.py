"""`kgen diff`: the differences of two trees, targets, hosts or modes, and their causes."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from contextlib import ExitStack
from typing import Any

from kgen.commands.diff import as_json, text
from kgen.commands.diff.sides import is_file, open_side
from kgen.commands.options import COMMON, Option, formats
from kgen.commands.two_sides import Alone, alone, of_tree, sided
from kgen.files.read import read_input
from kgen.formats import terminal
from kgen.model.problems import fail
from kgen.model.record import Record
from kgen.project.choose import UnknownTarget
from kgen.project.dialect import is_standard
from kgen.project.options import TREE, Options
from kgen.project.side import Side

HELP = """Show what each target gained and lost between two trees, and why.

OLD and NEW are each a tree, a git revision DIR@REV, or a file of `kgen snapshot`. OLD defaults to
--tree and NEW to OLD, to compare two targets, hosts or modes of one tree.

\b
Examples: kgen diff ~/qemu@v8.2.0 ~/qemu
          kgen diff ~/qemu --old-host linux --new-host none
"""


OPTIONS = (
    Option((), "old", "[OLD]", "The old side."),
    Option((), "new", "[NEW]", "The new side."),
    Option(("--names",), "names", "", "Also compare devices and machines by name.", switch=True),
    *sided("old"),
    *sided("new"),
    *COMMON,
    formats("markdown"),
)


class Arguments(Record):
    """The command line of `kgen diff`, read."""

    options: Options
    form: str
    old: str | None
    new: str | None
    names: bool
    old_alone: Alone
    new_alone: Alone


def arguments_of(values: Mapping[str, Any]) -> Arguments:
    """Build the arguments, with a record for the options of each side."""
    old, new = alone("old", values), alone("new", values)
    own = {name: values[name] for name in Arguments._fields if name in values}
    return Arguments(**{**own, "old_alone": old, "new_alone": new})


def run(arguments: Arguments) -> int:
    """Compare and print; return 1 if there are differences or targets that cannot be compared."""
    from kgen.commands.diff.diff import diff

    if any(_is_standard(arguments, spec) for spec in _specs(arguments)):
        return _standard(arguments)
    old, new, matched = _sides(arguments)
    result = diff(old, new, matched)
    form = arguments.form
    if form == "json":
        terminal.print_json(as_json.as_data(result))
    else:
        print((text.markdown if form == "markdown" else text.text)(result), end="")
        _print_failures(old, new)
    return 1 if result.different else 0


def _is_standard(arguments: Arguments, spec: str | None) -> bool:
    """Whether OLD or NEW is standard Kconfig."""
    if spec is not None and is_file(spec):
        from kgen.commands.snapshot.inputs import is_of_standard  # snapshots are seldom given

        return is_of_standard(read_input(spec, spec))
    return is_standard(arguments.options._replace(tree=spec))


def _standard(arguments: Arguments) -> int:
    """Compare two sides of standard Kconfig and print; return 1 if there are differences."""
    from kgen.commands.diff.standard import compare, output, sides

    if arguments.names:
        raise fail("--names: only for QEMU's Kconfig", code="KG425")
    said: set[str] = set()
    alone = (arguments.old_alone, arguments.new_alone)
    where, named = [], []
    for side, spec, own in zip(("old", "new"), _specs(arguments), alone, strict=True):
        options = own.applied_to(arguments.options)._replace(tree=spec, side=f"{side}-")
        where.append((side, spec or ".", options.file))
        with of_tree(*where[-1]):
            named.append(sides.name_side(options))
    first, second = named
    pairs = sides.pairs(first, second, arguments.options.only, *(one.target for one in alone))
    with ExitStack() as stack:
        readings = []
        wanted = tuple(zip(*pairs, strict=True)) or ((), ())
        for place, one, names in zip(where, named, wanted, strict=True):
            with of_tree(*place):
                readings.append(stack.enter_context(sides.reading(one, names, said)))
        opened = []
        for place, read in zip(where, readings, strict=True):
            with of_tree(*place):
                opened.append(read())
    asked = wanted
    if all(one.target is None for one in alone):
        asked = tuple(tuple(sides.asked(one, arguments.options.only)) for one in named)
    old, new = opened
    result = compare.compare(old, new, pairs, asked)
    if arguments.form == "json":
        terminal.print_json(output.as_data(result))
    else:
        print((output.markdown if arguments.form == "markdown" else output.text)(result), end="")
    return 1 if result.different else 0


def _sides(arguments: Arguments) -> tuple[Side, Side, list[tuple[str, str]] | None]:
    """Both sides, and the targets to compare if their names differ; else None."""
    old_spec, new_spec = _specs(arguments)
    said: set[str] = set()
    old, old_missing = _opened("old", old_spec, arguments.old_alone, arguments, said)
    new, new_missing = _opened("new", new_spec, arguments.new_alone, arguments, said)
    nowhere = sorted(old_missing & new_missing)
    if nowhere:
        raise UnknownTarget(f"no target of either side matches {nowhere[0]!r}")
    if arguments.old_alone.target is None and arguments.new_alone.target is None:
        return old, new, None
    if len(old.outcomes) != 1:
        raise UnknownTarget("name one target of the old side with --old-target")
    was = old.outcomes[0].target.name
    return old, new, [(was, item.target.name) for item in new.outcomes]


def _opened(
    side: str, spec: str | None, own: Alone, arguments: Arguments, said: set[str]
) -> tuple[Side, set[str]]:
    """One side, and the patterns of -t that match none of its targets."""
    chosen, options = own.chosen(), arguments.options
    if chosen and spec is not None and is_file(spec):
        flags = ", ".join(f"--{side}-{name.replace('_', '-')}" for name in sorted(chosen))
        message = f"{spec} is a snapshot, whose options are fixed"
        raise fail(message, hint=f"remove {flags.replace('settings', 'set')}", code="KG722")
    by = options.tree_by if spec == options.tree else TREE
    chosen_options = own.applied_to(options)._replace(tree=spec, tree_by=by, side=f"{side}-")
    with of_tree(side, "the embedded tree" if spec is None else spec, options.file):
        opened, missing = open_side(chosen_options, said, arguments.names)
    if own.target is not None and missing:
        raise UnknownTarget(f"the {side} side has no target {own.target!r}")
    return opened, missing


def _specs(arguments: Arguments) -> tuple[str | None, str | None]:
    """The tree, revision or snapshot of each side."""
    old, tree = arguments.old, arguments.options.tree
    if old is not None and arguments.options.tree_by == TREE:
        raise fail("--tree and OLD exclude each other", hint="remove one of them", code="KG722")
    if old is None:
        old = tree
    return old, old if arguments.new is None else arguments.new


def _print_failures(old: Side, new: Side) -> None:
    """Print why targets cannot be configured to stderr."""
    from kgen.explain import failure_messages
    from kgen.formats.problems import describe

    for side in (old, new):
        for group in side.groups:
            if any(item.failed for item in group.outcomes):
                for problem in failure_messages.problems(group.resolution):
                    print(describe(problem), file=sys.stderr)
