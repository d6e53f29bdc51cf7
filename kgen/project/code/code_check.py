"""Whether the emulators of some configurations would link, and whether their machines would start.

`read` reads the C sources of a project's tree once; `check` answers for any outcomes of it: those
of the project, or configurations that a command made.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from typing import Any

from kgen.code.conditions import ALWAYS, either
from kgen.code.lane_truth import LaneTruth
from kgen.code.qom import Registered
from kgen.code.qom_types import MACHINE_SUFFIX, QomTypes
from kgen.code.registry import read_registry, silent
from kgen.code.sources import Built, Sources
from kgen.code.uses.linking import Links
from kgen.code.uses.program import Program
from kgen.code.uses.reading import Uses, read_uses
from kgen.code.uses.starting import EVER, Site, Starts, described, missing
from kgen.model.configurations import Outcome
from kgen.model.expr import Expr
from kgen.model.lanes import union
from kgen.model.record import Record
from kgen.project.code.code_map import no_sources, refuse_other_targets, sources_of, truth_of
from kgen.project.load import Project

# The kinds of findings, by the names of lint's rules.
LINK, TWICE, TYPE = "missing-link", "double-link", "missing-type"


class Code(Record):
    """What the sources of a tree say.

    built: the files that emulators are made of, by path. registered: what each C file registers.
    unread: why files were not read, by path.
    """

    sources: Sources
    built: Mapping[str, Built]
    uses: Uses
    program: Program
    registered: Mapping[str, Registered]
    unread: Mapping[str, str]

    def condition(self, path: str) -> Expr:
        """Where a file is built. Of one that no meson.build names, a header, it is everywhere."""
        return either(*self.built[path].conditions) if path in self.built else ALWAYS


class Provider(Record):
    """A place that would bring what is missing, and the condition under which it is built."""

    path: str
    line: int
    condition: Expr


class Lack(Record):
    """A name or a type that is missing, or a name that is there twice. Sets of lanes are those of
    the outcomes.

    kind: LINK, TWICE or TYPE. uses: the name. path, line: the place that needs it. within: the
    function or type there, for a TYPE. providers: for a TWICE the other file. lanes: where it is
    so. machines: for a TYPE the machines that do not start because of it, each with its lanes; none
    where the type is needed by what only a device of `-device` makes.
    """

    kind: str
    uses: str
    path: str
    line: int
    within: str
    providers: tuple[Provider, ...]
    lanes: int
    machines: tuple[tuple[str, int], ...] = ()


class Checked(Record):
    """The answer for some outcomes. Bit i of a set of lanes is outcomes[i].

    machines: those that each has, by the names of -M, sorted, with their lanes. lacks: what is
    missing. devices: what a device that someone adds with `-device` would need in vain; no machine
    needs it. unknown: for each machine the lanes in which it makes a type of which it is not known
    whether it is there.
    """

    outcomes: tuple[Outcome, ...]
    truth: LaneTruth
    types: QomTypes
    machines: dict[str, int]
    lacks: tuple[Lack, ...]
    devices: tuple[Lack, ...]
    unknown: dict[str, int]

    def links(self, lane: int) -> bool:
        """Whether an emulator would link."""
        return not any(one.lanes >> lane & 1 for one in self.lacks if one.kind != TYPE)

    def start(self, lane: int, machine: str) -> bool | None:
        """Whether a machine would start; None if that is not known."""
        for one in self.lacks:
            if any(name == machine and lanes >> lane & 1 for name, lanes in one.machines):
                return False
        known = self.links(lane) and not self.unknown.get(machine, 0) >> lane & 1
        return True if known else None

    def of(self, lane: int) -> list[str]:
        """The machines of an emulator."""
        return [name for name, lanes in self.machines.items() if lanes >> lane & 1]

    def alias(self, lane: int, machine: str) -> str:
        """What else -M takes for a machine; "" for nothing."""
        return self.types.fact(machine + MACHINE_SUFFIX, "alias", lane)


def read(project: Project, progress: Callable[[int], Any] = silent) -> Code:
    """Read the C sources that the targets of a project can be built of.

    progress: as for read_uses. Raises KgenError for a tree without C sources, or without targets of
    its own.
    """
    refuse_other_targets(project.tree, project.outcomes)
    sources = sources_of(project)
    free = truth_of(project, sources, project.outcomes).free(selectable(project))
    paths = c_files(sources, free)
    uses = read_uses(project.tree, paths, progress)
    if not any(one.bodies for one in uses.files.values()):
        raise no_sources("the tree has no C sources, so it is not known what would link")
    registry = read_registry(project.tree, paths, progress)
    built = {one.path: one for one in sources.files}
    program = Program(uses, built)
    return Code(sources, built, uses, program, described(uses, registry.files), registry.unread)


def selectable(project: Project) -> Set[str]:
    """The symbols that a Kconfig file or a devices file can set."""
    return project.declared() - project.externals(project.model).keys()


def c_files(sources: Sources, free: LaneTruth) -> list[str]:
    """The C files that some configuration is built of. free: the truth without symbols."""
    return [
        one.path
        for one in sources.files
        if not one.generated
        and one.path.endswith(".c")
        and any(free.of(condition)[1] for condition in one.conditions)
    ]


def check(
    project: Project, code: Code, outcomes: Sequence[Outcome], apart: bool = False
) -> Checked:
    """What of these configurations would not link or start. They have to resolve.

    apart: each is built alone, and not together with the others.
    """
    truth = truth_of(project, code.sources, outcomes, apart)
    free = truth.free(selectable(project))
    links = Links(code.uses, code.built, truth, free)
    built = {path: code.condition(path) for path in code.built}
    types = QomTypes(code.registered, built, truth.of)
    without = QomTypes(code.registered, built, free.of)
    starts = Starts(code.program, types, truth)
    machines = dict(sorted(starts.machines().items()))
    by_machine, unknown = _of_machines(starts, machines, types, without)
    everyone = {name: lanes for name, lanes in machines.items() if lanes}
    lacks = [*_linking(code, links)]
    for site, lanes in missing(starts.inherited(), types, without):
        # QEMU looks at all its types before it makes a machine.
        lacks.append(_type(types, site, lanes, everyone))
    for site, several in by_machine.items():
        lacks.append(_type(types, site, union(several.values()), several))
    found = {(one.uses, one.path, one.line): one.lanes for one in lacks}
    devices = []
    for site, lanes in missing(starts.run(starts.devices())[1].items(), types, without):
        lanes &= ~found.get((site.type, site.path, site.line), 0)
        if lanes:
            devices.append(_type(types, site, lanes, {}))
    return Checked(
        tuple(outcomes),
        truth,
        types,
        {short(name): lanes for name, lanes in machines.items()},
        tuple(sorted(lacks, key=_order)),
        tuple(sorted(devices, key=_order)),
        unknown,
    )


def short(machine: str) -> str:
    """What -M takes, of the type of a machine."""
    return machine.removesuffix(MACHINE_SUFFIX)


def _order(one: Lack) -> tuple[str, str, int, str]:
    return one.kind, one.path, one.line, one.uses


def _linking(code: Code, links: Links) -> Iterable[Lack]:
    for one in links.undefined():
        providers = tuple(
            Provider(each.path, each.line, code.condition(each.path))
            for each in links.definers[one.name]
            if each.could
        )
        yield Lack(LINK, one.name, one.path, one.line, "", providers, one.lanes)
    for two in links.twice():
        line = next(each.line for each in links.definers[two.name] if each.path == two.other)
        other = Provider(two.other, line, code.condition(two.other))
        yield Lack(TWICE, two.name, two.path, two.line, "", (other,), two.lanes)


def _type(types: QomTypes, site: Site, lanes: int, machines: Mapping[str, int]) -> Lack:
    providers = tuple(
        Provider(one.path, one.type.line, one.condition) for one in types.variants[site.type]
    )
    own = tuple(
        (short(name), here & lanes) for name, here in sorted(machines.items()) if here & lanes
    )
    return Lack(TYPE, site.type, site.path, site.line, site.within, providers, lanes, own)


def _of_machines(
    starts: Starts, machines: Mapping[str, int], types: QomTypes, without: QomTypes
) -> tuple[dict[Site, dict[str, int]], dict[str, int]]:
    """For each place that needs a missing type, the machines that reach it with their lanes; and
    for each machine (of -M) the lanes in which it makes a type that may or may not be there."""
    found: dict[Site, dict[str, int]] = {}
    unknown: dict[str, int] = {}
    sites = starts.start()[1]
    doubtful = {site: lanes & ~types.lanes(site.type)[0] for site, lanes in sites.items()}
    wrong = union(doubtful.values())
    for machine, lanes in machines.items():
        if not lanes & wrong:
            continue
        ever = dict.fromkeys(EVER, lanes)
        own = starts.run({machine: lanes & wrong} | ever)[1]
        lacking = dict(missing(own.items(), types, without))
        for site, here in lacking.items():
            found.setdefault(site, {})[machine] = here & lanes
        for site, here in own.items():
            here &= lanes & ~types.lanes(site.type)[0] & ~lacking.get(site, 0)
            if here:
                unknown[short(machine)] = unknown.get(short(machine), 0) | here
    return found, unknown
