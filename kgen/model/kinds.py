"""The kinds of symbols. `targets.symbol_kinds` determines the kind of each symbol."""

from __future__ import annotations

# In display order.
KINDS = ("board", "group", "device", "bus", "internal", "host", "external")

# The types of symbols of standard Kconfig, which are their kinds.
LOGICAL = ("bool", "tristate")
TYPES = (*LOGICAL, "string", "int", "hex")

# The kinds of names, which are not symbols: what `-device` and `-M` take.
DEVICE, MACHINE = NAMES = ("device", "machine")

# The kinds that a user configures, by QEMU's docs/devel/kconfig.rst; the others follow from these.
CHOSEN = ("board", "group", "device")


def folder_of(path: str) -> str:
    """The folder of a file of the tree: `hw/net` for `hw/net/Kconfig`, "" for a top-level file."""
    return path.rpartition("/")[0]
