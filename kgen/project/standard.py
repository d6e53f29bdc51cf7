"""From options to results for a tree of standard Kconfig, as `load` is for QEMU's.

Targets with the same environment share a model, and are resolved in one pass.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial

from kgen.code.processes import all_aside, are_worth
from kgen.files.tree import Tree, open_tree
from kgen.model.problems import KgenError, Problem, fail, near
from kgen.model.record import Record
from kgen.project.choose import choose
from kgen.project.options import Options
from kgen.standard.cache import Data, Reading
from kgen.standard.defconfigs import (
    Defconfigs,
    Ignored,
    Lines,
    Passage,
    as_written,
    assigned,
    value_of,
)
from kgen.standard.expressions import wrong_types
from kgen.standard.model import Assigned, Model, Symbol, prefix_of
from kgen.standard.resolver import Resolution, resolve
from kgen.standard.shell import Shell, read_answers
from kgen.standard.targets import Target, find_targets, program_of, top_of

# The fields of options that this dialect has no use for, with their flags.
_OF_QEMU = {
    "targets": "--targets", "devices": "--devices", "devices_as": "--devices-as",
    "host": "--host", "accel": "--accel", "host_arch": "--host-arch", "mode": "--mode",
    "duplicates": "--duplicates", "from_build": "--from-build",
}  # fmt: skip
# The most names that a message shows.
_SHOWN = 5


class Part(Record):
    """Targets that share an environment: their model and their resolution; a lane for each.

    assigned: what all lines assign. lines: those of each target's defconfig, with its includes.
    top: the first Kconfig file, relative to the tree. environment: the variables.
    """

    model: Model
    assigned: Assigned
    resolution: Resolution
    targets: tuple[Target, ...]
    lines: tuple[Lines, ...]
    top: str
    environment: Mapping[str, str]


class StandardProject(Record):
    """A resolved tree of standard Kconfig.

    inputs: absolute paths of all files read from disk, sorted. warnings: lines of defconfigs that
    have no effect. answers: what the shell commands of the tree print. ran: whether one was run.
    """

    tree: Tree
    options: Options
    parts: tuple[Part, ...]
    inputs: tuple[str, ...]
    warnings: tuple[str, ...]
    answers: Mapping[str, str]
    ran: bool

    @property
    def names(self) -> list[str]:
        """The names of all targets, sorted."""
        return sorted(target.name for part in self.parts for target in part.targets)


class Selection(Record):
    """The targets that options select in a tree, before anything but their names is read.

    top: the first Kconfig file, relative to the tree."""

    tree: Tree
    options: Options
    top: str
    targets: tuple[Target, ...]


def select(options: Options) -> Selection:
    """Find the targets that the options select. Raises KgenError, UnknownTarget."""
    _refuse_options(options)
    tree = open_tree(options.tree or ".", options.allow_outside)
    if options.allow_shell and not tree.on_disk:
        hint = "read a checkout, or give --shell-answers"
        raise fail("--allow-shell: a git revision has no folder to run in", hint=hint, code="KG706")
    top = top_of(tree, options.kconfig)
    targets = find_targets(tree, options.configs)
    chosen = set(choose([target.name for target in targets], options.only))
    return Selection(tree, options, top, tuple(one for one in targets if one.name in chosen))


def load_standard(options: Options) -> StandardProject:
    """Read and resolve all targets that the options select. Raises KgenError, UnknownTarget."""
    with reading(select(options)) as project:
        return project()


@contextmanager
def reading(selection: Selection) -> Iterator[Callable[[], StandardProject]]:
    """Begin to read a tree, where there are many targets in other processes, while this one goes
    on in the `with` block. Gives what reads and resolves the rest. Both raise KgenError."""
    tree, options, top, targets = selection
    given = {} if options.shell_answers is None else read_answers(options.shell_answers)
    groups = [
        (of_tree(tree, variables), own) for variables, own in _by_environment(targets, options)
    ]
    # A command is run once for all targets, with the variables that they share.
    shared = dict(
        variable
        for variable in (groups[0][0].items() if groups else ())
        if all(variable in environment.items() for environment, _ in groups)
    )
    answers: dict[str, str] = {}
    shells = [Shell(given, options.allow_shell, tree.root, shared, answers) for _ in groups]
    readings = [
        Reading(tree, top, environment, shell, options.may_miss)
        for (environment, _), shell in zip(groups, shells, strict=True)
    ]
    with _models(readings, len(targets), options.allow_shell) as models:
        yield lambda: _resolved(selection, groups, shells, models)


def _resolved(
    selection: Selection,
    groups: Sequence[tuple[Mapping[str, str], Sequence[Target]]],
    shells: Sequence[Shell],
    models: Sequence[Callable[[], Model]],
) -> StandardProject:
    """The project, of its groups of targets with their variables and models."""
    tree, options, top, _ = selection
    program = program_of(tree)
    inputs: set[str] = set()
    said: dict[str, dict[str, None]] = {}
    not_taken: list[str] = []
    wrong: dict[str, None] = {}
    parts: list[Part] = []
    files = [_files(tree, own, options, prefix_of(known)) for known, own in groups]
    for (environment, own), read, (defconfigs, lines) in zip(groups, models, files, strict=True):
        model = read()._replace(
            verbatim=program.verbatim, heeds_n=program.heeds_n, zeros=program.zeros
        )
        settings = _settings(options, model, own)
        if defconfigs.problems:
            raise KgenError(*defconfigs.problems)
        lines = [
            some + settings[options.of(target.name).settings]
            for target, some in zip(own, lines, strict=True)
        ]
        found, ignored = assigned(model, lines)
        resolution = resolve(model, found)
        part = Part(model, found, resolution, tuple(own), tuple(lines), top, environment)
        parts.append(part)
        inputs.update(os.path.join(tree.root, file) for file in model.files)
        inputs.update(defconfigs.files)
        for message, name in _warnings(part, ignored, defconfigs):
            said.setdefault(message, {})[name] = None
        if any(settings):
            not_taken += _not_taken(part)
        for spot, text in wrong_types(model):
            wrong[f"{model.files[spot[0]]}:{spot[1]}: {text}"] = None
    answers = {command: answer for shell in shells for command, answer in shell.asked.items()}
    ran = any(shell.ran for shell in shells)
    warnings = [f"{message}: {_some(list(names))}" for message, names in said.items()]
    warnings += not_taken
    if wrong:
        warnings.append(f"types that do not fit: {_some(list(wrong))}")
    if not tree.on_disk:
        inputs.clear()
    for path in (options.file, options.shell_answers):
        if path is not None:
            inputs.add(os.path.abspath(path))
    return StandardProject(
        tree, options, tuple(parts), tuple(sorted(inputs)), tuple(warnings), answers, ran
    )


def _refuse_options(options: Options) -> None:
    given = sorted(flag for field, flag in _OF_QEMU.items() if field in options.given)
    if given:
        message = f"{', '.join(given)}: only for QEMU's Kconfig, and this tree is standard Kconfig"
        hint = "--dialect qemu reads it as QEMU's"
        raise KgenError(Problem(message, hint=hint, code="KG425"))


def _by_environment(
    targets: Sequence[Target], options: Options
) -> Iterator[tuple[dict[str, str], list[Target]]]:
    """The targets of each environment, which is what their paths give them, and then `--env`."""
    groups: dict[tuple[str, ...], list[Target]] = {}
    for target in targets:
        groups.setdefault((*target.variables, *options.of(target.name).env), []).append(target)
    for settings, own in groups.items():
        yield dict(_variable(setting) for setting in settings), own


def of_tree(tree: Tree, environment: Mapping[str, str]) -> dict[str, str]:
    """Variables, with the tree's folder for `{tree}` in their values."""
    return {name: value.replace("{tree}", tree.root) for name, value in environment.items()}


def _variable(setting: str) -> tuple[str, str]:
    name, _, value = setting.partition("=")
    return name, value


@contextmanager
def _models(
    readings: Sequence[Reading], targets: int, runs: bool
) -> Iterator[list[Callable[[], Model]]]:
    """What gives the model of each reading; for many targets they are read in other processes,
    while this one reads the files of the targets. runs: whether commands may be run; most of them
    are then run for the first model, before there are other processes."""
    if not are_worth(targets):
        yield [reading.model for reading in readings]
        return
    every = [reading.data for reading in readings]
    if runs and len(every) > 1:
        every[0] = partial(_given, every[0]())
    with all_aside(every, [reading.keep for reading in readings]) as data:
        yield [partial(_taken, reading, one) for reading, one in zip(readings, data, strict=True)]


def _given(data: Data) -> Data:
    return data


def _taken(reading: Reading, data: Callable[[], Data]) -> Model:
    return reading.taken(data())


def _files(
    tree: Tree, targets: Sequence[Target], options: Options, prefix: str
) -> tuple[Defconfigs, list[Lines]]:
    """The lines of the defconfig and the fragments of each target, and their reader."""
    defconfigs = Defconfigs(tree, prefix)
    lines = []
    for target in targets:
        found = defconfigs.lines(target.path)
        for fragment in options.of(target.name).fragments:
            found += defconfigs.lines(os.path.normpath(os.path.join(tree.root, fragment)))
        lines.append(found)
    return defconfigs, lines


def _settings(
    options: Options, model: Model, targets: Sequence[Target]
) -> dict[tuple[str, ...], Lines]:
    """The assignments of `--set`, by the settings of a target. Raises KgenError for symbols that
    the tree does not define, and for values that they cannot have."""
    found = dict.fromkeys(options.of(target.name).settings for target in targets)
    numbers = model.numbers() if any(found) else {}
    lines: dict[str, Passage] = {}
    problems = []
    for setting in dict.fromkeys(one for settings in found for one in settings):
        name, text = _variable(setting)
        name = name.removeprefix(model.prefix)
        place = options.place("settings", setting)
        if name not in numbers:
            message = f"--set {setting}: no Kconfig file defines {name}"
            problems.append(Problem(message, place, hint=near(name, numbers), code="KG201"))
            continue
        symbol = model.symbols[numbers[name]]
        value = as_written(model, symbol, text)
        if value is None:
            message = f"--set {setting}: {no_value(symbol, text)}"
            problems.append(Problem(message, place, hint=values_of_type(symbol), code="KG427"))
        else:
            lines[setting] = Passage(f"--set {setting}", 0, [(name, value)])
    if problems:
        raise KgenError(*problems)
    return {settings: Lines(tuple(lines[one] for one in settings)) for settings in found}


def no_value(symbol: Symbol, text: str) -> str:
    """The message that a symbol cannot have a value."""
    return f"{text!r} is no value of {symbol.name}, which is {symbol.type or 'without a type'}"


def values_of_type(symbol: Symbol) -> str:
    """A hint: what values the symbol can have."""
    return {
        "bool": "y or n",
        "tristate": "y, m or n",
        "int": "a whole number",
        "hex": "a hexadecimal number, like 0x1f",
    }.get(symbol.type, "")


def _not_taken(part: Part) -> Iterator[str]:
    """Settings of `--set` that are not the value of their symbol."""
    numbers = part.model.numbers()
    missed: dict[str, list[str]] = {}
    for lane, target in enumerate(part.targets):
        for line in part.lines[lane]:
            if not line.line and line.file.startswith("--set"):
                number = numbers[line.name]
                type_ = part.model.symbols[number].type
                value = value_of(type_, line.value, part.model.verbatim)
                if value is not None and part.resolution.value(number, lane) != value:
                    missed.setdefault(line.file, []).append(target.name)
    for setting, names in missed.items():
        symbol = setting.removeprefix("--set ").partition("=")[0]
        yield f"{setting} has no effect in {_some(names)}; kgen why {symbol} says why"


def _warnings(part: Part, ignored: Ignored, defconfigs: Defconfigs) -> Iterator[tuple[str, str]]:
    """Messages, each with one of those that it is about."""
    for name in sorted(ignored.undefined):
        yield "no Kconfig file defines what defconfigs assign", name
    if ignored.mistyped:
        numbers, symbols = part.model.numbers(), part.model.symbols
        those = [lines for lines in part.lines if not ignored.mistyped.isdisjoint(lines.said)]
        for line in (line for lines in those for line in lines):
            if line[:2] in ignored.mistyped:
                type_ = symbols[numbers[line.name]].type or "symbol with a type"
                value = "n" if line.value is None else line.value
                mistyped = f"{line.file}:{line.line}: {line.name}={value} is no {type_}"
                yield "lines of defconfigs with a value of another type", mistyped
    for place in defconfigs.odd:
        yield "lines of defconfigs that assign nothing", str(place)


def _some(names: Sequence[str]) -> str:
    more = f" and {len(names) - _SHOWN:,} more" if len(names) > _SHOWN else ""
    return ", ".join(names[:_SHOWN]) + more
