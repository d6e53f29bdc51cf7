"""What QEMU's meson.build would pass to its Kconfig program for a configure command line."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from kgen.code.meson.parser import Block, parse
from kgen.commands.host import meson_run
from kgen.commands.host.configure_script import (
    Line,
    default_targets,
    host_makefile,
    options,
    read_line,
)
from kgen.commands.host.meson_values import Feature, Maybe
from kgen.files.read import NotText
from kgen.files.tree import Tree
from kgen.model.problems import KgenError, Problem, fail, near
from kgen.model.record import Record
from kgen.project.choose import choose
from kgen.targets import checkout
from kgen.targets.build_folder import passable
from kgen.targets.externals import ENDIANNESS, is_accelerator

if TYPE_CHECKING:
    from kgen.model.configurations import Mode

# Meson's names of processor families, where QEMU's `--cpu` has another.
_FAMILIES = {"i386": "x86", "i486": "x86", "i586": "x86", "i686": "x86", "x32": "x86_64"}

# In config-host.h on every Linux: eventfd(2) came with Linux 2.6.22.
_HEADER = {"CONFIG_EVENTFD": True}


class Passed(Record):
    """What one target gets.

    host, accelerators: the symbols that are passed, the accelerators in lower case. open_: the
    symbols that are passed or not, each with what decides: `option spice`, `library libfdt`,
    `program X`, or `check` for what Meson and the compiler find out. off: the symbols that other
    options would pass.
    """

    target: str
    mode: Mode
    devices: str
    host: tuple[str, ...]
    accelerators: tuple[str, ...]
    open_: tuple[tuple[str, tuple[str, ...]], ...]
    off: tuple[str, ...]

    @property
    def open_features(self) -> tuple[str, ...]:
        """Those of `open_` that are features of the host."""
        return tuple(symbol for symbol, _ in self.open_ if not is_accelerator(symbol))

    @property
    def open_accelerators(self) -> tuple[str, ...]:
        """The others, in lower case."""
        return tuple(symbol.lower() for symbol, _ in self.open_ if is_accelerator(symbol))


def passed(
    tree: Tree, words: Sequence[str], host_arch: str, only: Sequence[str]
) -> tuple[Passed, ...]:
    """What a configure command line passes for each target that it builds, sorted.

    words: its options. host_arch: if `--cpu` is not given. only: patterns of targets, which come
    before `--target-list`. Raises KgenError for scripts that cannot be read or followed, unknown
    options, and what meson.build refuses.
    """
    configure = _text(tree, "configure")
    line = _line(tree, words)
    known = checkout.target_names(tree)
    targets = _targets(known, line, configure, only)
    if not targets:
        return ()
    cpu = line.cpu or host_arch
    values = _values(tree, line)
    mode = "--allnoconfig" if line.variables.get("default_devices") in _NO else "--defconfig"
    makefile: dict[str, Any] = {
        **host_makefile(line, configure),
        "TARGET_DIRS": " ".join(targets),
        "ARCH": cpu,
        "CONFIG_MINIKCONF_MODE": mode,
    }
    if line.targets is None and not only:
        makefile["CONFIG_DEFAULT_TARGETS"] = "y"  # a target without accelerator is left out
    given = meson_run.Given(
        values,
        makefile,
        _HEADER,
        _FAMILIES.get(cpu, cpu),
        "linux",
        {f"{name}-softmmu": devices for name, devices in line.devices.items()},
        lambda path: checkout.key_values(tree, os.path.join(tree.root, path)),
    )
    text = _text(tree, "meson.build")
    commands = meson_run.follow(_parsed(tree, "meson.build", text), given)
    if not commands:
        raise fail(
            f"the meson.build of {tree.shown} makes no config-devices.mak",
            hint="kgen host needs a QEMU tree (5.2 or later)",
            code="KG413",
        )
    may = passable(text)
    return tuple(_passed(tree, command, values, may) for command in sorted(commands))


def option_values(tree: Tree, words: Sequence[str]) -> dict[str, str]:
    """The value of each of the tree's options of Meson with a configure command line, as text.

    Raises KgenError as `passed`.
    """
    found = {}
    for name, value in _values(tree, _line(tree, words)).items():
        if isinstance(value, Feature):
            value = next(iter(value.states))
        elif isinstance(value, bool):
            value = str(value).lower()
        elif isinstance(value, list):
            value = ",".join(map(str, value))
        found[name] = str(value)
    return found


def _line(tree: Tree, words: Sequence[str]) -> Line:
    configure = _text(tree, "configure")
    # QEMU 6.2 and later have the options of Meson in a script of its own, which configure reads.
    needed = "meson-buildoptions.sh" in configure
    return read_line(words, configure, _text(tree, "scripts/meson-buildoptions.sh", needed))


def _values(tree: Tree, line: Line) -> dict[str, Any]:
    declared = _parsed(tree, "meson_options.txt", _text(tree, "meson_options.txt"))
    return options(declared, line, _text(tree, "configure"))


_NO = ("no", "false")


def _text(tree: Tree, name: str, needed: bool = True) -> str:
    """The text of a file of the tree; "" if it is not there and not needed."""
    path = os.path.join(tree.root, *name.split("/"))
    if not needed and not tree.is_file(path):
        return ""
    try:
        return tree.read(path)
    except (OSError, NotText):
        raise fail(
            f"{tree.shown} has no readable {name}",
            hint="kgen host needs a QEMU tree (5.2 or later) with its scripts",
            code="KG413",
        ) from None


def _parsed(tree: Tree, name: str, text: str) -> Block:
    """The statements of a file. Raises KgenError if it is not Meson."""
    statements, mistake = parse(text)
    if mistake is not None:
        raise fail(mistake.message, mistake.place(name, tree.shown, text), code="KG413")
    return statements


def _targets(known: Sequence[str], line: Line, configure: str, only: Sequence[str]) -> list[str]:
    """The system targets that are built. Raises KgenError for one that the tree does not have."""
    if only:
        return choose(known, only)
    if line.targets is None:
        return default_targets(line, configure, known)
    missing = [name for name in line.targets if name.endswith("-softmmu") and name not in known]
    if missing:
        raise KgenError(
            *(
                Problem(
                    f"--target-list: this tree has no target {name}",
                    hint=near(name, known) or "kgen targets lists them",
                    code="KG415",
                )
                for name in missing
            )
        )
    return [name for name in line.targets if name in known]


def _passed(
    tree: Tree, command: meson_run.Command, values: Mapping[str, Any], may: Sequence[str]
) -> Passed:
    """A target's symbols, from the command line that was followed."""
    plain = [word for word in command.words if isinstance(word, str)]
    perhaps = [
        word for word in command.words if isinstance(word, Maybe) and isinstance(word.value, str)
    ]
    files = [word for word in plain if word.endswith(".mak") and "/" in word]
    name = os.path.basename(files[-1]).removesuffix(".mak") if files else "default"
    own = command.target.removesuffix("-softmmu")
    settings = checkout.key_values(
        tree,
        os.path.join(tree.root, checkout.base_folder(tree), "targets", f"{command.target}.mak"),
    )
    architecture = settings.get("TARGET_ARCH", own).upper()
    its = ("", architecture, ENDIANNESS)
    symbols = [symbol for symbol in map(_symbol, plain) if symbol not in its]
    open_ = {
        symbol: tuple(sorted(word.causes | _own_option(symbol, values)))
        for word in perhaps
        if (symbol := _symbol(word.value))
    }
    return Passed(
        command.target,
        "allnoconfig" if "--allnoconfig" in plain else "defconfig",
        "default" if name == command.target else name,
        tuple(symbol for symbol in symbols if not is_accelerator(symbol)),
        tuple(symbol.lower() for symbol in symbols if is_accelerator(symbol)),
        tuple(open_.items()),
        tuple(name for name in may if name not in open_ and name not in symbols),
    )


def _own_option(symbol: str, values: Mapping[str, Any]) -> frozenset[str]:
    """The option of a symbol's own name: `fdt` of FDT, `hv_balloon` of HV_BALLOON_POSSIBLE."""
    name = symbol.lower().removesuffix("_possible").removesuffix("_allowed")
    return frozenset((f"option {name}",) if name in values else ())


def _symbol(word: str) -> str:
    """The symbol of `CONFIG_X=y`; "" for every other word."""
    return word[7:-2] if word.startswith("CONFIG_") and word.endswith("=y") else ""
