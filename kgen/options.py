"""What an option is, those that commands share, and the quick way to read a plain command line.

`cli` builds its click commands from the same tables. But to import click takes as long as to load
a whole QEMU tree, and what it is good at (help, explaining mistakes, completion) a plain and
correct command line does not need: `read_plain` reads those, and leaves everything else, and
every mistake, to click.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from typing import Any

from kgen import hosts
from kgen.model import MODES
from kgen.record import Record


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
)


def formats(*names: str) -> Option:
    """`--format` with more than text and json."""
    return Option(("--format",), "form", "FORMAT", "", "text", choices=("text", "json", *names))


FORMAT = formats()


def read_plain(words: Sequence[str], options: Sequence[Option]) -> dict[str, Any] | None:
    """The values of a plain, correct command line; None for any that is not.

    words: without the command. Plain: arguments, and options in full, each with its value.
    """
    if "_KGEN_COMPLETE" in os.environ:
        return None
    by_flag = {flag: option for option in options for flag in option.flags}
    free = [option for option in options if not option.flags]
    values: dict[str, Any] = {option.field: _absent(option) for option in options}
    rest = iter(words)
    for word in rest:
        flag, equals, value = word.partition("=")
        option = by_flag.get(flag if flag.startswith("--") else word)
        if option is None:
            if word.startswith("-") or not free:
                return None
            option, value = free[0], word
            if not option.multiple:
                del free[0]
        elif option.switch:
            if equals:
                return None
            values[option.field] = True
            continue
        elif not equals or not flag.startswith("--"):
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
    if any(option.required and not values[option.field] for option in options):
        return None
    return values


def _absent(option: Option) -> Any:
    if option.switch:
        return False
    return () if option.multiple else option.default
