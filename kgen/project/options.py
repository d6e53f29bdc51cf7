"""The common options: what the command line and the project file give for each target."""

from __future__ import annotations

from kgen.model.places import Place
from kgen.model.record import Record
from kgen.model.spelling import folded
from kgen.project.choose import names_target

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any

    from kgen.model.configurations import Mode

# What named the tree: the command line, or nothing, where it is that of the current folder.
TREE = "--tree"
HERE = "the current folder"

# The fields that can differ between the targets.
PER_TARGET = (
    "mode",
    "devices",
    "devices_as",
    "host",
    "accel",
    "host_arch",
    "settings",
    "env",
    "fragments",
)

# Those whose values are added to the ones before; one of the same name replaces it.
_ADDED = ("settings", "env")


class Override(Record):
    """What holds for some targets only: the values, by field, for those that match the glob.
    place: where a file says it."""

    glob: str
    values: Mapping[str, Any]
    place: Place | None = None


class Written(Record):
    """Where a file gives a value of a field."""

    field: str
    value: str
    place: Place


class Configured(Record):
    """What QEMU's build was configured with, as far as it is known.

    options: the values of options of meson_options.txt; others have their defaults. defined: the
    macros of its config-host.h; None if unknown. libraries: the dependencies that Meson found; None
    if unknown.
    """

    options: tuple[tuple[str, str], ...] = ()
    defined: frozenset[str] | None = None
    libraries: frozenset[str] | None = None


class Options(Record):
    """The values of the common options; see `docs/reference.md`.

    side: what the options that messages name begin with, as in `--old-host`; "" for the common
    ones. given: the fields that the command line or a file gives for all targets. tree_by: what
    named the tree: TREE, a project file, or HERE; "" for the embedded tree.
    overrides: what holds for some targets only; of several for one target, the last. Ask `of` for
    the values of a target. file: the project file that was read, if any; found: it was found, and
    not named by the user. written: the places of its values. configured: what a build
    folder, or the configure command line `configure`, says of the build.
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
    dialect: str = "auto"
    configs: tuple[str, ...] = ()
    kconfig: str | None = None
    fragments: tuple[str, ...] = ()
    env: tuple[str, ...] = ()
    may_miss: tuple[str, ...] = ()
    shell_answers: str | None = None
    allow_shell: bool = False
    from_build: str | None = None
    configure: str | None = None
    side: str = ""
    given: frozenset[str] = frozenset()
    tree_by: str = ""
    overrides: tuple[Override, ...] = ()
    file: str | None = None
    found: bool = False
    written: tuple[Written, ...] = ()
    configured: Configured = Configured()

    @property
    def embedded(self) -> bool:
        """Whether the embedded tree is used, because no tree is given."""
        return self.tree is None

    def of(self, target: str) -> Options:
        """The options of one target."""
        own = self._replace(overrides=())
        for override in self.overrides:
            if names_target(override.glob, target):
                own = own._replace(**_joined(own._asdict(), override.values))
        return own

    def changed(self, **values: Any) -> Options:
        """The options with these values for all targets, in place of those that they have.

        A host that begins with `+` or `-` changes the one of each target instead. Settings are
        added; one of these replaces one of the same symbol.
        """
        overrides = []
        for item in self.overrides:
            own = {field: value for field, value in item.values.items() if field not in values}
            joining = {
                field: value
                for field, value in values.items()
                if field in item.values and _joins(field, value)
            }
            own.update(_joined(item.values, joining))
            overrides.append(item._replace(values=own))
        given = self.given.union(values)
        new = _joined(self._asdict(), values)
        return self._replace(overrides=tuple(overrides), given=given, **new)

    def as_given(self) -> dict[str, Any]:
        """The values that the command line or a file gives for all targets, by field."""
        return {field: value for field, value in self._asdict().items() if field in self.given}

    def replaced(self, settings: tuple[str, ...]) -> Options:
        """The options with these settings for all targets, and no others."""
        overrides = (
            item._replace(values={**item.values, "settings": ()}) for item in self.overrides
        )
        return self._replace(settings=settings, overrides=tuple(overrides))

    def devices_of_any(self) -> Iterator[str]:
        """The devices files that some target may have: names, and paths."""
        yield self.devices
        for item in self.overrides:
            if "devices" in item.values:
                yield item.values["devices"]

    def place(self, field: str, value: str) -> Place | None:
        """Where the project file gives a value, or an item of a value; None if it does not."""
        for one in self.written:
            if one.field == field and value in (one.value, *map(str.strip, one.value.split(","))):
                return one.place
        return None


def _joins(field: str, value: Any) -> bool:
    """Whether a new value joins the one before, instead of replacing it."""
    return field in _ADDED or (field == "host" and value.lstrip().startswith(("+", "-")))


def _joined(before: Mapping[str, Any], values: Mapping[str, Any]) -> dict[str, Any]:
    """New values of fields, on top of those before."""
    found = dict(values)
    for field in filter(lambda field: _joins(field, values[field]), values):
        if field == "host":
            found[field] = f"{before[field]},{values[field]}"
        else:
            name = _symbol if field == "settings" else _variable
            new = {name(setting) for setting in values[field]}
            old = (setting for setting in before[field] if name(setting) not in new)
            found[field] = (*old, *values[field])
    return found


def _symbol(setting: str) -> str:
    return folded(setting.partition("=")[0])


def _variable(setting: str) -> str:
    return setting.partition("=")[0]
