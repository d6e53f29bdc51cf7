"""What of a target's configuration is fixed from outside, and what a user may assign."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kgen.model.clauses import Assignment, Model
from kgen.model.configurations import Lane, Outcome
from kgen.model.record import Record
from kgen.project.load import Project
from kgen.targets.externals import externals

if TYPE_CHECKING:
    from collections.abc import Mapping

# What passes a symbol from outside, and how a message says that it did not.
WORDS = {
    "architecture": "which is fixed on this target",
    "host": "which the host does not offer",
    "accelerator": "which is not among the accelerators",
    "set": "which is fixed by --set",
}


class Freedom(Record):
    """One target's room for assignments.

    model: without what the devices file assigns, which is in own. outside: each symbol that
    comes from outside, and what passes it: architecture (endianness, too), host or accelerator.
    fixed: what is passed for this target, and what `--set` assigns. own: the lines of the
    target's devices file or descriptor, by symbol. free: what a user may assign, those included.
    """

    model: Model
    target: str
    lane: Lane
    outside: dict[str, str]
    fixed: dict[str, set[bool]]
    own: dict[str, tuple[Assignment, ...]]
    free: frozenset[str]

    def lane_with(self, values: Mapping[str, bool]) -> Lane:
        """The target's lane with these assignments on top; one replaces a line of its own."""
        kept = tuple(
            item
            for item in self.lane.assignments
            if item.symbol not in values or item.external or item.origin.startswith("--set ")
        )
        more = tuple(Assignment(name, value, origin=self.target) for name, value in values.items())
        return self.lane._replace(assignments=kept + more)


def freedom_of(project: Project, outcome: Outcome) -> Freedom:
    """The scope of one target of a project."""
    lane = outcome.as_lane
    model = outcome.resolution.model
    outside = externals(model, project.outcomes)
    fixed: dict[str, set[bool]] = {}
    own: dict[str, tuple[Assignment, ...]] = {}
    for item in lane.assignments:
        if item.external or item.origin.startswith("--set "):
            fixed.setdefault(item.symbol, set()).add(item.value)
        else:
            own[item.symbol] = (*own.get(item.symbol, ()), item)
    declared = model.declared()
    free = frozenset(declared - outside.keys() - fixed.keys())
    for symbol in own.keys() - free:  # a line of the target's own about what is fixed
        fixed.setdefault(symbol, set()).update(item.value for item in own.pop(symbol))
    return Freedom(model, outcome.target.name, lane, outside, fixed, own, free)
