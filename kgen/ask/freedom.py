"""What of a target's configuration is fixed from outside, and what a user may assign."""

from __future__ import annotations

from kgen import hosts
from kgen.model import Assignment, Lane, Model
from kgen.project import Outcome, Project
from kgen.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

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
    lane = outcome.resolution.lanes[outcome.lane]
    model = outcome.resolution.model
    lines = {_line(item) for item in outcome.target.assignments if item.place is not None}
    if outcome.target.declares:
        others = tuple(item for item in model.assignments if _line(item) not in lines)
        model = model._replace(assignments=others)
    outside = outside_symbols(project, model)
    fixed: dict[str, set[bool]] = {}
    own: dict[str, tuple[Assignment, ...]] = {}
    for item in lane.assignments:
        if item.external or item.origin.startswith("--set "):
            fixed.setdefault(item.symbol, set()).add(item.value)
        else:
            own[item.symbol] = (*own.get(item.symbol, ()), item)
    declared = {entry.symbol for entry in model.entries}
    free = frozenset(declared - outside.keys() - fixed.keys())
    for symbol in own.keys() - free:  # a line of the target's own about what is fixed
        fixed.setdefault(symbol, set()).update(item.value for item in own.pop(symbol))
    return Freedom(model, outcome.target.name, lane, outside, fixed, own, free)


def outside_symbols(project: Project, model: Model) -> dict[str, str]:
    """The declared symbols that are passed from outside, and by what; see Freedom.

    Architectures are those of the project's targets, and what a checkout declares below
    `target/` without a default: all of them, also those of targets that were not chosen.
    """
    declared = {entry.symbol for entry in model.entries}
    deciding = {clause.symbol for clause in model.clauses if clause.kind in ("default", "depends")}
    found: dict[str, str] = {}
    for entry in model.entries:
        path = entry.place.file.path
        if path.startswith("target/") and entry.symbol not in deciding:
            found[entry.symbol] = "architecture"
        elif path == "Kconfig.host" or entry.symbol in host_names():
            found[entry.symbol] = "host"
    for name in declared & {name.upper() for name in hosts.ACCELERATORS}:
        found[name] = "accelerator"
    if "TARGET_BIG_ENDIAN" in declared:
        found["TARGET_BIG_ENDIAN"] = "architecture"
    for name in _passed(project):
        found.setdefault(name, "architecture" if name in _architectures(project) else "host")
    return {name: found[name] for name in sorted(found)}


def host_names() -> frozenset[str]:
    """Every host feature that kgen knows of."""
    return frozenset(hosts.PROFILES["linux-all"])


def _passed(project: Project) -> Iterable[str]:
    return {
        item.symbol
        for outcome in project.outcomes
        for item in outcome.resolution.lanes[outcome.lane].assignments
        if item.external
    }


def _architectures(project: Project) -> set[str]:
    return {outcome.target.architecture.upper() for outcome in project.outcomes}


def _line(item: Assignment) -> tuple[str, bool, str, int]:
    place = item.place
    return (
        item.symbol,
        item.value,
        "" if place is None else place.file.path,
        (0 if place is None else place.line),
    )
