"""A new text for the devices file of one target: its resolution, its proof and its output."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from kgen.commands.options import Option
from kgen.commands.savedefconfig.minimal import AIMS
from kgen.explain import failure_messages
from kgen.files.atomic import commit
from kgen.formats import terminal
from kgen.formats.escapes import inert_comments
from kgen.kconfig import mak
from kgen.model.clauses import Model
from kgen.model.configurations import Outcome
from kgen.model.problems import KgenError, Problem
from kgen.project.choose import UnknownTarget
from kgen.project.load import Project, declares, load_model, with_own_model
from kgen.resolve.resolver import resolve
from kgen.targets import checkout

if TYPE_CHECKING:
    from kgen.model.clauses import Model
    from kgen.model.configurations import Mode
    from kgen.targets.copied_list import Locate


FOR = Option(
    ("--for",),
    "aim",
    "MODE",
    "Mode in which the file will be used.",
    "defconfig",
    choices=AIMS,
)


def single(project: Project, command: str) -> Outcome:
    """The only target of a command that needs exactly one.

    Raises UnknownTarget if there is not exactly one, and KgenError if it fails.
    """
    if len(project.outcomes) != 1:
        count = len(project.outcomes)
        raise UnknownTarget(f"{command} needs exactly one target, not {count}")
    outcome = project.outcomes[0]
    if outcome.failed:
        raise KgenError(*failure_messages.problems(outcome.resolution))
    return outcome


def resolved(
    project: Project, outcome: Outcome, text: str, mode: Mode, duplicates: str = "auto"
) -> Outcome:
    """Resolve the target with this text in place of its devices file.

    External assignments are kept. duplicates: the value of `--duplicates`. Raises KgenError if
    the text is not a valid devices file or sets undeclared symbols.
    """
    tree = project.tree
    # In place of the target's own file, or else next to the Kconfig file.
    path = outcome.target.devices_file or os.path.join(tree.root, "devices.mak")

    otherwise = checkout.reader(tree)

    def read(wanted: str) -> str:
        return text if os.path.abspath(wanted) == path else otherwise(wanted)

    devices = mak.read_devices(path, tree.root, read, tree.shown)
    target = outcome.target._replace(
        assignments=devices.assignments,
        files=devices.files,
        devices_file=path,
        declares=devices.declares,
    )
    model = project.model
    if declares(target, model):

        def load_files(inputs: Iterable[str], locate: Locate) -> Model:
            return load_model(tree, inputs, read, duplicates, locate)

        model, (target,) = with_own_model(tree, target, load_files)
    lane = outcome.as_lane
    outside = tuple(item for item in lane.assignments if item.external)
    again = lane._replace(mode=mode, assignments=(*target.assignments, *outside))
    known = set(model.mentions) | {item.symbol for item in model.assignments}
    lost = sorted({item.symbol for item in target.assignments} - known)
    if lost:
        message = "is declared by the devices file itself, which cannot be carried over"
        raise KgenError(*(Problem(f"{symbol} {message}", code="KG304") for symbol in lost))
    return Outcome(target, resolve(model, [again]), 0)


def prove(
    project: Project, outcome: Outcome, text: str, mode: Mode, duplicates: str = "auto"
) -> None:
    """Raise KgenError unless the text reproduces the target's configuration in a mode."""
    again = resolved(project, outcome, text, mode, duplicates)
    if again.failed:
        raise KgenError(*failure_messages.problems(again.resolution))
    symbols = sorted({*outcome.resolution.values, *again.resolution.values})
    wrong = [symbol for symbol in symbols if outcome.value(symbol) != again.value(symbol)]
    if wrong:
        names = ", ".join(wrong[:8]) + (" and more" if len(wrong) > 8 else "")
        hint = "there may be none for a tree with a dependency cycle"
        raise KgenError(
            Problem(f"no list reproduces this configuration: {names}", hint=hint, code="KG304")
        )


def deliver(text: str, output: str | None, form: str, data: Mapping[str, object]) -> None:
    """Write the text to a file, or print it; for `--format json` print data and the file's name.

    Raises KgenError.
    """
    if output is not None:
        commit({output: text})
    if form == "json":
        terminal.print_json({**data, "file": output})
    elif output is None:
        sys.stdout.write(inert_comments(text))
