"""`kgen savedefconfig` of a tree of standard Kconfig: the minimal defconfigs of all targets.

A minimal defconfig is proven: it is resolved in place of the target's own, and has to give the same
values. The comment at the head of a file stays; a file with `#include` is left alone, because its
lines are those of other files, too, and one that others read if these would get other values.
"""

from __future__ import annotations

import difflib
import fnmatch
import os
import sys
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from kgen.commands.loading import load_standard
from kgen.commands.savedefconfig.command import Arguments
from kgen.commands.savedefconfig.shared import Files, changed, refused
from kgen.files.atomic import commit
from kgen.files.read import NotText
from kgen.formats import terminal
from kgen.formats.escapes import inert_comments, visible
from kgen.model.places import File, Place
from kgen.model.problems import KgenError, Problem
from kgen.model.record import Record
from kgen.project.choose import UnknownTarget
from kgen.standard.defconfigs import Defconfigs, Line, assigned
from kgen.standard.model import Model
from kgen.standard.outputs import defconfigs
from kgen.standard.resolver import resolve

if TYPE_CHECKING:
    from kgen.project.standard import Part, StandardProject


class Saved(Record):
    """A target's minimal defconfig. path: of its own, relative to the tree; before: its text;
    text: what it should be; included: whether it has lines of other files."""

    target: str
    path: str
    before: str
    text: str
    included: bool


def run(arguments: Arguments) -> int:
    """Print, write or check the defconfigs; return 1 if `--check` finds a difference, else 0."""
    _refuse_options(arguments)
    project = load_standard(arguments.options)
    saved = sorted(one for part in project.parts for one in _saved(project, part, arguments))
    if not arguments.write and not arguments.check:
        return _print(arguments, saved)
    kept = [one.path for one in saved if one.included]
    _warn(kept, "with #include left alone")
    different, shared = _different(project, [one for one in saved if not one.included])
    _warn(shared, "left alone, because of other targets that read them")
    if arguments.write:
        if not project.tree.on_disk:
            raise KgenError(Problem("--write: a git revision cannot be written", code="KG706"))
        root = project.tree.shown
        commit({os.path.join(root, one.path): one.text for one in different.values()})
    checked = len(saved) - len(kept) - len(shared)
    if arguments.form == "json":
        terminal.print_json(
            {
                "checked": checked,
                "different": [
                    {"target": one.target, "file": one.path} for one in different.values()
                ],
                "included": kept,
                "shared": shared,
                "written": arguments.write,
            }
        )
    else:
        _tell(arguments, list(different.values()), checked)
    return 1 if arguments.check and different else 0


def _different(
    project: StandardProject, saved: Sequence[Saved]
) -> tuple[dict[str, Saved], list[str]]:
    """Of each file that is not minimal, by what it really is, the first target that has it; and the
    paths of those that have to stay as they are. What is minimal for one of its targets is so."""
    files = Files(project.tree)
    minimal = {files.real(one.path) for one in saved if one.text == one.before}
    different: dict[str, Saved] = {}
    for one in saved:
        if (real := files.real(one.path)) not in minimal:
            different.setdefault(real, one)
    stay = refused(project, files, {real: one.text for real, one in different.items()})
    return different, sorted(different.pop(real).path for real in stay)


def _warn(paths: Sequence[str], message: str) -> None:
    if paths:
        count = terminal.count(len(paths), "defconfig")
        print(f"warning: {count} {message}: {_some(paths)}", file=sys.stderr)


def _refuse_options(arguments: Arguments) -> None:
    if arguments.write and arguments.check:
        raise KgenError(Problem("--write and --check exclude each other", code="KG706"))
    if arguments.output is not None and (arguments.write or arguments.check):
        raise KgenError(Problem("--output is for one target, without --write", code="KG706"))
    given = {
        "--for": arguments.aim != "defconfig",
        "--plain": arguments.plain,
        "--check-code": arguments.check_code,
    }
    if flags := [flag for flag, value in given.items() if value]:
        message = f"{', '.join(flags)}: only for QEMU's Kconfig, and this tree is standard Kconfig"
        raise KgenError(Problem(message, code="KG425"))


def _saved(project: StandardProject, part: Part, arguments: Arguments) -> Iterator[Saved]:
    """The minimal defconfigs of targets that share a model. Raises KgenError if one is wrong."""
    also = _also(part.model, arguments.keep)
    texts = defconfigs(part.resolution, len(part.targets), also)
    if arguments.sorted:
        texts = ["".join(sorted(text.splitlines(keepends=True))) for text in texts]
    reader = Defconfigs(project.tree, part.model.prefix)
    _prove(part, [reader.assignments(text) for text in texts])
    for target, lines, text in zip(part.targets, part.lines, texts, strict=True):
        path = os.path.relpath(target.path, project.tree.root)
        before = _read(project, path)
        included = bool(lines.files - {path})
        yield Saved(target.name, path, before, _head(before, reader) + text, included)


def _read(project: StandardProject, path: str) -> str:
    """The text of a defconfig. Raises KgenError where a comment is not UTF-8: its head is kept."""
    try:
        return project.tree.read(os.path.join(project.tree.root, path))
    except NotText as error:
        place = Place(File(path, root=project.tree.shown), error.line, error.column)
        hint = "its comments are kept: make them UTF-8"
        raise KgenError(Problem("not valid UTF-8", place, hint=hint, code="KG103")) from None


def _also(model: Model, globs: Sequence[str]) -> list[int]:
    """The symbols of `--keep`. Raises KgenError for a glob without one."""
    numbers = model.numbers()
    found: list[int] = []
    problems = []
    for glob in globs:
        matching = fnmatch.filter(numbers, glob.removeprefix(model.prefix))
        found += (numbers[name] for name in matching)
        if not matching:
            message = f"--keep {glob}: no Kconfig file defines such a symbol"
            problems.append(Problem(message, code="KG704"))
    if problems:
        raise KgenError(*problems)
    return found


def _head(text: str, reader: Defconfigs) -> str:
    """The comment at the head of a file, up to its first assignment or empty line."""
    head = []
    for line in text.splitlines(keepends=True):
        if not line.startswith("#") or reader.assignments(line):
            break
        head.append(line)
    return "".join(head)


def _prove(part: Part, lanes: Sequence[Sequence[Line]]) -> None:
    """Raise KgenError unless these lines give what the targets' own defconfigs give."""
    again = resolve(part.model, assigned(part.model, lanes)[0])
    problems = []
    for lane, names in changed(part, again).items():
        message = f"the minimal defconfig of {part.targets[lane].name} gives other values"
        hint = f"leave the target out; it differs in {_some(names)}"
        problems.append(Problem(message, hint=hint, code="KG304"))
    if problems:
        raise KgenError(*problems)


def _some(names: Sequence[str]) -> str:
    return ", ".join(names[:5]) + (f" and {len(names) - 5:,} more" if len(names) > 5 else "")


def _print(arguments: Arguments, saved: Sequence[Saved]) -> int:
    if len(saved) != 1:
        raise UnknownTarget(
            f"savedefconfig needs exactly one target, not {len(saved)}; "
            "--write and --check take all"
        )
    (one,) = saved
    if arguments.output is not None:
        commit({arguments.output: one.text})
    if arguments.form == "json":
        assignments = [line for line in one.text.splitlines() if line]
        data = {"target": one.target, "assignments": assignments, "file": arguments.output}
        terminal.print_json(data)
    elif arguments.output is None:
        sys.stdout.write(inert_comments(one.text))
    return 0


def _tell(arguments: Arguments, different: Sequence[Saved], checked: int) -> None:
    count = terminal.count(checked, "defconfig")
    if arguments.write:
        print(f"{count}: {len(different)} written, {checked - len(different)} unchanged")
        return
    for one in different:
        lines = difflib.unified_diff(
            one.before.splitlines(), one.text.splitlines(), one.path, f"{one.path} minimal", n=1,
            lineterm="",
        )  # fmt: skip
        for line in lines:
            print(visible(line))
    print(f"{count}: {len(different)} not minimal")
