"""Reads the targets of a QEMU checkout.

Up to QEMU 5.2 the files are `default-configs/targets/T.mak` and `default-configs/devices/T.mak`;
later `configs/targets/T.mak` and `configs/devices/T/default.mak`. In the later layout
`configure --with-devices-ARCH=NAME` selects another file in `configs/devices/T`.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping

from kgen.files.read import NotText, Outside, is_file, is_folder, read_text
from kgen.files.tree import Tree
from kgen.kconfig import mak
from kgen.model.configurations import Copied, Target
from kgen.model.places import File, Place
from kgen.model.problems import KgenError, Problem, fail, near, os_reason
from kgen.model.record import Record
from kgen.targets import copied_list

_SUFFIX = "-softmmu"

# The folder of targets and devices files, and its name up to QEMU 5.2.
CONFIGS = ("configs", "default-configs")


# A target's name is used as a file name in the output folder.
_TARGET_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.+-]*")


def target_names(tree: Tree) -> list[str]:
    """The system targets of the tree, sorted; empty if it is not a QEMU checkout."""
    for folder in CONFIGS:
        names = tree.names(os.path.join(tree.root, folder, "targets"))
        targets = [name.removesuffix(".mak") for name in names if name.endswith(f"{_SUFFIX}.mak")]
        if targets:
            check_names(targets)
            return targets
    return []


def is_checkout(folder: str) -> bool:
    """Whether a folder has a Kconfig file and QEMU's files of targets."""
    return is_file(os.path.join(folder, "Kconfig")) and any(
        is_folder(os.path.join(folder, name, "targets")) for name in CONFIGS
    )


def before_5_2(tree: Tree) -> bool:
    """Whether the device lists are those of QEMU up to 5.1: `default-configs/T.mak`, for make."""
    names = tree.names(os.path.join(tree.root, "default-configs"))
    return any(name.endswith(f"{_SUFFIX}.mak") for name in names)


def check_names(names: list[str]) -> None:
    """Raise KgenError for target names that are not valid in a build file or a path."""
    bad = [name for name in names if not _TARGET_NAME.fullmatch(name)]
    if bad:
        hint = "use letters, digits and _ . + -, and begin with a letter, a digit or _"
        raise KgenError(
            *(
                Problem(f"{name!r} is not a valid target name", hint=hint, code="KG408")
                for name in bad
            )
        )


def devices_names(tree: Tree, target: str) -> list[str]:
    """The names of a target's devices files in the tree, sorted."""
    old = not tree.names(os.path.join(tree.root, "configs", "targets"))
    if old:
        return ["default"]
    names = tree.names(os.path.join(tree.root, "configs", "devices", target))
    return [name[:-4] for name in names if name.endswith(".mak") and name != "common.mak"]


def devices_folder(tree: Tree, target: str) -> str:
    """The folder in which QEMU's build looks for a target's devices files."""
    folder = os.path.join(tree.root, base_folder(tree), "devices")
    return folder if base_folder(tree) == "default-configs" else os.path.join(folder, target)


class List(Record):
    """Which devices file a target has.

    devices: `default`, the name of another file in the target's folder, or a path. folder: the
    folder of the tree that a file given by its path is copied into; None: the target's own. place:
    where a file says it.
    """

    devices: str
    folder: str | None = None
    place: Place | None = None


def read_targets(tree: Tree, names: list[str], list_of: Callable[[str], List]) -> list[Target]:
    """The named targets with the assignments of their devices files.

    Raises KgenError with all problems of all files.
    """
    targets: list[Target] = []
    problems: list[Problem] = []
    folder = base_folder(tree) if names else ""
    for name in names:
        try:
            targets.append(_read_target(tree, folder, name, list_of(name)))
        except KgenError as error:
            problems += [problem for problem in error.problems if problem not in problems]
    if problems:
        raise KgenError(*problems)
    return targets


def read_devices(tree: Tree, path: str, copied: Copied | None = None) -> mak.Devices:
    """Read a devices file inside or outside the tree. copied: how its includes are found.

    Raises KgenError.
    """
    locate = copied_list.locator(tree, copied)
    try:
        return mak.read_devices(path, tree.root, reader(tree), tree.shown, locate)
    except KgenError as error:
        if copied is None:
            raise
        raise KgenError(*copied_list.hinted(tree, copied, error.problems)) from None


def reader(tree: Tree) -> Callable[[str], str]:
    """Reads the text of a path: of the tree or, for a git revision, also of a devices file that the
    user named and of the files beside it. Others of the disk raise Outside, as in a folder."""
    if tree.on_disk:
        return tree.read

    def read(path: str) -> str:
        if os.path.abspath(path).startswith(tree.root + os.sep):
            return tree.read(path)
        if tree.within is not None:
            tree.within.check(path)
        return read_text(path)

    return read


def base_folder(tree: Tree) -> str:
    """The folder of a tree's targets and devices files: up to QEMU 5.2 it had another name."""
    old = not tree.names(os.path.join(tree.root, "configs", "targets"))
    return "default-configs" if old else "configs"


def _read_target(tree: Tree, folder: str, name: str, its: List) -> Target:
    old = folder == "default-configs"
    base = os.path.join(tree.root, folder)
    target_file = os.path.join(base, "targets", f"{name}.mak")
    settings = key_values(tree, target_file)
    devices_file = _devices_file(tree, name, base, its.devices, its.place, old)
    copied = None
    if is_path(its.devices):
        given = its.folder is not None
        into = (
            devices_folder(tree, name)
            if its.folder is None
            else copied_list.named_folder(tree, its.folder)
        )
        copied = copied_list.copied(devices_file, into, given)
    own = read_devices(tree, its.devices if is_path(its.devices) else devices_file, copied)
    architecture = settings.get("TARGET_ARCH", name.removesuffix(_SUFFIX))
    # The symbol was called TARGET_WORDS_BIGENDIAN up to 6.2.
    big = "y" in (settings.get("TARGET_BIG_ENDIAN"), settings.get("TARGET_WORDS_BIGENDIAN"))
    bits = settings.get("TARGET_LONG_BITS", "")
    return Target(
        name,
        architecture,
        settings.get("TARGET_BASE_ARCH", architecture),
        big,
        int(bits) if bits in ("32", "64") else None,
        own.assignments,
        _shown(tree, devices_file, its.devices),
        (target_file, *own.files),
        devices_file,
        own.declares,
        copied,
        _needs(settings),
    )


def settings(tree: Tree) -> dict[str, dict[str, str]]:
    """What the file of each system target in the tree sets, by the target's name.

    NAME, TARGET_NAME, TARGET_ARCH and TARGET_BASE_ARCH are there for each, as meson.build completes
    them. Raises KgenError.
    """
    found = {}
    for name in target_names(tree):
        own = key_values(tree, os.path.join(tree.root, base_folder(tree), "targets", f"{name}.mak"))
        short = name.removesuffix(_SUFFIX)
        architecture = own.get("TARGET_ARCH", short)
        found[name] = {
            "TARGET_ARCH": architecture,
            "TARGET_BASE_ARCH": architecture,
            **own,
            "NAME": name,
            "TARGET_NAME": short,
        }
    return found


def _needs(settings: Mapping[str, str]) -> tuple[str, ...]:
    """The host features that a target's file asks for.

    QEMU's meson.build looks for the key TARGET_NEED_FDT alone; the file gives it the value y.
    """
    return ("FDT",) if "TARGET_NEED_FDT" in settings else ()


def _shown(tree: Tree, path: str, given: str) -> str:
    """A devices file for messages: relative to the tree, or as given if it is outside the tree."""
    if path.startswith(tree.root + os.sep):
        return path[len(tree.root) + 1 :].replace(os.sep, "/")
    return given


def is_path(devices: str) -> bool:
    """Whether a value of `--devices` is a path, and no name in the tree's folder."""
    return os.sep in devices or devices.endswith(".mak")


def _devices_file(
    tree: Tree, target: str, base: str, devices: str, place: Place | None, old: bool
) -> str:
    if is_path(devices):
        return os.path.abspath(devices)
    if old:
        folder = os.path.join(base, "devices")
        path = os.path.join(folder, f"{target}.mak")
        known = ["default"]
        exists = devices == "default" and tree.is_file(path)
    else:
        folder = os.path.join(base, "devices", target)
        path = os.path.join(folder, f"{devices}.mak")
        known = [name[:-4] for name in tree.names(folder) if name.endswith(".mak")]
        exists = devices in known
    if not exists:
        hint = near(devices, known) or (f"available: {', '.join(known)}" if known else "")
        raise KgenError(
            Problem(f'{target} has no devices file "{devices}"', place, hint=hint, code="KG404")
        )
    return path


def key_values(tree: Tree, path: str) -> dict[str, str]:
    """Read a target's file: `KEY=value` lines and comments, like Meson's keyval module."""
    shown = _shown(tree, path, path)
    try:
        text = tree.read(path)
    except NotText as error:
        place = Place(File(shown, root=tree.shown), error.line, error.column)
        raise KgenError(Problem("not valid UTF-8", place, code="KG103")) from None
    except Outside:
        hint = "--allow-outside lets its files refer to others"
        raise fail(f"{shown} is outside the tree", hint=hint, code="KG106") from None
    except OSError as error:
        raise KgenError(Problem(f"cannot read {shown}: {os_reason(error)}", code="KG104")) from None
    pairs: dict[str, str] = {}
    for line in text.splitlines():
        key, equals, value = line.partition("#")[0].partition("=")
        if equals:
            pairs[key.strip()] = value.strip()
    return pairs
