"""Every option of every command, as one table, and the quick way to read a plain command line.

`cli` builds its click commands from this table. But to import click takes as long as to load a
whole QEMU tree, and what it is good at (help, explaining mistakes, completion) a plain and
correct command line does not need: `read_plain` reads those, and leaves everything else, and
every mistake, to click.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from typing import Any

from kgen import hosts
from kgen.model import MODES
from kgen.outputs import OUTPUTS
from kgen.record import Record


class Option(Record):
    """One option that takes a value.

    field: the name of the value. default: None means that it may be left out; multiple options
    have () for that. choices: all values that it can have. valid: whether a value is well formed.
    """

    flags: tuple[str, ...]
    field: str
    metavar: str
    help: str
    default: str | None = None
    multiple: bool = False
    required: bool = False
    choices: tuple[str, ...] = ()
    valid: Callable[[str], bool] | None = None


def is_setting(value: str) -> bool:
    """Whether a value of `--set` is SYM=y or SYM=n."""
    name, _, setting = value.partition("=")
    return bool(name.removeprefix("CONFIG_")) and setting in ("y", "n")


def is_output_list(value: str) -> bool:
    """Whether a value of `--output` is a list of what kgen can make."""
    return bool(value) and all(name in OUTPUTS for name in value.split(","))


COMMON = (
    Option(("--tree",), "tree", "DIR[@REV]", "A QEMU checkout, or any folder with a Kconfig."),
    Option(("--targets",), "targets", "DIR", "A folder of target descriptors."),
    Option(("-t", "--target"), "only", "NAME", "Only these; globs are allowed.", multiple=True),
    Option(("--mode",), "mode", "MODE", "", "defconfig", choices=MODES),
    Option(
        ("--devices",),
        "devices",
        "NAME",
        "Devices file: a name in the tree's folder, or a path.",
        "default",
    ),
    Option(
        ("--host",),
        "host",
        "PROFILE|SYMBOLS",
        f"Host features: {', '.join(hosts.PROFILES)}, or symbols like LINUX,FDT.",
        "linux",
    ),
    Option(("--accel",), "accel", "LIST", "Accelerators, like tcg,kvm,xen.", "tcg"),
    Option(
        ("--host-arch",),
        "host_arch",
        "ARCH",
        "The host's architecture, which decides who can have an accelerator.",
        "x86_64",
        choices=hosts.HOST_ARCHITECTURES,
    ),
    Option(
        ("--set",), "settings", "SYM=y|n", "One more assignment.", multiple=True, valid=is_setting
    ),
    Option(
        ("--duplicates",),
        "duplicates",
        "WHAT",
        "What a symbol defined twice is; auto: as the tree's version has it.",
        "auto",
        choices=("auto", "merge", "error"),
    ),
    Option(("--format",), "form", "FORMAT", "", "text", choices=("text", "json")),
)

GENERATE = (
    Option(
        ("-o", "--directory"),
        "directory",
        "DIR",
        "The output folder.",
        required=True,
        valid=bool,
    ),
    Option(
        ("--output",),
        "outputs",
        "LIST",
        f"What to make: {', '.join(OUTPUTS)}; default: all of them.",
        multiple=True,
        valid=is_output_list,
    ),
    Option(
        ("--template",), "templates", "FILE", "A Jinja template of your own, too.", multiple=True
    ),
    Option(("--sources",), "sources", "FILE", "A sources map for the Meson and make files."),
    Option(("--depfile",), "depfile", "FILE", "Write what was read, for ninja and make."),
    Option(
        ("--depfile-target",),
        "depfile_target",
        "NAME",
        "What the depfile names as made; default: every output file.",
    ),
)

VERIFY = (
    Option(
        ("--random",),
        "number",
        "N",
        "Compare N random settings of each target, too.",
        "0",
        valid=str.isdigit,
    ),
    Option(("--seed",), "seed", "N", "For --random.", "1", valid=str.isdigit),
)

NATIVE_FILE = (
    Option(("-o", "--output"), "output", "FILE", "Where to write it; default: stdout."),
    Option(("--into",), "into", "FILE", "Add the entry to a machine file that is there already."),
)

COMMANDS: dict[str, tuple[Option, ...]] = {
    "generate": (*GENERATE, *COMMON),
    "targets": COMMON,
    "verify": (*VERIFY, *COMMON),
    "native-file": (*NATIVE_FILE, COMMON[-1]),
}


def read_plain(words: Sequence[str]) -> tuple[str, dict[str, Any]] | None:
    """Command and values of a plain, correct command line; None for any that is not.

    Plain: a command, then options in full, each with its value.
    """
    if not words or words[0] not in COMMANDS or "_KGEN_COMPLETE" in os.environ:
        return None
    options = COMMANDS[words[0]]
    by_flag = {flag: option for option in options for flag in option.flags}
    values: dict[str, Any] = {
        option.field: () if option.multiple else option.default for option in options
    }
    rest = iter(words[1:])
    for word in rest:
        flag, equals, value = word.partition("=")
        option = by_flag.get(flag if flag.startswith("--") else word)
        if option is None:
            return None
        if not equals or not flag.startswith("--"):
            value = next(rest, "-")
            if value.startswith("-"):
                return None
        if option.choices and value not in option.choices:
            return None
        if option.valid is not None and not option.valid(value):
            return None
        if option.multiple:
            values[option.field] += (value,)
        else:
            values[option.field] = value
    if any(option.required and values[option.field] is None for option in options):
        return None
    return words[0], values
