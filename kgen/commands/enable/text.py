"""The answers of `kgen enable` and `kgen disable` as text."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

from kgen.commands.enable.ways import Answer, Way
from kgen.formats.escapes import visible
from kgen.formats.terminal import count
from kgen.model.clauses import assignment_text, assignment_texts, letter
from kgen.model.places import shown
from kgen.solve.unsat_core import Obstacle
from kgen.targets.symbol_kinds import only_selected_by

_WIDTH = 100


def as_text(answers: Sequence[Answer], symbols: Sequence[str], value: bool, every: bool) -> str:
    """The answers, in several lines; targets with the same one share it. every: with all ways."""
    groups: dict[str, list[str]] = {}
    for answer in answers:
        groups.setdefault(_answer(answer, symbols, value, every), []).append(answer.target)
    lines = []
    for text, targets in groups.items():
        first, *rest = text.split("\n")
        lines += textwrap.wrap(
            visible(f"{' '.join(targets)}: {first}"),
            max(_WIDTH, len(targets[0]) + len(first) + 2),
            subsequent_indent="    ",
            break_on_hyphens=False,
        )
        lines += rest
    return "\n".join(lines)


def _answer(answer: Answer, symbols: Sequence[str], value: bool, every: bool) -> str:
    """One target's answer, without its name."""
    names = " and ".join(symbols)
    wanted = letter(value)
    are = "is" if len(symbols) == 1 else "are"
    head = f"{names} "
    if answer.status == "already":
        return visible(f"{head}{are} already {wanted}")
    if answer.status == "impossible":
        lines = [f"{head}cannot be {wanted}:"]
        lines += [f"    {_at(cause)}{cause.message}" for cause in answer.because]
        return "\n".join(visible(line) for line in lines)
    best, *others = answer.ways
    become = "becomes" if len(symbols) == 1 else "become"
    lines = [f"{head}{become} {wanted} with {count(len(best.assignments), 'assignment')}"]
    lines += _assignments(best)
    lines += folded("also enables", [name for name in best.gained if name not in symbols])
    lines += folded("also disables", [name for name in best.lost if name not in symbols])
    if every:
        for way in others:
            sizes = f"enables {len(way.gained)}, disables {len(way.lost)}"
            internal = f", internal: {' '.join(dict(way.internal))}" if way.internal else ""
            texts = " ".join(assignment_texts(way.assignments))
            lines.append(f"or  {texts}  ({sizes}{internal})")
    lines += further(len(others), answer.complete, every)
    return "\n".join(visible(line) for line in lines)


def further(others: int, complete: bool, every: bool) -> list[str]:
    """What is said of sets as good as the first: how many others there are, if they are not listed,
    or that there are more than these. every: they are listed."""
    if every:
        return [] if complete else ["or  further sets of the same size"]
    if not others:
        return []
    sets = f"{count(others, 'other set')} of the same size"
    return [f"{'' if complete else 'at least '}{sets}; use --all to list them"]


def _assignments(way: Way) -> list[str]:
    """A line for each assignment; those of internal symbols say what normally sets them."""
    selectors = dict(way.internal)
    lines = []
    for symbol, value in way.assignments:
        line = f"    {assignment_text(symbol, value)}"
        if symbol in selectors:
            line += f"  (internal: {only_selected_by(selectors[symbol])})"
        lines.append(line)
    return lines


def _at(cause: Obstacle) -> str:
    return "" if cause.place is None else f"{shown(cause.place.file)}:{cause.place.line}: "


def folded(label: str, names: Sequence[str]) -> list[str]:
    """A label and names in as many lines as they need; none without names."""
    if not names:
        return []
    first = f"{label} ({len(names)}): "
    return textwrap.wrap(
        first + " ".join(names), _WIDTH, subsequent_indent="    ", break_on_hyphens=False
    )
