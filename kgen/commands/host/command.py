"""`kgen host`: what a configure command line passes to the Kconfig program of QEMU."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from typing import Any

from kgen.commands.host.passed import Passed, passed
from kgen.commands.options import COMMON, FORMAT, Option
from kgen.files.tree import open_tree
from kgen.formats import terminal
from kgen.formats.escapes import visible
from kgen.model.problems import fail
from kgen.model.record import Record
from kgen.project.options import HERE, Options
from kgen.targets import hosts

HELP = """Say which symbols a configure command line passes, and which it leaves undecided.

The scripts and meson.build of the tree are read as text; nothing is run. The host is a Linux host.
The last line of each group of targets is a host for the options of the other commands.

\b
Example: kgen host -- ~/qemu/configure --disable-spice --enable-kvm --target-list=x86_64-softmmu
"""


_FIELDS = ("project", "no_project", "tree", "only", "host_arch")

OPTIONS = (
    Option(
        (),
        "words",
        "CONFIGURE",
        "The command line, behind --: the path of configure, which may be left out, and options.",
        multiple=True,
    ),
    *(option for option in COMMON if option.field in _FIELDS),
    FORMAT,
)


class Arguments(Record):
    """The command line of `kgen host`, read."""

    options: Options
    form: str
    words: tuple[str, ...]


def run(arguments: Arguments) -> int:
    """Print what is passed; return 0. Raises KgenError."""
    options = arguments.options
    words = list(arguments.words)
    folder = options.tree
    if words and not words[0].startswith("-") and "=" not in words[0]:
        program = words.pop(0)
        if folder is None or options.tree_by == HERE:
            folder = os.path.dirname(program) or "."
    if folder is None:
        raise fail(
            "kgen host needs a QEMU tree",
            hint="name its configure first: kgen host -- ~/qemu/configure ..., or give --tree",
            code="KG401",
        )
    found = passed(open_tree(folder), words, options.host_arch, options.only)
    groups = _groups(found)
    cpu = _architecture(words, options.host_arch)
    if arguments.form == "json":
        terminal.print_json(
            {
                "targets": [_data(one) for one in found],
                "options": [
                    {"targets": [one.target for one in group], "words": _options(group, cpu)}
                    for group in groups
                ],
            }
        )
        return 0
    if not found:
        print("no system target is configured")
    for number, group in enumerate(groups):
        print(*[*([""] if number else []), *map(visible, _text(group, cpu))], sep="\n")
    return 0


def _architecture(words: Sequence[str], host_arch: str) -> str:
    """The value of `--host-arch` for a command line with `--cpu`."""
    given = [word.removeprefix("--cpu=") for word in words if word.startswith("--cpu=")]
    return given[-1] if given and given[-1] in hosts.HOST_ARCHITECTURES else host_arch


def _groups(found: Iterable[Passed]) -> list[list[Passed]]:
    """The targets that differ only in their accelerators, together."""
    groups: dict[Any, list[Passed]] = {}
    for one in found:
        groups.setdefault((one.mode, one.devices, one.host, one.open_features), []).append(one)
    return list(groups.values())


def _accelerators(group: Sequence[Passed]) -> list[str]:
    return list(dict.fromkeys(name for one in group for name in one.accelerators))


def _options(group: Sequence[Passed], cpu: str) -> list[str]:
    """The options that give other commands what is passed, without what is undecided."""
    one = group[0]
    words = ["--host", ",".join(one.host) or "none", "--accel", ",".join(_accelerators(group))]
    if cpu != "x86_64":
        words += ["--host-arch", cpu]
    if one.mode != "defconfig":
        words += ["--mode", one.mode]
    if one.devices != "default":
        words += ["--devices", one.devices]
    return words


def _text(group: Sequence[Passed], cpu: str) -> list[str]:
    """The lines of some targets that get the same host features."""
    one = group[0]
    undecided = {symbol: causes for item in group for symbol, causes in item.open_}
    rows = [
        ("targets", ", ".join(item.target.removesuffix("-softmmu") for item in group)),
        ("passed", ", ".join(one.host) or "-"),
        ("accelerators", ", ".join(_accelerators(group)) or "-"),
        ("not passed", ", ".join(name for name in one.off if name not in undecided) or "-"),
        *(("undecided", f"{symbol}: {_words(causes)}") for symbol, causes in undecided.items()),
        ("options", " ".join(_options(group, cpu))),
    ]
    lines = []
    before = ""
    for name, text in rows:
        lines.append(f"{'' if name == before else name:<14}{text}")
        before = name
    return lines


def _words(causes: Iterable[str]) -> str:
    """What decides on a symbol, in words."""
    named: dict[str, list[str]] = {}
    for cause in causes:
        kind, _, name = cause.partition(" ")
        named.setdefault(kind, []).append(name)
    parts = [
        f"{kind if len(named[kind]) == 1 else plural} {', '.join(named[kind])}"
        for kind, plural in (("library", "libraries"), ("program", "programs"))
        if kind in named
    ]
    if "check" in named:
        parts.append("what Meson finds out")
    flags = [f"--enable-{name.replace('_', '-')}" for name in named.get("option", ())]
    return "; ".join([", ".join(parts) or "auto", *([f"see {', '.join(flags)}"] if flags else [])])


def _data(one: Passed) -> dict[str, Any]:
    return {
        "name": one.target,
        "mode": one.mode,
        "devices": one.devices,
        "passed": list(one.host),
        "accelerators": list(one.accelerators),
        "undecided": {symbol: list(causes) for symbol, causes in one.open_},
        "not-passed": list(one.off),
    }
