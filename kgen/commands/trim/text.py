"""The answers of `kgen trim` as text, as a devices file and as JSON data."""

from __future__ import annotations

from typing import Any

from kgen.commands.trim.command_lines import Word
from kgen.commands.trim.smallest import Size, Trimmed, Wanted, assignments
from kgen.formats.escapes import visible
from kgen.model.clauses import assignment_text
from kgen.model.places import at
from kgen.targets.symbol_kinds import only_selected_by

# Reasons of one line that are listed; more are counted.
_MOST = 3


def reasons(wanted: tuple[Wanted, ...]) -> list[str]:
    """Who needs a line, in lines of text."""
    texts = list(dict.fromkeys(one.why for one in wanted))
    more = [f"and {len(texts) - _MOST} more"] if len(texts) > _MOST else []
    return texts[:_MOST] + more


def as_mak(trimmed: Trimmed) -> str:
    """The devices file, with reasons as comments."""
    folder = f"configs/devices/{trimmed.target}"
    lines = [f"# For configure --without-default-devices; a file in {folder}."]
    for name, wanted in trimmed.lines.items():
        lines += ["", *(f"# {one}" for one in reasons(wanted))]
        if name in trimmed.internal:
            lines.append(f"# {name} is internal: {only_selected_by(trimmed.internal[name])}")
        lines.append(assignment_text(name, True))
    rest = _rest(trimmed)
    return "\n".join([*lines, *([""] if rest else []), *(f"# {one}" for one in rest)]) + "\n"


def as_text(trimmed: Trimmed) -> list[str]:
    """The answer for a terminal."""
    lines = [f"{trimmed.target}: {len(trimmed.lines)} lines for --without-default-devices"]
    for name, wanted in trimmed.lines.items():
        lines.append(f"    {assignment_text(name, True)}")
        lines += [f"        {one}" for one in reasons(wanted)]
        if name in trimmed.internal:
            lines.append(f"        internal: {only_selected_by(trimmed.internal[name])}")
    lines += _rest(trimmed)
    head = ("", "symbols", "C files", "types", "devices")
    lines.append("".join(f"{one:<12}" for one in head).rstrip())
    for label, size in (("this", trimmed.size), ("default", trimmed.default_size)):
        lines.append("".join(f"{one!s:<12}" for one in (label, *size)).rstrip())
    return [visible(line) for line in lines]


def _rest(trimmed: Trimmed) -> list[str]:
    lines = [f"from the host: {name} ({why})" for name, why in trimmed.host.items()]
    lines += [f"a library of the host: {name} ({why})" for name, why in trimmed.libraries.items()]
    return lines + [f"not known: {_placed(*one)}" for one in trimmed.unknown]


def _placed(text: str, word: Word | None) -> str:
    return text if word is None else f"{text} ({at(word.place)})"


def as_data(trimmed: Trimmed) -> dict[str, Any]:
    """The answer for one target."""
    return {
        "target": trimmed.target,
        "assignments": assignments(trimmed),
        "because": [
            {
                "kind": one.meaning.kind,
                "name": one.meaning.name,
                "why": one.why,
                "symbols": [name for name, lost in trimmed.lines.items() if one in lost],
            }
            for one in trimmed.wanted
        ],
        "internal": {name: list(by) for name, by in trimmed.internal.items()},
        "host": trimmed.host,
        "libraries": trimmed.libraries,
        "unknown": [_placed(*one) for one in trimmed.unknown],
        "size": _size(trimmed.size),
        "default_size": _size(trimmed.default_size),
    }


def _size(size: Size) -> dict[str, int]:
    return size._asdict()
