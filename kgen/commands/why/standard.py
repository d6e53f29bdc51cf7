"""`kgen why` of a tree of standard Kconfig."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from kgen.commands.loading import load_standard
from kgen.commands.why.command import Arguments, refuse_both
from kgen.explain.standard.reasons import Reason, Reasons
from kgen.explain.standard.without_effect import untaken
from kgen.formats import terminal
from kgen.formats.escapes import visible
from kgen.model.places import join_root
from kgen.model.problems import fail, near

if TYPE_CHECKING:
    from kgen.project.standard import Part, StandardProject

# So many targets of a group are named.
_SHOWN = 8


def run(arguments: Arguments) -> int:
    """Print the explanation; return 0. Raises KgenError, UnknownTarget."""
    refuse_both(arguments)
    if arguments.form not in ("text", "json"):
        raise fail(f"--format {arguments.form}: only for QEMU's Kconfig", code="KG425")
    project = load_standard(arguments.options)
    if arguments.symbol is None:
        _unused(project, arguments.form)
    else:
        _explain(project, arguments.symbol, arguments)
    return 0


def _lanes(project: StandardProject) -> Iterator[tuple[Part, dict[str, int], int, str]]:
    """Each target: its part, the numbers of the symbols there, its lane, its name; by name."""
    lanes = []
    for part in project.parts:
        numbers = part.model.numbers()
        lanes += [(part, numbers, lane, one.name) for lane, one in enumerate(part.targets)]
    yield from sorted(lanes, key=lambda item: item[-1])


def _explain(project: StandardProject, symbol: str, arguments: Arguments) -> None:
    """Targets with the same value for the same reasons are a group."""
    groups: dict[tuple[str, tuple[Reason, ...]], list[str]] = {}
    shown = symbol
    for part, numbers, lane, target in _lanes(project):
        name = symbol if symbol in numbers else symbol.removeprefix(part.model.prefix)
        if name not in numbers:
            continue
        shown, number = name, numbers[name]
        reasons = Reasons(part.resolution, part.lines[lane], lane).of(number)
        value = part.resolution.value(number, lane)
        groups.setdefault((value, tuple(reasons)), []).append(target)
    if not groups:
        known = {name for part in project.parts for name in part.model.numbers()}
        hint = near(symbol.removeprefix("CONFIG_"), known)
        raise fail(f"there is no symbol {symbol}", hint=hint, code="KG704")
    if arguments.form == "json":
        terminal.print_json(_as_json(project, shown, groups))
        return
    lines = []
    for (value, found), targets in groups.items():
        names = targets if arguments.full else targets[:_SHOWN]
        more = f" and {len(targets) - len(names):,} more" if len(targets) > len(names) else ""
        lines.append(f"{shown} is {value or 'empty'} in {', '.join(names)}{more}")
        lines += (f"    {line}" for one in found for line in _text(project, one))
    for line in lines:
        print(visible(line))


def _as_json(
    project: StandardProject,
    symbol: str,
    groups: dict[tuple[str, tuple[Reason, ...]], list[str]],
) -> dict[str, Any]:
    """One target has its own form, as for QEMU's dialect."""
    rows: list[dict[str, Any]] = []
    for (value, found), targets in groups.items():
        because = [
            {
                "symbol": symbol,
                "value": value,
                "reason": one.reason,
                "message": one.text,
                "file": _place(project, one.file) if one.line else (one.file or None),
                "line": one.line or None,
                "condition": one.condition or None,
                "causes": [{"symbol": name, "value": was} for name, was in one.causes],
            }
            for one in found
        ]
        rows.append(
            {
                "value": value,
                "reason": found[0].reason,
                "targets": targets,
                "because": {**because[0], "also": because[1:]},
            }
        )
    if len(rows) == 1 and len(rows[0]["targets"]) == 1:
        (target,) = rows[0]["targets"]
        return {
            "symbol": symbol,
            "target": target,
            "value": rows[0]["value"],
            "because": rows[0]["because"],
        }
    return {"symbol": symbol, "groups": rows}


def _text(project: StandardProject, reason: Reason) -> Iterator[str]:
    place = f"{_place(project, reason.file)}:{reason.line}: " if reason.line else ""
    yield f"{place}{reason.clause}"
    if reason.causes:
        yield f"    {', '.join(f'{name} is {value}' for name, value in reason.causes)}"


def _place(project: StandardProject, file: str) -> str:
    return join_root(file, project.tree.shown)


def _unused(project: StandardProject, form: str) -> None:
    """Every assignment that is not the value of its symbol, or names no symbol."""
    found = (
        (part.targets[one.lane].name, one)
        for part in project.parts
        for one in untaken(part.resolution, part.lines)
    )
    rows = [
        {
            "target": target,
            "symbol": line.name,
            "value": "n" if line.value is None else line.value,
            "why": "no Kconfig file defines it" if reason is None else reason.clause,
            "file": _place(project, line.file) if line.line else line.file,
            "line": line.line or None,
        }
        for target, (_, line, reason) in sorted(found, key=lambda item: item[0])
    ]
    if form == "json":
        terminal.print_json({"unused": rows})
        return
    for row in rows:
        place = f"{row['file']}:{row['line']}" if row["line"] else str(row["file"])
        print(visible(f"{place}: {row['symbol']}={row['value']} in {row['target']}: {row['why']}"))
    print(f"{terminal.count(len(rows), 'assignment')} without effect")
