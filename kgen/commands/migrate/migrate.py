"""Migration of a device list: read it, change it, write it, and resolve it again as a check."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from kgen.commands.diff.diff import Diff, diff
from kgen.commands.diff.renames import Rename, renames
from kgen.commands.loading import load, read_code
from kgen.commands.migrate.causes import CauseFinder, ListChange
from kgen.commands.migrate.flags import board_parts
from kgen.commands.migrate.list_files import DeviceList, ListFile, TakenIn, read_list, same_lines
from kgen.commands.migrate.new_list import Migration, find_list
from kgen.commands.migrate.trials import Bench, Frame, Settings, TargetTree
from kgen.commands.two_sides import of_tree
from kgen.explain import failure_messages
from kgen.files.tree import Tree, version_of
from kgen.kconfig import mak_lines, parser
from kgen.model.clauses import Assignment, assignment_text
from kgen.model.configurations import Group, Outcome, Resolution, Target
from kgen.model.places import File
from kgen.model.problems import KgenError, Problem, fail
from kgen.model.record import Record
from kgen.project.choose import UnknownTarget
from kgen.project.load import Project, known_targets, open_tree
from kgen.project.options import Options
from kgen.project.side import Side
from kgen.resolve.resolver import resolve
from kgen.targets import checkout, copied_list
from kgen.targets.externals import foreign_symbols
from kgen.targets.symbol_kinds import internal_symbols, kinds

if TYPE_CHECKING:
    from kgen.model.configurations import Mode


class Wishes(Record):
    """What the user asks of the new list. keep_lines: lines that are no longer needed stay.
    allow_internal: lines may be added for symbols that only boards or transports should select.
    names: the differences have devices and machines, too."""

    keep_lines: bool = False
    allow_internal: bool = False
    names: bool = False


class NewFile(Record):
    """A file of the list. was, now: its text. path: absolute; shown: for messages. in_revision: it
    is part of a git revision, so it cannot be written."""

    path: str
    shown: str
    was: str
    now: str
    in_revision: bool


class Migrated(Record):
    """A new list with its changes.

    files: the list, then the files that it includes and that are not those of a tree. diff: from
    the old list on the old tree to the new list. project: the new tree with the new list.
    """

    files: tuple[NewFile, ...]
    changes: tuple[ListChange, ...]
    taken_in: tuple[TakenIn, ...]
    diff: Diff
    project: Project

    def changed(self) -> list[NewFile]:
        """The files whose text changes."""
        return [file for file in self.files if file.was != file.now]


def migrate_all(old: Options, new: Options, wishes: Wishes) -> list[Migrated]:
    """Migrate the lists of all targets. old: its `devices` names the list.

    Targets that read the same file share a list. Raises KgenError for lists that cannot be
    read, if no valid list is found, or if lists need different changes of a file that they share.
    """
    old = _with_targets(old)
    said: set[str] = set()
    with of_tree("old", old.tree or "", old.file):
        lists = _list_project(old, said)
    groups: dict[str, list[str]] = {}
    for outcome in lists.outcomes:
        groups.setdefault(outcome.target.devices_file, []).append(outcome.target.name)
    found = []
    for path in sorted(groups):
        only = tuple(groups[path])
        names = new.only if len(lists.outcomes) == len(new.only) == 1 else only
        sides = old._replace(only=only), new._replace(only=names)
        found.append(_migrate(*sides, lists, wishes, said))
    texts: dict[str, str] = {}
    for file in (file for item in found for file in item.files):
        if texts.setdefault(file.path, file.now) != file.now:
            raise fail(
                f"{file.shown}: the lists that include it need different changes of it",
                hint="move the lines that only some of them can keep into those lists",
                code="KG724",
            )
    return found


def _list_project(options: Options, said: set[str]) -> Project:
    """The old tree with the list. said: the warnings that were printed before. Raises KgenError if
    the list is not valid there."""
    try:
        return load(options, said=said)
    except KgenError as error:
        if not any(problem.code == "KG201" for problem in error.problems):
            raise
        problem = Problem("the list is not valid for the old tree", code="KG723")
        raise KgenError(*error.problems, problem) from None


def _migrate(
    old_options: Options, new_options: Options, lists: Project, wishes: Wishes, said: set[str]
) -> Migrated:
    with of_tree("old", old_options.tree or "", old_options.file):
        old_own = old_options.changed(devices="default", devices_as=None)
        old = _tree(old_own._replace(side="old-"), said)
    with of_tree("new", new_options.tree or "", new_options.file):
        new = _tree(new_options.changed(devices_as=None)._replace(side="new-"), said)
    read = _read(old_options, new_options, lists, old, new)
    if not same_lines(read):
        raise fail(
            f"{read[0].files[0].shown} includes different files for different targets",
            hint="choose one target with -t",
            code="KG723",
        )
    old, new = (
        _with_held(old, [one.old for one in read]),
        _with_held(new, [one.new for one in read]),
    )
    mine = read[0]
    assignments = mine.assignments()
    settings = tuple((item.symbol, item.value) for item in assignments)
    before = Bench(old.model, old.frames, old.loaded.mode, {}, {})
    resolution = _resolved(before, assignments)
    renamed = renames([resolution], [project_resolution(new)])
    on, off = _wishes(resolution, new, renamed)
    external = new.loaded.externals(new.model)
    kinds_of = kinds(new.model, external)
    internal = internal_symbols(new.model, kinds_of)
    foreign = _foreign(new)
    bench = Bench(
        new.model,
        new.frames,
        new.loaded.mode,
        on,
        off,
        internal,
        wishes.allow_internal,
        foreign | external.keys(),
        frozenset(symbol for symbol, (yes, _) in resolution.assigned.items() if yes),
        board_parts(new.model, kinds_of, internal),
    )

    def needed_before(numbers: list[int]) -> set[int]:
        lists = [_without(settings, number) for number in numbers]
        return _changing(before, settings, lists, numbers)

    # A line of an included file may be needed by another list.
    own = sum(line.assignment is not None for line in mine.files[0].lines)
    removable = frozenset(() if wishes.keep_lines else range(own))
    result = find_list(settings, bench, renamed, needed_before, removable)
    if not result.right:
        problems = failure_messages.problems(bench.resolve([result.settings_now()]))
        message = "found no changes of the list with which the new tree can be configured"
        raise KgenError(*problems, Problem(message, code="KG724"))
    files = _new_files(mine.files, result, new.version, internal, lists.tree)
    final = bench.resolve([_read_again(files)])
    if final.failed or final.values != bench.values(result.settings_now()):
        raise KgenError(
            *failure_messages.problems(final),
            Problem("the new list does not give the intended values", code="KG724"),
        )
    pairs = [(was.target, now.target) for was, now in zip(old.frames, new.frames, strict=True)]
    old_side = _side(old, resolution, old.loaded.mode)
    to_fixed = diff(old_side, _side(new, bench.resolve([result.fixed]), new.loaded.mode), pairs)
    finder = CauseFinder(bench, old, foreign, result, assignments, to_fixed, renamed)
    changes = finder.changes()
    new_side = _side(new, final, new.loaded.mode)
    if wishes.names:
        old_side, new_side = _with_names(old_side, old, said), _with_names(new_side, new, said)
    whole = diff(old_side, new_side, pairs)
    outcomes = (
        one._replace(resolution=final, lane=lane) for lane, one in enumerate(new.loaded.outcomes)
    )
    project = new.loaded._replace(groups=(Group(final, tuple(outcomes)),))
    return Migrated(files, tuple(changes), mine.taken_in, whole, project)


def _foreign(tree: TargetTree) -> frozenset[str]:
    """The symbols that belong to other architectures, for all of a tree's targets."""
    targets = [outcome.target for outcome in tree.loaded.outcomes]
    return frozenset.intersection(*(foreign_symbols(tree.model, target) for target in targets))


def _read(
    old_options: Options, new_options: Options, lists: Project, old: TargetTree, new: TargetTree
) -> list[DeviceList]:
    """The list as each target reads it."""
    targets = {outcome.target.name: outcome.target for outcome in lists.outcomes}
    declared = new.model.declared()
    tree = new.loaded.tree
    asked = new_options.devices_as is not None
    if len(old.frames) != len(new.frames):
        names = ", ".join(frame.target for frame in new.frames)
        raise UnknownTarget(f"the trees have different targets: the new one has {names}")
    read = []
    for was, now in zip(old.frames, new.frames, strict=True):
        folder = checkout.devices_folder(tree, now.target)
        if new_options.devices_as is not None:
            folder = copied_list.named_folder(tree, new_options.devices_as)
        target = targets[was.target]
        read.append(read_list(lists.tree, tree, target, folder, asked, declared))
    return read


def _with_held(tree: TargetTree, held: Sequence[Sequence[Assignment]]) -> TargetTree:
    """A tree whose frames also assign what files of the tree assign that a list includes."""
    frames = tuple(
        frame._replace(before=(*frame.before, *more))
        for frame, more in zip(tree.frames, held, strict=True)
    )
    return tree._replace(frames=frames)


def project_resolution(tree: TargetTree) -> Resolution:
    """A resolution of the tree's shared model, whatever its values."""
    return Bench(tree.model, (), "defconfig", {}, {}).resolve([()])


def _tree(options: Options, said: set[str]) -> TargetTree:
    loaded = load(options, said=said)
    frames = []
    for outcome in loaded.outcomes:
        target = outcome.target
        items = outcome.as_lane.assignments
        after = items[len(target.assignments) :]
        # A list replaces a checkout's devices file, but is added to a descriptor.
        own = () if target.devices_file else target.assignments
        frames.append(Frame(target.name, own, after, outcome.as_lane.build))
    return TargetTree(loaded, version_of(loaded.tree), tuple(frames))


def _resolved(bench: Bench, assignments: Sequence[Assignment]) -> Resolution:
    """Resolve the old list on the old tree. Raises KgenError if a target fails."""
    lanes = [frame.lane(bench.mode, assignments) for frame in bench.frames]
    resolution = resolve(bench.model, lanes)
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


def _new_files(
    files: Sequence[ListFile],
    result: Migration,
    version: str,
    internal: Mapping[str, tuple[str, ...]],
    tree: Tree,
) -> tuple[NewFile, ...]:
    """The files with the remaining lines in their order; added lines are at the end of the list."""
    settings = iter(result.settings)
    found: list[NewFile] = []
    for file in files:
        lines = []
        for line in file.lines:
            if line.assignment is None:
                lines.append((line.text, line.end))
                continue
            now = next(settings)
            if now is not None:
                same = now[0] == line.assignment.symbol
                text = line.text if same else mak_lines.rewritten(line.text, now[0])
                lines.append((text, line.end))
        if not found:
            _add(lines, file.lines[0].end if file.lines else "", _added(result, version, internal))
        now_text = "".join(text + end for text, end in lines)
        stored = not tree.on_disk and file.path.startswith(tree.root + os.sep)
        found.append(NewFile(file.path, file.shown, file.text, now_text, stored))
    return tuple(found)


def _added(
    result: Migration, version: str, internal: Mapping[str, tuple[str, ...]]
) -> Iterator[list[str]]:
    """The added lines in paragraphs."""
    name = version or "the new tree"
    for value, title in (
        (True, f"Needed in {name} to keep symbols on."),
        (False, f"On by default in {name}, but not before."),
    ):
        chosen = sorted(symbol for symbol, setting in result.added if setting is value)
        if not chosen:
            continue
        text = [f"# {title}"]
        for symbol in chosen:
            if value and symbol in internal:
                by = ", ".join(internal[symbol]) or "nothing"
                text.append(f"# {symbol} is normally only selected, by {by}.")
            text.append(assignment_text(symbol, value))
        yield text


def _add(lines: list[tuple[str, str]], end: str, added: Iterable[list[str]]) -> None:
    """Append paragraphs, with the line break of the file's first line."""
    end = end or "\n"
    for paragraph in added:
        if lines and lines[-1][0].strip():
            lines[-1] = (lines[-1][0], lines[-1][1] or end)
            lines.append(("", end))
        lines += [(line, end) for line in paragraph]


def _read_again(files: Sequence[NewFile]) -> Settings:
    """The assignments of the new files, parsed from their texts."""
    found: list[tuple[str, bool]] = []
    for file in files:
        text = "".join(f"{line}\n" for line, _ in mak_lines.split_lines(file.now))
        statements, problems = parser.scan(text, File(file.shown, outside=True, text=text))
        if problems:
            raise KgenError(*problems)
        found += [(item.name, item.value) for item in statements if item.word == "assign"]
    return tuple(found)


def _side(tree: TargetTree, resolution: Resolution, mode: Mode) -> Side:
    names = [frame.target for frame in tree.frames]
    items = (Outcome(Target(name), resolution, lane) for lane, name in enumerate(names))
    return Side(tree.loaded.tree.shown, tree.version, mode, (Group(resolution, tuple(items)),))


def _with_names(side: Side, tree: TargetTree, said: set[str]) -> Side:
    """A side of a tree with its devices and machines."""
    from kgen.project.code.things import things  # reading C is slow

    return side._replace(things=things(read_code(tree.loaded._replace(groups=side.groups), said)))


def _with_targets(options: Options) -> Options:
    """The options with the targets that the list is for. Raises KgenError if that is unknown."""
    if options.only:
        return options
    known = known_targets(options)
    if checkout.is_path(options.devices):
        folder = os.path.basename(os.path.dirname(os.path.abspath(options.devices)))
        found = [folder] if folder in known else known
        if len(found) != 1:
            message = f"unknown target of {options.devices}"
            raise fail(message, hint="name it with -t", code="KG723")
    elif options.targets is None:
        tree = open_tree(options)
        found = [name for name in known if options.devices in checkout.devices_names(tree, name)]
    else:
        found = known
    return options._replace(only=tuple(found or known))
