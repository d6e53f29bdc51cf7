"""One side of a comparison: the configurations of a tree or of a snapshot."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kgen.model.configurations import Group, Outcome
from kgen.model.record import Record
from kgen.project.load import Project

if TYPE_CHECKING:
    from kgen.model.configurations import Mode


class Thing(Record):
    """A device or a machine of a side.

    of: `device` or `machine`. needs: as text. file: relative to the tree. targets: those that
    surely have it; maybe: those of which that is not known.
    """

    of: str
    name: str
    aliases: tuple[str, ...]
    needs: str
    file: str
    line: int
    targets: tuple[str, ...]
    maybe: tuple[str, ...]


class Side(Record):
    """Configurations to compare.

    name: as the user gave it. version: from the tree's VERSION file; "" if there is none. things:
    its devices and machines; None if they were not asked for.
    """

    name: str
    version: str
    mode: Mode
    groups: tuple[Group, ...]
    things: tuple[Thing, ...] | None = None

    @property
    def outcomes(self) -> tuple[Outcome, ...]:
        """The configurations of all targets, sorted by target."""
        outcomes = [outcome for group in self.groups for outcome in group.outcomes]
        return tuple(sorted(outcomes, key=lambda outcome: outcome.target.name))


def of_project(project: Project, version: str) -> Side:
    """The configurations of a loaded tree."""
    return Side(project.tree.shown, version, project.mode, project.groups)
