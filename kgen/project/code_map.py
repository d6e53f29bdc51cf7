"""What the C files of a project's tree register, for the lanes of its outcomes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kgen.code.conditions import either
from kgen.code.lane_truth import LaneTruth
from kgen.code.qom_types import QomTypes
from kgen.code.registry import LONGEST, Registry, read_registry
from kgen.code.sources import Sources, read_sources
from kgen.model import expr
from kgen.model.clauses import Model
from kgen.model.configurations import Outcome
from kgen.model.places import join_root, spot
from kgen.model.problems import fail
from kgen.model.record import Record
from kgen.project.load import Project
from kgen.targets.checkout import target_names, target_settings


class CodeMap(Record):
    """The code of a project's tree.

    outcomes: those that resolve; bit i of a set of lanes is outcomes[i]. root: the tree, as
    the user gave it. types: what they have. implied: for each symbol those that it selects or
    depends on, whatever else holds, directly.
    """

    outcomes: tuple[Outcome, ...]
    root: str
    sources: Sources
    registry: Registry
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
        lines += [
            f"{join_root(path, self.root)}: warning: longer than {LONGEST:,} bytes: not read"
            for path in self.registry.too_long
        ]
        return lines


def code_map(
    project: Project, rich: bool, host_arch: str, progress: Callable[[int], Any]
) -> CodeMap:
    """Read the code of a project's tree.

    rich: whether the host has the libraries that QEMU's build looks for. progress: as for
    read_registry. Raises KgenError for a tree without C sources or without targets of its own.
    """
    tree = project.tree
    known = {name: target_settings(tree, name) for name in target_names(tree)}
    outcomes = tuple(one for one in project.outcomes if not one.failed)
    if not known or any(one.target.name not in known for one in outcomes):
        raise fail(
            "the tree has no targets of its own, so it is not known what is built for each",
            hint="--tree takes a QEMU checkout, whose targets are in its folder configs",
            code="KG421",
        )
    sources = read_sources(tree, known.values())
    paths = [one.path for one in sources.files if not one.generated and one.path.endswith(".c")]
    registry = read_registry(tree, paths, progress)
    if not any(one.types for one in registry.files.values()):
        raise fail(
            "the tree has no C sources that register a device",
            hint="--tree takes a whole QEMU checkout; its Kconfig files alone are not enough",
            code="KG422",
        )
    symbols: dict[str, int] = {}
    for bit, one in enumerate(outcomes):
        for symbol in one.resolution.values:
            if one.value(symbol):
                symbols[symbol] = symbols.get(symbol, 0) | 1 << bit
    truth = LaneTruth(
        sources, [known[one.target.name] for one in outcomes], symbols, rich, host_arch
    )
    built = {one.path: either(one.condition, one.archive) for one in sources.files}
    types = QomTypes(registry.files, built, truth.of)
    return CodeMap(outcomes, tree.shown, sources, registry, truth, types, _implied(project.model))


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
