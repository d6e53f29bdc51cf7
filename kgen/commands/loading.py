"""Loads a project for a command, and prints its warnings."""

from __future__ import annotations

import sys

from kgen.project import load as stages
from kgen.project.load import Project
from kgen.project.options import Options

TYPE_CHECKING = False
if TYPE_CHECKING:
    from kgen.project.lanes import Need


def load(
    options: Options,
    need: Need = "needed",
    said: set[str] | None = None,
    any_host: bool = False,
) -> Project:
    """The project of the options; see project.load. Raises KgenError, UnknownTarget.

    Its warnings are printed to stderr. said: those that were printed before, of a command that
    loads several projects.
    """
    loaded = stages.load(options, need=need, any_host=any_host)
    for line in loaded.warnings:
        from kgen.formats.escapes import visible  # seldom needed

        if said is None or line not in said:
            print(f"warning: {visible(line)}", file=sys.stderr)
    if said is not None:
        said.update(loaded.warnings)
    return loaded
