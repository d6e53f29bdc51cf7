"""The symbols of a target that are fixed, and those that a user can assign."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kgen.model.clauses import Assignment, Model
from kgen.model.configurations import Lane, Outcome
from kgen.model.record import Record
from kgen.project.load import Project
from kgen.targets.externals import externals

if TYPE_CHECKING:
    from collections.abc import Mapping


class Freedom(Record):
    """The symbols of one target that a user can assign.

    model: without the assignments of the devices file. target: its name. lane: its configuration.
    outside: the external symbols, each with its source: architecture (also for endianness), host
    or accelerator. fixed: the values of external symbols and of `--set`. own: the lines of the
    target's devices file or descriptor, by symbol. free: the symbols that a user can assign,
    including those of own. internal: those of free that no assignment may set to y, each with the
    symbols that select it; a line of own that does so may stay.
    """

    model: Model
    target: str
    lane: Lane
    outside: dict[str, str]
    fixed: dict[str, set[bool]]
    own: dict[str, tuple[Assignment, ...]]
    free: frozenset[str]
    internal: Mapping[str, tuple[str, ...]] = {}

    def only_selected(self, symbol: str) -> bool:
        """Whether a free symbol is y only where it is selected."""
        return symbol in self.internal and all(
            not item.value
            for item in (*self.own.get(symbol, ()), *self.model.assignments)
            if item.symbol == symbol
        )

    def lane_with(self, values: Mapping[str, bool]) -> Lane:
        """The target's lane with these assignments; they replace its own lines for the symbols."""
        kept = tuple(
            item
            for item in self.lane.assignments
            if item.symbol not in values or item.external or item.is_setting
        )
        more = tuple(Assignment(name, value, origin=self.target) for name, value in values.items())
        return self.lane._replace(assignments=kept + more)


def freedom_of(project: Project, outcome: Outcome) -> Freedom:
    """The Freedom of one target of a project."""
    lane = outcome.as_lane
    model = outcome.resolution.model
    outside = externals(model, project.outcomes)
    fixed: dict[str, set[bool]] = {}
    own: dict[str, tuple[Assignment, ...]] = {}
    for item in lane.assignments:
        if item.external or item.is_setting:
            fixed.setdefault(item.symbol, set()).add(item.value)
        else:
            own[item.symbol] = (*own.get(item.symbol, ()), item)
    declared = model.declared()
    free = frozenset(declared - outside.keys() - fixed.keys())
    for symbol in own.keys() - free:  # a line of the devices file that assigns a fixed symbol
        fixed.setdefault(symbol, set()).update(item.value for item in own.pop(symbol))
    return Freedom(model, outcome.target.name, lane, outside, fixed, own, free)
