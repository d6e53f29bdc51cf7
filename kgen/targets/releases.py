"""Which releases of QEMU declare a symbol, for hints about names that a tree does not have."""

from __future__ import annotations

import os
from functools import cache

from kgen.files import resources


def hint(symbol: str) -> str:
    """What QEMU's releases know of a symbol; an empty string if none declares it.

    Like `QEMU declares NIOS2 up to 8.2`: the table that comes with kgen ends at some release,
    and says nothing of later ones.
    """
    versions, span = _table()
    if symbol not in span:
        return ""
    first, last = span[symbol]
    if last == versions[-1]:
        since = "" if first == versions[0] else f" from {first} on"
        return f"QEMU declares {symbol}{since}"
    if first == versions[0]:
        return f"QEMU declares {symbol} up to {last}"
    return f"QEMU declares {symbol} from {first} to {last}"


@cache
def _table() -> tuple[list[str], dict[str, tuple[str, str]]]:
    versions: list[str] = []
    span: dict[str, tuple[str, str]] = {}
    with open(os.path.join(resources.history(), "symbols.txt"), encoding="utf-8") as stream:
        for line in stream:
            if line.startswith("#"):
                continue
            word, *rest = line.split()
            if word == "releases" and not versions:
                versions = rest
            else:
                span[word] = (rest[0], rest[1])
    return versions, span
