"""The type of a command-line option, and the options that commands share.

`cli` builds its click commands from these tables. Importing click takes as long as loading a whole
QEMU tree, and a plain, correct command line needs none of what click offers (help, error messages,
completion). So `plain.read_plain` parses such command lines and leaves all others to click.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from kgen.model.configurations import MODES
from kgen.model.record import Record
from kgen.project.options import Options
from kgen.targets import hosts

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def is_number(value: str) -> bool:
    """Whether a value is a whole number of at most 12 digits."""
    return value.isascii() and value.isdigit() and len(value) <= 12


def is_count(value: str) -> bool:
    """Whether a value is a positive whole number of at most 12 digits."""
    return is_number(value) and int(value) > 0


def is_share(value: str) -> bool:
    """Whether a value is a number from 0 to 1."""
    try:
        return set(value) <= set("0123456789.eE+-") and 0 <= float(value) <= 1
    except ValueError:
        return False


def is_seed(value: str) -> bool:
    """Whether a value is a whole number, 0 included, of at most 20 digits."""
    return value.isascii() and value.isdigit() and len(value) <= 20


# The expected values in words.
NUMBER = "a whole number of at most 12 digits"
COUNT = "a positive whole number of at most 12 digits"
SHARE = "a number from 0 to 1"
SEED = "a whole number of at most 20 digits"


class Option(Record):
    """An option, or a positional argument, which has no flags.

    field: the name of the value. default: None if there is none; a multiple option that is absent
    is (). switch: takes no value; True if given, else False. choices: the allowed values. valid:
    checks whether a value is well formed; expected: a description of such values for the error
    message.
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
    "Host architecture; determines which targets can use an accelerator.",
    "x86_64",
    choices=hosts.HOST_ARCHITECTURES,
)

COMMON = (
    Option(("--tree",), "tree", "DIR[@REV]", "QEMU checkout, or a folder with a Kconfig file."),
    Option(("--targets",), "targets", "DIR", "Folder of target descriptors."),
    Option(("-t", "--target"), "only", "NAME", "Only these targets; globs allowed.", multiple=True),
    Option(("--mode",), "mode", "MODE", "Kconfig mode.", "defconfig", choices=MODES),
    Option(
        ("--devices",),
        "devices",
        "NAME",
        "Devices file: the name of one in the tree, or a path.",
        "default",
    ),
    Option(
        ("--devices-as",),
        "devices_as",
        "DIR",
        "Folder of the tree that the devices file is copied into; default: the target's.",
        valid=bool,
        expected="a folder of the tree",
    ),
    Option(
        ("--host",),
        "host",
        "PROFILE|SYMBOLS",
        f"Host features: {', '.join(hosts.PROFILES)}, or a list such as LINUX,FDT.",
        "linux",
    ),
    Option(("--accel",), "accel", "LIST", "Accelerators, for example tcg,kvm,xen.", "tcg"),
    HOST_ARCH,
    Option(
        ("--set",),
        "settings",
        "SYM=y|n",
        "Set a symbol in addition to the devices file.",
        multiple=True,
        valid=is_setting,
        expected="SYM=y or SYM=n",
    ),
    Option(
        ("--duplicates",),
        "duplicates",
        "WHAT",
        "How to treat a symbol that is defined twice; auto follows the tree's version.",
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
    """Collect the common options from a command's values."""
    return Options(**{name: values[name] for name in Options._fields if name in values})


def formats(*names: str) -> Option:
    """The option `--format` with further formats besides text and json."""
    choices = ("text", "json", *names)
    return Option(("--format",), "form", "FORMAT", "Output format.", "text", choices=choices)


RANDOM_SEED = Option(("--seed",), "seed", "N", "Random seed.", "1", valid=is_seed, expected=SEED)

OUTPUT = Option(("-o", "--output"), "output", "FILE", "Output file; default: stdout.")

DIRECTORY = Option(
    ("-o", "--directory"),
    "directory",
    "DIR",
    "Output folder.",
    required=True,
    valid=bool,
    expected="a folder name",
)

FORMAT = formats()
