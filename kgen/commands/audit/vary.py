"""Which external features change which symbols or names: one feature toggled at a time. Pure.

The result states: starting from the given configuration, adding this one feature, or removing it
if it was passed, changes the symbol's value. Changes that need several features together are not
found, except with pairs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kgen.model.lanes import members
from kgen.model.record import Record
from kgen.project.load import Project
from kgen.project.toggles import Toggle, Toggled, excluded, toggled

if TYPE_CHECKING:
    from kgen.project.code.code_map import CodeMap


class Sensitivity(Record):
    """What toggling features changes.

    features: those that were toggled, sorted. changes: for each symbol, or name like
    `device:e1000`, and each target (by its index in the project's outcomes) the toggles that change
    it, a pair written `A+B`; only symbols with at least one. fails: for each target the toggles
    after which it cannot be configured. untried: accelerators that were not toggled on some target,
    since the host has none for it. skipped: targets that fail without any toggle. pairs: whether
    pairs were tried; a pair is reported only where neither of its features is.
    """

    features: tuple[str, ...]
    changes: dict[str, dict[int, tuple[str, ...]]]
    fails: dict[int, tuple[str, ...]]
    skipped: tuple[int, ...]
    untried: tuple[str, ...]
    pairs: bool = False


def vary(
    project: Project, what: str, pairs: bool = False, map_: CodeMap | None = None
) -> Sensitivity:
    """Find what each host feature or each accelerator changes.

    what: one of project.toggles.WHAT. pairs: also try each two features together; a pair is
    reported only where neither alone changes the symbol. map_: the code of the project, to compare
    devices and machines, too. Targets that already fail are skipped.
    """
    number = {outcome.name: index for index, outcome in enumerate(project.outcomes)}
    skipped = tuple(number[outcome.name] for outcome in project.outcomes if outcome.failed)
    features: set[str] = set()
    changes: dict[str, dict[int, tuple[str, ...]]] = {}
    fails: dict[int, tuple[str, ...]] = {}
    parts = list(toggled(project, what, pairs))
    for part in parts:
        features.update(name for toggle in part.toggles for name in toggle.names)
        _compare(part, number, changes, fails)
    if map_ is not None:
        from kgen.commands.audit.names import changed  # not needed where no code is read

        for name, toggle in changed(project, map_, parts):
            _note(changes.setdefault(name, {}), number, toggle)
    ordered = {symbol: changes[symbol] for symbol in sorted(changes)}
    untried = excluded(project, what)
    return Sensitivity(tuple(sorted(features)), ordered, fails, skipped, untried, pairs)


def _compare(
    part: Toggled,
    number: dict[str, int],
    changes: dict[str, dict[int, tuple[str, ...]]],
    fails: dict[int, tuple[str, ...]],
) -> None:
    """Record where toggled lanes differ from their targets. number: index of each outcome."""
    resolution, toggles = part.resolution, part.toggles
    own: dict[str, int] = {}
    outcomes = {toggle.outcome.name: toggle.outcome for toggle in toggles}
    for bit, toggle in enumerate(toggles):
        own[toggle.outcome.name] = own.get(toggle.outcome.name, 0) | 1 << bit
        if resolution.failed >> bit & 1:
            _note(fails, number, toggle)
    good = ((1 << len(toggles)) - 1) & ~resolution.failed
    for symbol, values in resolution.values.items():
        base = 0
        for name, mask in own.items():
            if outcomes[name].value(symbol):
                base |= mask
        for bit in members((values ^ base) & good):
            toggle = toggles[bit]
            if symbol not in toggle.names:
                _note(changes.setdefault(symbol, {}), number, toggle)


def _note(per_target: dict[int, tuple[str, ...]], number: dict[str, int], toggle: Toggle) -> None:
    """Record one change. Single features come first, and make their pairs superfluous."""
    index = number[toggle.outcome.name]
    known = per_target.get(index, ())
    if len(toggle.names) == 2 and set(toggle.names) & set(known):
        return
    per_target[index] = (*known, "+".join(toggle.names))
