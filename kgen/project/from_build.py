"""The options of a configured build folder: `--from-build DIR`.

Each target has the host features, accelerators, mode and devices file that its build passed. What
kgen resolves with them is compared with the build's own config-devices.mak.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence

from kgen.model.clauses import Assignment, assignment_text
from kgen.model.configurations import Outcome
from kgen.model.lanes import members
from kgen.model.places import File, Place
from kgen.model.problems import fail
from kgen.project.load import Project, chosen_targets, load
from kgen.project.options import Configured, Options, Override
from kgen.resolve.resolver import resolve
from kgen.targets.build_folder import Built, read_build

# Host features of which each combination is tried, where nothing says whether they were passed.
_MOST = 8


def with_build(
    base: Options, folder: str, tree: str | None, only: tuple[str, ...]
) -> tuple[Options, list[str]]:
    """The options with what a build folder says below them, and remarks for the user.

    base: of the project file; what it gives wins. tree, only: of the command line. Without
    targets, they are those of the build. Raises KgenError for a folder that cannot be read,
    UnknownTarget for a target that was not built.
    """
    build = read_build(folder)
    wanted = base._replace(only=only or base.only, overrides=())
    only = tuple(chosen_targets([one.name for one in build.built], wanted, build.shown))
    chosen = [one for one in build.built if one.name in only]
    source = tree or base.tree or build.source
    if source == build.source and not os.path.isdir(source):
        raise fail(
            f"the sources of {build.shown} are not in {source}",
            hint="name the tree that it was configured from with --tree",
            code="KG411",
        )
    plain = Options(
        tree=source,
        only=only,
        mode=chosen[0].mode,
        host_arch=build.host_arch or base.host_arch,
        duplicates=base.duplicates,
        allow_outside=base.allow_outside,
        tree_by=base.tree_by or folder,
        overrides=tuple(_override(one, build.shown) for one in chosen),
        configured=Configured(build.options, build.defined, build.libraries),
    )
    project = load(plain, tolerant=True)
    features, remarks = _decided(project, chosen, build.shown)
    if features:
        chosen = [one._replace(host=(*one.host, *features)) for one in chosen]
        plain = plain._replace(overrides=tuple(_override(one, build.shown) for one in chosen))
        project = load(plain, tolerant=True)
    remarks += _differences(project, chosen, build.shown)
    built = plain.changed(**{**base.as_given(), "only": only})
    overrides = (*built.overrides, *base.overrides)
    built = built._replace(overrides=overrides, file=base.file, found=base.found)
    return built._replace(written=base.written), remarks


def _override(built: Built, shown: str) -> Override:
    values = {
        "devices": built.devices,
        "host": ",".join(built.host) or "none",
        "accel": ",".join(built.accelerators),
    }
    place = Place(File(f"{built.name}-config-devices.mak", root=shown), 1, 1)
    return Override(built.name, values, place)


def _decided(
    project: Project, built: Sequence[Built], shown: str
) -> tuple[tuple[str, ...], list[str]]:
    """Which of the unknown host features were passed, by what came out; with remarks.

    Every combination is a lane. Those that give each target's config-devices.mak are possible.
    """
    declared = project.model.declared()
    unknown = sorted({name for one in built for name in one.unknown} & declared)
    if not unknown:
        return (), []
    tried = unknown[:_MOST]
    possible = set(range(1 << len(tried)))
    printed = {one.name: one.printed for one in built}
    for outcome in project.outcomes:
        wanted = printed[outcome.target.name]
        if wanted is not None:
            possible &= _fitting(outcome, tried, wanted)
    fewest = min(possible, key=lambda mask: (mask.bit_count(), mask), default=0)
    open_ = [
        name
        for at, name in enumerate(unknown)
        if not possible or len({mask >> at & 1 for mask in possible}) > 1 or at >= _MOST
    ]
    remarks = []
    if open_:
        effect = "none of these targets depends on it" if possible else "taken as not passed"
        remarks.append(f"nothing in {shown} says whether {', '.join(open_)} was passed; {effect}")
    return tuple(tried[at] for at in members(fewest)), remarks


def _fitting(outcome: Outcome, names: Sequence[str], wanted: str) -> set[int]:
    """The combinations of host features, as bits, with which a target prints what is wanted."""
    lane = outcome.as_lane
    lanes = []
    for mask in range(1 << len(names)):
        more = tuple(
            Assignment(names[at], True, external=True, origin="--from-build")
            for at in members(mask)
        )
        lanes.append(lane._replace(assignments=(*lane.assignments, *more)))
    resolution = resolve(outcome.resolution.model, lanes)
    return {
        mask
        for mask, symbols in enumerate(resolution.all_printed())
        if not resolution.failed >> mask & 1 and _text(symbols) == wanted
    }


def _differences(project: Project, built: Sequence[Built], shown: str) -> list[str]:
    """A remark for each config-devices.mak that is not what kgen resolves."""
    printed = {one.name: one.printed for one in built}
    return [
        f"{os.path.join(shown, f'{outcome.target.name}-config-devices.mak')} is not what"
        f" {project.tree.shown} gives with what was passed: {difference}"
        for outcome in project.outcomes
        if (difference := _difference(outcome, printed[outcome.target.name]))
    ]


def _difference(outcome: Outcome, printed: str | None) -> str:
    if printed is None:
        return "it is missing"
    if outcome.failed:
        return "the target cannot be configured"
    ours = _text(outcome.printed())
    if ours == printed:
        return ""
    theirs = set(printed.splitlines())
    mine = set(ours.splitlines())
    parts = [
        f"{what} {_some(lines)}"
        for what, lines in (("only the build has", theirs - mine), ("it lacks", mine - theirs))
        if lines
    ]
    return "; ".join(parts) or "the order of its lines"


def _some(lines: Iterable[str]) -> str:
    names = sorted(line.removeprefix("CONFIG_").removesuffix("=y") for line in lines)
    more = len(names) - 5
    return ", ".join(names[:5]) + (f" and {more} more" if more > 0 else "")


def _text(symbols: Iterable[str]) -> str:
    return "".join(_lines(symbols))


def _lines(symbols: Iterable[str]) -> Iterator[str]:
    for symbol in symbols:
        yield f"{assignment_text(symbol, True)}\n"
