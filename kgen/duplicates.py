"""Symbols that are declared twice."""

from __future__ import annotations

from kgen.errors import Note, Problem

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from kgen.model import Entry


def twice(entries: Sequence[Entry], merge: Callable[[], bool | None]) -> list[Problem]:
    """A problem for each entry of a symbol that has one already, unless those are merged.

    merge is asked only if there is such an entry; None means that it is not known.
    """
    if len({entry.symbol for entry in entries}) == len(entries):
        return []
    merged = merge()
    if merged:
        return []
    undecided = merged is None
    first: dict[str, Entry] = {}
    problems = []
    for entry in entries:
        before = first.setdefault(entry.symbol, entry)
        if before is not entry:
            hint = "QEMU merges such entries up to 11.0 and rejects them since"
            if undecided:
                hint += "; no VERSION file stands beside this tree: say which with --duplicates"
            problems.append(
                Problem(
                    f"{entry.symbol} is defined twice",
                    entry.place,
                    notes=(Note(before.place, "defined here before"),),
                    hint=hint,
                    code="KG202",
                )
            )
    return problems
