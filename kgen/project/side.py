"""One side of a comparison: configurations of a tree, from wherever they came."""

from __future__ import annotations

from kgen.model.clauses import Assignment
from kgen.model.configurations import Resolution
from kgen.model.record import Record
from kgen.project.load import Project

TYPE_CHECKING = False
if TYPE_CHECKING:
    from kgen.model.configurations import Mode


class Configuration(Record):
    """A target's configuration: a lane of a resolution."""

    target: str
    resolution: Resolution
    lane: int

    @property
    def failed(self) -> bool:
        return bool(self.resolution.failed >> self.lane & 1)

    def printed(self) -> list[str]:
        """The symbols that go into the target's `config-devices.mak`, sorted."""
        return self.resolution.printed(self.lane)

    def assignments(self) -> tuple[Assignment, ...]:
        """What is assigned in it, in its order."""
        return self.resolution.lanes[self.lane].assignments


class Side(Record):
    """Configurations to compare, sorted by target.

    name: as the user wrote it. version: what the tree's VERSION file says, "" without one.
    """

    name: str
    version: str
    mode: Mode
    configurations: tuple[Configuration, ...]


def of_project(project: Project, version: str) -> Side:
    """The configurations of a loaded tree."""
    found = (
        Configuration(outcome.target.name, outcome.resolution, outcome.lane)
        for outcome in project.outcomes
    )
    return Side(project.tree.shown, version, project.mode, tuple(found))
