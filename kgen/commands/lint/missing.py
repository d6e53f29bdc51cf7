"""Lint rules about C sources: names and QOM types that only files of other symbols have."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence, Set
from typing import Any

from kgen.code.conditions import either
from kgen.code.qom_types import QomTypes
from kgen.code.registry import read_registry
from kgen.code.uses.linking import Links
from kgen.code.uses.program import Program
from kgen.code.uses.reading import read_uses
from kgen.code.uses.starting import Site, Starts, described, missing
from kgen.commands.lint.rules import found
from kgen.model.clauses import assignment_text
from kgen.model.expr import Expr
from kgen.model.finding import Finding, Lacking, Related
from kgen.model.lanes import members
from kgen.model.places import File, Place
from kgen.model.record import Record
from kgen.project.code.code_check import c_files
from kgen.project.code.code_map import sources_of
from kgen.project.load import Project
from kgen.project.single_symbol import Cause, Causes, Singles, singles
from kgen.targets.checkout import settings
from kgen.targets.externals import passed_by

LINKS = frozenset({"missing-link", "double-link"})
TYPES = frozenset({"missing-type"})


class _Seen(Record):
    """Something that is missing, or there twice, in a configuration.

    uses: the name. what: a sentence about it, without its symbols. certain: a devices file may look
    like the configuration.
    """

    rule: str
    cause: Cause
    uses: str
    path: str
    line: int
    what: str
    certain: bool


class _Code:
    """The code of a project's tree, in the configurations of `singles`."""

    def __init__(self, project: Project, progress: Callable[[int], Any]) -> None:
        sources = sources_of(project)
        self.project = project
        self.built = {one.path: one for one in sources.files}
        self.singles: Singles = singles(project, sources)
        self.truth = self.singles.truth
        external = project.externals(project.model)
        self.free = self.truth.free(project.model.declared() - external.keys())
        self.paths = c_files(sources, self.free)
        self.uses = read_uses(project.tree, self.paths, progress)
        self.causes = Causes(self.singles, passed_by(external, "architecture"), external.keys())

    def condition(self, path: str) -> Expr:
        """The condition of a file."""
        return either(*self.built[path].conditions)

    def certain(self, lanes: int) -> bool:
        """Whether a devices file may look like one of these configurations."""
        return any(self.singles.cases[lane].plain for lane in members(lanes))


def findings(
    project: Project, chosen: Set[str], progress: Callable[[int], Any], unlikely: bool
) -> Iterator[Finding]:
    """The findings of the chosen ones of RULES; none for a tree without C sources.

    progress: as for read_uses. unlikely: also those in configurations that no devices file has.
    """
    if not settings(project.tree):
        return
    code = _Code(project, progress)
    if not any(one.bodies for one in code.uses.files.values()):
        return
    seen: list[_Seen] = []
    if chosen & LINKS:
        links = Links(code.uses, code.built, code.truth, code.free)
        seen += _undefined(code, links)
        seen += _twice(code, links)
    if chosen & TYPES:
        seen += _types(code, progress, unlikely)
    causes: dict[object, list[_Seen]] = {}
    for one in seen:
        if one.rule in chosen and (one.certain or unlikely):
            causes.setdefault((one.rule, one.cause.symbol), []).append(one)
    for several in causes.values():
        yield _finding(code, several)


def _finding(code: _Code, several: Sequence[_Seen]) -> Finding:
    """All that one symbol lacks, with the smallest configuration that shows the first of it.

    The names that are lacked of the same other symbols are counted; each further lack is related.
    """
    size = code.singles.size
    ranked = sorted(
        several,
        key=lambda one: (not one.certain, size(one.cause.lane), one.path, one.line, one.uses),
    )
    lacks: dict[tuple[str, ...], list[_Seen]] = {}
    for one in ranked:
        lacks.setdefault(one.cause.other, []).append(one)
    texts = {}
    for other, own in lacks.items():
        names = dict.fromkeys(one.uses for one in own)
        texts[other] = own[0].what + (f", and {len(names) - 1} more" if len(names) > 1 else "")
    first = ranked[0]
    case = code.singles.cases[first.cause.lane]
    symbol = first.cause.symbol
    needed = dict.fromkeys(other[0] for other in lacks)
    fix = "" if first.rule == "double-link" else "; ".join(f"select {name}" for name in needed)
    every = tuple(dict.fromkeys(name for other in lacks for name in other))
    made = found(
        first.rule,
        texts[first.cause.other],
        Place(File(first.path), first.line),
        symbol,
        (case.target.name,),
        other=" ".join(every),
        witness=(case.target.name, tuple(assignment_text(name, True) for name in case.assigned)),
    )
    return made._replace(
        lacking=Lacking(every, first.uses, first.certain, fix, "allnoconfig", case.options),
        hint=f"add `{fix}` to {symbol}" if fix and symbol else "",
        level=made.level if first.certain else "note",
        related=tuple(
            Related(texts[other], own[0].path, own[0].line)
            for other, own in lacks.items()
            if own[0] is not first
        ),
    )


def _undefined(code: _Code, links: Links) -> Iterator[_Seen]:
    for one in links.undefined():
        lanes = one.lanes & ~code.singles.failed
        if not lanes:
            continue
        providers = [code.condition(each.path) for each in links.definers[one.name] if each.could]
        cause = code.causes.cause(lanes, code.condition(one.path), providers)
        if cause is not None:
            where = next(each.path for each in links.definers[one.name] if each.could)
            what = f"{_user(cause)} uses {one.name} of {where}, {_brought(cause)}"
            certain = code.certain(lanes)
            yield _Seen("missing-link", cause, one.name, one.path, one.line, what, certain)


def _twice(code: _Code, links: Links) -> Iterator[_Seen]:
    for one in links.twice():
        lanes = one.lanes & ~code.singles.failed
        if not lanes:
            continue
        lane = min(members(lanes), key=code.singles.size)
        owner = code.causes.owner(lanes, lane, code.condition(one.path))
        other = code.causes.owner(lanes, lane, code.condition(one.other))
        cause = Cause(owner, (other,), lane)
        what = f"{one.name} is also defined in {one.other}, which is linked with it"
        certain = code.certain(lanes)
        yield _Seen("double-link", cause, one.name, one.path, one.line, what, certain)


def _types(code: _Code, progress: Callable[[int], Any], unlikely: bool) -> Iterator[_Seen]:
    registry = read_registry(code.project.tree, code.paths, progress)
    built = {path: code.condition(path) for path in code.paths}
    files = described(code.uses, registry.files)
    types = QomTypes(files, built, code.truth.of)
    free = QomTypes(files, built, code.free.of)
    starts = Starts(Program(code.uses, code.built), types, code.truth)
    surely = dict(starts.start()[1])
    for site, lanes in starts.inherited():
        surely[site] = lanes
    # What only devices create, which a machine need not have, is never certain.
    possibly = starts.run(starts.devices())[1] if unlikely else {}
    for sites, sure in ((surely, True), (possibly, False)):
        for site, lanes in missing(sites.items(), types, free):
            lanes &= ~code.singles.failed & ~(0 if sure else surely.get(site, 0))
            if not lanes:
                continue
            providers = [one.condition for one in types.variants[site.type]]
            cause = code.causes.cause(lanes, built.get(site.path, ("const:y",)), providers)
            if cause is not None:
                certain = sure and code.certain(lanes)
                where = types.variants[site.type][0].path
                what = f"{_user(cause)} {_needs(site)} {site.type} of {where}, {_brought(cause)}"
                yield _Seen("missing-type", cause, site.type, site.path, site.line, what, certain)


def _needs(site: Site) -> str:
    return "creates the type" if site.made else f"has {site.within}, which needs the type"


def _user(cause: Cause) -> str:
    return cause.symbol or "what every target has"


def _brought(cause: Cause) -> str:
    names = " or ".join(cause.other)
    return f"which only {names} brings" if len(cause.other) == 1 else f"which {names} brings"
