"""How users write the names of symbols: `VIRTIO_NET`, `virtio-net`, `CONFIG_virtio_net`.

Files are exact: a name in Kconfig, in a devices file or in a policy is what it is. On the command
line and in a project file, a name that is not exact means the symbol that differs from it only in
case, in `-` for `_`, or in the prefix `CONFIG_`.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable


def folded(name: str) -> str:
    """A name as QEMU writes symbols: in capitals, with `_`, without `CONFIG_`."""
    return capitals(name).removeprefix("CONFIG_")


def capitals(name: str) -> str:
    """A name in capitals, with `_` for `-`."""
    return name.upper().replace("-", "_")


def matching(glob: str, symbols: Iterable[str]) -> frozenset[str]:
    """The symbols that a glob matches, with or without `CONFIG_`; if none does as it is written,
    those that differ in case or in `-` for `_`."""
    import re
    from fnmatch import fnmatchcase

    symbols = frozenset(symbols)
    plain = glob.removeprefix("CONFIG_")
    exact = frozenset(name for name in symbols if fnmatchcase(name, plain))
    if exact:
        return exact
    # In brackets, `-` is a range.
    parts = re.split(r"(\[[^]]*\])", glob)
    loose = "".join(
        part.upper() if number % 2 else capitals(part) for number, part in enumerate(parts)
    ).removeprefix("CONFIG_")
    return frozenset(name for name in symbols if fnmatchcase(capitals(name), loose))
