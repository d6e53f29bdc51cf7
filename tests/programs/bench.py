"""How fast kgen is, beside a QEMU tree's own program: `make bench QEMU_TREE=DIR`.

A plain script that prints its tables and leaves with 0, or with 1 if kgen and the reference do
not agree on every target. What is compared is run in turns, so that what else the machine does
meets both sides, and a ratio is taken within a turn before the median of the turns.
`docs/benchmarks.md` has results and says what each table means.
"""

from __future__ import annotations

import argparse
import gc
import json
import math
import multiprocessing
import os
import platform
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple, TypeVar
from unittest import mock

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "shared"))

from browser import FILTER, FLAGS, executable
from made_up import write_made_up
from oracle import facts_tree, solve
from running import FACTS, ROOT

import kgen
from kgen.commands.generate import write
from kgen.commands.generate.outputs import OUTPUTS
from kgen.files.atomic import Written, commit
from kgen.model.clauses import Model
from kgen.model.configurations import Lane, Resolution
from kgen.project import load as project_load
from kgen.project.load import Project, load
from kgen.project.options import Options
from kgen.resolve.resolver import resolve

REAL_TREE = FACTS / "qemu-e2k-6.0.json"

LANES = (1, 2, 4, 8, 16, 32, 64, 128, 1024)
SYMBOLS = (1_000, 10_000, 100_000)
MADE = tuple(OUTPUTS)

# Settings of Python would change what is measured: unbuffered output, say, which somebody set
# to see a log grow, makes a program that prints line by line slower.
ENVIRONMENT = {
    name: value
    for name, value in os.environ.items()
    if name == "PYTHONPATH" or not name.startswith(("PYTHON", "KGEN"))
}

# What kgen imports for a plain `kgen generate`, and for the user's templates a second process
# meanwhile.
IMPORTS = """
import kgen.__main__, kgen.commands.generate.last_run
import kgen.commands.dispatch, kgen.project.load, kgen.commands.generate.command
import kgen.kconfig.kconfiglib_adapter
"""
JINJA = """
import kgen.__main__, kgen.commands.generate.last_run, kgen.commands.generate.second_process
import kgen.formats.jinja
"""

# A child's peak counts what its parent held when it was started, hence a small parent.
PEAK = """
import resource, subprocess, sys
subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, check=True)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
"""

# Takes a row of `kgen targets --format json`, gives what the reference prints for it.
Reference = Callable[[dict[str, Any]], bytes]


_Result = TypeVar("_Result")


def main() -> int:
    """Every table, one after the other."""
    options = _arguments()
    subprocess.run(
        [sys.executable, "-m", "compileall", "-q", str(ROOT / "kgen")], env=ENVIRONMENT, check=True
    )
    with tempfile.TemporaryDirectory(prefix="kgen-bench-") as name:
        folder = Path(name)
        tree, described = _tree(options.tree, folder)
        loads = ", ".join(f"{load:.1f}" for load in os.getloadavg())
        print(
            f"kgen {kgen.__version__}, Python {platform.python_version()}, {platform.system()} ",
            end="",
        )
        print(f"{platform.machine()}, {os.cpu_count()} processors, load average {loads}")
        print(f"tree: {described}")
        equal = whole_command(tree, options.runs, folder)
        stages(tree, options.runs, folder)
        lanes(tree, options.runs)
        symbols(options.runs, folder)
        page(tree, options.runs, folder)
    return 0 if equal else 1


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Measure kgen against a tree's own program.")
    parser.add_argument(
        "tree",
        nargs="?",
        default=os.environ.get("QEMU_TREE") or None,
        help="a QEMU checkout; default: $QEMU_TREE, else a tree that is written for this",
    )
    parser.add_argument("--runs", type=int, default=5, help="turns of each comparison")
    options = parser.parse_args()
    if options.runs < 1:
        parser.error("--runs must be at least 1")
    if options.tree is not None:
        options.tree = Path(options.tree).expanduser().resolve()
        if not (options.tree / "Kconfig").is_file():
            parser.error(f"{options.tree} has no Kconfig file")
    return options


def _tree(given: Path | None, folder: Path) -> tuple[Path, str]:
    """The tree to measure on, and what it is."""
    if given is not None:
        version = given / "VERSION"
        number = version.read_text().strip() if version.is_file() else "without a VERSION"
        return given, f"{given.name} ({number})"
    tree = folder / "tree"
    if REAL_TREE.is_file():
        facts_tree(json.loads(REAL_TREE.read_text(encoding="utf-8")), tree)
        return tree, f"written from {REAL_TREE.name}"
    write_made_up(tree)
    return tree, "made up, of the size of QEMU 6.0's"


# Whole command


class Cost(NamedTuple):
    """Seconds on the clock, and seconds of processor time, which other programs disturb less."""

    wall: float
    cpu: float


class Turn(NamedTuple):
    """One turn: the sum of the reference's runs, and kgen runs spread between them."""

    reference: Cost
    cold: list[Cost]
    warm: list[Cost]


def whole_command(tree: Path, runs: int, folder: Path) -> bool:
    """The whole command against the sum of the reference's runs; whether all are equal."""
    rows = _target_rows(tree)
    reference, called = _reference(tree, folder)
    out = folder / "out"
    depfile = folder / "kgen.d"
    command = [
        *_kgen(),
        *("generate", "--tree", str(tree), "--output", ",".join(MADE)),
        *("--directory", str(out), "--depfile", str(depfile)),
    ]
    printed: dict[str, bytes] = {}
    turns = [
        _turn(command, out, reference, rows, printed)
        for _ in range(runs + 1)  # the first one warms up
    ][1:]
    sums = [turn.reference for turn in turns]
    cold = [cost for turn in turns for cost in turn.cold]
    warm = [cost for turn in turns for cost in turn.warm]
    _title(f"Whole command: {len(rows)} targets, {len(MADE)} files each, and a depfile")
    _table(
        ("", "median ms", "min ms", "CPU ms", "runs"),
        [
            (called, *_costs(sums)),
            ("kgen, into a new folder", *_costs(cold)),
            ("kgen again, nothing changed", *_costs(warm)),
        ],
    )
    _ratios("into a new folder", 20, [(turn.reference, turn.cold) for turn in turns])
    _ratios("again, nothing changed", 50, [(turn.reference, turn.warm) for turn in turns])
    equal = [
        name for name in printed if _content(out / f"{name}-config-devices.mak") == printed[name]
    ]
    print(f"{len(equal)} of {len(printed)} targets equal, byte for byte")
    for name in printed.keys() - set(equal):
        print(f"NOT EQUAL: {name}")
    _memory(tree, command, rows, folder)
    return len(equal) == len(printed)


def _ratios(what: str, promise: int, turns: Sequence[tuple[Cost, list[Cost]]]) -> None:
    """How much more the reference needs."""
    cpu, wall = (
        median(getattr(sum_, kind) / getattr(_middle(costs), kind) for sum_, costs in turns)
        for kind in ("cpu", "wall")
    )
    print(f"{what}: {cpu:.1f} times less CPU time (promise: {promise}), {wall:.1f} times faster")


def _turn(
    command: list[str],
    out: Path,
    reference: Reference,
    rows: list[dict[str, Any]],
    printed: dict[str, bytes],
) -> Turn:
    spent: list[Cost] = []
    cold: list[Cost] = []
    warm: list[Cost] = []
    cache = out.parent / "cache"
    for number, row in enumerate(rows):
        if number % 8 == 0:
            for folder in (out, cache):
                shutil.rmtree(folder, ignore_errors=True)
            cold.append(_cost(partial(_run, command, cache)))
            warm.append(_cost(partial(_run, command, cache)))
        spent.append(_cost(partial(_ask, reference, row, printed)))
    total = Cost(sum(cost.wall for cost in spent), sum(cost.cpu for cost in spent))
    return Turn(total, cold, warm)


def _ask(reference: Reference, row: dict[str, Any], printed: dict[str, bytes]) -> None:
    printed[row["name"]] = reference(row)


def _cost(work: Callable[[], object]) -> Cost:
    before = _cpu()
    wall = _timed(work)
    return Cost(wall, _cpu() - before)


def _cpu() -> float:
    """Processor seconds of this process and of all that it has waited for."""
    used = map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(usage.ru_utime + usage.ru_stime for usage in used)


def _middle(costs: Sequence[Cost]) -> Cost:
    return Cost(median(cost.wall for cost in costs), median(cost.cpu for cost in costs))


def _costs(costs: Sequence[Cost]) -> tuple[object, ...]:
    return *_ms([cost.wall for cost in costs]), f"{_middle(costs).cpu * 1000:.1f}", len(costs)


def _target_rows(tree: Path) -> list[dict[str, Any]]:
    command = [*_kgen(), "targets", "--tree", str(tree), "--format", "json"]
    rows: list[dict[str, Any]] = json.loads(_run(command))["targets"]
    return rows


def _reference(tree: Path, folder: Path) -> tuple[Reference, str]:
    """Who to compare with: the tree's own program, or the tests' resolver in this process."""
    program = tree / "scripts" / "minikconf.py"

    def run_program(row: dict[str, Any]) -> bytes:
        return _run(_reference_command(program, tree, row, folder))

    def call_oracle(row: dict[str, Any]) -> bytes:
        given = [(name, value == "y") for name, value in row["external"].items()]
        return solve([tree / row["devices"], tree / "Kconfig"], given).printed().encode()

    if program.is_file():
        return run_program, "scripts/minikconf.py, the sum of all targets"
    return call_oracle, "one-lane resolver of the tests, called without a process"


def _reference_command(program: Path, tree: Path, row: dict[str, Any], folder: Path) -> list[str]:
    """What QEMU's meson.build runs for a target."""
    name = f"{row['name']}-config-devices.mak"
    inputs = [str(tree / row["devices"]), str(tree / "Kconfig")]
    given = [f"CONFIG_{symbol}={value}" for symbol, value in row["external"].items()]
    depfile = str(folder / f"{name}.d")
    return [sys.executable, str(program), "--defconfig", name, depfile, *inputs, *given]


def _memory(tree: Path, command: list[str], rows: list[dict[str, Any]], folder: Path) -> None:
    """The peak of the largest process; for the user's templates kgen has a second one."""
    program = tree / "scripts" / "minikconf.py"
    table = [("kgen", f"{_peak(command):.1f}")]
    if program.is_file():
        one = _reference_command(program, tree, rows[0], folder)
        table.append((f"scripts/minikconf.py, {rows[0]['name']}", f"{_peak(one):.1f}"))
    _title("Peak memory (promise: under 100 MB)")
    _table(("", "MB"), table)


def _peak(command: list[str]) -> float:
    """Megabytes that the largest process of a command held."""
    unit = 1 if sys.platform == "darwin" else 1024
    return int(_run([sys.executable, "-I", "-S", "-c", PEAK, *command])) * unit / 1e6


# Stages


def stages(tree: Path, runs: int, folder: Path) -> None:
    """Where the time goes; each turn in new processes, as the command is one."""
    turns = [
        _starts() | _in_new_process(one_pass, tree, folder / f"stages-{number}")
        for number in range(runs * 2 + 1)  # the first one warms up
    ][1:]
    spent = {stage: [turn[stage] for turn in turns] for stage in turns[0]}
    alone = ["start: Python", "start: kgen's imports", "load", "resolve", "render", "write"]
    rows: list[Sequence[object]] = [(stage, *_ms(spent[stage])) for stage in alone]
    rows.append(("sum", *_ms([sum(turn[stage] for stage in alone) for turn in turns])))
    rows.append(("Jinja's imports *", *_ms(spent["Jinja's imports"])))
    _title("Stages, each measured alone")
    _table(("", "median ms", "min ms"), rows)
    print("  * for the user's templates: in a second process, while the first one loads")


def _starts() -> dict[str, float]:
    bare = _timed(partial(_python, "pass"))
    return {
        "start: Python": bare,
        "start: kgen's imports": _timed(partial(_python, IMPORTS)) - bare,
        "Jinja's imports": _timed(partial(_python, JINJA)) - bare,
    }


def one_pass(tree: Path, out: Path) -> dict[str, float]:
    """What the command does between its start and its end, stage by stage, in seconds."""
    gc.disable()  # as the command does
    resolving: list[float] = []

    def timed_resolve(model: Model, lanes: Sequence[Lane]) -> Resolution:
        start = time.perf_counter()
        resolution = resolve(model, lanes)
        resolving.append(time.perf_counter() - start)
        return resolution

    with mock.patch.object(project_load, "resolve", timed_resolve):
        start = time.perf_counter()
        loaded = load(Options(tree=str(tree)))
        after_load = time.perf_counter()
    writing: list[float] = []

    def timed_commit(files: Mapping[str, str]) -> Written:
        before = time.perf_counter()
        written = commit(files)
        writing.append(time.perf_counter() - before)
        return written

    with mock.patch.object(write, "commit", timed_commit):
        write.generate(loaded, str(out), MADE, depfile=str(out / "kgen.d"))
    after_all = time.perf_counter()
    return {
        "load": after_load - start - sum(resolving),
        "resolve": sum(resolving),
        "render": after_all - after_load - sum(writing),
        "write": sum(writing),
    }


# Lanes and symbols


def lanes(tree: Path, runs: int) -> None:
    """What more lanes cost: the tree's own, again and again."""
    turns = _in_new_process(resolve_by_lanes, tree, runs * 10 + 1)[1:]
    rows: list[Sequence[object]] = []
    for before, count in zip((0, *LANES), LANES, strict=False):
        growth = ""
        if before:
            doublings = math.log2(count / before)
            grown = median(turn[count] / turn[before] for turn in turns)
            growth = f"{(grown ** (1 / doublings) - 1) * 100:+.1f} %"
        rows.append((count, *_ms([turn[count] for turn in turns]), growth))
    _title("Resolving by lanes (promise: under 10 % a doubling, up to 64 lanes)")
    _table(("lanes", "median ms", "min ms", "growth a doubling"), rows)


def resolve_by_lanes(tree: Path, turns: int) -> list[dict[int, float]]:
    """Seconds for each number of lanes, in turns."""
    gc.disable()
    model, own = _lanes_of(load(Options(tree=str(tree))))
    works = {count: [own[n % len(own)] for n in range(count)] for count in LANES}
    return [
        {count: _timed(partial(resolve, model, work)) for count, work in works.items()}
        for _ in range(turns)
    ]


def _lanes_of(loaded: Project) -> tuple[Model, list[Lane]]:
    """The tree's model, and the lanes of all targets that have no model of their own."""
    shared = [one for one in loaded.outcomes if one.resolution.model is loaded.model]
    return loaded.model, [one.resolution.lanes[one.lane] for one in shared]


def symbols(runs: int, folder: Path) -> None:
    """What more symbols cost, on made-up trees of 31 targets."""
    rows: list[Sequence[object]] = []
    for count in SYMBOLS:
        tree = folder / f"made-up-{count}"
        write_made_up(tree, count)
        turns = max(1, min(runs, 100_000 // count))
        passes = [_in_new_process(load_and_resolve, tree) for _ in range(turns)]
        loading = [each[0] for each in passes]
        resolving = [seconds for each in passes for seconds in each[1:]]
        row = [f"{count:,}"]
        for spent in (loading, resolving):
            row += [_ms(spent)[0], f"{median(spent) / count * 1e6:.1f}"]
        rows.append(row)
    _title("Made-up trees by symbols, 31 lanes (promise: resolving is linear)")
    _table(("symbols", "load ms", "us a symbol", "resolve ms", "us a symbol"), rows)


def load_and_resolve(tree: Path) -> tuple[float, ...]:
    """Seconds to load a tree, and to resolve it, three times."""
    gc.disable()
    start = time.perf_counter()
    loaded = load(Options(tree=str(tree)))
    spent = time.perf_counter() - start
    model, own = _lanes_of(loaded)
    del loaded
    resolving = [_timed(partial(resolve, model, own)) for _ in range(3)]
    # Loading has resolved once, too, for the first time.
    return spent - resolving[0], *resolving


def page(tree: Path, runs: int, folder: Path) -> None:
    """The HTML report: made, opened, filtered. Without a browser only the first."""
    path = folder / "report.html"
    words = ["-m", "kgen", "audit", "--tree", str(tree), "--format", "html", "-o", str(path)]
    command = [sys.executable, *words]
    made = [
        _timed(lambda: subprocess.run(command, env=ENVIRONMENT, check=True)) for _ in range(runs)
    ]
    rows: list[Sequence[object]] = [("the whole command", *_ms(made))]
    program = executable()
    if program is not None:
        word, painted, drawn, filtered = _in_browser(program, path, runs)
        rows += [
            ("a page of one word: first paint", *_ms(word)),
            ("opened: first paint (heading)", *_ms(painted)),
            ("opened: controls and matrix", *_ms(drawn)),
            ("a filter, to the paint", *_ms(filtered)),
        ]
    _title(f"The report, {path.stat().st_size:,} bytes (promise: 3 s; paint and filter 200 ms)")
    _table(("", "median ms", "min ms"), rows)
    if program is None:
        print("  no browser (Debian package: chromium)")


def _in_browser(program: str, path: Path, runs: int) -> list[list[float]]:
    """Seconds in new tabs, in turns with a page of one word: to the first paint of that, of the
    report and of its matrix, and from typing to the paint of what it leaves."""
    from playwright.sync_api import sync_playwright

    word = path.with_name("word.html")
    word.write_text("<!DOCTYPE html><meta charset=utf-8><title>word</title>word", encoding="utf-8")
    found: list[list[float]] = [[], [], [], []]
    other, painted, drawn, filtered = found
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=program, args=list(FLAGS))

        def after(tab: Any, name: str) -> float:
            asked = "name => performance.getEntriesByName(name)[0].startTime"
            return float(tab.evaluate(asked, name)) / 1000

        for turn in range(runs + 1):  # the first one warms up
            for file in (word, path):
                tab = browser.new_page(viewport={"width": 1400, "height": 900})
                tab.goto(file.as_uri())
                tab.wait_for_timeout(700)
                if turn and file == word:
                    other.append(after(tab, "first-contentful-paint"))
                elif turn:
                    painted.append(after(tab, "first-contentful-paint"))
                    drawn.append(after(tab, "kgen-matrix"))
                    filtered += [tab.evaluate(FILTER, text) / 1000 for text in ("v", "virtio", "")]
                tab.close()
        browser.close()
    return found


# Running and showing


def _kgen() -> list[str]:
    """kgen as it is installed beside this Python, else as a module."""
    script = shutil.which("kgen", path=os.path.dirname(sys.executable))
    return [script] if script else [sys.executable, "-m", "kgen"]


def _run(command: Sequence[str], cache: Path | str = "off") -> bytes:
    env = {**ENVIRONMENT, "KGEN_CACHE": str(cache)}
    return subprocess.run(command, env=env, stdout=subprocess.PIPE, check=True).stdout


def _python(program: str) -> None:
    # kgen leaves like this, without taking its modules apart.
    _run([sys.executable, "-c", f"{program}\nimport os; os._exit(0)"])


def _timed(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def _in_new_process(work: Callable[..., _Result], *arguments: object) -> _Result:
    """A function's result from a process of its own: nothing is warm, and nothing stays."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(work, arguments)


def _content(path: Path) -> bytes:
    return path.read_bytes() if path.is_file() else b"(no such file)"


def _ms(seconds: Sequence[float]) -> tuple[str, str]:
    """Median and minimum in milliseconds."""
    return f"{median(seconds) * 1000:.1f}", f"{min(seconds) * 1000:.1f}"


def _title(text: str) -> None:
    print(f"\n{text}")


def _table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """The first column to the left if it is words, numbers to the right."""
    cells = [list(head), *([str(cell) for cell in row] for row in rows)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    for row in cells:
        first, *others = zip(row, widths, strict=True)
        shown = [first[0].rjust(first[1]) if head[0] else first[0].ljust(first[1])]
        shown += [cell.rjust(width) for cell, width in others]
        print("  " + "  ".join(shown).rstrip(), flush=True)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except subprocess.CalledProcessError as error:
        sys.exit(f"error: {error.cmd[0]} ended with status {error.returncode}")
