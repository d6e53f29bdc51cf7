"""What became of a device list, as text and as JSON."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator

from kgen.commands.migrate.causes import Told
from kgen.commands.migrate.migrate import Migrated
from kgen.formats.escapes import visible
from kgen.formats.terminal import count
from kgen.model.clauses import assignment_text

_TITLES = {
    "gone": "Gone",
    "renamed": "Renamed, as it looks",
    "contradictory": "Contradictory now, left out",
    "no-longer-needed": "No longer needed, left out",
    "needed": "Added to keep what was on",
    "off": "Added to keep off what was off",
}


def text(found: Migrated) -> str:
    """The changes, and what differs in the end."""
    lines: list[str] = []
    for kind, title in _TITLES.items():
        chosen = [item for item in found.told if item.kind == kind]
        if chosen:
            lines.append(f"{title} ({len(chosen)})")
            lines += [line for item in chosen for line in _lines(item)]
    if not found.told:
        lines.append("The list is right as it is.")
    lines += _rest(found)
    return "\n".join(map(visible, lines)) + "\n"


def _lines(item: Told) -> Iterator[str]:
    at = f"{item.list}:{item.line}: " if item.line else ""
    instead = f" -> {assignment_text(item.instead, item.value)}" if item.instead else ""
    yield f"  {at}{assignment_text(item.symbol, item.value)}{instead}"
    place = f" ({item.file}:{item.place}{' in the old tree' if item.old else ''})"
    shown = item.file and f"{item.file}:{item.place}" not in item.why
    yield from _wrapped(item.why + (place if shown else ""))
    if item.with_:
        yield from _wrapped(f"with it: {' '.join(item.with_)}")


def _wrapped(line: str) -> list[str]:
    return textwrap.wrap(
        line,
        100,
        initial_indent="      ",
        subsequent_indent="        ",
        break_long_words=False,
        break_on_hyphens=False,
    )


def _rest(found: Migrated) -> Iterator[str]:
    """What is not as it was, each target in a line or two."""
    for pair in found.diff.pairs:
        yield (
            f"{pair.target}: {count(len(pair.lost), 'symbol')} lost, {len(pair.gained)} gained "
            "against the old list on the old tree"
        )
        for word, symbols in (("lost", pair.lost), ("gained", pair.gained)):
            if symbols:
                yield from _wrapped(f"{word}: {' '.join(symbols)}")
