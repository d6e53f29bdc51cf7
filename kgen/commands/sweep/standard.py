"""`kgen sweep` of a tree of standard Kconfig: each optional symbol flipped alone, all at once.

No configuration contradicts itself there, so what is of interest is what a change takes with it.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from kgen.commands.loading import load_standard
from kgen.commands.sweep.command import OPTIONS, Arguments
from kgen.commands.sweep.text import speed
from kgen.formats import terminal
from kgen.formats.escapes import visible
from kgen.model.problems import KgenError, Problem, fail, near
from kgen.model.record import Record
from kgen.model.spelling import matching
from kgen.standard.defconfigs import Line, assigned
from kgen.standard.resolver import Resolution, resolve

if TYPE_CHECKING:
    from kgen.project.standard import Part, StandardProject

# Options about random configurations and contradictions, which this dialect has not.
_OF_QEMU = {
    "configurations": "-n", "seed": "--seed", "density": "--density", "share": "--yes",
    "bare": "--bare", "exhaustive": "--exhaustive", "unset": "--with-unset",
}  # fmt: skip
# So many symbols of a list are named, without --all.
_SHOWN = 6


class Flip(Record):
    """A symbol with another value. changed: the other symbols that change, by name, with their
    values before and after. now: what it becomes, which is `was` where a select or choice holds."""

    symbol: str
    was: str
    wanted: str
    now: str
    changed: tuple[tuple[str, str, str], ...]


def run(arguments: Arguments) -> int:
    """Flip each symbol in each target and print what changes; return 0. Raises KgenError."""
    _refuse_options(arguments)
    project = load_standard(arguments.options)
    _check_patterns(project, arguments.vary)
    start = time.perf_counter()
    found: dict[str, list[Flip]] = {}
    with terminal.progress(len(project.names), "resolving", 8) as step:
        for part in project.parts:
            for lane, target in enumerate(part.targets):
                found[target.name] = list(_flips(part, lane, arguments.vary))
                step()
    seconds = time.perf_counter() - start
    total = sum(map(len, found.values()))
    if arguments.form == "json":
        terminal.print_json(_as_data(found, total, seconds))
    else:
        for line in _text(found, arguments.everything):
            print(visible(line))
        print(speed(total, seconds), file=sys.stderr)
    return 0


def _refuse_options(arguments: Arguments) -> None:
    defaults, values = {option.field: option.absent for option in OPTIONS}, arguments._asdict()
    given = [flag for field, flag in _OF_QEMU.items() if values[field] != defaults[field]]
    if given:
        message = f"{', '.join(given)}: only for QEMU's Kconfig, and this tree is standard Kconfig"
        hint = "each symbol is changed alone there; --vary chooses them"
        raise fail(message, hint=hint, code="KG425")


def _check_patterns(project: StandardProject, patterns: Sequence[str]) -> None:
    """Raise KgenError for a pattern that matches no bool or tristate with a prompt."""
    models = [part.model for part in project.parts]
    names = frozenset(
        model.symbols[number].name
        for model in models
        for number in model.defined
        if model.symbols[number].logical and model.symbols[number].prompts
    )
    problems = [
        Problem(
            f"--vary: no bool or tristate with a prompt matches {glob}",
            hint=near(glob, names),
            code="KG709",
        )
        for glob in patterns
        if not matching(glob, names)
    ]
    if problems:
        raise KgenError(*problems)


def _flips(part: Part, lane: int, patterns: Sequence[str]) -> Iterator[Flip]:
    """Each change of one symbol with a visible prompt in a target: n to y, and y or m to n.

    Of a choice, each other member is set; the one that is selected cannot be taken back alone.
    """
    model, lines = part.model, part.lines[lane]
    logical = [number for number in model.defined if model.symbols[number].logical]
    names = frozenset(model.symbols[number].name for number in logical)
    chosen = frozenset[str]().union(*(matching(one, names) for one in patterns or ("*",)))
    wanted: list[tuple[int, str]] = []
    for number in logical:
        symbol = model.symbols[number]
        low, high = part.resolution.visible[number]
        if symbol.name in chosen and symbol.prompts and low >> lane & 1:
            on = part.resolution.value(number, lane) != "n"
            if not (on and symbol.choice >= 0):
                most = "y" if high >> lane & 1 else "m"
                wanted.append((number, "n" if on else most))
    extra = [Line(model.symbols[number].name, value, "", 0) for number, value in wanted]
    lanes = [lines, *((*lines, line) for line in extra)]
    resolution = resolve(model, assigned(model, lanes)[0])
    changes = resolution.changes()
    for at, (number, value) in enumerate(wanted, 1):
        yield _flip(resolution, at, number, value, changes[at])


def _flip(
    resolution: Resolution, lane: int, number: int, value: str, changes: list[tuple[int, str, str]]
) -> Flip:
    symbols = resolution.model.symbols
    others = sorted(
        (symbols[other].name, was, now) for other, was, now in changes if other != number
    )
    was, now = resolution.value(number, 0), resolution.value(number, lane)
    return Flip(symbols[number].name, was, value, now, tuple(others))


def _as_data(found: dict[str, list[Flip]], total: int, seconds: float) -> dict[str, Any]:
    """The JSON, with the fields that QEMU's dialect has; what it has not is empty there."""
    return {
        "configurations": total,
        "failing": 0,
        "seconds": round(seconds, 3),
        "per_second": round(total / seconds) if seconds else 0,
        "contradictions": [],
        "targets": [
            {
                "name": name,
                "configurations": len(flips),
                "failing": 0,
                "flips": [
                    {
                        "symbol": one.symbol,
                        "was": one.was,
                        "wanted": one.wanted,
                        "now": one.now,
                        "gained": [other for other, was, _ in one.changed if was == "n"],
                        "lost": [other for other, _, now in one.changed if now == "n"],
                        "changed": {other: [was, now] for other, was, now in one.changed},
                    }
                    for one in sorted(flips)
                ],
            }
            for name, flips in sorted(found.items())
        ],
    }


def _text(found: dict[str, list[Flip]], everything: bool) -> Iterator[str]:
    """For each target the flips, those that change the most other symbols first."""
    for name, flips in sorted(found.items()):
        yield f"{name}: {terminal.count(len(flips), 'symbol')} changed one at a time"
        kept = [one for one in flips if one.now == one.wanted]
        alone = [one.symbol for one in kept if not one.changed]
        held = [f"{one.symbol}={one.now}" for one in flips if one.now != one.wanted]
        for one in sorted(kept, key=lambda flip: (-len(flip.changed), flip.symbol)):
            if one.changed:
                yield f"    {one.symbol}={one.now}: {_listed(_words(one), everything)}"
        if alone:
            yield f"    change nothing else ({len(alone)}): {_listed(sorted(alone), everything)}"
        if held:
            shown = _listed(sorted(held), everything)
            yield f"    keep their value, as kgen why says ({len(held)}): {shown}"


def _words(flip: Flip) -> list[str]:
    return [f"{name} {was or 'empty'} -> {now or 'empty'}" for name, was, now in flip.changed]


def _listed(words: Sequence[str], everything: bool) -> str:
    few = words if everything else words[:_SHOWN]
    more = f" and {len(words) - len(few):,} more" if len(few) < len(words) else ""
    return ", ".join(few) + more
