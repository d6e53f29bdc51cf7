"""Parts that a Super I/O chip makes: how many of each is in fields of its class, which
hw/isa/isa-superio.c reads."""

from __future__ import annotations

import re
from collections.abc import Iterator

# The parent of all such chips, and the types of their parts by the fields.
CHIP = "isa-superio"
_PARTS = {
    "parallel": "isa-parallel", "serial": "isa-serial", "floppy": "isa-fdc", "ide": "isa-ide",
}  # fmt: skip

# `sc->serial.count = 2`, or `sc->serial = (ISASuperIOFuncs){ .count = 2, ... }`.
_COUNT = re.compile(
    r"->\s*(parallel|serial|floppy|ide)\s*"
    r"(?:\.|=\s*\(\s*ISASuperIOFuncs\s*\)\s*\{[^{}]*?\.)\s*count\s*=\s*[1-9]"
)


def parts(text: str) -> Iterator[tuple[str, int]]:
    """The types of the parts that the chips of a C file make, each with its line."""
    for match in _COUNT.finditer(text):
        yield _PARTS[match[1]], text.count("\n", 0, match.start()) + 1
