"""The search for a device list for another tree.

Only lines of the list can change. First, lines for symbols that the new tree does not declare are
removed. Then, until every target can be configured, the line is removed or added that fixes most.
Then lines are added that turn on what was y and turn off what was n. Last, lines are removed that
are no longer needed. Every step tries all possible changes and takes the best one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence, Set

from kgen.commands.diff.renames import Rename
from kgen.commands.migrate.trials import Bench, Settings, Verdict
from kgen.model.expr import AND, NOT, OR
from kgen.model.record import Record

# The kinds of changes of a line, in the order in which they are reported.
MOVE_KINDS = ("gone", "renamed", "contradictory", "no-longer-needed", "needed", "off")


class Move(Record):
    """A change of the list.

    kind: one of MOVE_KINDS. line: the index of the old list's setting, None for an added line.
    setting: the line that is removed or added. instead: the new name of a renamed symbol.
    """

    kind: str
    line: int | None
    setting: tuple[str, bool]
    instead: str = ""


class Migration(Record):
    """A new list.

    settings: the old settings as they are now, None for a removed one. added: new settings. fixed:
    the list as it was when every target could first be configured, before the steps that restore
    values. right: whether all targets can be configured.
    """

    settings: tuple[tuple[str, bool] | None, ...]
    added: Settings
    moves: tuple[Move, ...]
    fixed: Settings
    right: bool

    def settings_now(self) -> Settings:
        """All settings of the new list."""
        return (*(item for item in self.settings if item is not None), *self.added)


class _List:
    """The list while it changes."""

    def __init__(self, settings: Sequence[tuple[str, bool]]) -> None:
        self.old = list(settings)
        self.now: list[tuple[str, bool] | None] = list(settings)
        self.added: list[tuple[str, bool]] = []
        self.moves: list[Move] = []

    def settings(self) -> Settings:
        return (*(item for item in self.now if item is not None), *self.added)

    def without(self, line: int) -> Settings:
        kept = (item for number, item in enumerate(self.now) if number != line)
        return (*(item for item in kept if item is not None), *self.added)

    def with_(self, *more: tuple[str, bool]) -> Settings:
        return (*self.settings(), *more)

    def drop(self, line: int, kind: str) -> None:
        self.moves.append(Move(kind, line, self.old[line]))
        self.now[line] = None

    def add(self, setting: tuple[str, bool], kind: str) -> None:
        self.moves.append(Move(kind, None, setting))
        self.added.append(setting)

    def lines(self) -> list[int]:
        return [number for number, item in enumerate(self.now) if item is not None]


def find_list(
    settings: Sequence[tuple[str, bool]],
    bench: Bench,
    renames: Sequence[Rename],
    needed_before: Callable[[list[int]], set[int]],
    removable: Set[int],
) -> Migration:
    """Find the new list.

    needed_before: returns those of the lines whose removal alone changes values in the old tree.
    removable: the lines that may be removed where they are no longer needed.
    """
    changing = _List(settings)
    _translate(changing, bench, renames)
    right = _fix(changing, bench)
    fixed = changing.settings()
    if right:
        _restore_on(changing, bench)
        _restore_off(changing, bench)
        _tidy(changing, bench, needed_before, removable)
    moves = sorted(changing.moves, key=_rank)
    return Migration(tuple(changing.now), tuple(changing.added), tuple(moves), fixed, right)


def _rank(move: Move) -> tuple[int, int, str]:
    return MOVE_KINDS.index(move.kind), -1 if move.line is None else move.line, move.setting[0]


def _translate(changing: _List, bench: Bench, renames: Sequence[Rename]) -> None:
    """Rename symbols for the new tree; remove those that it does not declare."""
    declared = bench.model.declared()
    instead = {item.old: item.new for item in renames}
    for line, (symbol, value) in enumerate(changing.old):
        if symbol in declared:
            continue
        if symbol in instead:
            changing.now[line] = (instead[symbol], value)
            move = Move("renamed", line, (symbol, value), instead[symbol])
            changing.moves.append(move)
        else:
            changing.drop(line, "gone")


def _fix(changing: _List, bench: Bench) -> bool:
    """Change the list until all targets can be configured; False if no line can do it."""
    while True:
        now = bench.judge([changing.settings()])[0]
        if not now.failing:
            return True
        lines = changing.lines()
        tried = [changing.without(line) for line in lines]
        named = _taking_part(changing, bench)
        additions = _may_help(changing, bench, named)
        tried += [changing.with_(setting) for setting in additions]
        verdicts = bench.judge(tried)
        flags = sorted(named & bench.flags)
        off = [flags if changing.old[line][1] is False else [] for line in lines]
        off += [_flags_of(bench, setting) for setting in additions]
        refused = _only_for_a_flag(changing, bench, off, verdicts)
        # The change that fixes most; of those, the one that loses and gains the fewest symbols.
        best = min(
            (i for i in range(len(tried)) if i not in refused),
            key=lambda i: (verdicts[i].broken, 2 * verdicts[i].missing + verdicts[i].extra, i),
            default=None,
        )
        if best is None or verdicts[best].broken >= now.broken:
            if not lines:
                return False
            part = [line for line in lines if (changing.now[line] or ("",))[0] in named]
            for line in _least(changing, bench, part, now) or (part or lines)[:1]:
                changing.drop(line, "contradictory")
        elif best < len(lines):
            changing.drop(lines[best], "contradictory")
        else:
            setting = additions[best - len(lines)]
            changing.add(setting, "needed" if setting[1] else "off")


def _least(changing: _List, bench: Bench, part: list[int], now: Verdict) -> list[int]:
    """Lines that together fix something, where no single one does; [] if all of them do not.

    Each of them is needed: it would break again what the others fix.
    """
    gone = set(part)

    def broken() -> tuple[int, int]:
        rest = [item for line, item in enumerate(changing.now) if line not in gone]
        settings = (*(item for item in rest if item is not None), *changing.added)
        return bench.judge([settings])[0].broken

    best = broken()
    if best >= now.broken:
        return []
    for line in part:
        gone.remove(line)
        if broken() > best:
            gone.add(line)
    return sorted(gone)


def _flags_of(bench: Bench, setting: tuple[str, bool]) -> list[str]:
    """The internal symbols that a line would turn on by a symbol that was off in the old tree."""
    symbol, value = setting
    return bench.flags_of(symbol) if value and bench.off.get(symbol) else []


def _only_for_a_flag(
    changing: _List, bench: Bench, flags: Sequence[Sequence[str]], verdicts: Sequence[Verdict]
) -> set[int]:
    """The indices of the changes that help only as an internal symbol would that they turn on.

    flags: for each change the internal symbols that it may turn on. A list that has no transport
    gets none to keep a device that needs one now; that is said instead, and the user decides.
    """
    suspects = [(index, flag) for index, own in enumerate(flags) for flag in own]
    alone = bench.judge([changing.with_((flag, True)) for _, flag in suspects])
    return {
        index
        for (index, _), verdict in zip(suspects, alone, strict=True)
        if (*verdict.broken, verdict.missing) <= (*verdicts[index].broken, verdicts[index].missing)
    }


def _may_help(changing: _List, bench: Bench, named: set[str]) -> list[tuple[str, bool]]:
    """Lines that may fix a contradiction: `=n` for the symbols that its facts name, and `=y` for
    these and for what they and the list's symbols need."""
    assigned = {symbol for symbol, _ in changing.settings()}
    outer = {item.symbol for frame in bench.frames for item in frame.after}
    wanted = {symbol for symbol, value in changing.settings() if value}
    on = sorted((named | set(_near(bench, wanted | named))) - assigned - outer - bench.barred)
    off = sorted(named - assigned - outer)
    return [(name, True) for name in on] + [(name, False) for name in off]


def _taking_part(changing: _List, bench: Bench) -> set[str]:
    """The symbols of the contradictions and cycles, and those that their facts read."""
    resolution = bench.resolve([changing.settings()])
    named: set[str] = set()
    for item in resolution.contradictions:
        named.add(item.symbol)
        for fact in item.facts:
            if fact.clause is not None:
                clause = resolution.model.clauses[fact.clause]
                named |= {clause.symbol, *(clause.condition or ())}
    for cycle in resolution.cycles:
        named.update(cycle.symbols)
    return named - {AND, OR, NOT}


def _near(bench: Bench, symbols: Iterable[str], steps: int = 3) -> list[str]:
    """The symbols that these symbols' clauses read, and so on for `steps` steps, sorted."""
    reads: dict[str, set[str]] = {}
    for clause in bench.model.clauses:
        if clause.kind != "imply":
            named = {clause.symbol, *(clause.condition or ())} - {AND, OR, NOT}
            reads.setdefault(clause.target, set()).update(named)
            if clause.kind == "select":
                # A symbol needs the dependencies of what it selects.
                reads.setdefault(clause.symbol, set()).add(clause.target)
    outer = {item.symbol for frame in bench.frames for item in frame.after if item.external}
    found: set[str] = set()
    edge = set(symbols)
    for _ in range(steps):
        edge = {name for symbol in edge for name in reads.get(symbol, ())} - found - outer
        found |= edge
    return sorted(found)


def _restore_on(changing: _List, bench: Bench) -> None:
    """Add lines that turn on what was on, if they restore more symbols than they newly enable, or
    if the old list, or a file of the old tree that it includes, turned the symbol on by a line."""
    refused: set[tuple[str, bool]] = set()
    while True:
        now = bench.judge([changing.settings()])[0]
        if not now.missing:
            return
        values = bench.values(changing.settings())
        missing = sorted(name for name, targets in bench.on.items() if targets & ~values[name])
        taken = {item[0] for item in changing.settings()}
        names = dict.fromkeys([*missing, *_near(bench, missing, 2)])
        tried = [
            (name, True)
            for name in names
            if name not in taken and name not in bench.unasked and (name, True) not in refused
        ]
        verdicts = bench.judge([changing.with_(setting) for setting in tried])
        flags = [_flags_of(bench, setting) for setting in tried]
        refused.update(tried[i] for i in _only_for_a_flag(changing, bench, flags, verdicts))
        best = None
        for number, verdict in enumerate(verdicts):
            if tried[number] in refused:
                continue
            gain = (now.missing - verdict.missing) - max(0, verdict.extra - now.extra)
            if tried[number][0] in bench.asked:
                gain = max(gain, 1)
            if verdict.failing or verdict.missing >= now.missing or gain <= 0:
                refused.add(tried[number])
            elif best is None or gain > best[0]:
                best = (gain, number)
        if best is None:
            return
        changing.add(tried[best[1]], "needed")
        refused.clear()


def _restore_off(changing: _List, bench: Bench) -> None:
    """Add lines that turn off what was off, unless that turns off something that was on. With a
    selected symbol, those that select it are turned off too, if they were not on either."""
    selectors: dict[str, set[str]] = {}
    for clause in bench.model.clauses:
        if clause.kind == "select":
            selectors.setdefault(clause.target, set()).add(clause.symbol)
    while True:
        now = bench.judge([changing.settings()])[0]
        if not now.extra:
            return
        values = bench.values(changing.settings())
        taken = {item[0] for item in changing.settings()}
        tried: list[Settings] = []
        for name, targets in sorted(bench.off.items()):
            if targets & values[name]:
                group = _with_selectors(name, selectors, bench, values) - taken
                tried.append(tuple((member, False) for member in sorted(group)))
        verdicts = bench.judge([changing.with_(*settings) for settings in tried])
        good = sorted(
            (verdict.extra, number)
            for number, verdict in enumerate(verdicts)
            if not verdict.failing and verdict.missing <= now.missing and verdict.extra < now.extra
        )
        if not good:
            if not any(
                _with_help(changing, bench, settings)
                for settings, verdict in zip(tried, verdicts, strict=True)
                if not verdict.failing and verdict.extra < now.extra
            ):
                return
            continue
        batch = list(dict.fromkeys(item for _, number in good for item in tried[number]))
        # Add all at once if nothing fails; `_tidy` removes those that others make superfluous.
        together = bench.judge([changing.with_(*batch)])[0]
        if together.failing or together.missing > now.missing:
            batch = list(tried[good[0][1]])
        for setting in batch:
            changing.add(setting, "off")


def _with_help(changing: _List, bench: Bench, settings: Settings) -> bool:
    """Add these lines and one that keeps on what they would turn off; False if there is none."""
    now = bench.judge([changing.settings()])[0]
    values = bench.values(changing.with_(*settings))
    missing = sorted(name for name, targets in bench.on.items() if targets & ~values[name])
    taken = {item[0] for item in (*changing.settings(), *settings)}
    names = dict.fromkeys([*missing, *_near(bench, missing, 2)])
    helping = [(name, True) for name in names if name not in taken and name not in bench.barred]
    verdicts = bench.judge([changing.with_(*settings, line) for line in helping])
    flags = [_flags_of(bench, setting) for setting in helping]
    refused = _only_for_a_flag(changing, bench, flags, verdicts)
    good = sorted(
        (verdict.extra, number)
        for number, verdict in enumerate(verdicts)
        if number not in refused
        and not verdict.failing
        and verdict.missing <= now.missing
        and verdict.extra < now.extra
    )
    if not good:
        return False
    for setting in settings:
        changing.add(setting, "off")
    changing.add(helping[good[0][1]], "needed")
    return True


def _with_selectors(
    symbol: str, selectors: dict[str, set[str]], bench: Bench, values: dict[str, int]
) -> set[str]:
    """A symbol and all that is y and selects it, directly or not, unless it was on before."""
    found = {symbol}
    edge = found
    while edge:
        near = {name for inner in edge for name in selectors.get(inner, ())} - found
        edge = {name for name in near if values[name] and not bench.on.get(name, 0)}
        found |= edge
    return found


def _tidy(
    changing: _List,
    bench: Bench,
    needed_before: Callable[[list[int]], set[int]],
    removable: Set[int],
) -> None:
    """Remove lines without effect: added ones, and old ones that had an effect before."""
    wanted = _printed(bench, changing.settings())
    for setting in reversed(list(changing.added)):
        rest = tuple(item for item in changing.settings() if item != setting)
        if _printed(bench, rest) == wanted:
            changing.added.remove(setting)
            changing.moves = [
                move for move in changing.moves if move.line is not None or move.setting != setting
            ]
    lines = [line for line in changing.lines() if line in removable]
    alone = bench.resolve([changing.without(line) for line in lines]) if lines else None
    width = len(bench.frames)
    every = (1 << width) - 1
    idle = []
    for number, line in enumerate(lines):
        assert alone is not None
        part = {name: bits >> number * width & every for name, bits in alone.values.items()}
        if not alone.failed >> number * width & every and part == wanted:
            idle.append(line)
    needed = needed_before(idle)
    for line in idle:
        if line not in needed:
            continue
        if _printed(bench, changing.without(line)) == wanted:
            changing.drop(line, "no-longer-needed")


def _printed(bench: Bench, settings: Settings) -> dict[str, int]:
    """All values with a list; {} if it fails."""
    resolution = bench.resolve([settings])
    return {} if resolution.failed else resolution.values
