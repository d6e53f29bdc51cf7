"""Lint rules about C sources: names and QOM types that only files of other symbols have."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence, Set
from typing import Any

from kgen.code.registry import Registry, read_registry
from kgen.code.uses.answers import NOTHING_ASKED
from kgen.code.uses.reading import read_uses
from kgen.commands.lint.rules import found
from kgen.model.clauses import assignment_text
from kgen.model.finding import Finding, Lacking, Related
from kgen.model.lanes import members
from kgen.model.places import File, Place
from kgen.model.record import Record
from kgen.project.causes import Cause, Causes
from kgen.project.code.code_check import LINK, TWICE, TYPE, Lack, c_files, code_of
from kgen.project.code.code_map import sources_of, unread_lines
from kgen.project.load import Project
from kgen.project.single_symbol import Singles, singles
from kgen.targets.checkout import settings
from kgen.targets.externals import passed_by


class _Need(Record):
    """How something is needed. sure: whenever the file is there that needs it, or the machine.
    chosen: as one of several types."""

    words: str
    sure: bool = True
    chosen: bool = False


class _Seen(Record):
    """Something that is missing, or there twice, in a configuration.

    what: a sentence about it. certain: a devices file may look like the configuration.
    """

    lack: Lack
    cause: Cause
    what: str
    certain: bool


class _Code:
    """The code of a project's tree, in the configurations of `singles`."""

    def __init__(self, project: Project, types: bool, progress: Callable[[int], Any]) -> None:
        sources = sources_of(project)
        self.singles: Singles = singles(project, sources)
        truth = self.singles.truth
        external = project.externals(project.model)
        selectable = project.model.declared() - external.keys()
        free = truth.free(selectable)
        paths = c_files(sources, free)
        uses = read_uses(project.tree, paths, progress)
        registry = Registry({}, {}, ())
        if types:
            registry = read_registry(project.tree, paths, progress)
        self.unread = unread_lines(project.tree.shown, registry.unread)
        self.here = code_of(sources, uses, registry).under(truth, free)
        self.causes = Causes(self.singles, passed_by(external, "architecture"), selectable)

    def certain(self, lanes: int) -> bool:
        """Whether a devices file may look like one of these configurations."""
        return any(self.singles.cases[lane].plain for lane in members(lanes))


def findings(
    project: Project,
    chosen: Set[str],
    progress: Callable[[int], Any],
    unlikely: bool,
    warn: Callable[[str], None],
) -> Iterator[Finding]:
    """The findings of the chosen ones of rules.USES; none for a tree without C sources.

    progress: as for read_uses. unlikely: also those in configurations that no devices file has.
    warn: is given a message for each file that was not read.
    """
    if not settings(project.tree):
        return
    code = _Code(project, TYPE in chosen, progress)
    for line in code.unread:
        warn(line)
    if not any(one.bodies for one in code.here.code.uses.files.values()):
        return
    lacks: list[tuple[Lack, _Need]] = []
    if chosen & {LINK, TWICE}:
        lacks += ((one, _Need("uses")) for one in code.here.linking())
    if TYPE in chosen:
        lacks += _types(code, unlikely)
    causes: dict[object, list[_Seen]] = {}
    for lack, need in lacks:
        if lack.kind not in chosen:
            continue
        one = _seen(code, lack, need)
        if one is not None and (one.certain or unlikely):
            causes.setdefault((lack.kind, one.cause.symbol), []).append(one)
    for several in causes.values():
        yield _finding(code, several)


def _finding(code: _Code, several: Sequence[_Seen]) -> Finding:
    """All that one symbol lacks, with the smallest configuration that shows the first of it.

    The names that are lacked of the same other symbols are counted; each further lack is related.
    """
    size = code.singles.size
    ranked = sorted(
        several,
        key=lambda one: (
            not one.certain,
            size(one.cause.lane),
            one.lack.path,
            one.lack.line,
            one.lack.uses,
        ),
    )
    lacks: dict[tuple[tuple[str, ...], ...], list[_Seen]] = {}
    for one in ranked:
        lacks.setdefault(one.cause.other, []).append(one)
    texts = {}
    for other, own in lacks.items():
        names = dict.fromkeys(one.lack.uses for one in own)
        texts[other] = own[0].what + (f", and {len(names) - 1} more" if len(names) > 1 else "")
    first = ranked[0]
    case = code.singles.cases[first.cause.lane]
    symbol = first.cause.symbol
    needed = dict.fromkeys(name for other in lacks for name in other[0])
    fix = "" if first.lack.kind == TWICE else "; ".join(f"select {name}" for name in needed)
    every = tuple(dict.fromkeys(name for other in lacks for one in other for name in one))
    made = found(
        first.lack.kind,
        texts[first.cause.other],
        Place(File(first.lack.path), first.lack.line),
        symbol,
        (case.target.name,),
        other=" ".join(every),
        witness=(case.target.name, tuple(assignment_text(name, True) for name in case.assigned)),
    )
    return made._replace(
        lacking=Lacking(every, first.lack.uses, first.certain, fix, "allnoconfig", case.options),
        hint=f"add `{fix}` to {symbol}" if fix and symbol else "",
        level=made.level if first.certain else "note",
        related=tuple(
            Related(texts[other], own[0].lack.path, own[0].lack.line)
            for other, own in lacks.items()
            if own[0] is not first
        ),
    )


def _types(code: _Code, unlikely: bool) -> Iterator[tuple[Lack, _Need]]:
    """The types that are missing, each with how they are needed."""
    starts = code.here.starts()
    surely = dict(starts.inherited())
    for lack in code.here.missing(surely.items()):
        yield lack, _Need(f"has {lack.within}, which needs the type")
    known = dict(starts.start()[1])
    for lack in code.here.missing(known.items()):
        yield lack, _Need("creates the type")
    if not unlikely:
        return
    # What rests on the command line, or what only devices create, which a machine need not have,
    # is never certain.
    usual = code.here.starts(NOTHING_ASKED).start()[1]
    more = starts.run(starts.devices())[1]
    for sites, words in ((usual, "by default creates the type"), (more, "creates the type")):
        for site, lanes in sites.items():
            same = site._replace(chosen=False)
            lanes &= ~known.get(same, 0)
            known[same] = known.get(same, 0) | lanes
            for lack in code.here.missing([(site, lanes)]):
                said = "may create the type" if site.chosen else words
                yield lack, _Need(said, False, site.chosen)


def _seen(code: _Code, lack: Lack, need: _Need) -> _Seen | None:
    """What is lacked, with its cause; None if no symbol would bring it."""
    lanes = lack.lanes & ~code.singles.failed
    if not lanes:
        return None
    file = code.here.code.condition(lack.named or lack.path)
    if lack.kind == TWICE:
        (other,) = lack.providers
        lane = min(members(lanes), key=code.singles.size)
        owners = [code.causes.owner(lanes, lane, one) for one in (file, other.condition)]
        found_ = Cause(owners[0], ((owners[1],),), lane)
        what = f"{lack.uses} is also defined in {other.path}, which is linked with it"
        return _Seen(lack, found_, what, code.certain(lanes))
    providers = [one.condition for one in lack.providers]
    if need.chosen:  # not what cannot be there
        lanes = code.causes.mendable(lanes, providers)
    cause = code.causes.cause(lanes, file, providers) if lanes else None
    if cause is None:
        return None
    what = f"{_user(cause)} {need.words} {lack.uses} of {lack.providers[0].path}, {_brought(cause)}"
    return _Seen(lack, cause, what, need.sure and code.certain(lanes))


def _user(cause: Cause) -> str:
    return cause.symbol or "what every target has"


def _brought(cause: Cause) -> str:
    names = " or ".join(" with ".join(one) for one in cause.other)
    return f"which only {names} brings" if len(cause.other) == 1 else f"which {names} brings"
