"""The targets of a standard Kconfig tree: its defconfigs."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence

from kgen.files.read import NotText
from kgen.files.tree import Tree, matches
from kgen.model.problems import KgenError, Problem
from kgen.model.record import Record

# Where trees have their defconfigs: Linux and U-Boot, NuttX.
USUAL = ("configs/*_defconfig", "boards/*/*/*/configs/*/defconfig")

# The first Kconfig file: of most trees, of Buildroot and busybox, of coreboot.
TOPS = ("Kconfig", "Config.in", "src/Kconfig")

# A name is that of a folder, and stands in files for make and ninja.
_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.+@,-]*")

# Files that are named after their folder.
_UNNAMED = ("defconfig", ".config", "config")


class Target(Record):
    """A target: the absolute path of its defconfig."""

    name: str
    path: str


def top_of(tree: Tree, named: str | None) -> str:
    """The first Kconfig file, relative to the tree. Raises KgenError."""
    for name in TOPS if named is None else (named,):
        if tree.is_file(os.path.normpath(os.path.join(tree.root, name))):
            return os.path.normpath(name)
    missing = " or ".join(TOPS if named is None else (named,))
    hint = "--kconfig names the first file of the tree"
    raise KgenError(Problem(f"{tree.shown} has no {missing}", hint=hint, code="KG401"))


def has_verbatim_strings(tree: Tree) -> bool:
    """Whether strings of .config files have no escapes, as in U-Boot.

    The tree's own program tells: the one of U-Boot writes a string as it is, where Linux's calls
    sym_escape_string_value.
    """
    try:
        text = tree.read(os.path.join(tree.root, "scripts", "kconfig", "confdata.c"))
    except (OSError, NotText):
        return False
    return "conf_set_sym_val" in text and "sym_escape_string_value" not in text


def has_usual(tree: Tree) -> bool:
    """Whether a tree has defconfigs in one of the usual places."""
    return any(matches(tree, glob)[0] for glob in USUAL)


def find_targets(tree: Tree, globs: Sequence[str]) -> list[Target]:
    """The targets that globs name, sorted by name; those in the usual places without globs.

    A target's name is the file's without `_defconfig`, or its folder's. Where several files would
    have the same name, the names of outer folders stand before it. Raises KgenError.
    """
    paths: dict[str, None] = {}
    problems = []
    for glob in globs or USUAL:
        found, outside = matches(tree, glob)
        if outside or (globs and not found):
            message = f"no file of {tree.shown} matches {glob}"
            if outside:
                message = f"{glob} leads out of {tree.shown}"
            hint = "--configs takes globs relative to the tree, like configs/*_defconfig"
            problems.append(Problem(message, hint=hint, code="KG424"))
        paths.update(dict.fromkeys(found))
    if not paths and not problems:
        message = f"{tree.shown} has no defconfigs in {' or '.join(USUAL)}"
        problems.append(Problem(message, hint="name them with --configs GLOB", code="KG424"))
    names = _names(list(paths), tree.root)
    for path, name in names.items():
        if not _NAME.fullmatch(name):
            message = f"{name!r} is not a valid target name"
            hint = f"rename {os.path.relpath(path, tree.root)}, or name others with --configs"
            problems.append(Problem(message, hint=hint, code="KG408"))
    if problems:
        raise KgenError(*problems)
    return sorted(Target(name, path) for path, name in names.items())


def _names(paths: Sequence[str], root: str) -> dict[str, str]:
    """The name of each path, with as many outer folders as are needed to tell it from others."""
    parts = {path: _parts(os.path.relpath(path, root)) for path in paths}
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
    short = name.removesuffix("_defconfig").removesuffix(".config")
    if name in _UNNAMED or not short:
        return folders or [name]
    return [*folders, short]
