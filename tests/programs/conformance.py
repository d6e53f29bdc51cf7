"""Random trees through a QEMU tree's own scripts/minikconf.py and through kgen.

    python tests/programs/conformance.py QEMU_TREE [--trees N] [--seed S]

Prints how the two agreed, and the first disagreements, made small. Exit status 1 if there is one.

It runs a program out of the tree that is named, which nothing else in kgen's tests does, and so
pytest does not collect it. Where symbols need each other in a cycle, that program's success
depends on where its objects lie in memory, because it walks sets of them. There it is run again
and again with those sets in random orders, and only what it never does counts against kgen.
"""

from __future__ import annotations

import argparse
import ast
import contextlib
import io
import random
import sys
import tempfile
import traceback
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from types import CodeType
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "shared")]

from hypothesis import HealthCheck, Phase, given, seed, settings  # noqa: E402
from oracle import cyclic  # noqa: E402
from strategies import ANY_TREE, Tree, answer  # noqa: E402

from kgen.files.tree import open_tree  # noqa: E402
from kgen.model.problems import KgenError  # noqa: E402
from kgen.project.load import merges_duplicates  # noqa: E402

WORKERS = 2
ORDERS = 1000  # runs of the program for a tree with a cycle, unless it does as kgen before
SHOWN = 3  # disagreements of different kinds, for each worker

# Printed symbols and files read; or, as one string, why the tree is refused.
Outcome = tuple[str, tuple[str, ...]] | str


@dataclass
class Report:
    """What one worker found: how often what happened, and small trees on which both differ."""

    counts: Counter[str] = field(default_factory=Counter)
    differ: list[str] = field(default_factory=list)


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("tree", type=Path, metavar="QEMU_TREE")
    parser.add_argument("--trees", type=int, default=2000, metavar="N")
    parser.add_argument("--seed", type=int, default=1, metavar="S")
    words = parser.parse_args()
    script = words.tree / "scripts" / "minikconf.py"
    merge = merges_duplicates(open_tree(str(words.tree)))
    if merge is None or not script.is_file():
        parser.error(f"{words.tree} has no scripts/minikconf.py")
    counts: Counter[str] = Counter()
    differ: list[str] = []
    with ProcessPoolExecutor(WORKERS) as pool:
        share = -(-words.trees // WORKERS)
        jobs = [
            pool.submit(check, script, merge, share, words.seed * WORKERS + number)
            for number in range(WORKERS)
        ]
        for job in jobs:
            report = job.result()
            counts += report.counts
            differ += report.differ
    rule = "merged" if merge else "an error"
    print(f"{counts.total()} trees through {script}: two entries of one symbol are {rule}")
    for name, count in sorted(counts.items()):
        print(f"{count:8} {name}")
    print(f"{len(differ)} kinds of disagreement")
    for text in differ:
        print(f"\n{text}")
    return 1 if differ else 0


def check(script: Path, merge: bool, number: int, start: int) -> Report:
    """Put random trees through both programs; the trees depend on the seed alone."""
    program = Program(script)
    report = Report()
    known: set[str] = set()
    while found := _search(program, merge, number, start, known, report):
        # Once more without those of this kind: others may hide behind them.
        known.add(found[0])
        report.differ.append(found[1])
    return report


def _search(
    program: Program, merge: bool, number: int, start: int, known: set[str], report: Report
) -> tuple[str, str] | None:
    """The kind and the text of a disagreement of an unknown kind, made small by Hypothesis."""
    smallest: list[tuple[str, str]] = []
    report.counts.clear()

    @seed(start)
    @settings(
        max_examples=number,
        deadline=None,
        database=None,
        phases=[Phase.generate, Phase.shrink],
        suppress_health_check=list(HealthCheck),
        report_multiple_bugs=False,
    )
    @given(ANY_TREE)
    def run(tree: Tree) -> None:
        with tempfile.TemporaryDirectory(prefix="kgen-") as name:
            folder = Path(name).resolve()
            found = _compare(program, tree, folder, merge)
            if not smallest:
                report.counts[found.what] += 1
            if found.agree or found.what in known or len(known) == SHOWN:
                return
            if not smallest or smallest[0][0] == found.what:
                smallest[:] = [(found.what, _shown(tree, found, str(folder)))]
                raise _DifferError

    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        try:
            run()
        except Exception:
            # Luck again: Hypothesis may find that a disagreement does not come back. What was
            # found is shown all the same.
            if not smallest:
                raise
    return smallest[0] if smallest else None


class _DifferError(Exception):
    """Tells Hypothesis that a tree is wanted."""


class Comparison(NamedTuple):
    """What came out of one tree, in words, and both outcomes."""

    agree: bool
    what: str
    ours: Outcome
    theirs: Outcome


def _compare(program: Program, tree: Tree, folder: Path, merge: bool) -> Comparison:
    inputs = tree.write(folder)
    ours = _kgen(tree, folder, inputs, merge)
    cycle = cyclic(inputs)
    theirs: Outcome = ""
    for theirs in program.outcomes(tree, folder, inputs, ORDERS if cycle else 1):
        if isinstance(theirs, str) == isinstance(ours, str):
            break
    where = "with a cycle" if cycle else "without a cycle"
    if isinstance(ours, str) and ours.startswith("Traceback"):
        return Comparison(False, f"{where}: kgen breaks", ours, theirs)
    if isinstance(ours, str) and isinstance(theirs, str):
        return Comparison(True, f"{where}: both refuse", ours, theirs)
    if isinstance(ours, str):
        return Comparison(False, f"{where}: only kgen refuses", ours, theirs)
    if isinstance(theirs, str):
        return Comparison(False, f"{where}: only the program refuses", ours, theirs)
    if ours[0] != theirs[0]:
        return Comparison(False, f"{where}: other values", ours, theirs)
    if ours[1] != theirs[1]:
        return Comparison(False, f"{where}: other files read", ours, theirs)
    return Comparison(True, f"{where}: both accept, with the same values", ours, theirs)


def _kgen(tree: Tree, folder: Path, inputs: list[Path], merge: bool) -> Outcome:
    try:
        result = answer(tree, folder, inputs, merge=merge)
    except KgenError as error:
        return str(error)
    except Exception:  # whatever it is, it is what is looked for here
        return traceback.format_exc()
    return result.printed(), result.files


# --------------------------------------------------------------------------------------------
# The program


class Program:
    """A minikconf.py, compiled as it is and with its sets of symbols in random orders."""

    def __init__(self, script: Path) -> None:
        plain = ast.parse(script.read_text(encoding="utf-8"), str(script))
        self._plain = compile(plain, str(script), "exec")
        for node in ast.walk(plain):
            if isinstance(node, ast.ClassDef) and node.name == "Var":
                node.body += ast.parse(
                    "def __hash__(self): return self.__dict__.setdefault('_hash', _hash())"
                ).body
        self._shuffled = compile(plain, str(script), "exec")

    def outcomes(
        self, tree: Tree, folder: Path, inputs: list[Path], runs: int
    ) -> Iterator[Outcome]:
        """What it makes of a tree, as often as wanted, in other orders from the second time."""
        depfile = folder / "depfile"
        words = [f"--{tree.mode}", "out", str(depfile), *map(str, inputs)]
        words += [f"CONFIG_{name}={'ny'[value]}" for name, value in tree.externals]
        rng = random.Random(0)
        for number in range(runs):
            yield _run(self._shuffled if number else self._plain, words, depfile, rng)


def _run(code: CodeType, words: list[str], depfile: Path, rng: random.Random) -> Outcome:
    before, sys.argv = sys.argv, ["minikconf.py", *words]
    out, err = io.StringIO(), io.StringIO()
    try:
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            exec(code, {"__name__": "__main__", "_hash": lambda: rng.getrandbits(60)})
    except SystemExit as stop:
        if stop.code:
            return f"exit status {stop.code}\n{err.getvalue()}"
    except Exception as error:  # its way to refuse
        return f"{err.getvalue()}{type(error).__name__}: {error}"
    finally:
        sys.argv = before
    lines = depfile.read_text(encoding="utf-8").splitlines()
    return out.getvalue(), tuple(line.removeprefix("out: ") for line in lines)


# --------------------------------------------------------------------------------------------
# What is shown


def _shown(tree: Tree, found: Comparison, folder: str) -> str:
    lines = [f"{found.what}; --{tree.mode}"]
    lines += [f"CONFIG_{name}={'ny'[value]}" for name, value in tree.externals]
    lines += [f"{name}: {text!r}" for name, text in tree.files.items() if text]
    for who, outcome in (("kgen", found.ours), ("the program", found.theirs)):
        said = outcome if isinstance(outcome, str) else "\n".join((outcome[0], *outcome[1]))
        lines.append(f"{who}:\n    " + said.replace(folder, "").replace("\n", "\n    "))
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
