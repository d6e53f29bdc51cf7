"""Policy entries that the present configuration fulfils. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from kgen.kconfig.mak import Devices
from kgen.model.configurations import Outcome
from kgen.model.record import Record

# The kinds of symbols that a `config-devices.mak` has.
PRINTED = ("board", "group", "device", "bus", "internal")


class Entry(Record):
    """One table of a policy. rules: `require`, `forbid`, `allow-only`; the entry stands under each.

    symbols: by kind, "" if that is unknown. targets: globs, () for all.
    """

    rules: tuple[str, ...]
    symbols: Mapping[str, Sequence[str]]
    targets: tuple[str, ...]
    reason: str


def of_list(devices: Devices, name: str, targets: tuple[str, ...]) -> list[Entry]:
    """What a device list assigns: its y is required, its n is forbidden.

    A symbol that is assigned several times has to be y or n by its last line. name: of the list.
    """
    last = {item.symbol: item.value for item in devices.assignments}
    entries = []
    for rule, value in (("require", True), ("forbid", False)):
        symbols = sorted(symbol for symbol, given in last.items() if given is value)
        if symbols:
            reason = f"{name} sets it to {'y' if value else 'n'}"
            entries.append(Entry((rule,), {"": symbols}, targets, reason))
    return entries


def of_configurations(
    outcomes: Sequence[Outcome], kinds: Mapping[str, str], passed: Iterable[str]
) -> list[Entry]:
    """Entries that hold for exactly these symbols: each is required where it is y, and nothing
    else is allowed.

    Symbols that are y on the same targets share an entry. kinds: of each symbol. passed: the
    external symbols; a target without any symbol is allowed nothing but these.
    """
    where: dict[str, list[str]] = {}
    for outcome in outcomes:
        for symbol in outcome.printed():
            where.setdefault(symbol, []).append(outcome.target.name)
    shared: dict[tuple[str, ...], list[str]] = {}
    for symbol in sorted(where):
        shared.setdefault(tuple(where[symbol]), []).append(symbol)
    entries = []
    for targets in sorted(shared, key=lambda names: (-len(names), names)):
        by_kind = {
            kind: [symbol for symbol in shared[targets] if kinds[symbol] == kind]
            for kind in PRINTED
        }
        entries.append(Entry(("require", "allow-only"), by_kind, targets, "as it was configured"))
    empty = tuple(outcome.target.name for outcome in outcomes if not outcome.printed())
    outside = sorted(passed)
    if empty and outside:
        entries.append(Entry(("allow-only",), {"": outside}, empty, "nothing was configured"))
    return entries
