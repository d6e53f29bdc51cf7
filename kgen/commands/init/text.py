"""The text of a project file: options as TOML, with comments."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from kgen.model.record import Record
from kgen.project.options import Options
from kgen.targets.checkout import is_path
from kgen.targets.hosts import items

# The keys at the top, in the order of the file: field, key, an example, and what it says.
Keys = Sequence[tuple[str, str, Any, str]]
KEYS: Keys = (
    ("tree", "tree", "qemu", "the QEMU checkout, or DIR@REV for a revision of git"),
    ("targets", "targets", "targets", "target descriptors, for a tree without QEMU's configs"),
    ("only", "only", ["x86_64", "aarch64"], "the targets; default: all"),
    ("mode", "mode", "allnoconfig", "as configure --without-default-devices has it"),
    ("devices", "devices", "our.mak", "the device list: a name in the tree, or a path"),
    ("host", "host", "linux,-SPICE", "the host's features: a profile, changed, or symbols"),
    ("accel", "accel", ["tcg", "kvm"], "the accelerators"),
    ("host_arch", "host-arch", "x86_64", "the host's architecture"),
    ("settings", "set", ["VIRTIO_NET=y"], "further assignments"),
)
MORE = """\
# What differs between targets, by name or glob; of several that match, the last wins:
# [target."s390x-*"]
# devices = "s390x.mak"
# accel = "kvm"
# host-arch = "s390x"

# What one command has of its own:
# [generate]
# directory = "build"
# output = ["mak", "header"]
"""


class Part(Record):
    """The values of one table, by field; of the top, or of the targets of a glob."""

    glob: str
    values: Mapping[str, Any]


def parts(options: Options, keys: Keys = KEYS) -> list[Part]:
    """The tables of these options. What most targets have is at the top."""
    shared: dict[str, Any] = {}
    if options.overrides and {item.glob for item in options.overrides} == set(options.only):
        fields = set[str]().union(*(item.values for item in options.overrides))
        for field in fields:
            given = [item.values[field] for item in options.overrides if field in item.values]
            most = max(given, key=given.count)
            if 2 * given.count(most) > len(options.overrides) == len(given):
                shared[field] = most
    top = {**options._asdict(), **shared}
    default = Options()._asdict()
    fields_of_all = [field for field, *_ in keys if top[field] != default[field]]
    tables = [Part("", {field: top[field] for field in fields_of_all})]
    for item in options.overrides:
        own = {
            field: value
            for field, value in item.values.items()
            if field not in shared or value != shared[field]
        }
        if own:
            tables.append(Part(item.glob, own))
    return tables


def text(
    tables: Sequence[Part],
    folder: str,
    remarks: Sequence[str],
    keys: Keys = KEYS,
    more: str = MORE,
) -> str:
    """The file. folder: where it will be. remarks: what its reader should know. more: its end."""
    return "".join(f"{line}\n" for line in _lines(tables, folder, remarks, keys, more))


def _lines(
    tables: Sequence[Part], folder: str, remarks: Sequence[str], keys: Keys, more: str
) -> Iterator[str]:
    yield "# The project file of kgen: every command in this folder reads it, and the command line"
    yield "# wins. A key is the long name of an option; `kgen COMMAND --help` lists them."
    yield from (f"# {line}" for line in remarks)
    top, *others = tables
    for field, key, example, about in keys:
        yield ""
        yield f"# {key}: {about}"
        if field in top.values:
            yield f"{key} = {_value(field, top.values[field], folder)}"
        else:
            yield f"# {key} = {_toml(example)}"
    for table in others:
        yield ""
        yield f"[target.{_toml(table.glob)}]"
        for field, key, *_ in keys:
            if field in table.values:
                yield f"{key} = {_value(field, table.values[field], folder)}"
    yield ""
    yield from more.rstrip("\n").split("\n")


def _value(field: str, value: Any, folder: str) -> str:
    """A value as TOML; a path as seen from the file's folder."""
    is_folder = field in ("tree", "targets", "shell_answers")
    if is_folder or (field == "devices" and is_path(value)):
        if not os.path.isabs(value):
            value = os.path.relpath(value, folder or ".")
        if value.startswith("~") or (field == "devices" and not is_path(value)):
            value = os.path.join(".", value)
    return _toml(items(value) if field in ("host", "accel") and "," in value else value)


def _toml(value: Any) -> str:
    if isinstance(value, str):
        quoted = value.replace("\\", "\\\\").replace('"', '\\"')
        return '"' + "".join(c if c.isprintable() else f"\\U{ord(c):08X}" for c in quoted) + '"'
    return f"[{', '.join(map(_toml, value))}]"
