"""Symbols that are declared twice."""

from __future__ import annotations

import os

from kgen.model.problems import Note, Problem

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from kgen.model.clauses import Entry


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


def merges_duplicates(
    read: Callable[[str], str | None], folder: str, choice: str = "auto"
) -> bool | None:
    """Whether entries are merged (True), an error (False), or it is not known (None).

    QEMU's program merged them, against its intent, until a rewrite after the 11.0 release. The
    tree's own program is the best witness; without one its VERSION decides, merged up to 10.2.
    read: gives a file's text, or None. choice: `merge` or `error` settle it.
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
