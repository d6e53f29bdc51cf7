"""Assignments put into the text of a devices file; all else in it stays as it is."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from kgen.kconfig.mak_lines import read_line, with_value
from kgen.model.clauses import assignment_text


def edited(text: str, assignments: Iterable[tuple[str, bool]]) -> str:
    """The text with these assignments.

    A line that assigns the symbol gets the new value and keeps the rest, its comment included.
    Else the first line that does so in a comment (`# CONFIG_X=y`) becomes the assignment. Else
    it is put at the end. Line ends stay what they are, and new ones are like the first one.
    """
    lines: list[str] = re.findall(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+", text)
    end = _end(lines[0]) if lines and _end(lines[0]) else "\n"
    for symbol, value in assignments:
        if not _replace(lines, symbol, value) and not _uncomment(lines, symbol, value):
            if lines and not _end(lines[-1]):
                lines[-1] += end
            lines.append(f"{assignment_text(symbol, value)}{end}")
    return "".join(lines)


def _replace(lines: list[str], symbol: str, value: bool) -> bool:
    """Give every line that assigns the symbol the value; False if there is none."""
    found = False
    for number, line in enumerate(lines):
        changed = with_value(line, symbol, value)
        if changed is not None:
            lines[number] = changed
            found = True
    return found


def _uncomment(lines: list[str], symbol: str, value: bool) -> bool:
    """Make the first commented assignment of the symbol a real one; False if there is none."""
    for number, line in enumerate(lines):
        end = _end(line)
        item = read_line(line.removesuffix(end))
        if item.kind == "commented" and item.symbol == symbol:
            lines[number] = f"{assignment_text(symbol, value)}{end}"
            return True
    return False


def _end(line: str) -> str:
    return line[len(line.rstrip("\r\n")) :]


def kept(lines: Sequence[str], wanted: Mapping[str, bool]) -> str:
    """The text with exactly the wanted assignments.

    A line that sets what is wanted stays, one that is not wanted goes, one that is commented
    out is put to use, and what has no line yet follows at the end, sorted.
    """
    rest = dict(wanted)
    made: list[str] = []
    for line in lines:
        item = read_line(line)
        if item.kind != "assignment":
            made.append(line)
        elif rest.pop(item.symbol, None) is not None:
            text = assignment_text(item.symbol, wanted[item.symbol])
            made.append(f"{item.before}{text}{item.after}")
    for number, line in enumerate(made):
        item = read_line(line)
        # More marks than one, or `is not set`, are remarks of their own.
        usable = item.kind == "commented" and item.marks == 1 and not item.unset
        if usable and rest.pop(item.symbol, None) is not None:
            made[number] = assignment_text(item.symbol, wanted[item.symbol])
    while made and not made[-1].strip():
        made.pop()
    if rest and made:
        made.append("")
    made += [assignment_text(symbol, rest[symbol]) for symbol in sorted(rest)]
    return "".join(f"{line}\n" for line in made)


def plain(wanted: Mapping[str, bool]) -> str:
    """The assignments alone, sorted by symbol."""
    return "".join(f"{assignment_text(symbol, wanted[symbol])}\n" for symbol in sorted(wanted))
