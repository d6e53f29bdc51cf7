"""What the meson.build files of a project's tree say, and where that is true."""

from __future__ import annotations

import os
from collections.abc import Sequence

from kgen.code.conditions import Truth
from kgen.code.sources import Sources, read_sources
from kgen.code.truth import truth_of
from kgen.files.tree import walk
from kgen.model.configurations import Target
from kgen.model.expr import Expr
from kgen.model.problems import fail
from kgen.project.load import Project
from kgen.project.options import Options
from kgen.targets.checkout import settings
from kgen.targets.externals import passed_by


def sources_of(project: Project) -> Sources:
    """The source files of a project's tree. Raises KgenError if it has no meson.build."""
    tree = project.tree
    mesons: list[str] = []
    if not tree.is_file(os.path.join(tree.root, "meson.build")):
        every = (os.path.relpath(path, tree.root).replace(os.sep, "/") for path in walk(tree))
        mesons = [path for path in every if path.rpartition("/")[2] == "meson.build"]
        if not mesons:
            hint = "--tree needs a folder with meson.build files"
            raise fail(f"{tree.shown} has no meson.build", hint=hint, code="KG109")
    return read_sources(tree, settings(tree).values(), mesons)


def truths(
    project: Project, sources: Sources, options: Options, conditions: Sequence[Expr] = ()
) -> list[Truth]:
    """For each group of the project where the conditions are true; see `truth_of`."""
    known = settings(project.tree)
    return [
        truth_of(
            sources,
            group.resolution,
            [known.get(one.target.name) or _described(one.target) for one in group.outcomes],
            options.host_arch,
            passed_by(project.externals(group.resolution.model), "host"),
            conditions,
        )
        for group in project.groups
    ]


def _described(target: Target) -> dict[str, str]:
    """What a target's file would set, of one that a descriptor describes."""
    return {
        "NAME": target.name,
        "TARGET_NAME": target.name.removesuffix("-softmmu"),
        "TARGET_ARCH": target.architecture,
        "TARGET_BASE_ARCH": target.base_architecture,
    }
