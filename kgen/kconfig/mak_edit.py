"""Assignments put into the text of a devices file; all else in it stays as it is."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from kgen.kconfig.mak_lines import COMMENTED, LINE


def edited(text: str, assignments: Iterable[tuple[str, bool]]) -> str:
    """The text with these assignments.

    A line that assigns the symbol gets the new value and keeps the rest, its comment included.
    Else the first line that does so in a comment (`# CONFIG_X=y`) becomes the assignment. Else
    it is put at the end. Line ends stay what they are, and new ones are like the first one.
    """
    lines: list[str] = re.findall(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+", text)
    end = _end(lines[0]) if lines and _end(lines[0]) else "\n"
    for symbol, value in assignments:
        letter = "y" if value else "n"
        if not _replace(lines, symbol, letter) and not _uncomment(lines, symbol, letter):
            if lines and not _end(lines[-1]):
                lines[-1] += end
            lines.append(f"CONFIG_{symbol}={letter}{end}")
    return "".join(lines)


def _replace(lines: list[str], symbol: str, letter: str) -> bool:
    """Give every line that assigns the symbol the value; False if there is none."""
    assigns = re.compile(rf"(?<!\w)(CONFIG_{re.escape(symbol)}[ \t]*=[ \t]*)[yn](?!\w)")
    found = False
    for number, line in enumerate(lines):
        code, mark, comment = line.partition("#")
        changed, times = assigns.subn(rf"\g<1>{letter}", code)
        if times:
            lines[number] = changed + mark + comment
            found = True
    return found


def _uncomment(lines: list[str], symbol: str, letter: str) -> bool:
    """Make the first commented assignment of the symbol a real one; False if there is none."""
    commented = re.compile(
        rf"[ \t]*#[ \t#]*CONFIG_{re.escape(symbol)}"
        r"(?:[ \t]*=[ \t]*[yn]|[ \t]+is not set)[ \t]*[\r\n]*"
    )
    for number, line in enumerate(lines):
        if commented.fullmatch(line):
            lines[number] = f"CONFIG_{symbol}={letter}{_end(line)}"
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
        match = LINE.fullmatch(line)
        if match is None:
            made.append(line)
        elif rest.pop(match["name"], None) is not None:
            made.append(f"{match['before']}{_assigned_line(match['name'], wanted)}{match['after']}")
    for number, line in enumerate(made):
        match = COMMENTED.fullmatch(line)
        if match is not None and rest.pop(match["name"], None) is not None:
            made[number] = _assigned_line(match["name"], wanted)
    while made and not made[-1].strip():
        made.pop()
    if rest and made:
        made.append("")
    made += [_assigned_line(symbol, rest) for symbol in sorted(rest)]
    return "".join(f"{line}\n" for line in made)


def plain(wanted: Mapping[str, bool]) -> str:
    """The assignments alone, sorted by symbol."""
    return "".join(f"{_assigned_line(symbol, wanted)}\n" for symbol in sorted(wanted))


def _assigned_line(symbol: str, values: Mapping[str, bool]) -> str:
    return f"CONFIG_{symbol}={'y' if values[symbol] else 'n'}"
