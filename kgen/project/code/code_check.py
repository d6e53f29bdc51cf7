"""Whether the emulators of some configurations would link, and whether their machines would start.

`read` reads the C sources of a project's tree once; `check` answers for any outcomes of it: those
of the project, or configurations that a command made.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from typing import Any

from kgen.code.conditions import ALWAYS, either
from kgen.code.lane_truth import LaneTruth
from kgen.code.qom_types import MACHINE_SUFFIX, QomTypes
from kgen.code.registered import Registered
from kgen.code.registry import Registry, read_registry, silent
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

    def under(self, truth: LaneTruth, free: LaneTruth) -> Configured:
        """The code in the lanes of a truth. free: the same without symbols."""
        conditions = {path: self.condition(path) for path in self.built}
        types = QomTypes(self.registered, conditions, truth.of)
        return Configured(self, truth, free, types, QomTypes(self.registered, conditions, free.of))


class Provider(Record):
    """A place that would bring what is missing, and the condition under which it is built."""

    path: str
    line: int
    condition: Expr


class Lack(Record):
    """A name or a type that is missing, or a name that is there twice, in some lanes.

    kind: LINK, TWICE or TYPE. uses: the name. path, line: the place that needs it. within: the
    function or type there, for a TYPE. providers: for a TWICE the other file. lanes: where it is
    so. inherited: `within` is a type, whose parent or interface is missing. machines: for a TYPE
    the machines that do not start because of it, each with its lanes; none where the type is needed
    by what only a device of `-device` makes. named: for a TYPE the C file that has its name.
    """

    kind: str
    uses: str
    path: str
    line: int
    within: str
    providers: tuple[Provider, ...]
    lanes: int
    inherited: bool = False
    machines: tuple[tuple[str, int], ...] = ()
    named: str = ""


class Configured(Record):
    """The code of a tree in some lanes.

    free: the truth of the same lanes without symbols. types: what is registered. possible: what
    would be if symbols had other values.
    """

    code: Code
    truth: LaneTruth
    free: LaneTruth
    types: QomTypes
    possible: QomTypes

    def starts(self, command_line: Set[str] = frozenset()) -> Starts:
        """What runs at a start. command_line: see Starts."""
        return Starts(self.code.program, self.types, self.truth, command_line)

    def linking(self) -> Iterator[Lack]:
        """The names that no file defines, and those that two define."""
        links = Links(self.code.uses, self.code.built, self.truth, self.free)
        for one in links.undefined():
            providers = tuple(
                Provider(each.path, each.line, self.code.condition(each.path))
                for each in links.definers[one.name]
                if each.could
            )
            yield Lack(LINK, one.name, one.path, one.line, "", providers, one.lanes)
        for two in links.twice():
            line = next(each.line for each in links.definers[two.name] if each.path == two.other)
            other = Provider(two.other, line, self.code.condition(two.other))
            yield Lack(TWICE, two.name, two.path, two.line, "", (other,), two.lanes)

    def missing(self, sites: Iterable[tuple[Site, int]]) -> Iterator[Lack]:
        """The types that are not registered, of these sites with their lanes."""
        for site, lanes in missing(sites, self.types, self.possible):
            providers = tuple(
                Provider(one.path, one.type.line, one.condition)
                for one in self.types.variants[site.type]
            )
            yield Lack(
                TYPE, *site[:3], site.within, providers, lanes, not site.made, named=site.named
            )


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
    return code_of(sources, uses, read_registry(project.tree, paths, progress))


def code_of(sources: Sources, uses: Uses, registry: Registry) -> Code:
    """The code of the files that `uses` has. registry: of these, and perhaps of others."""
    built = {one.path: one for one in sources.files}
    known = {path: one for path, one in registry.files.items() if path in uses.files}
    return Code(sources, built, uses, Program(uses, built), described(uses, known), registry.unread)


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
    truth = truth_of(project, code.sources, outcomes, () if apart else None)
    here = code.under(truth, truth.free(selectable(project)))
    starts = here.starts()
    machines = dict(sorted(starts.machines().items()))
    by_machine, unknown = _of_machines(here, starts, machines)
    lacks = [*here.linking()]
    # QEMU looks at all its types before it makes a machine.
    lacks += (_of(one, machines) for one in here.missing(starts.inherited()))
    for site, several in by_machine.items():
        every = here.missing([(site, union(several.values()))])
        lacks += (_of(one, several) for one in every)
    found = {(one.uses, one.path, one.line): one.lanes for one in lacks}
    devices = []
    for one in here.missing(starts.run(starts.devices())[1].items()):
        lanes = one.lanes & ~found.get((one.uses, one.path, one.line), 0)
        if lanes:
            devices.append(one._replace(lanes=lanes))
    return Checked(
        tuple(outcomes),
        truth,
        here.types,
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


def _of(lack: Lack, machines: Mapping[str, int]) -> Lack:
    """A type that is missing, with the machines that do not start because of it."""
    own = ((short(name), lanes & lack.lanes) for name, lanes in sorted(machines.items()))
    return lack._replace(machines=tuple(one for one in own if one[1]))


def _of_machines(
    configured: Configured, starts: Starts, machines: Mapping[str, int]
) -> tuple[dict[Site, dict[str, int]], dict[str, int]]:
    """For each place that needs a missing type, the machines that reach it with their lanes; and
    for each machine (of -M) the lanes in which it makes a type that may or may not be there."""
    found: dict[Site, dict[str, int]] = {}
    unknown: dict[str, int] = {}
    types = configured.types
    sites = starts.start()[1]
    doubtful = {site: lanes & ~types.lanes(site.type)[0] for site, lanes in sites.items()}
    wrong = union(doubtful.values())
    for machine, lanes in machines.items():
        if not lanes & wrong:
            continue
        ever = dict.fromkeys(EVER, lanes)
        own = starts.run({machine: lanes & wrong} | ever)[1]
        lacking = dict(missing(own.items(), types, configured.possible))
        for site, here in lacking.items():
            found.setdefault(site, {})[machine] = here & lanes
        for site, here in own.items():
            here &= lanes & ~types.lanes(site.type)[0] & ~lacking.get(site, 0)
            if here:
                unknown[short(machine)] = unknown.get(short(machine), 0) | here
    return found, unknown
