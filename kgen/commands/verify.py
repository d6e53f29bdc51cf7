"""`kgen verify`: kgen against a tree's own program."""

from __future__ import annotations

from typing import Any

from kgen import project, verify
from kgen.errors import fail
from kgen.options import COMMON, FORMAT, Option
from kgen.show import terminal

HELP = """Compare with the tree's own scripts/minikconf.py, byte for byte.

Runs that program for every target, devices file and mode.

\b
Example: kgen verify --tree ~/qemu --random 10
"""

OPTIONS = (
    Option(
        ("--random",),
        "number",
        "N",
        "Compare N random settings of each target, too.",
        "0",
        valid=str.isdigit,
        expected="a number",
    ),
    Option(("--seed",), "seed", "N", "For --random.", "1", valid=str.isdigit, expected="a number"),
    *COMMON,
    FORMAT,
)


def run(values: dict[str, Any], form: str) -> int:
    """Compare, print a table and the differences; 1 if there are any."""
    number, seed = int(values.pop("number")), int(values.pop("seed"))
    if values["tree"] is None:
        raise fail(
            "verify compares with a checkout's own program",
            hint="name it with --tree",
            code="KG701",
        )
    options = project.Options(**values)
    verify.program(values["tree"])
    cases = verify.cases(options, number, seed)
    results = []
    with terminal.progress(len(cases), "comparing", 100) as step:
        for result in verify.compare(options, cases):
            results.append(result)
            step()
    different = [result for result in results if result.verdict == "different"]
    if form == "json":
        terminal.print_json(_data(results))
    else:
        terminal.print_table(_table(results))
        print(f"{terminal.count(len(results), 'configuration')}, {len(different)} different")
    for result in different[:20] if form == "text" else ():
        case = result.case
        setting = " ".join(f"{name}={'y' if value else 'n'}" for name, value in case.extra)
        print(f"\n{case.target} {case.devices} {case.mode} {setting}".rstrip())
        print("\n".join(f"    {line}" for line in result.lines))
    return 1 if different else 0


def _data(results: list[Any]) -> dict[str, Any]:
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


def _table(results: list[Any]) -> list[list[str]]:
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
