"""The targets of a standard Kconfig tree: its defconfigs."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence

from kgen.files.read import NotText
from kgen.files.tree import Tree, matches, obstacle, relative
from kgen.model.problems import KgenError, Problem, fail, os_reason
from kgen.model.record import Record

# Where trees have their defconfigs; the first of these that match: U-Boot, Buildroot and busybox;
# NuttX; Linux, barebox and Xen, with a folder for each architecture; coreboot; applications of
# Unikraft; RIOT, where an application is what is configured.
USUAL = (
    ("configs/*_defconfig",),
    ("boards/*/*/*/configs/*/defconfig",),
    ("arch/{ARCH,SRCARCH}/configs/*_defconfig", "arch/{ARCH,SRCARCH}/configs/defconfig"),
    ("configs/config.*",),
    ("defconfigs/*",),
    ("{APPDIR:examples/*/*/*}/app.config", "{APPDIR:tests/*/*}/app.config"),
)

# The first Kconfig file: of most trees, of Buildroot and busybox, of coreboot, of Unikraft.
TOPS = ("Kconfig", "Config.in", "src/Kconfig", "Config.uk")

# A name is that of a folder, and stands in files for make and ninja.
_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.+@,-]*")

# Files that are named after their folder.
_UNNAMED = ("defconfig", ".config", "config", "app.config")

# In a glob, a part of the path that is also the value of variables: {NAME} or {NAME,NAME:GLOB}.
_PART = re.compile(r"\{([A-Za-z_]\w*(?:,[A-Za-z_]\w*)*)(?::([^{}]+))?\}", re.ASCII)


class Target(Record):
    """A target: the absolute path of its defconfig, and variables, as NAME=VALUE, that its path
    gives."""

    name: str
    path: str
    variables: tuple[str, ...] = ()


def top_of(tree: Tree, named: str | None) -> str:
    """The first Kconfig file, relative to the tree. Raises KgenError."""
    names = TOPS if named is None else (named,)
    paths = [os.path.normpath(os.path.join(tree.root, name)) for name in names]
    for name, path in zip(names, paths, strict=True):
        if tree.is_file(path):
            return os.path.normpath(name)
    for name, path in zip(names, paths, strict=True):
        if error := obstacle(tree, path):
            raise fail(f"cannot read {name}: {os_reason(error)}", code="KG104")
    missing = " or ".join(names)
    hint = "--kconfig names the first file of the tree"
    raise KgenError(Problem(f"{tree.shown} has no {missing}", hint=hint, code="KG401"))


class Program(Record):
    """How the program of a tree, in scripts/kconfig, differs from Kconfiglib; see `Model`."""

    verbatim: bool = False
    heeds_n: bool = False
    zeros: bool = False


def program_of(tree: Tree) -> Program:
    """What the sources of a tree's program show.

    The one of U-Boot writes a string as it is, where Linux's calls sym_escape_string_value. The one
    of Linux keeps the members of a choice in the order of their lines since 6.11, and newer ones
    have 0 for a number without a value.
    """
    confdata, symbol = (_source(tree, name) for name in ("confdata.c", "symbol.c"))
    return Program(
        "conf_set_sym_val" in confdata and "sym_escape_string_value" not in confdata,
        "choice_members" in symbol and "sym_calc_choice" in symbol,
        'newval.val = "0x0"' in symbol,
    )


def _source(tree: Tree, name: str) -> str:
    """A source of the tree's program; "" for none."""
    try:
        return tree.read(os.path.join(tree.root, "scripts", "kconfig", name))
    except (OSError, NotText):
        return ""


def has_usual(tree: Tree) -> bool:
    """Whether a tree has defconfigs in one of the usual places, or a first Kconfig file of a name
    that QEMU's dialect does not know."""
    named = any(tree.is_file(os.path.join(tree.root, name)) for name in TOPS[1:])
    return named or bool(usual_globs(tree))


def usual_globs(tree: Tree) -> tuple[str, ...]:
    """The globs of the usual place where a tree has defconfigs; () without any."""
    for globs in USUAL:
        found = tuple(glob for glob in globs if matches(tree, _plain(glob))[0])
        if found:
            return found
    return ()


def _plain(glob: str) -> str:
    """A glob without the names of variables."""
    return _PART.sub(lambda part: part[2] or "*", glob)


def _variables(glob: str, path: str) -> tuple[str, ...]:
    """The variables that a glob takes from a path which it matches, both relative to the tree."""
    if "{" not in glob:
        return ()
    names: list[str] = []

    def group(part: re.Match[str]) -> str:
        names.append(part[1])
        return f"\0{part[2] or '*'}\1"

    written = re.escape(_PART.sub(group, os.path.normpath(glob)))
    for magic, fits in ((r"\*", "[^/]*"), (r"\?", "[^/]"), ("\0", "("), ("\1", ")")):
        written = written.replace(magic, fits)
    fitting = re.fullmatch(re.sub(r"\\\[.*?\\\]", "[^/]", written), path)
    return tuple(
        f"{name}={value}"
        for several, value in zip(names, fitting.groups() if fitting else (), strict=False)
        for name in several.split(",")
    )


def names_of(variables: Sequence[str]) -> set[str]:
    """The names in NAME=VALUE."""
    return {setting.partition("=")[0] for setting in variables}


def find_targets(tree: Tree, globs: Sequence[str]) -> list[Target]:
    """The targets that globs name, sorted by name; those in the usual places without globs.

    A target's name is the file's without `_defconfig`, or its folder's. Where several files would
    have the same name, the names of outer folders stand before it. A `{NAME}` in a glob is a `*`
    that gives the target a variable, `{NAME:GLOB}` another glob. Raises KgenError.
    """
    paths: dict[str, tuple[str, ...]] = {}
    problems = []
    for glob in globs or usual_globs(tree):
        found, outside = matches(tree, _plain(glob))
        if outside or (globs and not found):
            message = f"no file of {tree.shown} matches {glob}"
            if outside:
                message = f"{glob} leads out of {tree.shown}"
            hint = "--configs takes globs relative to the tree, like configs/*_defconfig"
            problems.append(Problem(message, hint=hint, code="KG424"))
        for path in found:
            paths.setdefault(path, _variables(glob, relative(path, tree.root)))
    if not paths and not problems:
        places = ", ".join(_plain(glob) for usual in USUAL for glob in usual)
        message = f"{tree.shown} has no defconfigs in any of {places}"
        hint = "name them with --configs GLOB; an empty file is the configuration of all defaults"
        problems.append(Problem(message, hint=hint, code="KG424"))
    names = _names(list(paths), tree.root)
    for path, name in names.items():
        if not _NAME.fullmatch(name):
            message = f"{name!r} is not a valid target name"
            hint = f"rename {relative(path, tree.root)}, or name others with --configs"
            problems.append(Problem(message, hint=hint, code="KG408"))
    if problems:
        raise KgenError(*problems)
    return sorted(Target(name, path, paths[path]) for path, name in names.items())


def _names(paths: Sequence[str], root: str) -> dict[str, str]:
    """The name of each path, with as many outer folders as are needed to tell it from others."""
    parts = {path: _parts(relative(path, root)) for path in paths}
    length = dict.fromkeys(paths, 1)
    while True:
        names: dict[str, list[str]] = {}
        for path in paths:
            names.setdefault("-".join(parts[path][-length[path] :]), []).append(path)
        longer = [
            path
            for same in names.values()
            if len(same) > 1
            for path in same
            if length[path] < len(parts[path])
        ]
        if not longer:
            return {path: name for name, same in names.items() for path in same}
        for path in longer:
            length[path] += 1


def _parts(path: str) -> list[str]:
    """What a name can be made of: outer folders, and the name itself."""
    *folders, name = path.split(os.sep)
    folders = [folder for folder in folders if folder not in ("configs", "..", ".")]
    short = name.removesuffix("_defconfig").removesuffix(".config").removeprefix("config.")
    if name in _UNNAMED or not short:
        return folders or [name.lstrip(".")]
    return [*folders, short]
