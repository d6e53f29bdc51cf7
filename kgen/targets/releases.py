"""The QEMU releases that declare a symbol, for hints on undefined symbols."""

from __future__ import annotations

import os
from functools import cache

from kgen.files import resources


def hint(symbol: str) -> str:
    """A hint like `QEMU declares NIOS2 up to 8.2`; "" if no release declares the symbol.

    The table that comes with kgen ends at some release; if the symbol is still declared there, the
    hint does not name a last release.
    """
    versions, spans = _table()
    if symbol not in spans:
        return ""
    first, last = spans[symbol]
    if last == versions[-1]:
        since = "" if first == versions[0] else f" from {first} on"
        return f"QEMU declares {symbol}{since}"
    if first == versions[0]:
        return f"QEMU declares {symbol} up to {last}"
    return f"QEMU declares {symbol} from {first} to {last}"


@cache
def _table() -> tuple[list[str], dict[str, tuple[str, str]]]:
    versions: list[str] = []
    spans: dict[str, tuple[str, str]] = {}
    with open(os.path.join(resources.history(), "symbols.txt"), encoding="utf-8") as stream:
        for line in stream:
            if line.startswith("#"):
                continue
            word, *rest = line.split()
            if word == "releases" and not versions:
                versions = rest
            else:
                spans[word] = (rest[0], rest[1])
    return versions, spans
