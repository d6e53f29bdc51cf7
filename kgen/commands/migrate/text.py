"""The changes of a migrated device list as text."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator

from kgen.commands.diff.text import name_sections
from kgen.commands.migrate.causes import ListChange
from kgen.commands.migrate.migrate import Migrated
from kgen.formats.escapes import visible
from kgen.formats.terminal import count
from kgen.model.clauses import assignment_text

_TITLES = {
    "gone": "No longer declared, removed",
    "renamed": "Probably renamed",
    "contradictory": "Now contradictory, removed",
    "no-longer-needed": "No longer needed, removed",
    "needed": "Added to keep symbols on",
    "off": "Added to keep symbols off",
    "lost": "Lost, since they need what is off",
}


def text(migrated: Migrated, several: bool, written: bool) -> str:
    """The changes of the list, and the remaining differences per target.

    several: it is one of several lists, so its name is a heading. written: its files are written.
    """
    list_, *others = migrated.files
    lines = [f"{list_.shown}:"] if several else []
    for kind, title in _TITLES.items():
        chosen = [item for item in migrated.changes if item.kind == kind]
        if chosen:
            lines.append(f"{title} ({len(chosen)})")
            lines += [line for item in chosen for line in _lines(item)]
    if migrated.taken_in:
        lines.append(f"Not in the new tree, lines taken into the list ({len(migrated.taken_in)})")
        lines += [f"  {item.shown}:{item.line}: include {item.name}" for item in migrated.taken_in]
    if not migrated.changed():
        lines.append("The list needs no change.")
    changed = [file.shown for file in others if file.was != file.now]
    if changed and not written:
        lines.append(f"Included files that change, too: {', '.join(changed)}")
        lines.append("      --in-place writes them and the list where they are")
    lines += _rest(migrated)
    return "\n".join(map(visible, lines)) + "\n"


def _lines(item: ListChange) -> Iterator[str]:
    at = f"{item.list}:{item.line}: " if item.line else ""
    instead = f" -> {assignment_text(item.instead, item.value)}" if item.instead else ""
    yield f"  {at}{assignment_text(item.symbol, item.value)}{instead}"
    place = f" ({item.file}:{item.place}{' in the old tree' if item.old else ''})"
    shown = item.file and f"{item.file}:{item.place}" not in item.why
    yield from _wrapped(item.why + (place if shown else ""))
    if item.with_:
        yield from _wrapped(f"also changes: {' '.join(item.with_)}")


def _wrapped(line: str) -> list[str]:
    return textwrap.wrap(
        line,
        100,
        initial_indent="      ",
        subsequent_indent="        ",
        break_long_words=False,
        break_on_hyphens=False,
    )


def _rest(migrated: Migrated) -> Iterator[str]:
    """The remaining differences: up to three lines for each target, and the names that changed."""
    for pair in migrated.diff.pairs:
        yield (
            f"{pair.target}: {count(len(pair.lost), 'symbol')} lost, {len(pair.gained)} gained "
            "compared with the old list on the old tree"
        )
        for word, symbols in (("lost", pair.lost), ("gained", pair.gained)):
            if symbols:
                yield from _wrapped(f"{word}: {' '.join(symbols)}")
    for title, names in name_sections(migrated.diff):
        yield title
        yield from (f"  {line}" for line in names)
