"""What a page was made from, so that whoever gets it can tell, and can make it again."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, TypeVar

from kgen import __version__
from kgen.files.read import digest, read_bytes
from kgen.files.tree import version_of
from kgen.formats.escapes import visible
from kgen.project.load import Project

if TYPE_CHECKING:
    from kgen.project.standard import StandardProject

    _Project = TypeVar("_Project", Project, StandardProject)


def made_from(
    projects: Iterable[tuple[str, _Project]], given: Callable[[_Project], list[tuple[str, str]]]
) -> list[tuple[str, str]]:
    """Pairs of what and which: for the tree, and for each variant what its options gave."""
    found: list[tuple[str, str]] = []
    for variant, project in projects:
        if not variant:
            found += _tree(project)
        head = f"{variant}: " if variant else ""
        found += [(f"{head}{what}", words) for what, words in given(project)]
    found.append(("Made by", f"kgen {__version__}"))
    return [(visible(what), visible(words)) for what, words in found if words]


def of_qemu(project: Project) -> list[tuple[str, str]]:
    """What the options gave the targets, where they gave it."""
    builds = [
        outcome.as_lane.build for outcome in project.outcomes if outcome.as_lane.build is not None
    ]
    devices = {outcome.target.devices for outcome in project.outcomes}
    lists = sorted({os.path.basename(path) for path in devices if path})
    return [
        ("Mode", _several(outcome.as_lane.mode for outcome in project.outcomes)),
        ("Device lists", _several(lists)),
        ("Host", _several(build.host for build in builds)),
        ("Accelerators", _several(build.accel for build in builds)),
        ("Host architecture", _several(build.host_arch for build in builds)),
        ("Set", " ".join(project.options.settings)),
    ]


def of_standard(project: StandardProject) -> list[tuple[str, str]]:
    """The same of standard Kconfig."""
    options = project.options
    return [("Fragments", " ".join(options.fragments)), ("Set", " ".join(options.settings))]


def tree_name(shown: str) -> str:
    """A tree as its user named it, without the folders above it; "" for the current folder."""
    path, at, revision = shown.partition("@")
    name = os.path.basename(path.rstrip("/"))
    return f"{'' if name in ('.', '..') else name}{at}{revision}"


def _tree(project: Project | StandardProject) -> list[tuple[str, str]]:
    embedded = getattr(project, "sources", None) is not None
    return [
        ("Tree", "embedded hw/virtio tree" if embedded else tree_name(project.tree.shown)),
        ("Version", version_of(project.tree)),
        ("Commit", getattr(project.tree, "commit", "")),
        ("Digest of the files that were read", _digest(project)),
    ]


def _digest(project: Project | StandardProject) -> str:
    """Of the files with their paths from the tree's root: it changes if one of them does."""
    root = os.path.join(project.tree.root, "")
    lines = []
    for path in project.inputs:
        inner = path.removeprefix(root)
        name = os.path.basename(path) if os.path.isabs(inner) else inner
        lines.append(f"{name}\0{digest(read_bytes(path))}\n")
    text = "".join(sorted(lines)).encode("utf-8", "surrogateescape")
    return hashlib.sha256(text).hexdigest() if lines else ""


def _several(words: Iterable[str]) -> str:
    """Different words, each once; of many, their number."""
    found = sorted({word for word in words if word})
    return " ".join(found) if len(found) <= 6 else f"{len(found)} different"
