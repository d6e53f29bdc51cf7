"""Symbols with several entries: merged or rejected, depending on the QEMU version."""

from __future__ import annotations

import os

from kgen.model.problems import Note, Problem

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from kgen.model.clauses import Entry


def duplicate_problems(entries: Sequence[Entry], merge: Callable[[], bool | None]) -> list[Problem]:
    """A problem for each repeated entry of a symbol, unless such entries are merged.

    merge: called only if there is a repeated entry; returns whether entries are merged, or None
    if that is unknown.
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
                hint += "; this tree has no VERSION file: choose with --duplicates"
            problems.append(
                Problem(
                    f"{entry.symbol} is defined twice",
                    entry.place,
                    notes=(Note(before.place, "first defined here"),),
                    hint=hint,
                    code="KG202",
                )
            )
    return problems


def merges_duplicates(
    read: Callable[[str], str | None], folder: str, choice: str = "auto"
) -> bool | None:
    """Whether repeated entries are merged (True), an error (False), or unknown (None).

    QEMU's scripts/minikconf.py merged them, unintentionally, until a rewrite after the 11.0
    release. The tree's own minikconf.py decides if it can be read; otherwise the VERSION file:
    merged up to 10.2. read: returns a file's text, or None. choice: `merge` and `error` override
    the detection.
    """
    if choice != "auto":
        return choice == "merge"
    program = read(os.path.join(folder, "scripts", "minikconf.py")) or ""
    if "var.name in self.defined_vars" in program:
        return False
    if "var in self.defined_vars" in program:
        return True
    major = (read(os.path.join(folder, "VERSION")) or "").strip().split(".")[0]
    return int(major) < 11 if major.isascii() and major.isdigit() else None
