"""`kgen generate` of a tree of standard Kconfig: the configurations of all targets, or none."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence, Set
from functools import partial
from typing import TYPE_CHECKING

from kgen.code.processes import are_worth, aside
from kgen.commands.generate.command import Arguments, chosen_outputs
from kgen.commands.generate.outputs import DEFAULT, STANDARD
from kgen.commands.generate.write import refuse_overwriting
from kgen.commands.loading import load_standard
from kgen.files.atomic import Written, commit
from kgen.files.depfile import depfile_rule
from kgen.formats import terminal
from kgen.formats.escapes import visible
from kgen.model.problems import KgenError, Problem
from kgen.standard import exports, outputs
from kgen.standard.shell import answers_text

if TYPE_CHECKING:
    from kgen.commands.generate.last_run import LastRun
    from kgen.project.standard import Part, StandardProject
    from kgen.standard.resolver import Resolution

# The files of each target.
OF_TARGET: dict[str, tuple[str, Callable[[Resolution, int], list[str]]]] = {
    "config": (".config", outputs.configs),
    "defconfig": ("defconfig", outputs.defconfigs),
    "auto": ("auto.conf", outputs.auto_confs),
    "header": ("autoconf.h", outputs.headers),
    "rust": ("rustc_cfg", exports.rust_flags),
}
# That of the files of each target which is made in another process.
_BESIDE = "defconfig"
# The files of all targets.
OF_ALL = {"json": "config.json", "meson": "meson.build", "make": "config.make"}


def run(arguments: Arguments, last: LastRun | None = None) -> int:
    """Write the files and print how many changed; return 0. Raises KgenError, with none written."""
    _refuse_options(arguments)
    wanted = set(chosen_outputs(arguments.outputs, STANDARD) or DEFAULT)
    if "make" in wanted:
        wanted.add("auto")  # which it includes
    project = load_standard(arguments.options)
    layout = arguments.layout or "{target}/{name}"
    planned: dict[str, str] = {}
    for name, text in _texts(project, layout, wanted):
        path = os.path.join(arguments.directory, name)
        if path in planned:
            hint = "choose another --layout"
            raise KgenError(Problem(f"two outputs would be {path}", hint=hint, code="KG602"))
        planned[path] = text
    texts, read = _rendered(arguments, project)
    for name, text in texts.items():
        path = os.path.join(arguments.directory, name)
        if path in planned:
            hint = "rename the template"
            raise KgenError(Problem(f"two outputs would be {path}", hint=hint, code="KG602"))
        planned[path] = text
    inputs = sorted({*project.inputs, *read})
    if arguments.record_shell is not None:
        planned[arguments.record_shell] = answers_text(project.answers)
    if arguments.options.found:
        from kgen.commands.project_file import refuse_links  # seldom needed

        refuse_links(arguments.options, arguments.directory, planned)
    depfile = arguments.depfile
    links = None if project.tree.within is None else project.tree.within.links
    refuse_overwriting(inputs, [*planned, *([] if depfile is None else [depfile])], links)
    if arguments.depfile is not None:
        target = arguments.depfile_target
        made = [target] if target is not None else list(planned)
        planned[arguments.depfile] = depfile_rule(made, inputs)
    written = commit(planned)
    print(_summary(arguments, project, written))
    if last is not None and project.tree.on_disk and not project.ran:
        again = Written((), tuple(planned))
        last.keep(planned, {}, f"{_summary(arguments, project, again)}\n")
    return 0


def _refuse_options(arguments: Arguments) -> None:
    given = {
        "--sources": arguments.sources,
        "--names": arguments.names,
        "--check-code": arguments.check_code,
    }
    flags = [flag for flag, value in given.items() if value]
    if flags:
        message = f"{', '.join(flags)}: only for QEMU's Kconfig, and this tree is standard Kconfig"
        raise KgenError(Problem(message, code="KG425"))


def _path(layout: str, target: str, name: str) -> str:
    return layout.replace("{target}", target).replace("{name}", name)


def _texts(project: StandardProject, layout: str, wanted: Set[str]) -> Iterator[tuple[str, str]]:
    """The path in the output folder and the text of each file."""
    for part in project.parts:
        for output, texts in _of_targets(part, wanted).items():
            name = OF_TARGET[output][0]
            for target, text in zip(part.targets, texts, strict=True):
                yield _path(layout, target.name, name), text
    for output, name in OF_ALL.items():
        if output in wanted:
            yield name, _of_all(project, output, layout)


def _of_targets(part: Part, wanted: Set[str]) -> dict[str, list[str]]:
    """The texts of each output of targets.

    Minimal defconfigs take as long as another output, and are short: of many targets they are made
    in another process, beside the others.
    """
    makers = {
        output: partial(make, part.resolution, len(part.targets))
        for output, (_, make) in OF_TARGET.items()
        if output in wanted
    }
    if _BESIDE not in makers or len(makers) == 1 or not are_worth(len(part.targets)):
        return {output: make() for output, make in makers.items()}
    with aside(makers[_BESIDE]) as made:
        texts = {output: make() for output, make in makers.items() if output != _BESIDE}
        texts[_BESIDE] = made()
    return {output: texts[output] for output in makers}


def _rendered(arguments: Arguments, project: StandardProject) -> tuple[dict[str, str], list[str]]:
    """The texts of the user's templates by name, and the files that were read for them."""
    if not arguments.templates:
        return {}, []
    from kgen.commands.generate.standard_context import context
    from kgen.formats.jinja import render  # slow to import
    from kgen.formats.templates import planned_outputs

    planned_outputs(arguments.templates, project.names)
    seconds = int(arguments.template_seconds)
    return render(context(project), arguments.templates, seconds=seconds)


def _of_all(project: StandardProject, output: str, layout: str) -> str:
    """A file of all targets."""
    if output == "make":
        included = _path(layout, "$(KCONFIG_TARGET)", OF_TARGET["auto"][0])
        return exports.make_fragment(project.names, included)
    make = exports.json_objects if output == "json" else exports.meson_dictionaries
    texts = {
        target.name: text
        for part in project.parts
        for target, text in zip(part.targets, make(part.resolution, len(part.targets)), strict=True)
    }
    whole = exports.json_file if output == "json" else exports.meson_file
    return whole({name: texts[name] for name in project.names})


def _summary(arguments: Arguments, project: StandardProject, written: Written) -> str:
    """What is printed of a run."""
    names = project.names
    if arguments.form == "json":

        def shown(paths: Sequence[str]) -> list[str]:
            return [os.path.relpath(path, arguments.directory) for path in paths]

        return terminal.json_for_stdout(
            {
                "directory": arguments.directory,
                "targets": names,
                "written": shown(written.changed),
                "unchanged": shown(written.unchanged),
            }
        )
    total = len(written.changed) + len(written.unchanged)
    return (
        f"{terminal.count(len(names), 'target')}, {terminal.count(total, 'file')} "
        f"in {visible(arguments.directory)}: "
        f"{len(written.changed)} written, {len(written.unchanged)} unchanged"
    )
