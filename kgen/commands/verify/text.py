"""The comparison as a text table."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from kgen.commands.verify.binaries import Compared
from kgen.commands.verify.names import KINDS, Comparison, Difference
from kgen.commands.verify.program import TIMED_OUT, TOO_MUCH
from kgen.formats import terminal
from kgen.formats.escapes import visible


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


def binaries_text(found: Sequence[Compared]) -> str:
    """A row for each binary, how many names of each kind agree; then what does not, by cause.

    `-` is what only the binary has, `+` what only kgen has, `?` what the
    binary may lack.
    """
    table = [["BINARY", "TARGET", "VERSION", *(kind.upper() for kind in KINDS)]]
    for one in found:
        cells = {kind.kind: _agreement(kind) for kind in one.kinds}
        row = [one.binary.path, one.target, one.binary.version]
        table.append([*row, *(cells.get(kind, "not asked") for kind in KINDS)])
    lines = terminal.table(table)
    for one in found:
        about = [*_remarks(one), *(line for kind in one.kinds for line in _differences(kind))]
        if about:
            lines += ["", visible(one.binary.path), *(f"    {visible(line)}" for line in about)]
    different = sum(not one.agrees for one in found)
    lines += ["", f"{terminal.count(len(found), 'binary')}, {different} different"]
    return "".join(f"{line}\n" for line in lines)


def _agreement(kind: Comparison) -> str:
    """`12 same -1 +3`: 1 name is in the binary alone, and 3 are in kgen alone."""
    parts = [f"{kind.same} same"]
    parts += [f"-{len(kind.binary)}"] if kind.binary else []
    parts += [f"+{len(kind.kgen)}"] if kind.kgen else []
    return " ".join(parts)


def _remarks(one: Compared) -> Iterator[str]:
    if one.tree_version and one.binary.version != one.tree_version:
        yield f"its version is {one.binary.version}, that of the tree {one.tree_version}"
    if one.binary.types is None:
        yield "it does not speak QMP here: only -device help and -M help were compared"


def _differences(kind: Comparison) -> Iterator[str]:
    """What differs, by cause: `- devices a b c: CPU model`."""
    for sign, differences in (("-", kind.binary), ("+", kind.kgen), ("?", kind.may_lack)):
        causes: dict[str, list[Difference]] = {}
        for one in differences:
            causes.setdefault(one.cause, []).append(one)
        for cause, several in causes.items():
            names = " ".join(one.name for one in several[:_NAMES])
            more = len(several) - _NAMES
            rest = f" and {more} more" if more > 0 else ""
            yield f"{sign} {kind.kind} {names}{rest}: {cause or 'cause not known'}"


# The names of one cause that are printed; the JSON has all.
_NAMES = 10
