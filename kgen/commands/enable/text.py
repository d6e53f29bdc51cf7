"""The answers of `kgen enable` and `kgen disable`: as text for people, and as data."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

from kgen.commands.enable.ways import Answer
from kgen.formats.escapes import visible
from kgen.formats.terminal import count
from kgen.model.clauses import assignment_texts, letter
from kgen.model.places import shown
from kgen.solve.unsat_core import Obstacle

_WIDTH = 100


def as_text(answer: Answer, symbols: Sequence[str], value: bool, every: bool) -> str:
    """One target's answer; every: with all other ways."""
    told = " and ".join(symbols)
    wanted = letter(value)
    are = "is" if len(symbols) == 1 else "are"
    head = f"{answer.target}: {told} "
    if answer.status == "already":
        return visible(f"{head}{are} {wanted} already")
    if answer.status == "impossible":
        lines = [f"{head}cannot be {wanted}:"]
        lines += [f"    {_at(cause)}{cause.message}" for cause in answer.because]
        return "\n".join(visible(line) for line in lines)
    best, *others = answer.ways
    become = "becomes" if len(symbols) == 1 else "become"
    lines = [f"{head}{become} {wanted} with {count(len(best.assignments), 'assignment')}"]
    lines += [f"    {line}" for line in assignment_texts(best.assignments)]
    lines += _folded("comes in", [name for name in best.gained if name not in symbols])
    lines += _folded("goes out", [name for name in best.lost if name not in symbols])
    if every:
        for way in others:
            sizes = f"{len(way.gained)} in, {len(way.lost)} out"
            lines.append(f"or  {' '.join(assignment_texts(way.assignments))}  ({sizes})")
        if not answer.complete:
            lines.append("or  more that are as small")
    elif others:
        number = f"{len(others)}{'' if answer.complete else ' or more'}"
        lines.append(f"{number} other way{'s' * (number != '1')} as small: --all")
    return "\n".join(visible(line) for line in lines)


def _at(cause: Obstacle) -> str:
    return "" if cause.place is None else f"{shown(cause.place.file)}:{cause.place.line}: "


def _folded(label: str, names: Sequence[str]) -> list[str]:
    if not names:
        return []
    first = f"{label} ({len(names)}): "
    return textwrap.wrap(
        first + " ".join(names), _WIDTH, subsequent_indent="    ", break_on_hyphens=False
    )
