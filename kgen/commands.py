"""What each command does with its values: call the layers below, print, give the exit status."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from kgen import project, shipped
from kgen.errors import KgenError, Problem, as_data, describe, fail, pointed
from kgen.escapes import visible
from kgen.outputs import OUTPUTS
from kgen.renderer import Renderer

# A run shows a progress bar only when it makes at least this many files for a terminal.
_LONG = 500


def run(command: str, values: dict[str, Any], renderer: Renderer | None = None) -> int:
    """Run a command; its exit status. Raises project.UnknownTarget, a mistake of usage."""
    form = values.pop("form")
    try:
        return _COMMANDS[command](values, form, renderer)
    except KgenError as error:
        root = values.get("tree") or shipped.embedded_tree()
        problems = [pointed(problem, root) for problem in error.problems]
        if form == "json":
            _print_json({"errors": [as_data(problem, root) for problem in problems]})
        else:
            for problem in problems:
                print(describe(problem, root), file=sys.stderr)
        return 1


def _generate(values: dict[str, Any], form: str, renderer: Renderer | None) -> int:
    from kgen import generator

    names = ("directory", "outputs", "templates", "sources", "depfile", "depfile_target")
    own = {name: values.pop(name) for name in names}
    directory = own["directory"]
    chosen = _chosen_outputs(own["outputs"])
    loaded = project.load(project.Options(**values))
    _refuse_failures(loaded)
    steps = generator.steps(loaded, chosen, own["templates"])
    with _progress(steps) as step:
        written = generator.generate(
            loaded,
            directory,
            chosen,
            own["templates"],
            own["sources"],
            own["depfile"],
            own["depfile_target"],
            step,
            # A run that is long enough for a bar renders here, where the bar is.
            renderer.render if renderer is not None and steps < _LONG else None,
        )
    if form == "json":
        _print_json(
            {
                "directory": directory,
                "targets": [outcome.target.name for outcome in loaded.outcomes],
                "written": [os.path.basename(path) for path in written.changed],
                "unchanged": [os.path.basename(path) for path in written.unchanged],
            }
        )
    else:
        total = len(written.changed) + len(written.unchanged)
        print(
            f"{_count(len(loaded.outcomes), 'target')}, {_count(total, 'file')} "
            f"in {visible(directory)}: "
            f"{len(written.changed)} written, {len(written.unchanged)} unchanged"
        )
    return 0


def _targets(values: dict[str, Any], form: str, _renderer: Renderer | None) -> int:
    loaded = project.load(project.Options(**values))
    rows = [_target_row(outcome) for outcome in loaded.outcomes]
    if form == "json":
        _print_json({"targets": rows})
    else:
        columns = {
            "name": "TARGET",
            "architecture": "ARCHITECTURE",
            "base-architecture": "BASE",
            "endianness": "ENDIAN",
            "word-size": "BITS",
            "assigned": "SET",
            "y": "Y",
            "devices": "DEVICES FILE",
        }
        table = [list(columns.values())]
        for row in rows:
            cells = [row[key] for key in columns]
            table.append(
                [str(len(c)) if isinstance(c, (list, dict)) else str(c or "-") for c in cells]
            )
        _print_table(table)
    failing = [row["name"] for row in rows if row["fails"]]
    if failing:
        print(f"{_count(len(failing), 'target')} cannot be configured", file=sys.stderr)
    return 1 if failing else 0


def _verify(values: dict[str, Any], form: str, _renderer: Renderer | None) -> int:
    from kgen import verify

    number, seed = int(values.pop("number")), int(values.pop("seed"))
    if values["tree"] is None:
        raise fail("verify compares with a checkout's own program", hint="name it with --tree")
    options = project.Options(**values)
    verify.program(values["tree"])
    cases = verify.cases(options, number, seed)
    results = []
    with _progress(len(cases), "comparing", 100) as step:
        for result in verify.compare(options, cases):
            results.append(result)
            step()
    different = [result for result in results if result.verdict == "different"]
    if form == "json":
        _print_json(_verify_data(results))
    else:
        _print_table(_verify_table(results))
        print(f"{_count(len(results), 'configuration')}, {len(different)} different")
    for result in different[:20] if form == "text" else ():
        case = result.case
        setting = " ".join(f"{name}={'y' if value else 'n'}" for name, value in case.extra)
        print(f"\n{case.target} {case.devices} {case.mode} {setting}".rstrip())
        print("\n".join(f"    {line}" for line in result.lines))
    return 1 if different else 0


def _verify_data(results: list[Any]) -> dict[str, Any]:
    return {
        "compared": len(results),
        "different": [
            {
                "target": result.case.target,
                "devices": result.case.devices,
                "mode": result.case.mode,
                "set": {name: "y" if value else "n" for name, value in result.case.extra},
                "lines": list(result.lines),
            }
            for result in results
            if result.verdict == "different"
        ],
    }


def _verify_table(results: list[Any]) -> list[list[str]]:
    """A row for each target and devices file: symbols printed in each mode, or the verdict."""
    rows: dict[tuple[str, str], dict[str, str]] = {}
    random_: dict[str, list[str]] = {}
    for result in results:
        case = result.case
        if case.extra:
            random_.setdefault(case.target, []).append(result.verdict)
            continue
        same = "" if case.printed is None else str(case.printed.count("\n"))
        row = rows.setdefault((case.target, case.devices), {})
        row[case.mode] = same if result.verdict == "same" else result.verdict
    table = [["TARGET", "DEVICES", "DEFCONFIG", "ALLNOCONFIG", "ALLYESCONFIG"]]
    if random_:
        table[0].append("RANDOM")
    for (target, devices), row in sorted(rows.items()):
        table.append([target, devices, *row.values()])
        if random_:
            verdicts = random_.get(target, []) if devices == "default" else []
            fine = sum(verdict != "different" for verdict in verdicts)
            table[-1].append(f"{fine} of {len(verdicts)}" if verdicts else "")
    return table


def _native_file(values: dict[str, Any], form: str, _renderer: Renderer | None) -> int:
    from kgen import files, nativefile

    output, into = values["output"], values["into"]
    if into is not None and output is None:
        output = into
    text = nativefile.native_file() if into is None else nativefile.added_to(into)
    if output is not None:
        files.commit({output: text})
    if form == "json":
        _print_json({"command": nativefile.command(), "file": output})
    elif output is None:
        print(text, end="")
    return 0


_COMMANDS: dict[str, Callable[[dict[str, Any], str, Renderer | None], int]] = {
    "generate": _generate,
    "targets": _targets,
    "verify": _verify,
    "native-file": _native_file,
}


def _chosen_outputs(values: tuple[str, ...]) -> tuple[str, ...]:
    chosen = {name for value in values for name in value.split(",") if name}
    if chosen & {"meson", "make"}:
        chosen.add("mak")  # which those include
    return tuple(name for name in OUTPUTS if name in chosen or not values)


def _target_row(outcome: project.Outcome) -> dict[str, Any]:
    target = outcome.target
    return {
        "name": target.name,
        "architecture": target.architecture,
        "base-architecture": target.base_architecture,
        "endianness": "big" if target.big_endian else "little",
        "word-size": target.word_size,
        "devices": target.devices,
        "assigned": {item.symbol: "y" if item.value else "n" for item in target.assignments},
        "external": {name: "y" if value else "n" for name, value in outcome.external()},
        "y": [] if outcome.failed else outcome.printed(),
        "fails": outcome.failed,
    }


def _refuse_failures(loaded: project.Project) -> None:
    """Raise every failure of every target: nothing is written when one cannot be configured."""
    if not loaded.failures():
        return
    from kgen import failures

    problems = [item for found in loaded.failures() for item in failures.problems(found)]
    failing = [outcome.target.name for outcome in loaded.outcomes if outcome.failed]
    fine = len(loaded.outcomes) - len(failing)
    summary = f"{_count(len(failing), 'target')} cannot be configured; {fine} could be"
    raise KgenError(*problems, Problem(summary, hint="no output file was changed"))


@contextmanager
def _progress(
    length: int, label: str = "rendering", long: int = _LONG
) -> Iterator[Callable[[], None]]:
    """A bar on stderr for a long run on a terminal; a step that does nothing otherwise."""
    if length < long or not sys.stderr.isatty():
        yield lambda: None
        return
    import click

    with click.progressbar(length=length, label=label, file=sys.stderr) as bar:
        yield lambda: bar.update(1)


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _print_json(data: Any) -> None:
    import json

    print(json.dumps(data, indent=2, ensure_ascii=False))


def _print_table(rows: list[list[str]]) -> None:
    """Columns as wide as they need to be; numbers to the right."""
    shown = [[visible(cell) for cell in row] for row in rows]
    widths = [max(len(cell) for cell in column) for column in zip(*shown, strict=True)]
    columns = list(zip(*shown[1:], strict=True))
    right = [all(cell.isdigit() or cell == "-" for cell in column) for column in columns]
    for row in shown:
        cells = [
            cell.rjust(width) if numeric else cell.ljust(width)
            for cell, width, numeric in zip(row, widths, right, strict=True)
        ]
        print("  ".join(cells).rstrip())
