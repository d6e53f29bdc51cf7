"""What an option is, those that commands share, and the quick way to read a plain command line.

`cli` builds its click commands from the same tables. But to import click takes as long as to load
a whole QEMU tree, and what it is good at (help, explaining mistakes, completion) a plain and
correct command line does not need: `read_plain` reads those, and leaves everything else, and
every mistake, to click.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from kgen.model.configurations import MODES
from kgen.model.record import Record
from kgen.project.options import Options
from kgen.targets import hosts


def is_number(value: str) -> bool:
    """Whether a value is a whole number of at most 12 digits."""
    return value.isascii() and value.isdigit() and len(value) <= 12


def is_count(value: str) -> bool:
    """Whether a value is such a number, and not 0."""
    return is_number(value) and int(value) > 0


def is_share(value: str) -> bool:
    """Whether a value is a number from 0 to 1."""
    try:
        return set(value) <= set("0123456789.eE+-") and 0 <= float(value) <= 1
    except ValueError:
        return False


def is_seed(value: str) -> bool:
    """Whether a value is a whole number of at most 20 digits."""
    return value.isascii() and value.isdigit() and len(value) <= 20


# The expected values in words.
NUMBER = "a whole number of at most 12 digits"
COUNT = "a whole number from 1 on, of at most 12 digits"
SHARE = "a number from 0 to 1"
SEED = "a whole number of at most 20 digits"


class Option(Record):
    """One option, or an argument: that has no flags.

    field: the name of the value. default: None means that it may be left out; multiple ones
    have () for that. switch: it takes no value; given or not is True or False. choices: all
    values that it can have. valid: whether a value is well formed; expected: that in words.
    """

    flags: tuple[str, ...]
    field: str
    metavar: str
    help: str
    default: str | None = None
    multiple: bool = False
    required: bool = False
    switch: bool = False
    choices: tuple[str, ...] = ()
    valid: Callable[[str], bool] | None = None
    expected: str = ""


def is_setting(value: str) -> bool:
    """Whether a value of `--set` is SYM=y or SYM=n."""
    name, _, setting = value.partition("=")
    return bool(name.removeprefix("CONFIG_")) and setting in ("y", "n")


HOST_ARCH = Option(
    ("--host-arch",),
    "host_arch",
    "ARCH",
    "The host's architecture, which decides who can have an accelerator.",
    "x86_64",
    choices=hosts.HOST_ARCHITECTURES,
)

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
    HOST_ARCH,
    Option(
        ("--set",),
        "settings",
        "SYM=y|n",
        "One more assignment.",
        multiple=True,
        valid=is_setting,
        expected="SYM=y or SYM=n",
    ),
    Option(
        ("--duplicates",),
        "duplicates",
        "WHAT",
        "What a symbol defined twice is; auto: as the tree's version has it.",
        "auto",
        choices=("auto", "merge", "error"),
    ),
    Option(
        ("--allow-outside",),
        "allow_outside",
        "",
        "Let the tree's files refer to files outside it.",
        switch=True,
    ),
)


def common(values: Mapping[str, Any]) -> Options:
    """What the common options among a command's values choose."""
    return Options(**{name: values[name] for name in Options._fields if name in values})


def formats(*names: str) -> Option:
    """`--format` with more than text and json."""
    return Option(("--format",), "form", "FORMAT", "", "text", choices=("text", "json", *names))


FORMAT = formats()
