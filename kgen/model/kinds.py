"""What kinds of things symbols stand for; `targets.symbol_kinds` tells of which each symbol is."""

from __future__ import annotations

# In the order in which people are shown them.
KINDS = ("board", "group", "device", "bus", "internal", "host", "external")

# What a builder chooses, by QEMU's docs/devel/kconfig.rst; the rest follows from it.
CHOSEN = ("board", "group", "device")


def folder_of(path: str) -> str:
    """The folder of a file of the tree: `hw/net` for `hw/net/Kconfig`, "" at the top."""
    return path.rpartition("/")[0]
