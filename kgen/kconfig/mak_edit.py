"""Changes assignments in the text of a devices file and keeps everything else."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from kgen.kconfig.mak_lines import line_break, read_line, split_lines, with_value
from kgen.model.clauses import assignment_text


def edited(text: str, assignments: Iterable[tuple[str, bool]]) -> str:
    """The text with these (symbol, value) assignments.

    A line that assigns the symbol gets the new value; the rest of the line, including its
    comment, is kept. Otherwise the first commented-out assignment (`# CONFIG_X=y`) is replaced.
    Otherwise a line is appended. Line breaks are kept; new lines use the first line's.
    """
    split = split_lines(text)
    lines = [line + end for line, end in split]
    end = line_break(split)
    for symbol, value in assignments:
        if not _replace(lines, symbol, value) and not _uncomment(lines, symbol, value):
            if lines and not _end(lines[-1]):
                lines[-1] += end
            lines.append(f"{assignment_text(symbol, value)}{end}")
    return "".join(lines)


def _replace(lines: list[str], symbol: str, value: bool) -> bool:
    """Set the value in every line that assigns the symbol; False if there is none."""
    replaced = False
    for number, line in enumerate(lines):
        changed = with_value(line, symbol, value)
        if changed is not None:
            lines[number] = changed
            replaced = True
    return replaced


def _uncomment(lines: list[str], symbol: str, value: bool) -> bool:
    """Enable the first commented-out assignment of the symbol; False if there is none."""
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

    Lines of wanted assignments are kept, lines of other assignments are removed, commented-out
    lines of wanted assignments are enabled. Missing assignments are appended, sorted.
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
        # Several `#`, or `is not set`, mean an ordinary comment.
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
    """Only the assignments, sorted by symbol."""
    return "".join(f"{assignment_text(symbol, wanted[symbol])}\n" for symbol in sorted(wanted))
