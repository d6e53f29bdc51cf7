"""Which features from outside change which symbols: one feature toggled at a time. Pure.

What is claimed: starting from the configuration that was asked for, passing this one feature
where it was not passed, or leaving it out where it was, changes the symbol's value. What only
several features together would change is not found, unless pairs are asked for.
"""

from __future__ import annotations

from kgen.model.lanes import members
from kgen.model.record import Record
from kgen.project.load import Project
from kgen.project.toggles import Toggle, Toggled, toggled


class Sensitivity(Record):
    """What toggling changes.

    features: those that were toggled, sorted. changes: for each symbol and each target (by its
    index in the project's outcomes) the toggles that change it, a pair written `A+B`; only
    symbols with at least one. fails: for each target the toggles after which it cannot be
    configured, so that nothing can be said of them. skipped: targets that fail as they are.
    pairs: whether pairs were tried; one is only told where neither of its two is.
    """

    features: tuple[str, ...]
    changes: dict[str, dict[int, tuple[str, ...]]]
    fails: dict[int, tuple[str, ...]]
    skipped: tuple[int, ...]
    pairs: bool = False


def vary(project: Project, what: str, host_arch: str, pairs: bool = False) -> Sensitivity:
    """What each host feature, or each accelerator that a target can have on `host_arch`, changes.

    With pairs also each two of them together: reported only where neither of the two alone
    changes the symbol. A project of targets that fail as they are has nothing to compare with.
    """
    number = {outcome.name: index for index, outcome in enumerate(project.outcomes)}
    skipped = tuple(number[outcome.name] for outcome in project.outcomes if outcome.failed)
    features: set[str] = set()
    changes: dict[str, dict[int, tuple[str, ...]]] = {}
    fails: dict[int, tuple[str, ...]] = {}
    for part in toggled(project, what, host_arch, pairs):
        features.update(name for toggle in part.toggles for name in toggle.names)
        _compare(part, number, changes, fails)
    ordered = {symbol: changes[symbol] for symbol in sorted(changes)}
    return Sensitivity(tuple(sorted(features)), ordered, fails, skipped, pairs)


def _compare(
    part: Toggled,
    number: dict[str, int],
    changes: dict[str, dict[int, tuple[str, ...]]],
    fails: dict[int, tuple[str, ...]],
) -> None:
    """Note where toggled lanes differ from their targets. number: of each target's outcome."""
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
    """Note one change; lanes come with single features first, which make pairs superfluous."""
    index = number[toggle.outcome.name]
    known = per_target.get(index, ())
    if len(toggle.names) == 2 and set(toggle.names) & set(known):
        return
    per_target[index] = (*known, "+".join(toggle.names))
