"""An audit and its reasons as compact plain data for the page.

Names, files, folders and sets of columns are stored once in tables; everything else refers to them
by index. A set of columns is a hexadecimal number, bit i is column i. Everything that comes from a
file name is made safe for display here.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any

from kgen.commands.audit.rows import Audit, Row
from kgen.explain import failure_messages
from kgen.explain.steps import STEP_KINDS, Reasons, Step
from kgen.explain.words import nothing
from kgen.files import resources
from kgen.formats.escapes import visible
from kgen.model.clauses import Assignment, Clause
from kgen.model.configurations import Outcome
from kgen.model.expr import text
from kgen.model.kinds import KINDS, MACHINE
from kgen.model.lanes import moved, union
from kgen.model.places import Place
from kgen.model.problems import Problem

# A step: value, kind (an index into STEP_KINDS), columns, clause or assignment (-1: none; -2 - N:
# text N about what is not passed from outside), and each fact that it depends on as twice the
# symbol, plus one for y.
Packed = list[int]


_KINDS = (*KINDS, MACHINE)


CLAUSES = ("depends", "select", "imply", "default")


class Table:
    """Numbers items in the order in which they are first seen."""

    def __init__(self) -> None:
        self.numbers: dict[Any, int] = {}

    def __call__(self, item: Any) -> int:
        return self.numbers.setdefault(item, len(self.numbers))


class Packer:
    """Builds the tables of one audit; `data` returns them.

    maybe: for some devices and machines the columns in which they may be.
    """

    def __init__(self, audit: Audit, shown: Sequence[Row], maybe: Mapping[str, int]) -> None:
        self.audit = audit
        self.maybe = maybe
        self.shown = shown
        known = {name for item in audit.outcomes for name in item.resolution.values}
        self.names = sorted(known | {row.symbol for row in audit.rows})
        self.number = {name: index for index, name in enumerate(self.names)}
        self.files, self.folders, self.columns = Table(), Table(), Table()
        self.clauses, self.assignments, self.outside = Table(), Table(), Table()

    def data(self) -> dict[str, Any]:
        """The tables, as docs/report.md describes them."""
        chosen = {row.symbol for row in self.shown}
        everywhere = len(chosen) == len(self.audit.rows)
        assigned = self._assigned()
        made: dict[str, Any] = {
            "names": self.names,
            "kinds": _KINDS,
            "stepKinds": STEP_KINDS,
            "clauseKinds": CLAUSES,
            "targets": [self._target(bit, item) for bit, item in enumerate(self.audit.outcomes)],
            "rows": [self._row(row, assigned.get(row.symbol, 0)) for row in self.audit.rows],
            "shown": None
            if everywhere
            else [index for index, row in enumerate(self.audit.rows) if row.symbol in chosen],
            "steps": self._steps(),
        }
        made["clauses"] = [self._clause(item) for item in self.clauses.numbers]
        made["assignments"] = [self._assignment(item) for item in self.assignments.numbers]
        made["outside"] = [visible(words) for words in self.outside.numbers]
        made["columns"] = [f"{lanes:x}" for lanes in self.columns.numbers]
        made["folders"] = list(self.folders.numbers)
        made["files"] = list(self.files.numbers)
        return made

    def _row(self, row: Row, assigned: int) -> list[int]:
        place = self._place(row.place)
        sets = (row.y, row.external, assigned & self.audit.fine, self.maybe.get(row.symbol, 0))
        return [
            self.number[row.symbol],
            _KINDS.index(row.kind),
            self.folders(visible(row.folder)),
            *place,
            *map(self.columns, sets),
        ]

    def _assigned(self) -> dict[str, int]:
        """For each symbol, the columns in which a devices file or an option sets it."""
        found: dict[str, int] = {}
        for bit, item in enumerate(self.audit.outcomes):
            for assignment in _inside(item):
                symbol = assignment.symbol
                found[symbol] = found.get(symbol, 0) | 1 << bit
        return found

    def _target(self, bit: int, item: Outcome) -> dict[str, Any]:
        target, resolution = item.target, item.resolution
        failed = bool(self.audit.failed >> bit & 1)
        return {
            "name": visible(item.name),
            "target": visible(target.name),
            "variant": visible(item.variant),
            "architecture": target.architecture,
            "base": target.base_architecture,
            "endianness": "big" if target.big_endian else "little",
            "bits": target.word_size,
            "mode": resolution.lanes[item.lane].mode,
            "devices": _shown(target.devices),
            "set": [self.assignments(assignment) for assignment in _inside(item)],
            "external": [
                2 * self.number[name] + value
                for name, value in item.external()
                if name in self.number
            ],
            "failed": failed,
            "problems": _problems(item) if failed else [],
        }

    def _steps(self) -> list[list[list[Packed]]]:
        """For each name four lists: its steps, missed, overtaken and allowing ones."""
        found: list[list[list[Packed]]] = [[[], [], [], []] for _ in self.names]
        for _, resolution, columns in self.audit.by_resolution(self.audit.fine):
            reasons = Reasons(resolution)
            for clause in resolution.model.clauses:  # also those that never decide
                self.clauses(clause)
            for symbol, own in reasons.everything().items():
                loose = _loose(own)
                off = _loose([step for step in own if not step.value])
                on = _loose([step for step in own if step.value])
                parts = (
                    _by_option(reasons, own),
                    reasons.missed(symbol, off),
                    reasons.overtaken(symbol, loose),
                    reasons.holding(symbol, on),
                )
                for table, steps in zip(found[self.number[symbol]], parts, strict=True):
                    _merge(table, self._packed(steps, reasons, columns))
        for tables in found:
            for table in tables:
                for step in table:
                    step[2] = self.columns(step[2])
        return found

    def _packed(
        self, steps: Sequence[Step], reasons: Reasons, columns: Sequence[tuple[int, int]]
    ) -> list[Packed]:
        """Steps in packed form, still with bit masks of columns; without those of no column."""
        made = []
        for step in steps:
            lanes = moved(step.lanes, columns)
            if lanes:
                reference = -1
                if step.clause is not None:
                    reference = self.clauses(reasons.resolution.model.clauses[step.clause])
                elif step.assignment is not None:
                    reference = self.assignments(step.assignment)
                elif not step.value and step.symbol in reasons.bounds.hosts:
                    words = nothing(step.symbol, (), reasons.bounds, step.lanes)
                    reference = -2 - self.outside(words)
                facts = (2 * self.number[name] + value for name, value in step.needs)
                made.append(
                    [int(step.value), STEP_KINDS.index(step.kind), lanes, reference, *facts]
                )
        return made

    def _clause(self, clause: Clause) -> list[int | str]:
        condition = "" if clause.condition is None else text(clause.condition)
        return [
            CLAUSES.index(clause.kind),
            self.number[clause.symbol],
            self.number[clause.target],
            int(clause.value),
            condition,
            *self._place(clause.place),
        ]

    def _assignment(self, item: Assignment) -> list[int | str]:
        place = self._place(item.place)
        number = self.number[item.symbol]
        return [number, int(item.value), int(item.external), visible(item.origin), *place]

    def _place(self, place: Place | None) -> tuple[int, int]:
        if place is None:
            return -1, 0
        return self.files(_shown(place.file.path)), place.line


def _inside(item: Outcome) -> list[Assignment]:
    """The assignments of a configuration's devices file and options, in order."""
    lane = item.as_lane
    return [assignment for assignment in lane.assignments if not assignment.external]


def _by_option(reasons: Reasons, steps: Sequence[Step]) -> list[Step]:
    """The steps; one for each option where an external symbol is not passed."""
    found: list[Step] = []
    for step in steps:
        if step.kind == "unset" and not step.value:
            alike = reasons.bounds.alike(step.symbol, step.lanes)
            found += [step._replace(lanes=lanes) for lanes in alike]
        else:
            found.append(step)
    return found


def _loose(steps: Sequence[Step]) -> int:
    """The lanes of the steps that do not force a value."""
    return union(step.lanes for step in steps if step.kind in ("default", "implied", "unset"))


def _merge(table: list[Packed], more: list[Packed]) -> None:
    """Add the steps of another resolution; if all of them are known, only add their columns.

    The order of steps within each column is kept.
    """
    keys = [_but_columns(step) for step in table]
    at: list[int] = []
    for step in more:
        key = _but_columns(step)
        start = at[-1] + 1 if at else 0
        if key not in keys[start:]:
            table.extend(more)
            return
        at.append(keys.index(key, start))
    for index, step in zip(at, more, strict=True):
        table[index][2] |= step[2]


def _but_columns(step: Packed) -> Packed:
    value, kind, _, *rest = step
    return [value, kind, *rest]


def _problems(item: Outcome) -> list[dict[str, Any]]:
    """Why a configuration fails."""
    resolution, bit = item.resolution, 1 << item.lane
    return [
        _problem(problem)
        for where, problem in failure_messages.problems_of(resolution)
        if where & bit
    ]


def _shown(path: str) -> str:
    """A file of the tree by its path there, any other as the user named it.

    The page must not depend on where kgen is installed, so that path is removed.
    """
    return visible(path.removeprefix(resources.embedded_tree() + os.sep))


def _at(place: Place) -> str:
    return f"{_shown(place.file.path)}:{place.line}"


def _problem(problem: Problem) -> dict[str, Any]:
    return {
        "message": visible(problem.message),
        "place": "" if problem.place is None else _at(problem.place),
        "notes": [
            ["" if note.place is None else _at(note.place), visible(note.message)]
            for note in problem.notes
        ],
        "hint": visible(problem.hint),
    }
