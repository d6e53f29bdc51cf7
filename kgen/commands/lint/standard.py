"""Lint rules of standard Kconfig, over the defconfigs of all targets in one pass."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence, Set
from typing import TYPE_CHECKING

from kgen.commands.lint.known import comments
from kgen.commands.lint.rules import found
from kgen.commands.lint.runner import Linted
from kgen.commands.loading import load_standard
from kgen.explain.standard.without_effect import untaken
from kgen.files.read import NotText
from kgen.files.tree import walk
from kgen.model.finding import Finding, Related
from kgen.model.lanes import first, members
from kgen.model.places import File, Place
from kgen.model.problems import Nearest
from kgen.standard.expressions import symbols_in, text_of
from kgen.standard.outputs import config_line, minimal

if TYPE_CHECKING:
    from kgen.project.options import Options
    from kgen.project.standard import Part, StandardProject
    from kgen.standard.defconfigs import Line
    from kgen.standard.model import Model, Spot

# How U-Boot names the symbol X of any phase: CONFIG_IS_ENABLED(X), $(CONFIG_$(PHASE_)X).
_PHASED = re.compile(r"IS_ENABLED\((\w+)|\$\(\w+\)(\w+)")


def lint_standard(options: Options, chosen: Set[str], said: set[str] | None = None) -> Linted:
    """Run the chosen rules on a tree of standard Kconfig. Raises KgenError, UnknownTarget.

    said: as for load_standard.
    """
    project = load_standard(options, said)
    findings = [item for item in _findings(project, chosen) if item.rule in chosen]
    ignores = comments.ignores(_texts(project))
    kept, ignored = comments.without_ignored(findings, ignores)
    if "ignored-without-reason" in chosen:
        kept += comments.without_reason(ignores)
    kept.sort(key=lambda item: (item.file, item.line, item.number, item.symbol, item.message))
    return Linted(tuple(dict.fromkeys(kept)), ignored, False, project.tree)


def _findings(project: StandardProject, chosen: Set[str]) -> Iterator[Finding]:
    yield from _without_effect(project)
    if "repeated-assignment" in chosen:
        yield from _repeated(project)
    if "not-minimal" in chosen:
        yield from _not_minimal(project)
    if "selected-against-dependencies" in chosen:
        for part in project.parts:
            yield from _against_dependencies(part)
    if "never-on" in chosen:
        yield from _never_on(project)
    if "unused-symbol" in chosen:
        for name, spot in _unused_symbols(project):
            message = f"{name} is used by no Kconfig file and named by no other file"
            yield found("unused-symbol", message, spot, name)


def _texts(project: StandardProject) -> dict[str, str]:
    """The files that may have comments that ignore findings: Kconfig files and defconfigs."""
    tree = project.tree
    names = {file for part in project.parts for file in part.model.files}
    names |= {line.file for part in project.parts for lines in part.lines for line in lines}
    texts = {}
    for name in sorted(names):
        try:
            texts[name] = tree.read(os.path.join(tree.root, name))
        except (OSError, NotText):
            pass  # what --set says has no file
    return texts


def _at(line: Line) -> Place | None:
    return Place(File(line.file), line.line) if line.line else None


def _spot(part: Part, spot: Spot) -> Place:
    return Place(File(part.model.files[spot[0]]), spot[1])


def _names(part: Part, lanes: int) -> tuple[str, ...]:
    return tuple(sorted(part.targets[lane].name for lane in members(lanes)))


def _without_effect(project: StandardProject) -> Iterator[Finding]:
    """Lines that are not the value of their symbol, and those of symbols that are not defined.

    A line that several targets read is one finding, with each reason and its targets.
    """
    by_line: dict[Line, dict[str | None, list[str]]] = {}
    for part in project.parts:
        for lane, line, reason in untaken(part.resolution, part.lines):
            said = by_line.setdefault(line, {})
            why = None if reason is None else reason.sentence
            said.setdefault(why, []).append(part.targets[lane].name)
    defined = {name for part in project.parts for name in part.model.numbers()}
    nearest = Nearest(defined)
    for line, said in by_line.items():
        targets = tuple(sorted(name for names in said.values() for name in names))
        if None in said:
            message = f"no Kconfig file defines {line.name}"
            finding = found("undefined-in-defconfig", message, _at(line), line.name, targets)
            yield finding._replace(hint=nearest.hint(line.name))
            continue
        (why, _), *others = said.items()
        rest = tuple(Related(str(other), targets=tuple(sorted(names))) for other, names in others)
        message = f"{line.name}: {why}"
        finding = found("assigned-but-not-taken", message, _at(line), line.name, targets)
        yield finding._replace(related=rest)


def _repeated(project: StandardProject) -> Iterator[Finding]:
    """Symbols that one file assigns more than once; what it includes may be assigned again."""
    repeats: dict[tuple[Line, Line], list[str]] = {}
    for part in project.parts:
        for target, lines in zip(part.targets, part.lines, strict=True):
            before: dict[tuple[str, str], Line] = {}
            for line in lines:
                same = before.setdefault((line.file, line.name), line)
                if same.line < line.line:
                    repeats.setdefault((line, same), []).append(target.name)
    for (line, same), targets in repeats.items():
        was = "n" if same.value is None else same.value
        message = f"{line.name} is already assigned {was} at {same.file}:{same.line}"
        names = tuple(sorted(targets))
        yield found("repeated-assignment", message, _at(line), line.name, names)


def _not_minimal(project: StandardProject) -> Iterator[Finding]:
    """Lines that no target needs of those that read them, as `kgen savedefconfig` decides."""
    needed: set[Line] = set()
    idle: dict[Line, tuple[str, list[str]]] = {}
    for part in project.parts:
        kept, numbers, resolution = minimal(part.resolution), part.model.numbers(), part.resolution
        without = {(lane, line) for lane, line, _ in untaken(resolution, part.lines)}
        for lane, lines in enumerate(part.lines):
            for line in {line.name: line for line in lines}.values():
                if (lane, line) in without or not line.line:
                    continue
                number = numbers[line.name]
                if (kept[number] | _resting_on_n(part, number, kept)) >> lane & 1:
                    needed.add(line)
                    continue
                symbol, value = part.model.symbols[number], resolution.value(number, lane)
                text = config_line(part.model, symbol, value).strip()
                idle.setdefault(line, (text, []))[1].append(part.targets[lane].name)
    for line, (text, targets) in idle.items():
        if line not in needed:
            message = f"{text} follows without this line"
            names = tuple(sorted(targets))
            yield found("not-minimal", message, _at(line), line.name, names)


def _resting_on_n(part: Part, number: int, kept: Sequence[int]) -> int:
    """The lanes in which the choice of a symbol selects what it does because other members are set
    to n: it is not the default, and not set to y. None where n does not count."""
    choice = part.model.symbols[number].choice
    if not part.model.heeds_n or choice < 0:
        return 0
    logical, found = part.assigned.logical, 0
    for member, lanes in part.resolution.selections[choice].items():
        found |= lanes & kept[member] & ~logical.get(member, (0, 0, 0))[2]
    return found


def _against_dependencies(part: Part) -> Iterator[Finding]:
    """Selects that raise a symbol above its dependencies."""
    resolution, model = part.resolution, part.model
    for symbol in (model.symbols[number] for number in model.defined):
        low, high = resolution.expressions[symbol.depends]
        for clause in symbol.selected_by:
            least, most = resolution.expressions[clause.condition]
            lanes = least & ~low | most & ~high
            if not lanes:
                continue
            by = model.symbols[clause.by].name
            depends, lane = text_of(model, symbol.depends), first(lanes)
            message = f"{by} selects {symbol.name}, which depends on {depends}"
            values = ", ".join(
                f"{model.symbols[one].name} is {resolution.value(one, lane) or 'empty'}"
                for one in symbols_in(model, symbol.depends)
            )
            finding = found(
                "selected-against-dependencies",
                message,
                _spot(part, clause.spot),
                by,
                _names(part, lanes),
                symbol.name,
            )
            yield finding._replace(related=(Related(f"in {part.targets[lane].name}: {values}"),))


def _never_on(project: StandardProject) -> Iterator[Finding]:
    """Symbols that are n in each target."""
    places: dict[str, Place] = {}
    on: set[str] = set()
    for part in project.parts:
        for number in part.model.defined:
            symbol = part.model.symbols[number]
            if symbol.logical:
                places.setdefault(symbol.name, _spot(part, symbol.spots[0]))
                if part.resolution.low[number]:
                    on.add(symbol.name)
    for name, place in places.items():
        if name not in on:
            yield found("never-on", f"{name} is n in every target", place, name)


# Symbols that nothing uses.


def _unused_symbols(project: StandardProject) -> Iterator[tuple[str, Place]]:
    """The symbols that no Kconfig file reads, that select nothing, and that no other file names,
    each with the place of its entry.

    A member of a choice counts as used: not to be the others may be all that it means. Nothing is
    reported of a tree whose other files name no symbol at all.
    """
    doubtful: dict[str, Place] = {}
    used: set[str] = set()
    for part in project.parts:
        model = part.model
        read = _read(model)
        for number in model.defined:
            symbol = model.symbols[number]
            if number in read or symbol.choice >= 0 or symbol.automatic:
                used.add(symbol.name)
            else:
                file, line = symbol.spots[0]
                doubtful.setdefault(symbol.name, Place(File(model.files[file]), line))
    named, phased = _named(project)
    if not named:
        return
    for name, place in doubtful.items():
        if name not in used and name not in named and not _any_end(name) & phased:
            yield name, place


def _any_end(name: str) -> set[str]:
    """A name, and what follows each word of it: SPL_NET_UDP, NET_UDP, UDP."""
    parts = name.split("_")
    return {"_".join(parts[first:]) for first in range(len(parts))}


def _read(model: Model) -> set[int]:
    """The symbols that a Kconfig file reads or that raise others."""
    read = {model.modules}
    conditions = {condition for _, _, condition in model.outline}
    symbols = [model.symbols[number] for number in model.defined]
    for prompts, defaults in [
        *((one.prompts, one.defaults) for one in symbols),
        *((one.prompts, one.defaults) for one in model.choices),
    ]:
        conditions.update(item.condition for item in prompts)
        conditions.update(item.condition for item in defaults)
        conditions.update(item.value for item in defaults)
    for symbol in symbols:
        conditions.add(symbol.depends)
        for item in symbol.ranges:
            conditions.add(item.condition)
            read.update((item.low, item.high))
        for clause in (*symbol.selected_by, *symbol.implied_by):
            conditions.add(clause.condition)
    for condition in conditions:
        read.update(symbols_in(model, condition, len(model.expressions)))
    return read


def _named(project: StandardProject) -> tuple[set[str], set[str]]:
    """What files other than Kconfig files and defconfigs name: whole, and of any phase."""
    tree = project.tree
    known = {file for part in project.parts for file in part.model.files}
    known |= {line.file for part in project.parts for lines in part.lines for line in lines}
    prefixes = {part.model.prefix for part in project.parts}
    plain = re.compile("|".join(rf"\b{re.escape(prefix)}(\w+)" for prefix in sorted(prefixes)))
    named: set[str] = set()
    phased: set[str] = set()
    for path in walk(tree):
        name = os.path.relpath(path, tree.root)
        if name in known or "Kconfig" in os.path.basename(name):
            continue
        try:
            text = tree.read(path)
        except (OSError, NotText):
            continue
        named.update(plain.findall(text))
        phased.update(one or other for one, other in _PHASED.findall(text))
    return named, phased
