"""The common options of the command line."""

from __future__ import annotations

from kgen.model.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from kgen.model.configurations import Mode


class Options(Record):
    """The values of the common options of the command line; see `docs/reference.md`.

    side: what the options that messages name begin with, as in `--old-host`; "" for the common
    ones.
    """

    tree: str | None = None
    targets: str | None = None
    only: tuple[str, ...] = ()
    mode: Mode = "defconfig"
    devices: str = "default"
    devices_as: str | None = None
    host: str = "linux"
    accel: str = "tcg"
    host_arch: str = "x86_64"
    settings: tuple[str, ...] = ()
    duplicates: str = "auto"
    allow_outside: bool = False
    side: str = ""

    @property
    def embedded(self) -> bool:
        """Whether the embedded tree is used, because no tree is given."""
        return self.tree is None

    @property
    def set_symbols(self) -> frozenset[str]:
        """The symbols that `--set` assigns."""
        return frozenset(
            setting.partition("=")[0].removeprefix("CONFIG_") for setting in self.settings
        )
