"""Includes of a devices file that a package keeps elsewhere and copies into the tree to build it.

QEMU's build reads a devices file only from the folder of its target, so its includes are relative
to that folder (`include ../i386-softmmu/default.mak`). They are found from where the file is now:
beside it, since a package copies what is there, too, or in the tree. With `--devices-as`, what is
not in the file's own folder is looked for in the tree first.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from functools import partial

from kgen.files.read import is_file
from kgen.files.tree import Tree
from kgen.model.configurations import Copied, Target
from kgen.model.places import shown
from kgen.model.problems import Problem, fail

# The path of an included file, from the folder of the file that includes it and the name there.
Locate = Callable[[str, str], str]


def copied(path: str, folder: str, asked: bool) -> Copied | None:
    """How the includes of a devices file are found; None if it is in that folder.

    folder: of the tree, absolute. asked: the user named it; it is not just the target's folder.
    """
    own = os.path.dirname(path)
    return None if own == folder else Copied(own, folder, asked)


def named_folder(tree: Tree, name: str) -> str:
    """The absolute path of the folder of `--devices-as`. Raises KgenError if there is none."""
    folder = os.path.normpath(os.path.join(tree.root, name))
    if not _below(folder, tree.root) or not tree.names(folder):
        hint = "it is relative to the tree, like configs/devices/x86_64-softmmu"
        raise fail(f"--devices-as: {tree.shown} has no folder {name}", hint=hint, code="KG410")
    return folder


def locator(tree: Tree, copied: Copied | None) -> Locate:
    """Finds what a devices file includes, see the head of this module."""
    return os.path.join if copied is None else partial(_locate, tree, copied)


def places(tree: Tree, target: Target) -> tuple[tuple[str, str], ...]:
    """The files of a devices file that includes files of the tree from elsewhere, as if copied.

    Each with its path relative to the tree; () if all includes are found as they are written.
    """
    copied = target.copied
    if copied is None:
        return ()
    found: dict[str, str] = {}
    for path in target.files[1:]:
        if _copy(tree, copied, os.path.dirname(path), os.path.basename(path)):
            place = os.path.join(copied.folder, os.path.relpath(path, copied.own))
        else:
            place = path
        found[os.path.relpath(os.path.normpath(place), tree.root)] = path
    return () if len(found) < 2 else tuple((path, place) for place, path in found.items())


def hinted(tree: Tree, copied: Copied, problems: Iterable[Problem]) -> Iterator[Problem]:
    """The problems of a devices file; those about its includes say where these may be."""
    from kgen.kconfig.mak_lines import read_line  # needed for messages only

    way = os.path.relpath(copied.folder, tree.root).replace(os.sep, "/")
    for problem in problems:
        place = problem.place
        if place is None or problem.code not in ("KG104", "KG106"):
            yield problem
            continue
        folder = os.path.dirname(os.path.join(tree.root, place.file.path))
        name = read_line(place.file.text.split("\n")[place.line - 1]).path
        copy = _copy(tree, copied, folder, name)
        hint = problem.hint
        if problem.code == "KG106" and copy and tree.is_file(copy):
            hint += f"; --devices-as {way} takes the file of the tree"
        elif problem.code == "KG104" and copy and not hint:
            hint = f"it is neither beside {shown(place.file)} nor in the tree, seen from {way}"
            if not copied.asked:
                hint += "; --devices-as names another folder of the tree"
        yield problem._replace(hint=hint)


def _locate(tree: Tree, copied: Copied, folder: str, name: str) -> str:
    written = os.path.join(folder, name)
    copy = _copy(tree, copied, folder, name)
    if not copy:
        return written
    if copied.asked and tree.is_file(copy) and not _below(os.path.normpath(written), copied.own):
        return copy
    inside = tree.on_disk or _below(os.path.normpath(written), tree.root)
    return written if (tree.is_file if inside else is_file)(written) else copy


def _copy(tree: Tree, copied: Copied, folder: str, name: str) -> str:
    """The path of an included file in the tree, where the devices file is copied to.

    "" if it is not in the tree, and for what the tree's own files include.
    """
    beside = _below(copied.own, tree.root) and _below(folder, copied.own)
    if os.path.isabs(name) or (_below(folder, tree.root) and not beside):
        return ""
    way = "" if folder == copied.own else os.path.relpath(folder, copied.own)
    path = os.path.join(copied.folder, way, name)
    return path if _below(os.path.normpath(path), tree.root) else ""


def _below(path: str, folder: str) -> bool:
    """Whether a path is a folder or below it."""
    return path == folder or path.startswith(folder + os.sep)
