"""What the sources say of each configuration: findings with their reasons, and what mends them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from kgen.commands.lint.rules import found
from kgen.formats import terminal
from kgen.model import expr
from kgen.model.clauses import Assignment, assignment_texts
from kgen.model.configurations import Lane, Outcome
from kgen.model.finding import Finding, Lacking, Related
from kgen.model.places import File, Place
from kgen.model.record import Record
from kgen.project.causes import bringing
from kgen.project.code.code_check import (
    LINK,
    TWICE,
    TYPE,
    Checked,
    Code,
    Lack,
    check,
    read,
    selectable,
)
from kgen.project.code.code_map import unread_lines
from kgen.project.load import Project
from kgen.resolve.resolver import resolve

# Rounds in which what is missing is added, since what is added can lack something, too.
_ROUNDS = 8

# Sets of symbols that are tried for what is missing.
_TRIED = 8

# Machines and other symbols that a message names.
_NAMED = 4

# Sets of assignments.
Settings = tuple[tuple[str, bool], ...]


class Answer(Record):
    """The answer for one configuration.

    links: whether the emulator links. starts: whether all machines start; None if that is not
    known. machines: the same for each. findings: errors, and notes about devices. mends: the
    assignments with which it links and starts; () if nothing is wrong, or none were found.
    """

    target: str
    links: bool
    starts: bool | None
    machines: tuple[tuple[str, bool | None], ...]
    findings: tuple[Finding, ...]
    mends: Settings

    @property
    def wrong(self) -> bool:
        """Whether it would not link, or a machine would not start."""
        return any(one.level == "error" for one in self.findings)


class Asker:
    """Asks about configurations of a project. Raises KgenError for a tree without C sources."""

    def __init__(self, project: Project) -> None:
        self._project = project
        progress: Callable[[int], Any] = partial(terminal.progress, label="reading C", at_least=100)
        self.code: Code = read(project, progress)
        self._selectable = selectable(project)

    def unread(self) -> list[str]:
        """A line for each C file that was not read."""
        return unread_lines(self._project.tree.shown, self.code.unread)

    def check(self, outcomes: Sequence[Outcome], apart: bool = False) -> Checked:
        """`code_check.check` of outcomes that resolve."""
        return check(self._project, self.code, outcomes, apart)

    def answers(
        self, outcomes: Sequence[Outcome], apart: bool = False, mend: bool = True
    ) -> list[Answer]:
        """The answers for outcomes that resolve. apart: as for `code_check.check`. mend: as for
        `answer`."""
        checked = self.check(outcomes, apart)
        return [self.answer(checked, lane, mend=mend) for lane in range(len(outcomes))]

    def alone(self, outcome: Outcome, settings: Settings = ()) -> Answer | None:
        """The answer for one outcome with further assignments; None if these do not resolve."""
        asked = with_settings(outcome, settings) if settings else outcome
        return None if asked is None else self.answers([asked], apart=True)[0]

    def answer(
        self,
        checked: Checked,
        lane: int,
        only: Sequence[str] = (),
        notes: bool = False,
        mend: bool = True,
    ) -> Answer:
        """The answer for one lane.

        only: the machines that are asked about; () for all. notes: also what devices lack. mend:
        also find what mends it, which takes as long as several checks.
        """
        outcome = checked.outcomes[lane]
        machines = tuple(
            (name, checked.start(lane, name))
            for name in checked.of(lane)
            if not only or name in only or checked.alias(lane, name) in only
        )
        names = {name for name, _ in machines}
        lacks = [
            one
            for one in checked.lacks
            if one.lanes >> lane & 1
            and (one.kind != TYPE or not only or _fail(one, lane).keys() & names)
        ]
        every = [*_grouped(lacks)]
        devices = [*_grouped(one for one in checked.devices if one.lanes >> lane & 1)]
        findings = [self._finding(checked, lane, several, "error") for several in every]
        if notes:
            findings += [self._finding(checked, lane, several, "note") for several in devices]
        known = {value for _, value in machines}
        starts = False if False in known else None if None in known or not known else True
        mends = self._mended(outcome, checked, lane) if lacks and mend else ()
        return Answer(
            outcome.target.name, checked.links(lane), starts, machines, tuple(findings), mends
        )

    def _finding(self, checked: Checked, lane: int, several: Sequence[Lack], level: str) -> Finding:
        """One thing that is missing, with the places that need it."""
        first, *more = several
        outcome = checked.outcomes[lane]
        sets = self._sets(checked, lane, first)
        others = tuple(dict.fromkeys(name for one in sets for name in one))
        resolved = next(iter(self._resolving(outcome, sets)), ())
        fix = " ".join(assignment_texts((name, True) for name in resolved))
        on = self._on(outcome, first.path)
        file = self._file(first.path)
        related = [Related(f"{first.path} is built with {' '.join(on)}")] if on else []
        related += [Related("needs it, too", self._file(one.path).path, one.line) for one in more]
        made = found(
            first.kind,
            _message(first, [one for one, _ in sorted(_fail(first, lane).items())], others),
            Place(file, first.line),
            on[0] if on else "",
            (outcome.target.name,),
            other=" ".join(others),
        )
        return made._replace(
            level="error" if level == "error" else "note",
            related=tuple(related),
            hint=fix and f"set {fix}",
            lacking=Lacking(others, first.uses, level == "error", fix, outcome.as_lane.mode, ""),
        )

    def _file(self, path: str) -> File:
        tree = self._project.tree
        return File(path if tree.shown in ("", ".") else f"{tree.shown}/{path}")

    def _on(self, outcome: Outcome, path: str) -> list[str]:
        """The symbols of the condition of a file that are y."""
        names = dict.fromkeys(expr.names(self.code.condition(path)))
        return [name for name in names if ":" not in name and outcome.value(name)]

    def _sets(self, checked: Checked, lane: int, lack: Lack) -> list[tuple[str, ...]]:
        """Sets of symbols of which each would bring what is missing."""
        if lack.kind == TWICE:
            return []
        conditions = [one.condition for one in lack.providers]
        return bringing(checked.truth, self._selectable, conditions, lane)[:_TRIED]

    def _resolving(
        self, outcome: Outcome, sets: Sequence[tuple[str, ...]]
    ) -> Iterator[tuple[str, ...]]:
        """Those of some sets with which a configuration resolves and has them."""
        if not sets:
            return
        lanes = [_with(outcome.as_lane, tuple((name, True) for name in one)) for one in sets]
        resolution = resolve(outcome.resolution.model, lanes, reasons=False)
        for lane, one in enumerate(sets):
            on = all(resolution.values.get(name, 0) >> lane & 1 for name in one)
            if on and not resolution.failed >> lane & 1:
                yield one

    def _mended(self, outcome: Outcome, checked: Checked, lane: int) -> Settings:
        """Assignments with which an emulator links and all machines start."""
        added: dict[str, bool] = {}
        current = outcome
        for _ in range(_ROUNDS):
            lacks = [one for one in checked.lacks if one.lanes >> lane & 1]
            if not lacks:
                return tuple(added.items())
            before = len(added)
            for one in lacks:
                sets = self._sets(checked, lane, one)
                if any(all(name in added for name in names) for names in sets):
                    continue
                chosen = next(iter(self._resolving(current, sets)), None)
                if chosen is None:
                    return ()
                added.update(dict.fromkeys(chosen, True))
            if len(added) == before:
                return ()
            changed = with_settings(outcome, tuple(added.items()))
            if changed is None:
                return ()
            current, lane = changed, 0
            checked = self.check([current], apart=True)
        return ()


def with_settings(outcome: Outcome, settings: Settings) -> Outcome | None:
    """An outcome with further assignments, which replace those of the same symbols; None if it
    does not resolve."""
    resolution = resolve(
        outcome.resolution.model, [_with(outcome.as_lane, settings)], reasons=False
    )
    return None if resolution.failed else Outcome(outcome.target, resolution, 0)


def _with(lane: Lane, settings: Settings) -> Lane:
    names = {name for name, _ in settings}
    kept = tuple(one for one in lane.assignments if one.symbol not in names)
    own = (Assignment(name, value, origin="check") for name, value in settings)
    return lane._replace(assignments=(*kept, *own))


def _grouped(lacks: Iterable[Lack]) -> Iterable[list[Lack]]:
    """The same name or type once, with all places that need it."""
    groups: dict[object, list[Lack]] = {}
    for one in lacks:
        groups.setdefault((one.kind, one.uses), []).append(one)
    return groups.values()


def _fail(lack: Lack, lane: int) -> Mapping[str, int]:
    """The machines of a lane that do not start because of what is missing."""
    return {name: lanes for name, lanes in lack.machines if lanes >> lane & 1}


def _message(lack: Lack, machines: Sequence[str], others: Sequence[str]) -> str:
    where = lack.providers[0].path
    if lack.kind == TWICE:
        return f"{lack.uses} is also defined in {where}, which is linked with it"
    names = " or ".join(others[:_NAMED])
    brought = f"which {names} would bring" if names else "which no symbol would bring here"
    if lack.kind == LINK:
        return f"uses {lack.uses} of {where}, {brought}"
    many = len(machines) - _NAMED
    more = f" and {many} more" if many > 0 else ""
    who = f"-M {', '.join(machines[:_NAMED])}{more}: " if machines else ""
    return f"{who}{lack.within} needs the type {lack.uses} of {where}, {brought}"
