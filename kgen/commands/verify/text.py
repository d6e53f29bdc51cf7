"""The comparison as a text table."""

from __future__ import annotations

from collections import Counter
from typing import Any

from kgen.commands.verify.program import TIMED_OUT, TOO_MUCH
from kgen.formats import terminal


def table(results: list[Any]) -> list[list[str]]:
    """A row per target and devices file: number of symbols printed per mode, or the verdict."""
    rows: dict[tuple[str, str], dict[str, str]] = {}
    random_: dict[tuple[str, str], list[bool]] = {}
    for result in results:
        case = result.case
        if case.extra:
            random_.setdefault((case.target, case.devices), []).append(result.agrees)
            continue
        same = "" if case.printed is None else str(case.printed.count("\n"))
        row = rows.setdefault((case.target, case.devices), {})
        row[case.mode] = same if result.verdict == "same" else result.verdict
    modes = dict.fromkeys(result.case.mode.upper() for result in results if not result.case.extra)
    table = [["TARGET", "DEVICES", *modes]]
    if random_:
        table[0].append("RANDOM")
    for (target, devices), row in sorted(rows.items()):
        table.append([target, devices, *row.values()])
        if random_:
            verdicts = random_.get((target, devices), [])
            table[-1].append(f"{sum(verdicts)} of {len(verdicts)}" if verdicts else "")
    return table


_NOUNS = {TIMED_OUT: TIMED_OUT, TOO_MUCH: f"with {TOO_MUCH}"}


def summary(results: list[Any]) -> str:
    """How many configurations were compared, and how many do not agree."""
    numbers = Counter(result.verdict for result in results)
    parts = [terminal.count(len(results), "configuration"), f"{numbers['different']} different"]
    stopped = sorted(numbers.keys() - {"same", "refused", "different"})
    return ", ".join(parts + [f"{numbers[verdict]} {_NOUNS[verdict]}" for verdict in stopped])
