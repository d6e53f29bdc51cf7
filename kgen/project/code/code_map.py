"""What meson.build and C say of a project's tree, for the lanes of its outcomes."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from kgen.code.code_cache import tree_sources, tree_sources_aside
from kgen.code.conditions import ALWAYS, either
from kgen.code.host_facts import ACCELERATORS
from kgen.code.lane_truth import Emulator, LaneTruth
from kgen.code.qom_types import QomTypes
from kgen.code.registry import Registry, read_registry
from kgen.code.sources import Sources
from kgen.files.tree import Tree, walk
from kgen.model import expr
from kgen.model.clauses import Model
from kgen.model.configurations import Outcome, Target
from kgen.model.expr import Expr
from kgen.model.places import join_root, spot
from kgen.model.problems import KgenError, Problem, fail
from kgen.model.record import Record
from kgen.project.load import Project
from kgen.targets.checkout import settings
from kgen.targets.externals import passed_by


class CodeMap(Record):
    """The code of a project's tree.

    outcomes: those that resolve, or all; bit i of a set of lanes is outcomes[i]. root: the tree, as
    the user gave it. built: the condition of each file. types: what they have. implied: for each
    symbol those that it selects or depends on, whatever else holds, directly.
    """

    outcomes: tuple[Outcome, ...]
    root: str
    sources: Sources
    registry: Registry
    built: dict[str, Expr]
    truth: LaneTruth
    types: QomTypes
    implied: dict[str, frozenset[str]]

    def notes(self) -> list[str]:
        """What was not read, with its place, for messages."""
        lines = [
            f"{spot(join_root(path, self.root), one.line, 0)}: warning: {one.message}"
            for path, found in self.registry.files.items()
            for one in found.unread
        ]
        lines += unread_lines(self.root, self.registry.unread)
        return [*lines, *map(_as_warning, self.sources.problems)]


def unread_lines(root: str, unread: Mapping[str, str]) -> list[str]:
    """A message for each file that was not read. root: the tree, as the user gave it. unread: why,
    by path."""
    return [
        f"{join_root(path, root)}: warning: {why}: not read" for path, why in sorted(unread.items())
    ]


def _as_warning(problem: Problem) -> str:
    where = ""
    if (place := problem.place) is not None:
        path = join_root(place.file.path, place.file.root)
        where = f"{spot(path, place.line, place.column)}: "
    return "; ".join(part for part in (f"{where}warning: {problem.message}", problem.hint) if part)


def sources_of(project: Project) -> Sources:
    """What the meson.build files of a project's tree say; of the embedded tree its sources map.

    Raises KgenError if it has none.
    """
    if project.sources is not None:
        from kgen.project.code.mapped_code import mapped_code  # it needs msgspec

        return mapped_code(project.sources, project.model.declared())[0]
    tree = project.tree
    return _configured(project, tree_sources(tree, settings(tree), _mesons(tree)))


def _mesons(tree: Tree) -> list[str]:
    """All meson.build files of a tree that has none at its root; raises KgenError if it has none
    at all."""
    if tree.is_file(os.path.join(tree.root, "meson.build")):
        return []
    every = (os.path.relpath(path, tree.root).replace(os.sep, "/") for path in walk(tree))
    mesons = [path for path in every if path.rpartition("/")[2] == "meson.build"]
    if not mesons:
        hint = "--tree takes a whole QEMU checkout, whose meson.build files say what is built"
        raise fail(f"{tree.shown} has no meson.build", hint=hint, code="KG109")
    return mesons


def _configured(project: Project, sources: Sources) -> Sources:
    """For a build of which the options of a project say more."""
    known = project.options.configured
    return sources.configured(dict(known.options), known.defined, known.libraries)


def truth_of(
    project: Project,
    sources: Sources,
    outcomes: Sequence[Outcome],
    builds: Sequence[int] | None = None,
) -> LaneTruth:
    """Where conditions are true; bit i of a set of lanes is outcomes[i].

    builds: as for LaneTruth; None if all are built together.
    """
    known = settings(project.tree)
    symbols: dict[str, int] = {}
    features: dict[str, int] = {}
    emulators = []
    for bit, outcome in enumerate(outcomes):
        build = outcome.as_lane.build or project.options.of(outcome.target.name)
        found = known.get(outcome.target.name) or _described(outcome.target)
        emulators.append(Emulator(found, build.host_arch, build.host != "none"))
        resolution = outcome.resolution
        passed = passed_by(project.externals(resolution.model), "host")
        for symbol, lanes in resolution.values.items():
            if not lanes >> outcome.lane & 1:
                continue
            if symbol in passed:
                features[symbol] = features.get(symbol, 0) | 1 << bit
            # What is passed to Kconfig is not in the configuration that meson.build reads.
            if symbol in ACCELERATORS or not resolution.external.get(symbol, 0) >> outcome.lane & 1:
                symbols[symbol] = symbols.get(symbol, 0) | 1 << bit
        for symbol in passed:
            features.setdefault(symbol, 0)
    if builds is None:
        builds = ((1 << len(outcomes)) - 1,)
    return LaneTruth(sources, emulators, symbols, features, builds)


def _described(target: Target) -> dict[str, str]:
    """What a target's file would set, of one that a descriptor describes."""
    return {
        "NAME": target.name,
        "TARGET_NAME": target.name.removesuffix("-softmmu"),
        "TARGET_ARCH": target.architecture,
        "TARGET_BASE_ARCH": target.base_architecture,
    }


def code_map(project: Project, progress: Callable[[int], Any], every: bool = False) -> CodeMap:
    """Read the code of a project's tree; of the embedded one what its sources map says.

    progress: as for read_registry. every: with the outcomes that fail, whose symbols have no
    values; what does not depend on symbols is true of them, too. Raises KgenError for a tree
    without C sources or without targets of its own.
    """
    tree = project.tree
    outcomes = tuple(one for one in project.outcomes if every or not one.failed)
    if project.sources is not None:
        from kgen.project.code.mapped_code import mapped_code  # it needs msgspec

        sources, registry = mapped_code(project.sources, project.model.declared())
        built = dict.fromkeys(registry.files, ALWAYS)
    else:
        refuse_other_targets(tree, outcomes)
        sources, registry = _read(project, progress)
        built = {one.path: either(one.condition, one.archive) for one in sources.files}
    truth = truth_of(project, sources, outcomes)
    types = QomTypes(registry.files, built, truth.of)
    return CodeMap(
        outcomes, tree.shown, sources, registry, built, truth, types, _implied(project.model)
    )


def with_outcomes(
    map_: CodeMap, project: Project, outcomes: Sequence[Outcome], builds: Sequence[int]
) -> CodeMap:
    """The same code for other outcomes of the project's targets. builds: as for LaneTruth."""
    truth = truth_of(project, map_.sources, outcomes, builds)
    types = QomTypes(map_.registry.files, map_.built, truth.of)
    return map_._replace(outcomes=tuple(outcomes), truth=truth, types=types)


def _read(project: Project, progress: Callable[[int], Any]) -> tuple[Sources, Registry]:
    """What meson.build says, and what the C files register. Raises KgenError if that is nothing."""
    tree = project.tree
    with tree_sources_aside(tree, settings(tree), _mesons(tree)) as wait:
        found: list[Sources] = []

        def paths() -> Iterator[str]:
            found.append(_configured(project, wait()))
            for one in found[0].files:
                if not one.generated and one.path.endswith(".c"):
                    yield one.path

        registry = read_registry(tree, paths(), progress)
    if not any(one.types for one in registry.files.values()):
        nothing = no_sources("the tree has no C sources that register a device")
        raise KgenError(*found[0].problems, *nothing.problems)
    return found[0], registry


def refuse_other_targets(tree: Tree, outcomes: Iterable[Outcome]) -> None:
    """Raise KgenError if the tree does not say how the targets of the outcomes are built."""
    known = settings(tree)
    if not known or any(one.target.name not in known for one in outcomes):
        raise fail(
            "the tree has no targets of its own, so it is not known what is built for each",
            hint="--tree takes a QEMU checkout, whose targets are in its folder configs",
            code="KG421",
        )


def no_sources(message: str) -> KgenError:
    """The error for a tree without C sources, to be raised by the caller."""
    hint = "--tree takes a whole QEMU checkout; its Kconfig files alone are not enough"
    return fail(message, hint=hint, code="KG422")


def _implied(model: Model) -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    for clause in model.clauses:
        if clause.kind == "select" and clause.condition is None:
            found.setdefault(clause.symbol, set()).add(clause.target)
        elif clause.kind == "depends" and clause.condition is not None:
            parts = expr.conjuncts(clause.condition)
            names = {part[0] for part in parts if len(part) == 1}
            found.setdefault(clause.symbol, set()).update(names)
    return {symbol: frozenset(names) for symbol, names in found.items()}
