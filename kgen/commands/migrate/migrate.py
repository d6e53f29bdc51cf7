"""Migration of a device list: read it, change it, write it, and resolve it again as a check."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING

from kgen.commands.diff.diff import Diff, diff
from kgen.commands.diff.renames import Rename, renames
from kgen.commands.migrate.causes import CauseFinder, ListChange
from kgen.commands.migrate.new_list import Migration, find_list
from kgen.commands.migrate.trials import Bench, Frame, Settings, TargetTree
from kgen.explain import failure_messages
from kgen.files import resources
from kgen.files.read import Within
from kgen.files.tree import Tree, version_of
from kgen.kconfig import mak_lines, parser
from kgen.kconfig.mak_lines import Line
from kgen.model.clauses import Assignment, assignment_text
from kgen.model.configurations import Group, Lane, Outcome, Resolution, Target
from kgen.model.places import File
from kgen.model.problems import KgenError, Problem, fail
from kgen.model.record import Record
from kgen.project.load import known_targets, load
from kgen.project.options import Options
from kgen.project.side import Side
from kgen.resolve.resolver import resolve
from kgen.targets import undeclared

if TYPE_CHECKING:
    from kgen.model.configurations import Mode


class Migrated(Record):
    """The new list with its changes. diff: from the old list on the old tree to the new list."""

    text: str
    changes: tuple[ListChange, ...]
    diff: Diff


def _within(options: Options, path: str) -> Within | None:
    """Where a list's includes may be: in its folder, or in the old tree."""
    if options.allow_outside:
        return None
    within = Within(options.tree or resources.embedded_tree())
    within.add_beside(path)
    return within


def migrate(old_options: Options, new_options: Options, path: str) -> Migrated:
    """Migrate the list in a file. Raises KgenError, also if no valid list is found."""
    lines = mak_lines.read_list(path, _within(old_options, path))
    old, new = _tree(old_options), _tree(new_options)
    assignments = [line.assignment for line in lines if line.assignment is not None]
    _check(old, assignments)
    settings = tuple((item.symbol, item.value) for item in assignments)
    mode = old_options.mode
    before = Bench(old.model, old.frames, mode, {}, {})
    resolution = _resolved(before, assignments, old.loaded.tree)
    renamed = renames([resolution], [project_resolution(new)])
    on, off = _wishes(resolution, new, renamed)
    bench = Bench(new.model, new.frames, mode, on, off)

    def needed_before(numbers: list[int]) -> set[int]:
        lists = [_without(settings, number) for number in numbers]
        return _changing(before, settings, lists, numbers)

    result = find_list(settings, bench, renamed, needed_before)
    if not result.right:
        problems = failure_messages.problems(bench.resolve([result.settings_now()]))
        message = "found no changes of the list with which the new tree can be configured"
        raise KgenError(*problems, Problem(message, code="KG724"))
    text = _text(lines, result, new.version)
    final = bench.resolve([_read_again(text, path)])
    if final.failed or final.values != bench.values(result.settings_now()):
        raise KgenError(
            *failure_messages.problems(final),
            Problem("the new list does not give the intended values", code="KG724"),
        )
    old_side = _side(old, resolution, mode)
    to_fixed = diff(old_side, _side(new, bench.resolve([result.fixed]), mode))
    changes = CauseFinder(bench, old, result, assignments, to_fixed, renamed).changes()
    return Migrated(text, tuple(changes), diff(old_side, _side(new, final, mode)))


def project_resolution(tree: TargetTree) -> Resolution:
    """A resolution of the tree's shared model, whatever its values."""
    return Bench(tree.model, (), "defconfig", {}, {}).resolve([()])


def _tree(options: Options) -> TargetTree:
    loaded = load(options)
    frames = []
    for outcome in loaded.outcomes:
        target = outcome.target
        items = outcome.as_lane.assignments
        after = items[len(target.assignments) :]
        # A list replaces a checkout's devices file, but is added to a descriptor.
        own = () if target.devices_file else target.assignments
        frames.append(Frame(target.name, own, after))
    return TargetTree(loaded, version_of(loaded.tree), tuple(frames))


def _check(old: TargetTree, assignments: Sequence[Assignment]) -> None:
    found = undeclared.undefined(old.model, assignments)
    if found:
        raise KgenError(*found, Problem("the list is not valid for the old tree", code="KG723"))


def _resolved(bench: Bench, assignments: Sequence[Assignment], tree: Tree) -> Resolution:
    """Resolve the old list on the old tree. Raises KgenError if a target fails."""
    resolution = resolve(
        bench.model,
        [
            Lane(frame.target, bench.mode, (*frame.before, *assignments, *frame.after))
            for frame in bench.frames
        ],
    )
    if resolution.failed:
        problem = Problem(
            "the old tree cannot be configured with the list",
            hint="fix it there first, or set --host and --accel to what it is built with",
            code="KG723",
        )
        raise KgenError(*failure_messages.problems(resolution), problem)
    return resolution


def _without(settings: Settings, number: int) -> Settings:
    return settings[:number] + settings[number + 1 :]


def _changing(
    bench: Bench, settings: Settings, lists: list[Settings], numbers: list[int]
) -> set[int]:
    """The numbers whose list gives other values than all settings."""
    if not lists:
        return set()
    whole = bench.values(settings)
    parts = bench.resolve(lists)
    width = len(bench.frames)
    every = (1 << width) - 1
    found = set()
    for at, number in enumerate(numbers):
        shift = at * width
        same = all(bits >> shift & every == whole[name] for name, bits in parts.values.items())
        if parts.failed >> shift & every or not same:
            found.add(number)
    return found


def _wishes(
    old: Resolution, new: TargetTree, renamed: Sequence[Rename]
) -> tuple[dict[str, int], dict[str, int]]:
    """For each symbol the targets (bits) in which it should be y, and n, in the new tree.

    Symbols that are y only because something selects them are not included: the selecting
    symbols in the new tree decide whether they are needed.
    """
    everywhere = (1 << len(old.lanes)) - 1
    selected = dict.fromkeys(old.values, 0)
    for index, clause in enumerate(old.model.clauses):
        if clause.kind == "select":
            selected[clause.target] |= old.decided[index]
    instead = {item.old: item.new for item in renamed}
    declared = new.model.declared()
    outer = {item.symbol for frame in new.frames for item in frame.after}
    on: dict[str, int] = {}
    off: dict[str, int] = {}
    for symbol, value in old.values.items():
        name = instead.get(symbol, symbol)
        if name not in declared or name in outer or old.external.get(symbol, 0):
            continue
        assigned = old.assigned.get(symbol, (0, 0))[0]
        on[name] = value & ~(selected[symbol] & ~assigned)
        off[name] = everywhere & ~value
    return on, off


def _text(lines: Sequence[Line], result: Migration, version: str) -> str:
    """The new list: the remaining lines of the old one in their order, then the added lines."""
    text: list[str] = []
    number = 0
    for line in lines:
        if line.assignment is None:
            text.append(line.text)
            continue
        now = result.settings[number]
        number += 1
        if now is None:
            continue
        same = now[0] == line.assignment.symbol
        text.append(line.text if same else mak_lines.rewritten(line, now[0]))
    name = version or "the new tree"
    for value, title in (
        (True, f"Needed in {name} to keep symbols on."),
        (False, f"On by default in {name}, but not before."),
    ):
        chosen = sorted(symbol for symbol, setting in result.added if setting is value)
        if chosen:
            if text and text[-1].strip():
                text.append("")
            text.append(f"# {title}")
            text += [assignment_text(symbol, value) for symbol in chosen]
    return "".join(f"{line}\n" for line in text)


def _read_again(text: str, path: str) -> Settings:
    """The assignments of the new list, parsed from its text."""
    statements, problems = parser.scan(text, File(path, outside=True, text=text))
    if problems:
        raise KgenError(*problems)
    return tuple((item.name, item.value) for item in statements if item.word == "assign")


def _side(tree: TargetTree, resolution: Resolution, mode: Mode) -> Side:
    names = [frame.target for frame in tree.frames]
    items = (Outcome(Target(name), resolution, lane) for lane, name in enumerate(names))
    return Side(tree.loaded.tree.shown, tree.version, mode, (Group(resolution, tuple(items)),))


def default_target(path: str) -> str | None:
    """The target that the folder of a devices file is named after, if any."""
    folder = os.path.basename(os.path.dirname(os.path.abspath(path)))
    return folder if folder.endswith("-softmmu") else None


def same_targets(old: Options, path: str, only: tuple[str, ...]) -> tuple[str, ...]:
    """The targets that the list is for. Raises KgenError if that is unknown."""
    if only:
        return only
    known = known_targets(old)
    found = default_target(path)
    if found in known:
        return (found,)
    if len(known) == 1:
        return tuple(known)
    raise fail(f"unknown target of {path}", hint="name it with -t", code="KG723")
