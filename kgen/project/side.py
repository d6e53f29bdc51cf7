"""One side of a comparison: the configurations of a tree, from wherever they came."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kgen.model.configurations import Group, Outcome
from kgen.model.record import Record
from kgen.project.load import Project

if TYPE_CHECKING:
    from kgen.model.configurations import Mode


class Side(Record):
    """Configurations to compare.

    name: as the user wrote it. version: what the tree's VERSION file says, "" without one.
    """

    name: str
    version: str
    mode: Mode
    groups: tuple[Group, ...]

    @property
    def outcomes(self) -> tuple[Outcome, ...]:
        """All of them, sorted by target."""
        found = [outcome for group in self.groups for outcome in group.outcomes]
        return tuple(sorted(found, key=lambda outcome: outcome.target.name))


def of_project(project: Project, version: str) -> Side:
    """The configurations of a loaded tree."""
    return Side(project.tree.shown, version, project.mode, project.groups)
