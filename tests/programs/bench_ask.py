"""How long questions over all configurations take: `python tests/programs/bench_ask.py QEMU_TREE`.

`enable` for every symbol of some targets, in one process and in processor time, beside the price
of a whole command; and `lint`, with and without the rules that need a solver.
`docs/benchmarks.md` has results.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from collections import Counter
from statistics import median

from kgen.commands.enable.ways import find_ways
from kgen.commands.lint.rules import RULES
from kgen.project.load import load
from kgen.project.options import Options

TARGETS = ("x86_64", "aarch64", "s390x", "avr", "riscv64", "ppc64")


def main() -> None:
    """Both tables."""
    parser = argparse.ArgumentParser(description="Measure enable and lint on a QEMU checkout.")
    parser.add_argument("tree")
    parser.add_argument("--targets", default=",".join(TARGETS))
    options = parser.parse_args()
    command = _seconds("enable", "PCI", "--tree", options.tree, "-t", "x86_64")
    print(f"a whole `kgen enable` that finds a single assignment: {command:.2f} s\n")
    print("| target | symbols | already | possible | impossible | most lines | median | worst |")
    print("|---|---|---|---|---|---|---|---|")
    for target in options.targets.split(","):
        print(_row(options.tree, target), flush=True)
    solver = ",".join(name for name, rule in RULES.items() if rule.solver)
    print(f"\nlint, all rules: {_seconds('lint', '--tree', options.tree):.1f} s")
    plain = _seconds("lint", "--tree", options.tree, "--ignore", solver)
    print(f"lint, those that need no solver: {plain:.2f} s")


def _row(tree: str, target: str) -> str:
    project = load(Options(tree=tree, only=(target,)))
    outcome = project.outcomes[0]
    times: list[tuple[float, str]] = []
    status: Counter[str] = Counter()
    most = 0
    for symbol in sorted({entry.symbol for entry in project.model.entries}):
        start = time.process_time()  # there is no waiting in it, and the machine may be shared
        answer = find_ways(project, outcome, [symbol], True)
        times.append((time.process_time() - start, symbol))
        status[answer.status] += 1
        most = max([most, *(len(way.assignments) for way in answer.ways)])
    worst = max(times)
    counts = " | ".join(str(status[name]) for name in ("already", "possible", "impossible"))
    middle = median(seconds for seconds, _ in times)
    shown = f"{middle * 1000:.0f} ms | {worst[0]:.2f} s ({worst[1]})"
    return f"| {target} | {len(times)} | {counts} | {most} | {shown} |"


def _seconds(*arguments: str) -> float:
    start = time.perf_counter()
    subprocess.run(
        [sys.executable, "-m", "kgen", *arguments], stdout=subprocess.DEVNULL, check=False
    )
    return time.perf_counter() - start


if __name__ == "__main__":
    main()
