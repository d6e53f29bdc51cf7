"""The comparison as a text table."""

from __future__ import annotations

from typing import Any


def table(results: list[Any]) -> list[list[str]]:
    """A row per target and devices file: number of symbols printed per mode, or the verdict."""
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
