"""The comparison of two sides: what each target gained and lost, and why."""

from __future__ import annotations

from collections.abc import Sequence

from kgen.commands.diff.causes import CAUSES, SymbolChange, symbol_changes
from kgen.commands.diff.names import NameChange, name_changes
from kgen.commands.diff.renames import Rename, renames
from kgen.commands.diff.roots import fold
from kgen.commands.diff.rule_sets import Both, View
from kgen.model.configurations import Outcome, Resolution
from kgen.model.lanes import members
from kgen.model.record import Record
from kgen.project.side import Side


class Cause(Record):
    """Why a symbol changed in some targets (sorted); the fields are those of a SymbolChange.

    file: "" if the cause is not a line. root: if `cause` is follows, the index of its root in
    Diff.causes.
    """

    symbol: str
    change: str
    targets: tuple[str, ...]
    cause: str
    of: str
    also: tuple[str, ...]
    file: str
    line: int
    old: bool
    was: str
    now: str
    alone: bool
    root: int | None = None


class Pair(Record):
    """A target that both sides have, by the new side's name. was: the old side's name."""

    target: str
    was: str
    gained: tuple[str, ...]
    lost: tuple[str, ...]


class Diff(Record):
    """The result of a comparison.

    pairs: the targets compared, sorted. gone, new_targets: targets of one side only, with the
    symbols that they print. failed: targets that cannot be configured, as (side, target). causes:
    roots first. names: of devices and machines; None if they were not asked for.
    """

    old: Side
    new: Side
    pairs: tuple[Pair, ...]
    gone: tuple[Pair, ...]
    new_targets: tuple[Pair, ...]
    failed: tuple[tuple[str, str], ...]
    causes: tuple[Cause, ...]
    renames: tuple[Rename, ...]
    names: tuple[NameChange, ...] | None = None

    @property
    def different(self) -> bool:
        """Whether anything differs, or could not be compared."""
        changed = any(pair.gained or pair.lost for pair in self.pairs)
        return bool(changed or self.names or self.gone or self.new_targets or self.failed)


def diff(old: Side, new: Side, matched: Sequence[tuple[str, str]] | None = None) -> Diff:
    """Compare two sides. matched: pairs of targets (old, new); by default those of equal names."""
    old_by = {item.target.name: item for item in old.outcomes}
    new_by = {item.target.name: item for item in new.outcomes}
    if matched is None:
        matched = [(name, name) for name in sorted(old_by.keys() & new_by.keys())]
    failed = [("old", name) for name, item in sorted(old_by.items()) if item.failed]
    failed += [("new", name) for name, item in sorted(new_by.items()) if item.failed]
    fine = [
        (old_by[was], new_by[name])
        for was, name in matched
        if not old_by[was].failed and not new_by[name].failed
    ]
    pairs = [_pair(*both) for both in fine]
    here = {was for was, _ in matched}
    gone = [_alone(item, lost=True) for name, item in sorted(old_by.items()) if name not in here]
    here = {name for _, name in matched}
    come = [_alone(item, lost=False) for name, item in sorted(new_by.items()) if name not in here]
    causes = _causes(_grouped(old, new, fine))
    causes += _of_targets(gone, "lost", "target-gone") + _of_targets(come, "gained", "target-new")
    looks = renames(_resolutions(old), _resolutions(new))
    return Diff(
        old,
        new,
        tuple(sorted(pairs)),
        tuple(gone),
        tuple(come),
        tuple(failed),
        tuple(_sorted(causes)),
        tuple(looks),
        _name_changes(old, new, fine),
    )


def _name_changes(
    old: Side, new: Side, pairs: Sequence[tuple[Outcome, Outcome]]
) -> tuple[NameChange, ...] | None:
    if old.things is None or new.things is None:
        return None
    by_name = ((was.target.name, now.target.name) for was, now in pairs)
    return name_changes(old.things, new.things, by_name)


def _pair(old: Outcome, new: Outcome) -> Pair:
    was, now = set(old.printed()), set(new.printed())
    return Pair(
        new.target.name, old.target.name, tuple(sorted(now - was)), tuple(sorted(was - now))
    )


def _alone(item: Outcome, lost: bool) -> Pair:
    printed = () if item.failed else tuple(item.printed())
    name = item.target.name
    return Pair(name, name, () if lost else printed, printed if lost else ())


def _resolutions(side: Side) -> list[Resolution]:
    return [group.resolution for group in side.groups if group.outcomes]


_Members = list[tuple[Outcome, Outcome]]


def _grouped(old: Side, new: Side, fine: _Members) -> list[_Members]:
    """The pairs in groups that share the resolutions of both sides."""
    old_group, new_group = (
        {item.name: number for number, group in enumerate(side.groups) for item in group.outcomes}
        for side in (old, new)
    )
    found: dict[tuple[int, int], _Members] = {}
    for was, now in fine:
        key = (old_group[was.name], new_group[now.name])
        found.setdefault(key, []).append((was, now))
    return list(found.values())


def _causes(groups: list[_Members]) -> list[Cause]:
    """The causes in all pairs; those of a group are processed together."""
    # Each cause with its root, both without targets.
    found: dict[tuple[Cause, Cause | None], set[str]] = {}
    for group in groups:
        old_view = View(group[0][0].resolution, [old.lane for old, _ in group])
        new_view = View(group[0][1].resolution, [new.lane for _, new in group])
        both = Both(old_view, new_view)
        targets = [new.target.name for _, new in group]
        for root in fold(both, symbol_changes(both)):
            above = _cause(root.change)
            found.setdefault((above, None), set()).update(_names(root.change.pairs, targets))
            for change in root.follow:
                key = (_cause(change), above)
                found.setdefault(key, set()).update(_names(change.pairs, targets))
    at = {key: index for index, key in enumerate(found)}
    return [
        cause._replace(
            targets=tuple(sorted(names)), root=None if above is None else at[above, None]
        )
        for (cause, above), names in found.items()
    ]


def _cause(change: SymbolChange) -> Cause:
    """A change without its pairs, so that equal ones of several groups can be joined."""
    file, line = ("", 0) if change.place is None else (change.place.file.path, change.place.line)
    return Cause(
        change.symbol,
        change.change,
        (),
        change.cause,
        change.of,
        change.also,
        file,
        line,
        change.old,
        change.was,
        change.now,
        change.alone,
    )


def _names(pairs: int, targets: Sequence[str]) -> set[str]:
    return {targets[pair] for pair in members(pairs)}


def _of_targets(found: list[Pair], change: str, cause: str) -> list[Cause]:
    """A cause for each symbol of the targets that only one side has."""
    where: dict[str, list[str]] = {}
    for pair in found:
        for symbol in (*pair.gained, *pair.lost):
            where.setdefault(symbol, []).append(pair.target)
    return [
        Cause(
            symbol,
            change,
            tuple(targets),
            cause,
            "",
            (),
            "",
            0,
            cause == "target-gone",
            "",
            "",
            True,
        )
        for symbol, targets in sorted(where.items())
    ]


def _sorted(causes: list[Cause]) -> list[Cause]:
    """Sort by kind, symbol and place, and adjust the indices of roots."""

    def rank(index: int) -> tuple[object, ...]:
        item = causes[index]
        head = (CAUSES.index(item.cause), item.symbol, item.change, item.of, item.file, item.line)
        return (*head, item.targets, item.also, item.old, item.was)

    order = sorted(range(len(causes)), key=rank)
    new_index = {old: new for new, old in enumerate(order)}
    return [
        causes[index]
        if causes[index].root is None
        else causes[index]._replace(root=new_index[causes[index].root or 0])
        for index in order
    ]
