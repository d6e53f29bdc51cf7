"""The comparison of standard Kconfig: with Kconfiglib's own evaluation, or the tree's own `conf`.

Of each target, the .config and the minimal defconfig, of Kconfiglib also the header, byte for byte.
A `.config` of `conf` has more comments, which differ between versions; its lines that say
something are compared, in their order.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from difflib import unified_diff
from importlib.util import find_spec
from typing import TypeVar

from kgen.commands.loading import load_standard
from kgen.commands.verify import program
from kgen.commands.verify.command import Arguments
from kgen.files.process import clean_up_on_termination
from kgen.files.read import NotText, read_text
from kgen.formats import terminal
from kgen.formats.escapes import visible
from kgen.model.problems import KgenError, Problem, fail, os_reason
from kgen.model.record import Record
from kgen.project.standard import Part, StandardProject
from kgen.standard import outputs
from kgen.standard.defconfigs import assigned
from kgen.standard.resolver import resolve

# So many lines of a difference are shown, and so many targets with one.
_LINES, _TARGETS = 10, 20
_MAKERS = {
    "config": outputs.configs,
    "defconfig": outputs.defconfigs,
    "header": outputs.headers,
}


_Job = TypeVar("_Job")
_Result = TypeVar("_Result")


class Case(Record):
    """A target to compare. config: the file with its assignments, without an #include. ours: the
    text of each output."""

    target: str
    config: str
    ours: Mapping[str, str]


class Found(Record):
    """How a target compares: `same`, `different`, or why the program was stopped; the first lines
    of a difference."""

    target: str
    verdict: str
    lines: tuple[str, ...] = ()


def run(arguments: Arguments) -> int:
    """Compare and print; return 1 if there is any difference."""
    _refuse_options(arguments)
    project = load_standard(arguments.options)
    if not project.tree.on_disk:
        raise fail("kgen verify needs a checkout to compare with", code="KG701")
    found: list[Found] = []
    with (
        terminal.progress(len(project.names), "comparing", 100) as step,
        clean_up_on_termination(),
        tempfile.TemporaryDirectory(prefix="kgen-verify-") as folder,
    ):
        for number, part in enumerate(project.parts):
            inner = os.path.join(folder, str(number))
            os.mkdir(inner)
            cases = list(_cases(project, part, inner, conf=bool(arguments.conf)))
            results = (
                _by_conf(arguments, project, part, cases, inner)
                if arguments.conf
                else _by_kconfiglib(arguments, project, part, cases, inner)
            )
            for one in results:
                found.append(one)
                step()
    found.sort()
    wrong = [one for one in found if one.verdict != "same"]
    if arguments.form == "json":
        different = [one._asdict() | {"lines": list(one.lines)} for one in wrong]
        terminal.print_json({"compared": len(found), "different": different})
        return 1 if wrong else 0
    print(f"{terminal.count(len(found), 'target')}: {len(wrong)} different")
    for one in wrong[:_TARGETS]:
        print(f"\n{visible(one.target)} {one.verdict}")
        print("\n".join(visible(f"    {line}") for line in one.lines))
    return 1 if wrong else 0


def _refuse_options(arguments: Arguments) -> None:
    given = {
        "--binary": arguments.binaries,
        "--modules": arguments.modules,
        "--random": arguments.number != "0",
    }
    flags = [flag for flag, value in given.items() if value]
    if flags:
        message = f"{', '.join(flags)}: only for QEMU's Kconfig, and this tree is standard Kconfig"
        raise KgenError(Problem(message, code="KG425"))


def _cases(project: StandardProject, part: Part, folder: str, conf: bool) -> Iterator[Case]:
    """The targets that share a model; their files are written to a folder."""
    model, resolution, count = part.model, part.resolution, len(part.targets)
    if not conf:  # Kconfiglib is one for all trees
        model = model._replace(verbatim=False, heeds_n=False, zeros=False)
    if model != part.model:
        resolution = resolve(model, assigned(model, part.lines)[0])
    texts = {name: make(resolution, count) for name, make in _MAKERS.items()}
    for number, (target, lines) in enumerate(zip(part.targets, part.lines, strict=True)):
        path = target.path
        own = os.path.relpath(path, project.tree.root)
        if any(line.file != own or not line.line for line in lines):
            path = os.path.join(folder, f"{number}.lines")
            with open(path, "w", encoding="utf-8") as stream:
                for line in lines:
                    name = f"{model.prefix}{line.name}"
                    is_n = line.value is None
                    stream.write(f"# {name} is not set\n" if is_n else f"{name}={line.value}\n")
        yield Case(target.name, path, {name: text[number] for name, text in texts.items()})


def _by_kconfiglib(
    arguments: Arguments, project: StandardProject, part: Part, cases: list[Case], folder: str
) -> Iterator[Found]:
    """Evaluate with Kconfiglib, in as many processes as there are processors."""
    kconfiglib = find_spec("kconfiglib")
    width = max(1, -(-len(cases) // (os.cpu_count() or 1)))
    chunks = [cases[start : start + width] for start in range(0, len(cases), width)]

    def evaluated(number: int, chunk: Sequence[Case], runs: program.Runs) -> list[Found]:
        out = os.path.join(folder, f"out{number}")
        os.mkdir(out)
        job = os.path.join(out, "job")
        with open(job, "w", encoding="utf-8") as stream:
            json.dump(
                {
                    "kconfiglib": kconfiglib and kconfiglib.origin,
                    "environment": {"srctree": ".", **part.environment},
                    "top": part.top,
                    "configs": [case.config for case in chunk],
                    "answers": dict(project.answers),
                    "may_miss": project.options.may_miss,
                    "out": out,
                },
                stream,
            )
        seconds = int(arguments.timeout) * len(chunk)
        script = os.path.join(os.path.dirname(__file__), "evaluation.py")
        command = [sys.executable, "-I", script, job]
        done = _run(command, project, {}, seconds, runs)
        if done.stopped:
            return [Found(case.target, done.stopped) for case in chunk]
        if done.status:
            said = done.output.decode("utf-8", "replace").strip().split("\n")[-1]
            hint = "its parser knows the language of 2020; --conf compares with the tree's own"
            raise fail(f"Kconfiglib does not evaluate this tree: {said}", hint=hint, code="KG701")
        return [
            _judged(case, {name: _text(f"{out}/{at}.{name}") for name in _MAKERS}, str)
            for at, case in enumerate(chunk)
        ]

    for results in _in_threads(evaluated, chunks):
        yield from results


def _by_conf(
    arguments: Arguments, project: StandardProject, part: Part, cases: list[Case], folder: str
) -> Iterator[Found]:
    """Run the tree's own program twice for each target: --defconfig, then --savedefconfig."""
    conf = os.path.abspath(arguments.conf or "")

    def ran(number: int, case: Case, runs: program.Runs) -> Found:
        config = os.path.join(folder, f"{number}.config")
        minimal = os.path.join(folder, f"{number}.defconfig")
        environment = {"srctree": ".", **part.environment, "KCONFIG_CONFIG": config}
        for option in (f"--defconfig={case.config}", f"--savedefconfig={minimal}"):
            command = [conf, option, part.top]
            done = _run(command, project, environment, int(arguments.timeout), runs)
            if done.stopped:
                return Found(case.target, done.stopped)
            if done.status:
                said = done.output.decode("utf-8", "replace").strip().split("\n")
                return Found(case.target, "different", (f"{conf} {option}", *said[-_LINES:]))
        theirs = {"config": _text(config), "defconfig": _text(minimal)}
        return _judged(case, theirs, lambda text: _statements(text, part.model.prefix))

    yield from _in_threads(ran, cases)


def _in_threads(
    do: Callable[[int, _Job, program.Runs], _Result], jobs: Sequence[_Job]
) -> Iterator[_Result]:
    """The results of jobs, which wait for programs, in their order."""
    runs = program.Runs()
    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        try:
            yield from pool.map(lambda number: do(number, jobs[number], runs), range(len(jobs)))
        finally:
            runs.cancel()  # else the pool waits for every run that has begun


def _run(
    command: Sequence[str],
    project: StandardProject,
    environment: Mapping[str, str],
    seconds: float,
    runs: program.Runs,
) -> program.Run:
    """Run a program in the tree's folder, with these variables and PATH."""
    around = {"PATH": os.environ.get("PATH", os.defpath), **environment}
    try:
        return program.run(
            command, project.tree.root, seconds, runs, environment=around, errors=True
        )
    except OSError as error:
        raise fail(f"cannot run {command[0]}: {os_reason(error)}", code="KG701") from None


def _text(path: str) -> str:
    try:
        return read_text(path)
    except (OSError, NotText) as error:
        raise fail(f"the program left no {os.path.basename(path)}: {error}", code="KG701") from None


def _judged(case: Case, theirs: Mapping[str, str], said: Callable[[str], str]) -> Found:
    """Compare the outputs that the other program wrote. said: what is compared of a text."""
    lines: list[str] = []
    for name, text in theirs.items():
        before, after = said(text).splitlines(), said(case.ours[name]).splitlines()
        if before != after:
            changed = unified_diff(before, after, f"{name} of the program", f"{name} of kgen", "",
                                   "", 0, "")  # fmt: skip
            lines += changed
    return Found(case.target, "different" if lines else "same", tuple(lines[:_LINES]))


def _statements(text: str, prefix: str) -> str:
    """The lines of a .config that are not comments."""
    unset = f"# {prefix}"
    return "\n".join(
        line
        for line in text.split("\n")
        if line and (line[0] != "#" or (line.startswith(unset) and line.endswith(" is not set")))
    )
