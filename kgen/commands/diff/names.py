"""Which devices and machines came, went or have another name, between two sides. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from kgen.model.record import Record

if TYPE_CHECKING:
    from kgen.project.side import Thing

CAME, WENT, RENAMED, ALIAS, UNKNOWN = CHANGES = ("came", "went", "renamed", "alias", "unknown")

_Key = tuple[str, str]


class NameChange(Record):
    """What changed about a device or a machine in some targets, by the new side's names, sorted.

    of: `device` or `machine`. change: one of CHANGES. was: of a new name the old one; of an alias
    the machine that it was for. now: of an alias the machine that it is for. `unknown`: it is
    not known whether one of the sides has it. needs, file, line: of the new side, or
    of the old one for what went; file is relative to the tree.
    """

    of: str
    name: str
    change: str
    targets: tuple[str, ...]
    was: str
    now: str
    needs: str
    file: str
    line: int


def name_changes(
    old: Sequence[Thing], new: Sequence[Thing], pairs: Iterable[tuple[str, str]]
) -> tuple[NameChange, ...]:
    """The changes in these pairs of targets (old, new), sorted by what they are, change and name.

    A name is a new one for another if both changed in the same targets, and the old name is an
    alias of the new one, or both are registered in the same file, need the same, and no third name
    does.
    """
    pairs = list(pairs)
    before = {(one.of, one.name): one for one in old}
    after = {(one.of, one.name): one for one in new}
    came: dict[_Key, tuple[str, ...]] = {}
    went: dict[_Key, tuple[str, ...]] = {}
    found: list[NameChange] = []
    for key in sorted(before.keys() | after.keys()):
        one, other = before.get(key), after.get(key)
        states = [(_state(one, was), _state(other, now), now) for was, now in pairs]
        targets = {
            change: tuple(sorted(now for was_, now_, now in states if was_ + now_ in wanted))
            for change, wanted in _STATES.items()
        }
        if targets[CAME]:
            came[key] = targets[CAME]
        if targets[WENT]:
            went[key] = targets[WENT]
        if targets[UNKNOWN]:
            thing = other or one
            assert thing is not None
            found.append(_change(thing, UNKNOWN, targets[UNKNOWN]))
    for gone, arrived in _renamed(before, after, went, came):
        found.append(_change(after[arrived], RENAMED, came.pop(arrived), was=gone[1]))
        del went[gone]
    found += [_change(after[key], CAME, targets) for key, targets in came.items()]
    found += [_change(before[key], WENT, targets) for key, targets in went.items()]
    found += _aliases(old, new, pairs)
    return tuple(sorted(found, key=lambda one: (one.of, CHANGES.index(one.change), one[1:])))


# The states of both sides (n, y, or ? where it is not known) that make a change.
_STATES = {CAME: ("ny",), WENT: ("yn",), UNKNOWN: ("y?", "?y", "n?", "?n")}


def _state(thing: Thing | None, target: str) -> str:
    if thing is None:
        return "n"
    return "y" if target in thing.targets else "?" if target in thing.maybe else "n"


def _change(
    thing: Thing, change: str, targets: tuple[str, ...], was: str = "", now: str = ""
) -> NameChange:
    return NameChange(
        thing.of, thing.name, change, targets, was, now, thing.needs, thing.file, thing.line
    )


def _renamed(
    before: dict[_Key, Thing],
    after: dict[_Key, Thing],
    went: dict[_Key, tuple[str, ...]],
    came: dict[_Key, tuple[str, ...]],
) -> list[tuple[_Key, _Key]]:
    """Old and new names of the same thing."""
    found: dict[_Key, _Key] = {}
    for arrived, targets in came.items():
        for alias in after[arrived].aliases:
            gone = arrived[0], alias
            if went.get(gone) == targets:
                found[gone] = arrived
    groups: dict[object, tuple[list[_Key], list[_Key]]] = {}
    for side, changed, things in ((0, went, before), (1, came, after)):
        for key, targets in changed.items():
            if key not in found and key not in found.values():
                alike = key[0], things[key].file, things[key].needs, targets
                groups.setdefault(alike, ([], []))[side].append(key)
    for olds, news in groups.values():
        if len(olds) == len(news) == 1:
            found[olds[0]] = news[0]
    return sorted(found.items())


def _aliases(
    old: Sequence[Thing], new: Sequence[Thing], pairs: Iterable[tuple[str, str]]
) -> list[NameChange]:
    """The aliases that both sides have, for different machines."""
    old_by, new_by = _by_alias(old), _by_alias(new)
    groups: dict[tuple[str, str, str], list[str]] = {}
    for was, now in pairs:
        for (alias, target), one in old_by.items():
            other = new_by.get((alias, now))
            if target == was and other is not None and other.name != one.name:
                groups.setdefault((alias, one.name, other.name), []).append(now)
    things = {one.name: one for one in new_by.values()}
    return [
        _change(things[now], ALIAS, tuple(sorted(targets)), was, now)._replace(name=alias)
        for (alias, was, now), targets in groups.items()
    ]


def _by_alias(things: Iterable[Thing]) -> dict[tuple[str, str], Thing]:
    return {
        (alias, target): one for one in things for alias in one.aliases for target in one.targets
    }
