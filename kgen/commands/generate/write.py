"""Generation of files from a resolved project, all or none."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

from kgen.commands.generate.context import context
from kgen.commands.generate.outputs import OUTPUTS
from kgen.commands.generate.own_templates import renderer
from kgen.files import resources
from kgen.files.atomic import Written, commit
from kgen.files.depfile import depfile_rule
from kgen.files.read import Links, NotText, digest, read_text
from kgen.formats.templates import outputs_of, planned_outputs
from kgen.model.problems import KgenError, Problem
from kgen.model.record import Record
from kgen.project.load import Project

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from kgen.commands.generate.last_run import LastRun
    from kgen.project.code.code_map import CodeMap

    # Only sources maps and descriptors need msgspec, whose import is slow.
    from kgen.targets.sources_map import Source

    Render = Callable[
        [dict[str, Any], Sequence[str], Callable[[], None], int, Collection[str]],
        tuple[dict[str, str], list[str]],
    ]


class Made(Record):
    """What a run made: what it wrote, the text of every file by path, and for most of them a
    digest of all that it is made of."""

    written: Written
    texts: Mapping[str, str]
    bases: Mapping[str, str]


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
    last: LastRun | None = None,
    code: CodeMap | None = None,
) -> Made:
    """Render the outputs and the user's templates into a folder, and write the depfile if given.

    The project must not have failures. sources: a sources map; by default that of the embedded
    tree, and none for any other tree. render: the render function; by default this process
    renders. seconds: the most processor time for each text; 0 for any. last: what is still as it
    made it is not made again. code: of the project, if its devices and machines are asked for.
    Raises KgenError, with nothing written.
    """
    rules, map_files = _sources(project, sources, outputs, templates)
    paths = _template_paths(outputs, templates)
    variables = context(project, rules)
    code_files: list[str] = []
    if code is not None:
        from kgen.commands.generate.names import add_names, files_of

        add_names(variables["targets"], code)
        code_files = files_of(project, code)
    names = planned_outputs(paths, [target["name"] for target in variables["targets"]])
    own = paths[: len(outputs)]
    texts, bases = _without_jinja(own, variables, directory, last)
    read = list(map(os.path.abspath, own))
    for _ in texts:
        step()
    if len(texts) < len(names):
        if render is None:
            from kgen.formats.jinja import render as render_here  # Jinja's import is slow

            render = render_here
        made, more = render(variables, paths, step, seconds, texts.keys())
        texts.update(made)
        read += more
    planned = {os.path.join(directory, name): texts[name] for name in names}
    if project.options.found:
        from kgen.commands.project_file import refuse_links  # seldom needed

        refuse_links(project.options, directory, planned)
    inputs = sorted({*project.inputs, *read, *map_files, *code_files})
    refuse_overwriting(inputs, [*planned, *([] if depfile is None else [depfile])])
    if depfile is not None:
        names = [depfile_target] if depfile_target is not None else list(planned)
        planned[depfile] = depfile_rule(names, inputs)
    return Made(commit(planned), planned, bases)


def _without_jinja(
    templates: Sequence[str], variables: dict[str, Any], directory: str, last: LastRun | None
) -> tuple[dict[str, str], dict[str, str]]:
    """The texts that need no Jinja, by name: those that are still there, and of templates that are
    as they came with kgen.

    Also the basis of every text, by path: a digest of all that it is made of. templates: kgen's
    own.
    """
    targets = {target["name"]: target for target in variables["targets"]}
    seen: dict[str | None, str] = {}  # digests of what templates see: of a target, or of all
    if last is not None:
        seen = {name: digest(_bytes(repr(target))) for name, target in targets.items()}
        seen[None] = digest(_bytes(repr({**variables, "targets": seen})))
    texts: dict[str, str] = {}
    bases: dict[str, str] = {}
    for template in templates:
        try:
            source = read_text(template)
        except (OSError, NotText):
            continue  # Jinja explains it
        render = renderer(os.path.basename(template), source)
        for name, target in outputs_of(template, targets):
            visible = variables if target is None else {"target": targets[target]}
            path = os.path.join(directory, name)
            text = None
            if last is not None:
                bases[path] = digest(_bytes(source + seen[target]))
                text = last.text(path, bases[path])
            if text is None and render is not None:
                text = render(visible)
            if text is not None:
                texts[name] = text
    return texts, bases


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")


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


def refuse_overwriting(
    inputs: Iterable[str], outputs: Iterable[str], links: Links | None = None
) -> None:
    """Raise KgenError if an output is a file that is also read, or written under another name.

    links: knows what inputs lead to."""
    links = links or Links()
    taken = {links.real(path): path for path in inputs}
    for path in outputs:
        real = links.real(path)
        if real in taken:
            message = f"writing {path} would overwrite {taken[real]}, which is also read or written"
            raise KgenError(Problem(message, hint="choose another name or folder", code="KG602"))
        taken[real] = path
