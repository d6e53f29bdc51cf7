"""What the common options of the command line choose."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kgen.model.record import Record

if TYPE_CHECKING:
    from kgen.model.configurations import Mode


class Options(Record):
    """What the common options of the command line choose; see `docs/reference.md`."""

    tree: str | None = None
    targets: str | None = None
    only: tuple[str, ...] = ()
    mode: Mode = "defconfig"
    devices: str = "default"
    host: str = "linux"
    accel: str = "tcg"
    host_arch: str = "x86_64"
    settings: tuple[str, ...] = ()
    duplicates: str = "auto"

    @property
    def embedded(self) -> bool:
        """Whether no tree is named, so that it is the embedded one."""
        return self.tree is None

    @property
    def set_symbols(self) -> frozenset[str]:
        """The symbols that `--set` assigns."""
        return frozenset(
            setting.partition("=")[0].removeprefix("CONFIG_") for setting in self.settings
        )
