"""Loads a project for a command, or reads its C sources, and prints the warnings."""

from __future__ import annotations

import sys

from kgen.model.problems import fail
from kgen.project import load as stages
from kgen.project.dialect import is_standard
from kgen.project.load import Project
from kgen.project.options import Options

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from kgen.project.code.code_map import CodeMap
    from kgen.project.lanes import Need
    from kgen.project.standard import StandardProject


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
    warn(loaded.warnings, said)
    return loaded


# C files for which there is a progress bar.
_MANY = 100


def read_code(project: Project, said: set[str] | None = None, every: bool = False) -> CodeMap:
    """What the C sources of a project's tree register. Raises KgenError for a tree without any.

    What was not read is printed to stderr. said: as for load. every: as for code_map. Slow where
    nothing is cached: only for what was asked about devices and machines.
    """
    from functools import partial

    from kgen.formats import terminal
    from kgen.formats.escapes import visible
    from kgen.project.code.code_map import code_map

    progress = partial(terminal.progress, label="reading C", at_least=_MANY)
    found = code_map(project, progress, every)
    for line in found.notes():
        if said is None or line not in said:
            print(visible(line), file=sys.stderr)
    if said is not None:
        said.update(found.notes())
    return found


# The project of standard Kconfig that was loaded last. The end of the process frees it in no time;
# to free its thousands of records one by one takes as long as an output of a thousand boards.
_last: StandardProject | None = None


def load_standard(options: Options, said: set[str] | None = None) -> StandardProject:
    """The project of a tree of standard Kconfig. Raises KgenError, UnknownTarget.

    Its warnings are printed to stderr. said: as for load.
    """
    global _last
    from kgen.project import standard  # no part of a run on QEMU's dialect

    _last = standard.load_standard(options)
    warn(_last.warnings, said)
    return _last


def refuse_standard(options: Options, instead: str) -> None:
    """Raise KgenError for a tree of standard Kconfig. instead: what answers there, as a hint."""
    if is_standard(options):
        raise fail("this command does not read standard Kconfig", hint=instead, code="KG425")


def warn(lines: Iterable[str], said: set[str] | None = None) -> None:
    """Print warnings to stderr, but those that were `said` before."""
    for line in lines:
        if said is not None and line in said:
            continue
        from kgen.formats.escapes import visible  # seldom needed

        print(f"warning: {visible(line)}", file=sys.stderr)
        if said is not None:
            said.add(line)
