"""`kgen verify --binary`: compare what kgen says of targets with built binaries of them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from kgen.commands.loading import load
from kgen.commands.verify.binary import Binary, ask
from kgen.commands.verify.modules import Modules
from kgen.commands.verify.names import Comparison, compare
from kgen.files.process import clean_up_on_termination
from kgen.files.tree import version_of
from kgen.formats import terminal
from kgen.model.problems import KgenError, Problem
from kgen.model.record import Record
from kgen.project.choose import names_target
from kgen.project.code.code_map import code_map
from kgen.project.options import Options

_SUFFIX = "-softmmu"

# Files for which there is a progress bar.
_MANY = 100


class Compared(Record):
    """A binary with what kgen says of its target. tree_version: "" if the tree does not say."""

    binary: Binary
    target: str
    tree_version: str
    kinds: tuple[Comparison, ...]

    @property
    def agrees(self) -> bool:
        """Whether both list the same names."""
        return not any(one.binary or one.kgen for one in self.kinds)


def compare_binaries(
    options: Options, paths: Sequence[str], modules: str, seconds: float
) -> list[Compared]:
    """Ask each binary, and compare.

    modules: the folder of their modules, "" if it is not given. seconds: the limit of each run.
    Raises KgenError.
    """
    asked = []
    problems: list[Problem] = []
    with (
        terminal.progress(len(paths), "asking", 8) as step,
        clean_up_on_termination(),
    ):
        for path in paths:
            try:
                asked.append(ask(path, seconds))
            except KgenError as error:
                problems += error.problems
            step()
    problems += [found for one in asked if (found := _other_target(one, options))]
    if problems:
        raise KgenError(*problems)
    targets = [f"{one.target}{_SUFFIX}" for one in asked]
    project = load(options.changed(only=tuple(dict.fromkeys(targets))))
    progress = partial(terminal.progress, label="reading C", at_least=_MANY)
    map_ = code_map(project, progress)
    lanes = {one.target.name: lane for lane, one in enumerate(map_.outcomes)}
    broken = [target for target in dict.fromkeys(targets) if target not in lanes]
    if broken:
        raise KgenError(
            *(
                Problem(
                    f"{target} cannot be configured",
                    hint="kgen why shows the contradiction",
                    code="KG714",
                )
                for target in broken
            )
        )
    version = version_of(project.tree)
    compared = []
    for one, target in zip(asked, targets, strict=True):
        own = Modules(map_.sources.modules, one.target, one.path, modules)
        kinds = tuple(compare(map_, lanes[target], one, own))
        compared.append(Compared(one, target, version, kinds))
    return compared


def _other_target(binary: Binary, options: Options) -> Problem | None:
    """A problem with the target of a binary; None if the options allow it."""
    if not binary.target:
        return Problem(
            f"{binary.path} does not say its target",
            hint="name it like QEMU does: qemu-system-x86_64",
            code="KG714",
        )
    target = f"{binary.target}{_SUFFIX}"
    if not options.only or any(names_target(glob, target) for glob in options.only):
        return None
    return Problem(
        f"{binary.path} is built for {binary.target}, which is not among the chosen targets",
        hint=f"-t {binary.target}",
        code="KG714",
    )
