"""A tree of a board and what it brings, in which differences are made by hand."""

from __future__ import annotations

from pathlib import Path

from running import write_tree

BOARD = """
config BOARD
    bool
    default y
    imply PCI_DEVICES
config PCI_DEVICES
    bool
"""
DEVICES = "".join(f"config D{i}\n    default y if PCI_DEVICES\n" for i in range(5))


def tree(folder: Path, kconfig_text: str, *targets: str, **assigned: str) -> Path:
    """A folder with a Kconfig and a checkout's configs; assigned: lines for a target's list."""
    files = {"Kconfig": kconfig_text, "VERSION": f"{folder.name}\n"}
    for target in targets or ("arm",):
        files[f"configs/targets/{target}-softmmu.mak"] = f"TARGET_ARCH={target}\n"
        files[f"configs/devices/{target}-softmmu/default.mak"] = assigned.get(target, "")
    return write_tree(folder, files)
