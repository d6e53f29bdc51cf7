"""The code of a tree under configurations that are being tried: what is missing in them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from kgen.code.conditions import both, either, inverted
from kgen.code.qom_types import QomTypes
from kgen.code.sources import Sources
from kgen.code.uses.linking import Links
from kgen.code.uses.program import Program
from kgen.code.uses.reading import Uses, read_uses
from kgen.code.uses.starting import Site, Starts, described, missing
from kgen.commands.devices.named import Meaning, meaning, registered
from kgen.commands.trim.superio import CHIP, parts
from kgen.files.tree import text_of
from kgen.model.clauses import Assignment
from kgen.model.configurations import Group
from kgen.model.places import File, Place
from kgen.model.record import Record
from kgen.project.code.code_check import c_files, selectable
from kgen.project.code.code_map import CodeMap, truth_of
from kgen.project.load import Project
from kgen.resolve.resolver import resolve

# What a configuration has to have that no command line names, as a kind of `Meaning`.
LINK, ONCE, TYPE = "link", "once", "type"


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
    """Something that is missing, in these lanes, and who needs it: a function or a type, with its
    place."""

    meaning: Meaning
    lanes: int
    user: str
    place: Place


class Code:
    """The code of a project's tree: of files that its targets can have. map_: what it registers.

    progress: as for read_uses. free: where conditions can be true, whatever a devices file says.
    types: those that are registered under these.
    """

    def __init__(self, project: Project, map_: CodeMap, progress: Callable[[int], Any]) -> None:
        self.project = project
        self.sources: Sources = map_.sources
        self.declared = project.declared()
        self._selectable = selectable(project)
        self._conditions = {one.path: either(*one.conditions) for one in map_.sources.files}
        self._built = {one.path: one for one in map_.sources.files}
        free = self.free = map_.truth.free(self._selectable)
        paths = c_files(map_.sources, free)
        self.uses: Uses = read_uses(project.tree, paths, progress)
        self._program = Program(self.uses, self._built)
        self._registered = described(
            self.uses, {path: one for path, one in map_.registry.files.items() if path in paths}
        )
        self.map = self.under(project, map_)
        self.types = QomTypes(self._registered, self._conditions, free.of)

    def under(self, project: Project, map_: CodeMap) -> CodeMap:
        """The map in another configuration."""
        outcomes = project.outcomes
        truth = truth_of(project, self.sources, outcomes)
        types = QomTypes(self._registered, self._conditions, truth.of)
        return map_._replace(outcomes=outcomes, truth=truth, types=types)

    def lacks(self, project: Project, roots: Mapping[str, int]) -> list[Need]:
        """What is missing in the configurations of a project, whose machines and devices these
        types are, each with its lanes."""
        map_ = self.under(project, self.map)
        truth, free = map_.truth, map_.truth.free(self._selectable)
        links = Links(self.uses, self._built, truth, free)
        found = [*self._undefined(map_, links), *self._twice(map_, links)]
        starts = Starts(self._program, map_.types, truth)
        made, sites = starts.run(roots)
        for site, lanes in (*starts.inherited(), *self._parts(map_.types, made)):
            sites[site] = sites.get(site, 0) | lanes
        every = QomTypes(self._registered, self._conditions, free.of)
        found += [
            self._type(map_._replace(types=every), *one)
            for one in missing(sites.items(), map_.types, every)
        ]
        return found

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

    def _undefined(self, map_: CodeMap, links: Links) -> Iterable[Need]:
        for one in links.undefined():
            wholes = [
                (self._conditions[each.path], self._place(each.path, each.line))
                for each in links.definers[one.name]
                if each.could
            ]
            needed = meaning(map_, self.declared, LINK, one.name, wholes)
            yield Need(needed, one.lanes, one.path, self._place(one.path, one.line))

    def _twice(self, map_: CodeMap, links: Links) -> Iterable[Need]:
        for one in links.twice():
            apart = inverted(both(self._conditions[one.path], self._conditions[one.other]))
            place = self._place(one.path, one.line)
            needed = meaning(map_, self.declared, ONCE, one.name, [(apart, place)])
            yield Need(needed, one.lanes, one.other, place)

    def _type(self, map_: CodeMap, site: Site, lanes: int) -> Need:
        variants = map_.types.variants[site.type]
        needed = registered(map_, self.declared, TYPE, site.type, variants)
        return Need(needed, lanes, site.within, self._place(site.path, site.line))

    def _place(self, path: str, line: int) -> Place:
        return Place(File(path, root=self.map.root), line)
