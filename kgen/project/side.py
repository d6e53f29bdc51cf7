"""One side of a comparison: the configurations of a tree or of a snapshot."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kgen.model.configurations import Group, Outcome
from kgen.model.record import Record
from kgen.project.load import Project

if TYPE_CHECKING:
    from kgen.model.configurations import Mode


class Side(Record):
    """Configurations to compare.

    name: as the user gave it. version: from the tree's VERSION file; "" if there is none.
    """

    name: str
    version: str
    mode: Mode
    groups: tuple[Group, ...]

    @property
    def outcomes(self) -> tuple[Outcome, ...]:
        """The configurations of all targets, sorted by target."""
        outcomes = [outcome for group in self.groups for outcome in group.outcomes]
        return tuple(sorted(outcomes, key=lambda outcome: outcome.target.name))


def of_project(project: Project, version: str) -> Side:
    """The configurations of a loaded tree."""
    return Side(project.tree.shown, version, project.mode, project.groups)
