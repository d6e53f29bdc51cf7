"""Lint rules about devices files: lines without effect, repeated, or about removed symbols."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from kgen.commands.lint.rules import found
from kgen.kconfig.mak_lines import read_line
from kgen.model.clauses import Assignment, Model, assignment_text, letter
from kgen.model.configurations import Group, Lane, Outcome
from kgen.model.finding import Finding
from kgen.model.places import File, Place
from kgen.resolve.resolver import resolve
from kgen.targets.externals import externals, passed_by

_Line = tuple[str, int, str]


def repeated(outcomes: Sequence[Outcome]) -> Iterator[Finding]:
    """Symbols that a target's devices file, with its includes, assigns more than once."""
    repeats: dict[_Line, tuple[Assignment, Assignment, list[str]]] = {}
    for outcome in outcomes:
        first: dict[str, Assignment] = {}
        for item in outcome.target.assignments:
            before = first.setdefault(item.symbol, item)
            if before is not item and item.place is not None:
                repeats.setdefault(_line(item), (item, before, []))[2].append(outcome.target.name)
    for item, before, targets in repeats.values():
        line = assignment_text(item.symbol, item.value)
        message = f"{line}: already assigned {letter(before.value)}"
        message += f" at {before.place}" if before.place else ""
        names = tuple(dict.fromkeys(targets))
        yield found("repeated-assignment", message, item.place, item.symbol, names)


def stale_comments(model: Model, maks: Mapping[str, str]) -> Iterator[Finding]:
    """`# CONFIG_X=y` in a devices file where no X is declared."""
    declared = model.declared()
    for path in sorted(maks):
        for number, line in enumerate(maks[path].split("\n"), 1):
            item = read_line(line)
            commented = item.kind == "commented" and not item.unset
            if commented and item.symbol not in declared:
                message = f"the comment names {item.symbol}, which is not declared"
                yield found("stale-mak-comment", message, Place(File(path), number), item.symbol)


def unset_comments(maks: Mapping[str, str]) -> Iterator[Finding]:
    """`# CONFIG_X is not set` in a devices file: an assignment elsewhere, a comment here."""
    for path in sorted(maks):
        for number, line in enumerate(maks[path].split("\n"), 1):
            item = read_line(line)
            if item.kind == "commented" and item.unset:
                message = f'"{line.strip()}" is a comment for QEMU and assigns nothing'
                hint = f"write {assignment_text(item.symbol, False)}"
                place = Place(File(path), number)
                yield found("unset-comment", message, place, item.symbol)._replace(hint=hint)


def without_effect(groups: Sequence[Group]) -> Iterator[Finding]:
    """Lines that change nothing in any target that reads them.

    This is tested with the given host, a host with no features and a host with all, and with the
    given accelerators and all accelerators. Repeated lines are not reported here.
    """
    idle: dict[_Line, tuple[Assignment, list[str]]] = {}
    working: set[_Line] = set()
    for group in groups:
        model = group.resolution.model
        outside = externals(model)
        tried: list[tuple[Assignment, str, int, int]] = []
        lanes: list[Lane] = []
        for outcome in group.outcomes:
            for lane in _environments(outside, outcome):
                base = len(lanes)
                lanes.append(lane)
                for item in outcome.target.assignments:
                    others = tuple(other for other in lane.assignments if other is not item)
                    if item.place is None:
                        continue
                    tried.append((item, outcome.target.name, base, len(lanes)))
                    lanes.append(lane._replace(assignments=others))
        for item, target, differs in _differing(model, lanes, tried):
            if differs:
                working.add(_line(item))
            else:
                idle.setdefault(_line(item), (item, []))[1].append(target)
    for line, (item, targets) in idle.items():
        if line not in working:
            assigned = assignment_text(item.symbol, item.value)
            message = f"{assigned} has no effect: the result is the same without it"
            names = tuple(dict.fromkeys(targets))
            yield found("no-effect-assignment", message, item.place, item.symbol, names)


def _differing(
    model: Model, lanes: list[Lane], tried: list[tuple[Assignment, str, int, int]]
) -> Iterator[tuple[Assignment, str, bool]]:
    """For each line, whether the lane without it differs from the lane with it."""
    if not tried:
        return
    resolution = resolve(model, lanes, reasons=False)
    differs = 0
    bases = dict.fromkeys(base for _, _, base, _ in tried)
    spread = dict.fromkeys(bases, 0)
    for _, _, base, without in tried:
        spread[base] |= 1 << without
    for values in (*resolution.values.values(), resolution.failed):
        alike = 0
        for base, mask in spread.items():
            if values >> base & 1:
                alike |= mask
        differs |= values ^ alike
    for item, target, base, without in tried:
        failing = resolution.failed >> base & 1
        yield item, target, bool(differs >> without & 1) or bool(failing)


def _environments(outside: dict[str, str], outcome: Outcome) -> list[Lane]:
    """The target's lane, and the same with other hosts and accelerators. outside: the external
    symbols."""
    lane = outcome.as_lane
    accelerators = passed_by(outside, "accelerator")
    free = accelerators | passed_by(outside, "host")
    rest = tuple(item for item in lane.assignments if not (item.external and item.symbol in free))
    every = tuple(Assignment(name, True, external=True, origin="any") for name in sorted(free))
    return [
        lane,
        lane._replace(assignments=rest),
        lane._replace(assignments=rest + tuple(a for a in every if a.symbol not in accelerators)),
        lane._replace(assignments=rest + every),
    ]


def _line(item: Assignment) -> _Line:
    assert item.place is not None
    return item.place.file.path, item.place.line, item.symbol
