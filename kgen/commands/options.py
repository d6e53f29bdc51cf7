"""The type of a command-line option, and the options that commands share.

`cli` builds its click commands from these tables. Importing click takes as long as loading a whole
QEMU tree, and a plain, correct command line needs none of what click offers (help, error messages,
completion). So `plain.read_plain` parses such command lines and leaves all others to click.
"""

from __future__ import annotations

from collections.abc import Callable

from kgen.model.configurations import MODES
from kgen.model.record import Record
from kgen.model.spelling import folded
from kgen.targets import hosts

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


# The project file: read from the current folder, and from no folder above it.
PROJECT_FILE = "kgen.toml"


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
    message. path: "in" for a path that is read, "out" for one that is written. commas: the value
    is a list with commas, which a project file may give as a list. typed: it runs a program, so
    that only the command line may give it, and no project file.
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
    path: str = ""
    commas: bool = False
    typed: bool = False

    @property
    def absent(self) -> Any:
        """The value where the option is not given."""
        if self.switch:
            return False
        return () if self.multiple else self.default


def is_setting(value: str) -> bool:
    """Whether a value of `--set` is SYM=VALUE. Which values there are depends on the dialect: where
    the tree is read, it is checked."""
    name, equals, _ = value.partition("=")
    return is_symbol(name) and bool(equals)


def is_variable(value: str) -> bool:
    """Whether a value of `--env` is NAME=VALUE."""
    name, equals, _ = value.partition("=")
    return bool(equals) and name.replace("-", "_").isidentifier()


def is_symbol(value: str) -> bool:
    """Whether a value is more than the prefix of a symbol."""
    return bool(folded(value))


HOST_ARCH = Option(
    ("--host-arch",),
    "host_arch",
    "ARCH",
    "Host architecture; determines which targets can use an accelerator.",
    "x86_64",
    choices=hosts.HOST_ARCHITECTURES,
)

COMMON = (
    Option(
        ("--project",), "project", "FILE", f"Project file; default: {PROJECT_FILE}, if it exists."
    ),
    Option(("--no-project",), "no_project", "", "Read no project file.", switch=True),
    Option(
        ("--tree",),
        "tree",
        "DIR[@REV]",
        "QEMU checkout, or a folder with a Kconfig file.",
        path="in",
    ),
    Option(("--targets",), "targets", "DIR", "Folder of target descriptors.", path="in"),
    Option(
        ("--from-build",),
        "from_build",
        "DIR",
        "Configured QEMU build folder, which gives the tree, the targets and their host.",
        path="in",
    ),
    Option(
        ("-t", "--only", "--target"),
        "only",
        "NAME",
        "Only these targets; globs allowed.",
        multiple=True,
    ),
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
        "LIST",
        f"Host features: {', '.join(hosts.PROFILES)}; symbols; -SYMBOL without one: linux,-SPICE.",
        "linux",
        commas=True,
    ),
    Option(
        ("--accel",),
        "accel",
        "LIST",
        "Accelerators, for example tcg,kvm,xen.",
        "tcg",
        commas=True,
    ),
    HOST_ARCH,
    Option(
        ("--set",),
        "settings",
        "SYM=y|n",
        "Set a symbol in addition to the devices file; standard Kconfig: to any value.",
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
    Option(
        ("--dialect",),
        "dialect",
        "NAME",
        "Dialect of Kconfig: qemu, or standard like Linux and U-Boot; auto looks at the tree.",
        "auto",
        choices=("auto", "qemu", "standard"),
    ),
    Option(
        ("--configs",),
        "configs",
        "GLOB",
        "Defconfigs of standard Kconfig, relative to the tree: each is a target.",
        multiple=True,
        valid=bool,
        expected="a glob",
    ),
    Option(
        ("--fragment",),
        "fragments",
        "FILE",
        "Further assignments after each defconfig, relative to the tree of standard Kconfig.",
        multiple=True,
        valid=bool,
        expected="a file of the tree",
    ),
    Option(
        ("--kconfig",),
        "kconfig",
        "FILE",
        "First Kconfig file of standard Kconfig, relative to the tree.",
        valid=bool,
        expected="a file of the tree",
    ),
    Option(
        ("--env",),
        "env",
        "NAME=VALUE",
        "Variable that standard Kconfig reads as $(NAME); those of the shell are not read.",
        multiple=True,
        valid=is_variable,
        expected="NAME=VALUE",
    ),
    Option(
        ("--may-miss",),
        "may_miss",
        "GLOB",
        "Kconfig files, relative to the tree, that a build makes: empty where they are missing.",
        multiple=True,
        valid=bool,
        expected="a glob",
    ),
    Option(
        ("--shell-answers",),
        "shell_answers",
        "FILE",
        "What the commands of $(shell,...) print, as an object of JSON.",
        path="in",
    ),
    Option(
        ("--allow-shell",),
        "allow_shell",
        "",
        "Run the commands of $(shell,...) that have no answer.",
        switch=True,
    ),
)


def formats(*names: str) -> Option:
    """The option `--format` with further formats besides text and json."""
    choices = ("text", "json", *names)
    return Option(("--format",), "form", "FORMAT", "Output format.", "text", choices=choices)


CONFIGURE = Option(
    ("--configure",),
    "configure",
    "WORDS",
    "Options of QEMU's configure, quoted, which give the host, accelerators and devices files.",
)

ALLOW_INTERNAL = Option(
    ("--allow-internal",),
    "allow_internal",
    "",
    "Also set internal symbols, which boards and devices select.",
    switch=True,
)

CHECK_CODE = Option(
    ("--check-code",),
    "check_code",
    "",
    "Also check whether the result would link and start; reads the tree's C sources.",
    switch=True,
)

RANDOM_SEED = Option(("--seed",), "seed", "N", "Random seed.", "1", valid=is_seed, expected=SEED)

OUTPUT = Option(("-o", "--output"), "output", "FILE", "Output file; default: stdout.", path="out")

DIRECTORY = Option(
    ("-o", "--directory"),
    "directory",
    "DIR",
    "Output folder.",
    required=True,
    valid=bool,
    expected="a folder name",
    path="out",
)

FORMAT = formats()
