"""The code of a tree under configurations that are being tried: what is missing in them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Set
from typing import Any

from kgen.code.conditions import both, inverted
from kgen.code.qom_types import QomTypes
from kgen.code.uses.reading import read_uses
from kgen.code.uses.starting import Site
from kgen.commands.devices.named import Meaning, meaning, registered
from kgen.commands.trim.superio import CHIP, parts
from kgen.files.tree import text_of
from kgen.model.clauses import Assignment
from kgen.model.configurations import Group
from kgen.model.places import File, Place
from kgen.model.record import Record
from kgen.project.code import code_check
from kgen.project.code.code_check import Configured, Lack, c_files, code_of, selectable
from kgen.project.code.code_map import CodeMap, truth_of
from kgen.project.load import Project
from kgen.resolve.resolver import resolve

# What a configuration has to have that no command line names, as a kind of `Meaning`.
LINK, ONCE, TYPE = "link", "once", "type"

_KINDS = {code_check.LINK: LINK, code_check.TWICE: ONCE, code_check.TYPE: TYPE}


def with_lines(project: Project, lines: Mapping[str, Iterable[str]]) -> Project:
    """A project in which the devices file of each target is these symbols, for
    `--without-default-devices`."""

    def changed(group: Group) -> Group:
        lanes = []
        for outcome in group.outcomes:
            lane = outcome.as_lane
            own = [Assignment(name, True) for name in lines.get(outcome.target.name, ())]
            kept = [one for one in lane.assignments if one.external or one.is_setting]
            lanes.append(lane._replace(mode="allnoconfig", assignments=(*own, *kept)))
        resolution = resolve(group.resolution.model, lanes)
        return Group(
            resolution, tuple(one._replace(resolution=resolution) for one in group.outcomes)
        )

    return project._replace(groups=tuple(map(changed, project.groups)))


class Need(Record):
    """Something that is missing, and who needs it: a file or a type, with the place."""

    meaning: Meaning
    user: str
    place: Place


class Trials:
    """The code of a project's tree, of files that its targets can have, under devices files that
    are tried. map: what is registered with the project's own.

    progress: as for read_uses. free: where conditions can be true, whatever a devices file says.
    types: those that are registered under these.
    """

    def __init__(self, project: Project, map_: CodeMap, progress: Callable[[int], Any]) -> None:
        self.project = project
        self.declared = project.declared()
        self._selectable = selectable(project)
        self.free = map_.truth.free(self._selectable)
        self.uses = read_uses(project.tree, c_files(map_.sources, self.free), progress)
        self._code = code_of(map_.sources, self.uses, map_.registry)
        self._map = map_
        here = self._configured(project)
        self.map = self._mapped(project, here)
        self.types = here.possible

    def _configured(self, project: Project) -> Configured:
        truth = truth_of(project, self._code.sources, project.outcomes)
        return self._code.under(truth, truth.free(self._selectable))

    def _mapped(self, project: Project, here: Configured) -> CodeMap:
        return self._map._replace(outcomes=project.outcomes, truth=here.truth, types=here.types)

    def under(self, project: Project) -> CodeMap:
        """The map in another configuration."""
        return self._mapped(project, self._configured(project))

    def lacks(self, project: Project, asked: Mapping[Set[str], Mapping[str, int]]) -> list[Need]:
        """What is missing in the configurations of a project for what command lines make.

        asked: by what is known of command lines, see `Answers`, the types of their machines and
        devices, with their lanes.
        """
        here = self._configured(project)
        starts = here.starts()
        made: dict[str, int] = {}
        reached: list[tuple[Site, int]] = []
        for command_line, roots in asked.items():
            runs = here.starts(command_line) if command_line else starts
            types, own = runs.run(roots)
            for name, lanes in types.items():
                made[name] = made.get(name, 0) | lanes
            reached += [(site, lanes) for site, lanes in own.items() if not site.chosen]
        reached += (*starts.inherited(), *self._parts(here.types, made))
        sites: dict[Site, int] = {}
        for site, lanes in reached:
            sites[site] = sites.get(site, 0) | lanes
        map_ = self._mapped(project, here)
        every = map_._replace(types=here.possible)
        found = [self._need(map_, one) for one in here.linking()]
        return found + [self._need(every, one) for one in here.missing(sites.items())]

    def text(self, path: str) -> str:
        """The text of a file of the tree; "" if it cannot be read."""
        return text_of(self.project.tree, path) or ""

    def _parts(self, types: QomTypes, made: Mapping[str, int]) -> Iterable[tuple[Site, int]]:
        """The parts of Super I/O chips among the types that are made."""
        for name, lanes in made.items():
            here = lanes & types.is_a(name, CHIP)[0]
            for one in types.variants.get(name, ()) if here else ():
                for part, line in parts(self.text(one.path)):
                    yield Site(part, one.path, line, True, name), here

    def _need(self, map_: CodeMap, lack: Lack) -> Need:
        kind = _KINDS[lack.kind]
        place = self._place(lack.path, lack.line)
        if kind == TYPE:
            variants = map_.types.variants[lack.uses]
            return Need(
                registered(map_, self.declared, kind, lack.uses, variants), lack.within, place
            )
        user = lack.path
        needed = [(one.condition, self._place(one.path, one.line)) for one in lack.providers]
        if kind == ONCE:
            (other,) = lack.providers
            user = other.path
            apart = inverted(both(self._code.condition(lack.path), other.condition))
            needed = [(apart, place)]
        return Need(meaning(map_, self.declared, kind, lack.uses, needed), user, place)

    def _place(self, path: str, line: int) -> Place:
        return Place(File(path, root=self.map.root), line)
