"""Generation of files from a resolved project, all or none."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence

from kgen.commands.generate.context import context
from kgen.commands.generate.outputs import OUTPUTS
from kgen.files import resources
from kgen.files.atomic import Written, commit
from kgen.files.depfile import depfile_rule
from kgen.model.problems import KgenError, Problem
from kgen.project.load import Project

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    # Only sources maps and descriptors need msgspec, whose import is slow.
    from kgen.targets.sources_map import Source

    Render = Callable[
        [dict[str, Any], Sequence[str], Callable[[], None], int], tuple[dict[str, str], list[str]]
    ]


def steps(project: Project, outputs: Sequence[str], templates: Sequence[str]) -> int:
    """The number of files that generate() makes, which is how often it calls `step`."""
    names = [os.path.basename(path) for path in _template_paths(outputs, templates)]
    return sum(len(project.outcomes) if name.startswith("T-") else 1 for name in names)


def generate(
    project: Project,
    directory: str,
    outputs: Sequence[str],
    templates: Sequence[str] = (),
    sources: str | None = None,
    depfile: str | None = None,
    depfile_target: str | None = None,
    step: Callable[[], None] = lambda: None,
    render: Render | None = None,
    seconds: int = 0,
) -> Written:
    """Render the outputs and the user's templates into a folder, and write the depfile if given.

    The project must not have failures. sources: a sources map; by default that of the embedded
    tree, and none for any other tree. render: the render function; by default this process
    renders. seconds: the most processor time for each text; 0 for any. Raises KgenError, with
    nothing written.
    """
    rules, map_files = _sources(project, sources, outputs, templates)
    paths = _template_paths(outputs, templates)
    if render is None:
        from kgen.formats.jinja import render as render_here  # Jinja's import is slow

        render = render_here
    texts, read = render(context(project, rules), paths, step, seconds)
    planned = {os.path.join(directory, name): text for name, text in texts.items()}
    inputs = sorted({*project.inputs, *read, *map_files})
    taken = {os.path.realpath(path): path for path in inputs}
    for path in [*planned, *([] if depfile is None else [depfile])]:
        real = os.path.realpath(path)
        if real in taken:
            message = f"writing {path} would overwrite {taken[real]}, which is also read or written"
            raise KgenError(Problem(message, hint="choose another name or folder", code="KG602"))
        taken[real] = path
    if depfile is not None:
        made = [depfile_target] if depfile_target is not None else list(planned)
        planned[depfile] = depfile_rule(made, inputs)
    return commit(planned)


def _template_paths(outputs: Sequence[str], templates: Sequence[str]) -> list[str]:
    folder = resources.templates()
    return [*(os.path.join(folder, OUTPUTS[name]) for name in outputs), *templates]


def _sources(
    project: Project, path: str | None, outputs: Sequence[str], templates: Sequence[str]
) -> tuple[tuple[Source, ...], list[str]]:
    """The rules of the sources map and its file; it is not read if no output uses it."""
    chosen = path if path is not None else project.sources
    if chosen is None or not (path or templates or {"meson", "make"} & set(outputs)):
        return (), []
    from kgen.targets.sources_map import read_sources

    declared = project.model.declared()
    return read_sources(chosen, chosen, declared), [os.path.abspath(chosen)]
