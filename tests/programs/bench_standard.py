"""How fast kgen is beside Kconfiglib: `make bench STANDARD_TREE=DIR`, a tree of standard Kconfig.

A plain script, as bench.py is: it prints a table, and leaves with 1 if a header or a minimal
defconfig differs. DIR has a project file, as `kgen init` writes it. kgen writes the headers and
minimal defconfigs of all targets into a new folder: with an empty cache (cold), with a model that
is kept, and again where nothing has changed. Kconfiglib does the same in turn, in one process, for
every N-th target between the runs of kgen; its time for all of them is that of reading the tree and
so many times that of a target. docs/benchmarks.md has results.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).resolve().parent))

from bench import ENVIRONMENT, _kgen, _table, _title

from kgen.commands import dispatch
from kgen.project.standard import Part, StandardProject, load_standard
from kgen.standard.targets import Target

# Kconfiglib in turn. Prints the seconds of processor time for reading the tree, and for all files.
IN_TURN = """
import io, json, os, sys, time
from fnmatch import fnmatchcase
job = json.load(open(sys.argv[1]))
os.environ.update(job["environment"])
os.environ["srctree"] = "."
import kconfiglib
find, open_ = kconfiglib.iglob, kconfiglib.Kconfig._open
def may_miss(path):
    return any(fnmatchcase(os.path.relpath(path), glob) for glob in job["may_miss"])
kconfiglib.iglob = lambda path: list(find(path)) or [path for path in [path] if may_miss(path)]
def opened(self, path, mode):
    is_missing = mode == "r" and may_miss(path) and not os.path.exists(path)
    return io.StringIO() if is_missing else open_(self, path, mode)
kconfiglib.Kconfig._open = opened
kconfiglib._shell_fn = lambda _, __, command: job["answers"][command]
times = [time.process_time()]
tree = kconfiglib.Kconfig(job["top"], warn=False)
times.append(time.process_time())
for name, path in job["files"].items():
    tree.load_config(path)
    tree._invalidate_all()
    os.makedirs(name, exist_ok=True)
    tree.write_autoconf(f"{name}/autoconf.h", header="")
    tree.write_min_config(f"{name}/defconfig", header="")
times.append(time.process_time())
print(json.dumps([times[1] - times[0], times[2] - times[1]]))
"""

# Seconds on the clock, of processor time, and megabytes of a command.
COST = """
import json, resource, subprocess, sys, time
start = time.perf_counter()
subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True)
wall = time.perf_counter() - start
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(json.dumps([wall, used.ru_utime + used.ru_stime, used.ru_maxrss / 1000]))
"""


def main() -> int:
    """The table; whether all that was compared is equal."""
    parser = argparse.ArgumentParser(description="Measure kgen against Kconfiglib.")
    parser.add_argument("tree", type=Path, help="a tree of standard Kconfig with a kgen.toml")
    parser.add_argument("--runs", type=int, default=3, help="turns")
    parser.add_argument("--every", type=int, default=31, help="Kconfiglib takes every N-th target")
    options = parser.parse_args()
    os.chdir(options.tree)
    values = dispatch.completed("generate", {"directory": "out"})
    project = load_standard(values["options"])
    part = max(project.parts, key=lambda part: len(part.targets))
    count = sum(len(part.targets) for part in project.parts)
    lines = [len(lines) for lines in part.lines]
    print(f"{options.tree}: {count} targets, {sum(lines):,} lines of defconfigs")
    costs: dict[str, list[list[float]]] = {}
    ratios: list[float] = []
    with tempfile.TemporaryDirectory(prefix="kgen-bench-") as name:
        folder = Path(name)
        for turn in range(options.runs):
            chosen = part.targets[turn :: options.every]
            own = _kgen_runs(folder / str(turn))
            reading, evaluating = _in_turn(project, part, chosen, folder / f"k{turn}")
            whole = reading + evaluating / len(chosen) * count
            for kind, cost in own.items():
                costs.setdefault(kind, []).append(cost)
            costs.setdefault("Kconfiglib in turn, its sum", []).append([whole, whole, 0])
            ratios.append(whole / own["cold"][1])
            for target in chosen:
                for file in ("autoconf.h", "defconfig"):
                    path = Path(target.name, file)
                    ours, theirs = (
                        (folder / one / path).read_text() for one in (f"{turn}/cold", f"k{turn}")
                    )
                    if ours != theirs and not _differs_by_rule(part, target, ours):
                        print(f"NOT EQUAL: {path}")
                        return 1
    _title("Headers and minimal defconfigs of all targets, medians")
    rows: list[Sequence[object]] = []
    for kind, found in costs.items():
        wall, processor, memory = (median(column) for column in zip(*found, strict=True))
        rows.append((kind, f"{wall:.2f}", f"{processor:.2f}", f"{memory:.0f}" if memory else ""))
    _table(("", "seconds", "CPU seconds", "MB"), rows)
    print(f"cold: {median(ratios):.1f} times less CPU time than Kconfiglib (promise: 40)")
    return 0


def _kgen_runs(folder: Path) -> dict[str, list[float]]:
    """What kgen's runs cost: seconds, processor seconds, megabytes."""
    command = [*_kgen(), "generate", "--output", "header,defconfig", "-o"]
    environment = {**ENVIRONMENT, "KGEN_CACHE": str(folder / "cache")}

    def cost(out: str) -> list[float]:
        words = [sys.executable, "-I", "-S", "-c", COST, *command, str(folder / out)]
        found: list[float] = json.loads(subprocess.check_output(words, env=environment))
        return found

    return {"cold": cost("cold"), "model kept": cost("kept"), "nothing changed": cost("kept")}


def _differs_by_rule(part: Part, target: Target, text: str) -> bool:
    """Whether a file may differ: Kconfiglib follows no #include, and reads escapes in each tree."""
    return (part.model.verbatim and "\\" in text) or "#include" in Path(target.path).read_text()


def _in_turn(
    project: StandardProject, part: Part, targets: Sequence[Target], folder: Path
) -> tuple[float, float]:
    """Processor seconds of Kconfiglib: for reading the tree, and for these targets."""
    folder.mkdir()
    job = {
        "environment": dict(part.environment),
        "answers": dict(project.answers),
        "may_miss": list(project.options.may_miss),
        "top": part.top,
        "files": {str(folder / target.name): target.path for target in targets},
    }
    (folder / "job.json").write_text(json.dumps(job))
    words = [sys.executable, "-c", IN_TURN, str(folder / "job.json")]
    reading, evaluating = json.loads(
        subprocess.check_output(words, env=ENVIRONMENT, cwd=project.tree.root)
    )
    return reading, evaluating


if __name__ == "__main__":
    sys.exit(main())
