"""The options that a configure command line gives: `--configure WORDS`."""

from __future__ import annotations

import os
import shlex
from collections.abc import Mapping
from typing import Any

from kgen.commands.host.passed import Passed, option_values, passed
from kgen.files.tree import Tree, open_tree
from kgen.model.places import File, Place
from kgen.model.problems import KgenError, fail
from kgen.project.options import HERE, TREE, Configured, Options, Override
from kgen.targets import hosts
from kgen.targets.checkout import is_checkout


def with_configure(base: Options, text: str, given: Mapping[str, Any]) -> Options:
    """The options with what a configure command line says below them.

    base: of the project file; what it gives wins. given: by the command line. Each target has the
    mode, devices file, host features and accelerators that configure and meson.build give it; a
    feature that depends on a library is there. Raises KgenError.
    """
    try:
        words = shlex.split(text)
    except ValueError:
        hint = "each quote needs its end"
        raise fail(f"--configure: cannot split {text!r}", hint=hint, code="KG416") from None
    tree = given.get("tree", base.tree) or ("." if is_checkout(".") else None)
    if tree is None:
        raise fail("--configure needs a QEMU tree", hint="name it with --tree", code="KG401")
    if words and os.path.basename(words[0]) == "configure":
        del words[0]
    opened = open_tree(tree)
    host_arch = given.get("host_arch", base.host_arch)
    cpu = [word.removeprefix("--cpu=") for word in words if word.startswith("--cpu=")]
    if cpu and cpu[-1] in hosts.HOST_ARCHITECTURES:
        host_arch = cpu[-1]
    only = given.get("only", base.only)
    found = passed(opened, words, host_arch, only)
    if not found:
        raise fail("--configure: no system target is configured", code="KG401")
    plain = Options(
        tree=tree,
        tree_by=TREE if "tree" in given else base.tree_by or HERE,
        only=tuple(one.target for one in found),
        host_arch=host_arch,
        duplicates=base.duplicates,
        allow_outside=base.allow_outside,
        overrides=tuple(map(_override, found)),
        configured=Configured(tuple(option_values(opened, words).items())),
    )
    options = plain.changed(**{**base.as_given(), "only": plain.only})
    return options._replace(
        overrides=(*options.overrides, *base.overrides),
        file=base.file,
        found=base.found,
        written=base.written,
    )


def default_accelerators(tree: Tree, host_arch: str, target: str) -> tuple[str, ...]:
    """What a target gets from configure without a word of it, on Linux; none of those that need a
    library, and none at all if the tree's scripts cannot be followed."""
    try:
        found = passed(tree, ["--without-default-devices"], host_arch, (target,))
    except KgenError:
        return ()
    return tuple(name for one in found for name in one.accelerators)


def _override(one: Passed) -> Override:
    values = {
        "mode": one.mode,
        "devices": one.devices,
        "host": ",".join((*one.host, *one.open_features)),
        "accel": ",".join((*one.accelerators, *one.open_accelerators)),
    }
    return Override(one.target, values, Place(File("--configure"), 1, 1))
