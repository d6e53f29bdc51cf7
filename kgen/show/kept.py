"""A devices file with other assignments, keeping its order and its comments."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from kgen.mak import COMMENTED, LINE


def kept(lines: Sequence[str], wanted: Mapping[str, bool]) -> str:
    """The text with exactly the wanted assignments.

    A line that sets what is wanted stays, one that is not wanted goes, one that is commented
    out is put to use, and what has no line yet follows at the end, sorted.
    """
    rest = dict(wanted)
    made: list[str] = []
    for line in lines:
        match = LINE.fullmatch(line)
        if match is None:
            made.append(line)
        elif rest.pop(match["name"], None) is not None:
            made.append(f"{match['before']}{_line(match['name'], wanted)}{match['after']}")
    for number, line in enumerate(made):
        match = COMMENTED.fullmatch(line)
        if match is not None and rest.pop(match["name"], None) is not None:
            made[number] = _line(match["name"], wanted)
    while made and not made[-1].strip():
        made.pop()
    if rest and made:
        made.append("")
    made += [_line(symbol, rest) for symbol in sorted(rest)]
    return "".join(f"{line}\n" for line in made)


def plain(wanted: Mapping[str, bool]) -> str:
    """The assignments alone, sorted by symbol."""
    return "".join(f"{_line(symbol, wanted)}\n" for symbol in sorted(wanted))


def _line(symbol: str, values: Mapping[str, bool]) -> str:
    return f"CONFIG_{symbol}={'y' if values[symbol] else 'n'}"
