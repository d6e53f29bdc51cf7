"""What a tree's version decides: whether two entries of one symbol are merged."""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable


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
