"""Which tree was used, for a user whose symbol is unknown."""

from __future__ import annotations

import sys

from kgen.formats.escapes import visible
from kgen.project.options import HERE, TREE, Options


def print_tree_note(options: Options) -> None:
    """Say on stderr which tree was used, if the command line does not name it."""
    if options.tree_by == TREE:
        return
    which = "the embedded hw/virtio tree"
    if options.tree is not None:
        which = HERE if options.tree_by == HERE else f"{options.tree}, as {options.tree_by} says"
    print(visible(f"note: the tree is {which}; --tree names another"), file=sys.stderr)
