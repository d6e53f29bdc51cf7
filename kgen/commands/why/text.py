"""The output of `kgen why` as text."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from kgen.commands.why.changes import LONGEST, Ways, ways
from kgen.commands.why.groups import Group
from kgen.commands.why.unused import Unused
from kgen.explain import tree_text, words
from kgen.explain.bounds import AllBounds
from kgen.explain.change import EXTERNAL, instructions
from kgen.explain.steps import Explanation, Reasons
from kgen.formats.escapes import visible
from kgen.formats.terminal import styled
from kgen.model.clauses import assignment_text, letter, of_code
from kgen.model.configurations import Outcome, Resolution
from kgen.model.lanes import first, members, union
from kgen.model.places import Place, at
from kgen.project.load import Project
from kgen.targets.externals import is_accelerator, lacking
from kgen.targets.symbol_kinds import only_selected_by

_VALUE = re.compile(r"\bis ([yn])\b")


# The numbers of targets, and of steps of a group, that are listed without --full.
_TARGETS = 12


_ROWS = 8


# The number of internal symbols that a sentence names: the nearest.
_INTERNAL = 2


class Text:
    """Lines of text with places as a user types them, optionally with colours."""

    def __init__(self, colours: bool) -> None:
        self.colours = colours
        self.lines: list[str] = []

    def add(self, text: str, place: Place | None = None, depth: int = 0) -> None:
        """Add a line. place: shown after the text, with its first include. depth: indentation."""
        text = visible(text)
        if self.colours:
            text = _VALUE.sub(lambda match: f"is {self._value(match[1])}", text)
        line = "    " * depth + text
        if place is not None:
            where = visible(at(place._replace(column=0)))
            line += "  " + styled(where, "cyan", self.colours)
            if place.file.includes and place.file.path.endswith(".mak"):
                path, number = place.file.includes[0]
                from_ = Place(place.file._replace(path=path, includes=()), number)
                shown = f"(included from {visible(at(from_))})"
                line += " " + styled(shown, "dim", self.colours)
        self.lines.append(line)

    def add_all(self, texts: Iterable[str]) -> None:
        """Add lines that have no places."""
        for text in texts:
            self.add(text)

    def _value(self, value: str) -> str:
        return styled(value, "green" if value == "y" else "red", self.colours)

    def explanation(self, found: Sequence[tree_text.Line], full: bool) -> None:
        """Add the lines of an explanation."""
        for line in found:
            self.add(line.text, line.place, line.depth)
        if not full and any(line.text.startswith("...") for line in found):
            self.add("(folded; --full shows all)")


def one_target(
    text: Text,
    outcome: Outcome,
    explanation: Explanation,
    bounds: AllBounds,
    found: Ways | None,
    full: bool,
) -> None:
    """Add the tree of one target and, if the symbol is n, what would have to change."""
    changes = _ways_lines(outcome, explanation.symbol, found)
    limit = None if full else tree_text.LINES - len(changes) - 2
    text.add(f"{outcome.target.name}:")
    text.explanation(tree_text.lines(outcome.resolution, explanation, limit, bounds), full)
    for line, place, depth in changes:
        text.add(line, place, depth)


def grouped(
    text: Text,
    loaded: Project,
    symbol: str,
    found: Sequence[Group],
    reasons: Reasons,
    full: bool,
    allow_internal: bool,
) -> None:
    """Add a paragraph for each group of targets."""
    resolution = reasons.resolution
    for group in found:
        _head(text, loaded, symbol, group, reasons)
        shown = group.rows if full else group.rows[:_ROWS]
        for row in shown:
            place = words.step_place(resolution.model, row.step)
            text.add(words.reason(resolution.model, row.step), place, 1)
            text.add(names(resolution, row.lanes, full), None, 2)
            for name, is_y in row.step.needs if row.step.kind == "depends" else ():
                if of_code(name):  # of another architecture, as the names of the targets say
                    continue
                says = f"{name} is {letter(is_y)}"
                text.add(says + _brief(reasons, name, row.lanes), None, 2)
        if len(shown) < len(group.rows):
            rest = union(row.lanes for row in group.rows[_ROWS:])
            text.add(f"... and {len(group.rows) - _ROWS} more reasons like these", None, 1)
            text.add(names(resolution, rest, full), None, 2)
        if not group.rows:
            text.add(names(resolution, group.lanes, full), None, 1)
        if not group.value:
            _example(text, loaded, symbol, group, reasons, allow_internal)


def _example(
    text: Text,
    loaded: Project,
    symbol: str,
    group: Group,
    reasons: Reasons,
    allow_internal: bool,
) -> None:
    """Add what would make the symbol y on the first target of a group."""
    lane = first(group.lanes)
    outcome = next(
        one for one in loaded.outcomes if one.resolution is reasons.resolution and one.lane == lane
    )
    found = ways(outcome, symbol, True, reasons.bounds.of(lane), allow_internal)
    for number, (line, place, depth) in enumerate(_ways_lines(outcome, symbol, found, 1)):
        text.add(line if number else f"{outcome.target.name}: {line}", place, depth + 1)


def _head(text: Text, loaded: Project, symbol: str, group: Group, reasons: Reasons) -> None:
    count, total = group.lanes.bit_count(), len(loaded.outcomes)
    targets = "target" if total == 1 else "targets"
    value = letter(group.value)
    text.add(
        f"{symbol} is {value} on {count} of {total} {targets}: {_kind(group, reasons, symbol)}"
    )


def _kind(group: Group, reasons: Reasons, symbol: str) -> str:
    if of_code(symbol):
        return "what it needs is there" if group.value else "what it needs is not there"
    if group.kind != "unset":
        return words.KINDS[group.kind]
    if group.value:
        return "allyesconfig turns on what nothing else sets"
    missed = reasons.missed(symbol, 1 << first(group.lanes))
    return words.nothing(symbol, missed, reasons.bounds, group.lanes)


def _brief(reasons: Reasons, symbol: str, lanes: int) -> str:
    """Why a symbol is n in these lanes, if nothing sets it in any of them; else ""."""
    steps = reasons.steps(symbol, lanes)
    if {step.kind for step in steps} != {"unset"} or steps[0].value:
        return ""
    missed = reasons.missed(symbol, lanes)
    return f": {words.nothing(symbol, missed, reasons.bounds, lanes)}"


def names(resolution: Resolution, lanes: int, full: bool) -> str:
    """The names of lanes, without -softmmu."""
    found = [resolution.lanes[lane].name.removesuffix("-softmmu") for lane in members(lanes)]
    if full or len(found) <= _TARGETS + 1:
        return ", ".join(found)
    return f"{', '.join(found[:_TARGETS])} and {len(found) - _TARGETS} more"


def _ways_lines(
    outcome: Outcome, symbol: str, found: Ways | None, most: int = 3
) -> list[tuple[str, Place | None, int]]:
    """What would make the symbol y, as lines with places and depths."""
    if found is None:
        return []
    if not found.lists:
        return [(_no_way(outcome, symbol, found), None, 0)]
    lines: list[tuple[str, Place | None, int]] = []
    file = outcome.target.devices or "the devices file"
    for number, changes in enumerate(found.lists[:most]):
        lead = "or:" if number else f"to have {symbol}=y, in {file}:"
        if all(change.action in EXTERNAL for change in changes):
            lead = "or:" if number else f"to have {symbol}=y:"
        steps = instructions(changes, outcome.as_lane.build)
        if len(steps) == 1:
            words, place = steps[0]
            lines.append((f"{lead} {words}", place, 0))
            continue
        lines.append((lead, None, 0))
        lines += [(words, place, 1) for words, place in steps]
    rest = len(found.lists) - most
    if rest > 0:
        lines.append(
            (f"or {rest} other {'way' if rest == 1 else 'ways'} with as few changes", None, 0)
        )
    return lines


def _no_way(outcome: Outcome, symbol: str, found: Ways) -> str:
    """Why no list of changes makes the symbol y."""
    if found.internal:
        board = outcome.target.name.removesuffix("-softmmu")
        parts = []
        for name, selectors in found.internal[:_INTERNAL]:
            called = "it" if name == symbol else name
            part = f"{called} is internal: {only_selected_by(selectors)}"
            if selectors and found.complete:
                part += f", and no board or device of {board} does"
            parts.append(part)
        return f"{symbol} cannot be y here: {'; '.join(parts)}"
    if found.fixed:
        lack = [name for name, value in found.fixed if not value and is_accelerator(name)]
        rest = [f"{name}={letter(value)}" for name, value in found.fixed if name not in lack]
        parts = [f"{' and '.join(rest)} is fixed by the target"] if rest else []
        for name in lack:
            called = "it" if name == symbol else name
            parts.append(f"{called} is {lacking(name, [outcome.as_lane.build])}")
        return f"{symbol} cannot be y here: {'; '.join(parts)}"
    return f"found no list of up to {LONGEST} changes that gives {symbol}=y"


def unused_lines(text: Text, found: Sequence[tuple[Outcome, tuple[Unused, ...]]]) -> int:
    """Add every assignment without effect, by target; return their number."""
    count = 0
    for outcome, items in found:
        if not items:
            continue
        text.add(f"{outcome.target.name}:")
        for item in items:
            count += 1
            text.add(_unused_words(outcome, item), item.assignment.place, 1)
    return count


def _unused_words(outcome: Outcome, item: Unused) -> str:
    assignment = item.assignment
    by = f" ({assignment.origin})" if assignment.origin else ""
    line = f"{assignment_text(assignment.symbol, assignment.value)}{by}"
    value = letter(assignment.value)
    if item.why == "twice":
        assert item.other is not None
        place = item.other.place
        where = str(place) if place is not None else item.other.origin
        return f"{line}: duplicate, also at {where}"
    if item.why == "contradicted":
        return f"{line}: contradicted, so the target fails"
    assert item.step is not None
    if item.step.kind == "unset":
        return f"{line}: it is {value} anyway, because nothing else sets it"
    return f"{line}: it is {value} anyway: {words.reason(outcome.resolution.model, item.step)}"
