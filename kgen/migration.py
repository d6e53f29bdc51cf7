"""A device list from one tree to another: read, changed, written out, resolved once more."""

from __future__ import annotations

import os
from collections.abc import Sequence

from kgen import declarations, devicelist, dialect, project
from kgen.ask.diff import Cause, Diff, diff
from kgen.ask.migrate import Migration, Move, migrate
from kgen.ask.reasons import Reasons
from kgen.ask.renames import Rename, renames
from kgen.ask.side import Configuration, Side
from kgen.ask.trials import Bench, Frame, Settings
from kgen.devicelist import Line
from kgen.errors import File, KgenError, Place, Problem, fail
from kgen.model import Assignment, Lane, Model, Resolution, written
from kgen.record import Record
from kgen.resolve import resolve
from kgen.show import failures
from kgen.show.differences import sentence
from kgen.tree import Tree, open_tree, version_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from kgen.model import Mode


class Told(Record):
    """A change of the list with its cause.

    line: of the old list, 0 for a line that comes; list: the file it stands in. why: in words;
    file, place: where that stands, in the new tree or, with `old`, in the old one. with_: other
    symbols that this line decides about.
    """

    kind: str
    symbol: str
    value: bool
    instead: str
    list: str
    line: int
    why: str
    file: str
    place: int
    old: bool
    with_: tuple[str, ...]


class Migrated(Record):
    """The new list with all that changed. diff: the old list on the old tree against it."""

    text: str
    told: tuple[Told, ...]
    diff: Diff


class _Tree(Record):
    """A tree with its targets as frames for device lists."""

    loaded: project.Project
    version: str
    frames: tuple[Frame, ...]

    @property
    def model(self) -> Model:
        return self.loaded.model


def run(old_options: project.Options, new_options: project.Options, path: str) -> Migrated:
    """Migrate the list in a file. Raises KgenError, also where no list can be right."""
    lines = devicelist.read_list(path)
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

    result = migrate(settings, bench, renamed, needed_before)
    if not result.right:
        found = failures.problems(bench.resolve([result.settings_now()]))
        message = "no change of the list was found that the new tree can be configured with"
        raise KgenError(
            *(_anchored(item, new.loaded.tree) for item in found), Problem(message, code="KG724")
        )
    text = _text(lines, result, new.version)
    final = bench.resolve([_read_again(text, path)])
    if final.failed or final.values != bench.values(result.settings_now()):
        raise KgenError(
            *failures.problems(final), Problem("the new list is not what was meant", code="KG724")
        )
    old_side = _side(old, resolution, mode)
    mended = diff(old_side, _side(new, bench.resolve([result.mended]), mode))
    told = _Teller(bench, old, result, assignments, mended, renamed).told()
    return Migrated(text, tuple(told), diff(old_side, _side(new, final, mode)))


def project_resolution(tree: _Tree) -> Resolution:
    """A resolution of the tree's shared model, whatever its values."""
    return Bench(tree.model, (), "defconfig", {}, {}).resolve([()])


def _anchored(problem: Problem, tree: Tree) -> Problem:
    """The problem with its tree in its places: two trees take part here."""

    def at(place: Place | None) -> Place | None:
        if place is None or place.file.outside:
            return place
        chain = tuple((os.path.join(tree.shown, path), line) for path, line in place.file.includes)
        return place._replace(file=File(os.path.join(tree.shown, place.file.path), chain, True))

    notes = tuple(note._replace(place=at(note.place)) for note in problem.notes)
    return problem._replace(place=at(problem.place), notes=notes)


def _tree(options: project.Options) -> _Tree:
    try:
        loaded = project.load(options)
    except KgenError as error:
        if options.tree is None:
            raise
        tree = open_tree(options.tree)
        raise KgenError(*(_anchored(item, tree) for item in error.problems)) from None
    frames = []
    for outcome in loaded.outcomes:
        target = outcome.target
        items = outcome.resolution.lanes[outcome.lane].assignments
        after = items[len(target.assignments) :]
        # A list takes the place of a checkout's devices file, and comes on top of a descriptor.
        own = () if target.devices_file else target.assignments
        frames.append(Frame(target.name, own, after))
    return _Tree(loaded, version_of(loaded.tree), tuple(frames))


def _check(old: _Tree, assignments: Sequence[Assignment]) -> None:
    found = declarations.undefined(old.model, assignments)
    problems = [_anchored(item, old.loaded.tree) for item in found]
    if problems:
        raise KgenError(*problems, Problem("the list is not right for the old tree", code="KG723"))


def _resolved(bench: Bench, assignments: Sequence[Assignment], tree: Tree) -> Resolution:
    """The old list on the old tree, with its places. Raises KgenError where it fails."""
    resolution = resolve(
        bench.model,
        [
            Lane(frame.target, bench.mode, (*frame.before, *assignments, *frame.after))
            for frame in bench.frames
        ],
    )
    if resolution.failed:
        problem = Problem(
            "the list does not work with the old tree",
            hint="mend it there first, or say with --host and --accel what it is built with",
            code="KG723",
        )
        found = (_anchored(item, tree) for item in failures.problems(resolution))
        raise KgenError(*found, problem)
    return resolution


def _without(settings: Settings, number: int) -> Settings:
    return settings[:number] + settings[number + 1 :]


def _changing(
    bench: Bench, settings: Settings, lists: list[Settings], numbers: list[int]
) -> set[int]:
    """Those of the numbers whose list is not the same as all settings."""
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
    old: Resolution, new: _Tree, renamed: Sequence[Rename]
) -> tuple[dict[str, int], dict[str, int]]:
    """What is to be y in the new tree, and what n, as targets.

    What is y for no other reason than that something selects it is nobody's wish: whether it is
    needed is for those that select it in the new tree.
    """
    everywhere = (1 << len(old.lanes)) - 1
    selected = dict.fromkeys(old.values, 0)
    for index, clause in enumerate(old.model.clauses):
        if clause.kind == "select":
            selected[clause.target] |= old.decided[index]
    instead = {item.old: item.new for item in renamed}
    declared = {entry.symbol for entry in new.model.entries}
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
    """The new list: the old one's lines in their order, then what comes."""
    found: list[str] = []
    number = 0
    for line in lines:
        if line.assignment is None:
            found.append(line.text)
            continue
        now = result.settings[number]
        number += 1
        if now is None:
            continue
        same = now[0] == line.assignment.symbol
        found.append(line.text if same else devicelist.rewritten(line, now[0]))
    name = version or "the new tree"
    for value, title in (
        (True, f"Needed in {name} to keep what was on."),
        (False, f"On by default in {name}, and not before."),
    ):
        chosen = sorted(symbol for symbol, setting in result.added if setting is value)
        if chosen:
            if found and found[-1].strip():
                found.append("")
            found.append(f"# {title}")
            found += [f"CONFIG_{symbol}={'y' if value else 'n'}" for symbol in chosen]
    return "".join(f"{line}\n" for line in found)


def _read_again(text: str, path: str) -> Settings:
    """What the new list assigns, as it will be read."""
    statements, problems = dialect.scan(text, File(path, outside=True))
    if problems:
        raise KgenError(*problems)
    return tuple((item.name, item.value) for item in statements if item.word == "assign")


def _side(tree: _Tree, resolution: Resolution, mode: Mode) -> Side:
    names = [frame.target for frame in tree.frames]
    items = (Configuration(name, resolution, lane) for lane, name in enumerate(names))
    return Side(tree.loaded.tree.shown, tree.version, mode, tuple(items))


class _Teller:
    """Finds the cause of each change."""

    def __init__(
        self,
        bench: Bench,
        old: _Tree,
        result: Migration,
        assignments: Sequence[Assignment],
        mended: Diff,
        renamed: Sequence[Rename],
    ) -> None:
        self.bench = bench
        self.result = result
        self.assignments = assignments
        self.renamed = {item.old: item for item in renamed}
        self.entries = {entry.symbol: entry.place for entry in reversed(old.model.entries)}
        self.causes: dict[tuple[str, str], Cause] = {}
        self.roots = mended.causes
        for cause in mended.causes:
            self.causes.setdefault((cause.symbol, cause.change), cause)
        self.settings = result.settings_now()
        self.reasons = Reasons(bench.resolve([self.settings]))

    def told(self) -> list[Told]:
        return [self._one(move) for move in self.result.moves]

    def _one(self, move: Move) -> Told:
        symbol, value = move.setting
        why, file, place, old = getattr(self, f"_{move.kind.replace('-', '_')}")(move)
        place_of = None if move.line is None else self.assignments[move.line].place
        return Told(
            move.kind,
            symbol,
            value,
            move.instead,
            place_of.file.path if place_of else "",
            place_of.line if place_of else 0,
            why,
            file,
            place,
            old,
            self._with(move) if move.line is None else (),
        )

    def _gone(self, move: Move) -> tuple[str, str, int, bool]:
        place = self.entries[move.setting[0]]
        return "the new tree does not declare it", place.file.path, place.line, True

    def _renamed(self, move: Move) -> tuple[str, str, int, bool]:
        item = self.renamed[move.setting[0]]
        why = f"looks renamed: {item.same} of {item.of} clauses are the same"
        return why, item.file, item.line, False

    def _contradictory(self, move: Move) -> tuple[str, str, int, bool]:
        """What the new list with this line contradicts; where nothing does any more, what the
        line would have needed went with another one."""
        found = self.bench.resolve([(*self.settings, move.setting)])
        problems = failures.problems(found)
        if not problems:
            return "it took part in a contradiction with other lines", "", 0, False
        problem = problems[0]
        where = problem.notes[-1].place if problem.notes else problem.place
        words = "; ".join(note.message for note in problem.notes)
        why = problem.message.split(" in ")[0] + (f" ({words})" if words else "")
        return (why, where.file.path, where.line, False) if where else (why, "", 0, False)

    def _no_longer_needed(self, move: Move) -> tuple[str, str, int, bool]:
        symbol, value = move.setting
        for step in self.reasons.steps(move.instead or symbol):
            if step.clause is not None:
                clause = self.bench.model.clauses[step.clause]
                why = f'it is {"y" if value else "n"} by "{written(clause)}" of {clause.symbol}'
                return why, clause.place.file.path, clause.place.line, False
        return "nothing makes it y", "", 0, False

    def _needed(self, move: Move) -> tuple[str, str, int, bool]:
        return self._caused(move.setting[0], "lost", "what was on needs it")

    def _off(self, move: Move) -> tuple[str, str, int, bool]:
        """What would turn it on: the change between the trees, if the new list leaves that be."""
        symbol = move.setting[0]
        cause = self.causes.get((symbol, "gained"))
        root = self.roots[cause.root] if cause is not None and cause.root is not None else cause
        now = self.reasons.resolution.values
        if root is not None and (root is cause or root.change == "lost" or now.get(root.symbol)):
            return self._caused(symbol, "gained", "it would be on")
        if symbol not in self.entries:
            place = next(one.place for one in self.bench.model.entries if one.symbol == symbol)
            return "it is new", place.file.path, place.line, False
        rest = tuple(item for item in self.settings if item != move.setting)
        without = self.bench.resolve([rest])
        for step in () if without.failed else Reasons(without).steps(symbol):
            if step.clause is not None:
                clause = self.bench.model.clauses[step.clause]
                why = f'it would be y by "{written(clause)}" of {clause.symbol}'
                return why, clause.place.file.path, clause.place.line, False
        return "it would be on", "", 0, False

    def _caused(self, symbol: str, change: str, otherwise: str) -> tuple[str, str, int, bool]:
        cause = self.causes.get((symbol, change))
        if cause is None:
            return otherwise, "", 0, False
        root = cause if cause.root is None else self.roots[cause.root]
        follows = "" if root is cause else f"it follows {root.symbol}: "
        return follows + sentence(root), root.file, root.line, root.old

    def _with(self, move: Move) -> tuple[str, ...]:
        """The other symbols that are another value without this line."""
        rest = tuple(item for item in self.settings if item != move.setting)
        found = self.bench.resolve([rest])
        if found.failed:
            return ()
        now = self.reasons.resolution.values
        changed = (name for name, bits in found.values.items() if bits != now[name])
        return tuple(sorted(name for name in changed if name != move.setting[0]))


def default_target(path: str) -> str | None:
    """The target whose folder a devices file lies in, as QEMU's own do; None elsewhere."""
    folder = os.path.basename(os.path.dirname(os.path.abspath(path)))
    return folder if folder.endswith("-softmmu") else None


def same_targets(old: project.Options, path: str, only: tuple[str, ...]) -> tuple[str, ...]:
    """The targets that the list is for. Raises KgenError if nothing says it."""
    if only:
        return only
    known = project.known_targets(old)
    found = default_target(path)
    if found in known:
        return (found,)
    if len(known) == 1:
        return tuple(known)
    raise fail(f"for which target is {path}?", hint="name it with -t", code="KG723")
