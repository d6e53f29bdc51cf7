"""The comparison of kgen with a tree's own `scripts/minikconf.py`, byte for byte.

This is the only place that executes code of a tree: of a checkout that the user names for this
purpose.
"""

from __future__ import annotations

import os
import random
import sys
import tempfile
from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from kgen.commands.loading import load
from kgen.commands.verify import program
from kgen.files.read import read_bytes
from kgen.files.tree import open_tree
from kgen.model.clauses import Assignment, assignment_text, assignment_texts
from kgen.model.configurations import MODES, Lane, Outcome
from kgen.model.problems import fail, os_reason
from kgen.model.record import Record
from kgen.project.choose import choose
from kgen.project.load import Project
from kgen.project.options import Options
from kgen.resolve.resolver import resolve
from kgen.targets import checkout, copied_list

if TYPE_CHECKING:
    from kgen.model.configurations import Mode


class Case(Record):
    """One configuration to compare.

    devices: as the user would name it; devices_file: its path, relative to the tree
    if it is in the tree. external: the words that pass
    external symbols. settings: the assignments of `--set`; extra: random ones; both on top of the
    devices file. copies: the files of a devices file from elsewhere, each with its place below a
    folder in which the program finds them all; () where it finds them as they are. printed: kgen's
    output, None if it rejects the configuration. files: the files that it read, in order.
    """

    target: str
    devices: str
    mode: Mode
    devices_file: str
    external: tuple[str, ...]
    settings: tuple[tuple[str, bool], ...]
    extra: tuple[tuple[str, bool], ...]
    copies: tuple[tuple[str, str], ...]
    printed: str | None
    files: tuple[str, ...]
    cyclic: bool


class Result(Record):
    """How one case compares.

    verdict: `same`, `refused` (by both), `different`, or why the program was stopped. lines: the
    first differences.
    """

    case: Case
    verdict: str
    lines: tuple[str, ...] = ()

    @property
    def agrees(self) -> bool:
        """Whether kgen and the program say the same."""
        return self.verdict in ("same", "refused")


def program_of(tree: str) -> str:
    """The path of the tree's own program. Raises KgenError if there is none to run."""
    opened = open_tree(tree)
    path = os.path.join(opened.root, "scripts", "minikconf.py")
    if not opened.on_disk or not os.path.isfile(path):
        raise fail(f"{tree} has no scripts/minikconf.py to compare with", code="KG701")
    return path


def cases(
    options: Options, devices: str | None, mode: Mode | None, number: int, seed: int
) -> list[Case]:
    """The cases: every target, devices file and mode, and `number` random ones per target.

    devices, mode: only this one; None for all. The random ones are on top of that devices file, or
    `default`, in that mode, or defconfig. Raises KgenError.
    """
    tree = open_tree(options.tree or "")
    known = checkout.target_names(tree)
    if not known:
        raise fail(f"{tree.shown} has no configs/targets to compare", code="KG701")
    by_devices: dict[str, list[str]] = {}
    for target in choose(known, options.only):
        own = checkout.devices_names(tree, target) or ["default"]
        its = options.of(target).devices
        for name in own if devices is None and its == "default" else [its]:
            by_devices.setdefault(name, []).append(target)
    modes = MODES if mode is None else (mode,)
    found: list[Case] = []
    said: set[str] = set()
    for name in sorted(by_devices):
        for each in modes:
            only = tuple(by_devices[name])
            given = options.changed(only=only, mode=each, devices=name)
            loaded = load(given, "any", said)
            found += [_case(loaded, outcome, name, ()) for outcome in loaded.outcomes]
            if name == (devices or "default") and each == modes[0]:
                rng = random.Random(seed)
                for outcome in loaded.outcomes:
                    found += _random_cases(loaded, outcome, name, number, rng)
    return found


def compare(options: Options, found: list[Case], seconds: float) -> Generator[Result, None, None]:
    """Run the tree's program on the cases; yields the results in their order.

    seconds: the limit of each run.
    """
    tree = open_tree(options.tree or "").root
    reference = program_of(options.tree or "")
    runs = program.Runs()
    with (
        tempfile.TemporaryDirectory(prefix="kgen-verify-") as folder,
        ThreadPoolExecutor(os.cpu_count() or 1) as pool,
    ):
        result = _runner(reference, tree, folder, seconds, runs)
        try:
            yield from pool.map(lambda job: result(*job), enumerate(found))
        finally:
            runs.cancel()  # else the pool waits for every run that has begun


def _case(
    project: Project, outcome: Outcome, devices: str, extra: tuple[tuple[str, bool], ...]
) -> Case:
    resolution, target, lane = outcome.resolution, outcome.target, outcome.as_lane
    printed = None
    if not outcome.failed:
        printed = "".join(f"{assignment_text(symbol, True)}\n" for symbol in outcome.printed())
    bit = 1 << outcome.lane
    options = lane.assignments[len(target.assignments) :]
    own = [(item.symbol, item.value) for item in options if not item.external]
    cyclic = any(cycle.lanes & bit for cycle in resolution.cycles)
    return Case(
        target.name,
        devices,
        lane.mode,
        target.devices_file.removeprefix(project.tree.root + os.sep),
        tuple(assignment_text(item.symbol, item.value) for item in options if item.external),
        tuple(own[: len(own) - len(extra)]),
        extra,
        copied_list.places(project.tree, target),
        printed,
        tuple(dict.fromkeys((*target.files[1:], *resolution.model.files))),
        cyclic,
    )


def _random_cases(
    project: Project, outcome: Outcome, devices: str, number: int, rng: random.Random
) -> list[Case]:
    """Random assignments on top of a target's own, all resolved at once."""
    model = outcome.resolution.model
    lane = outcome.as_lane
    outside = {item.symbol for item in lane.assignments if item.external}
    symbols = sorted(model.declared() - outside)
    if not symbols or not number:
        return []
    most = min(6, len(symbols))
    extras = []
    for _ in range(number):
        chosen = rng.sample(symbols, rng.randint(1, most))
        extras.append(tuple((symbol, rng.random() < 0.5) for symbol in chosen))
    lanes = [
        Lane(lane.name, lane.mode, (*lane.assignments, *(Assignment(*pair) for pair in extra)))
        for extra in extras
    ]
    resolution = resolve(model, lanes)
    return [
        _case(project, Outcome(outcome.target, resolution, at), devices, extra)
        for at, extra in enumerate(extras)
    ]


def _runner(
    reference: str, tree: str, folder: str, seconds: float, runs: program.Runs
) -> Callable[[int, Case], Result]:
    """A function that runs the reference on a case, which has a number, and compares."""

    def result(number: int, case: Case) -> Result:
        depfile = os.path.join(folder, f"{number}.d")
        copies = _copies(case, os.path.join(folder, f"{number}"))
        real = os.path.join(tree, case.devices_file)
        inputs = [next((link for link in copies if copies[link] == real), case.devices_file)]
        more = (*case.settings, *case.extra)
        if more:
            inputs.append(os.path.join(folder, f"{number}.mak"))
            with open(inputs[1], "w", encoding="utf-8") as stream:
                stream.writelines(f"{line}\n" for line in assignment_texts(more))
        words = [f"--{case.mode}", "x", depfile, *inputs, "Kconfig", *case.external]
        try:
            done = program.run([sys.executable, reference, *words], tree, seconds, runs)
        except OSError as error:
            raise fail(f"cannot run {reference}: {os_reason(error)}", code="KG701") from None
        if done.stopped:
            return Result(case, done.stopped, (_told(done.stopped, seconds),))
        if done.status != 0:
            return _judge(case, None, [])
        try:
            read = read_bytes(depfile).decode("utf-8", "surrogateescape")
        except OSError as error:
            reason = f"the depfile of scripts/minikconf.py cannot be read: {os_reason(error)}"
            return Result(case, "different", (reason,))
        files = [line.partition(": ")[2] for line in read.splitlines()]
        printed = done.output.decode("utf-8", "surrogateescape")
        files = [copies.get(path, path) for path in files if path not in inputs[1:]]
        return _judge(case, printed, files)

    return result


def _copies(case: Case, folder: str) -> dict[str, str]:
    """Put the files of a devices file from elsewhere where they include each other.

    Returns the file that each of the links stands for.
    """
    found = {os.path.join(folder, place): path for path, place in case.copies}
    for link, path in found.items():
        os.makedirs(os.path.dirname(link), exist_ok=True)
        os.symlink(path, link)
    return found


def _told(stopped: str, seconds: float) -> str:
    """Why a run was stopped, in a sentence."""
    if stopped == program.TOO_MUCH:
        return f"scripts/minikconf.py printed more than {program.BYTES >> 20} MiB"
    return f"scripts/minikconf.py did not end within {seconds:g} s"


def _judge(case: Case, printed: str | None, files: list[str]) -> Result:
    """Compare what the program printed, None if it refused the input, and read, with kgen."""
    if printed is None or case.printed is None:
        if printed is None and case.printed is None:
            return Result(case, "refused")
        if case.cyclic:
            # With a cycle the reference's result depends on the memory addresses of its objects.
            return Result(case, "refused")
        who = "scripts/minikconf.py" if printed is None else "kgen"
        return Result(case, "different", (f"only {who} rejects it",))
    if printed == case.printed and tuple(files) == case.files:
        return Result(case, "same")
    theirs, ours = set(printed.splitlines()), set(case.printed.splitlines())
    lines = [f"- {line[:_WIDTH]}" for line in sorted(theirs - ours)[:10]]
    lines += [f"+ {line[:_WIDTH]}" for line in sorted(ours - theirs)[:10]]
    if not lines:
        same = printed == case.printed
        lines = [
            "different files were read, or in another order"
            if same
            else "the same lines in another order, or with other line ends"
        ]
    return Result(case, "different", tuple(lines[:10]))


_WIDTH = 200  # characters of a line that differs
