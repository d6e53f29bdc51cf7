"""The results of a sweep as text, shortened unless --all is given."""

from __future__ import annotations

from collections.abc import Sequence

from kgen.commands.sweep.breakages import SORTS, Breakage
from kgen.commands.sweep.failing_lanes import Plan, Tally
from kgen.formats.escapes import visible
from kgen.formats.terminal import count
from kgen.model.clauses import assignment_texts
from kgen.model.places import located

_HEADS = {
    "select-depends": "selected although its dependency does not hold",
    "assigned-depends": "assigned y although its dependency does not hold",
    "select-assigned": "assigned n although it is selected",
    "assigned-assigned": "assigned both y and n",
    "cycle": "dependency cycle",
}


# Symbols shown of each kind without --all.
_SYMBOLS = 8


def lines(
    plan: Plan, tallies: Sequence[Tally], found: Sequence[Breakage], everything: bool
) -> list[str]:
    """The text of `kgen sweep`, without what differs between runs."""
    total = sum(tally.configurations for tally in tallies)
    failing = sum(tally.failing for tally in tallies)
    where = tallies[0].scope.name if len(tallies) == 1 else count(len(tallies), "target")
    what = (
        f"every combination of {', '.join(plan.chosen)}"
        if plan.chosen
        else f"random, seed {plan.seed}"
    )
    shown = [f"{count(total, 'configuration')} of {where}, {what}: {failing:,} fail"]
    if not plan.chosen and len(set(plan.densities)) > 1:
        shown += _by_density(plan, tallies)
    alone = [item for item in found if item.alone]
    for sort in SORTS:
        items = [item for item in alone if item.sort == sort]
        if items:
            shown += ["", f"{_HEADS[sort]}: {count(len(items), 'way')}"]
            shown += _folded(items, everything)
    rest = [item for item in found if not item.alone]
    if rest and everything:
        shown += ["", f"only together with another contradiction: {count(len(rest), 'way')}"]
        shown += _folded(rest, everything)
    elif rest:
        words = "only together with another contradiction; --all shows them"
        shown += ["", f"{count(len(rest), 'more way')} {words}"]
    return [visible(line) for line in shown]


def _by_density(plan: Plan, tallies: Sequence[Tally]) -> list[str]:
    cells: list[str] = []
    for number, density in enumerate(plan.densities):
        all_ = sum(tally.by_density[number][0] for tally in tallies)
        bad = sum(tally.by_density[number][1] for tally in tallies)
        if all_:
            cells.append(f"1 in {1024 / density:.4g}: {100 * bad / all_:.1f} %")
    return [f"failing by share of assigned symbols: {', '.join(cells)}"]


def _folded(items: Sequence[Breakage], everything: bool) -> list[str]:
    """The ways as lines: the one with the fewest assignments per symbol, or all of them."""
    groups: dict[str, list[Breakage]] = {}
    for item in items:
        groups.setdefault(item.symbol, []).append(item)
    shown: list[str] = []
    for number, (symbol, ways) in enumerate(groups.items()):
        if number == _SYMBOLS and not everything:
            left = len(groups) - number
            shown.append(f"  and {count(left, 'more symbol')}; --all shows everything")
            break
        for way in ways if everything else ways[:1]:
            shown += _way(way)
        if len(ways) > 1 and not everything:
            shown.append(f"      and {count(len(ways) - 1, 'more way')} to break {symbol}")
    return shown


def _way(way: Breakage) -> list[str]:
    number = sum(many for _, many in way.counts)
    targets = f" of {count(len(way.counts), 'target')}" if len(way.counts) > 1 else ""
    with_ = " ".join(assignment_texts(way.assignments)) or "nothing assigned"
    head = f"  {way.symbol}: {with_}"
    if len(way.counts) > 1:
        head += f" ({way.target})"
    shown = [head]
    for letter, reason in zip("yn", way.reasons, strict=False):
        mark = "" if way.sort == "cycle" else f"{letter}: "
        at = ""
        if reason.place is not None:
            file, line = located(reason.place)
            at = f"{file}:{line}: "
        shown.append(f"      {at}{mark}{reason.text}")
    if way.options:
        shown.append(f"      pass {way.options}")
    if way.lines:
        shown.append(f"      set by the devices file: {', '.join(way.lines)}")
    shown.append(f"      in {count(number, 'configuration')}{targets}")
    return shown


def speed(configurations: int, seconds: float) -> str:
    """The line for stderr, which differs between runs."""
    return f"{configurations / max(seconds, 1e-9):,.0f} configurations a second"
