"""The variables of templates: a resolved project as dictionaries, lists and strings."""

from __future__ import annotations

from collections.abc import Sequence

from kgen.model.clauses import letter
from kgen.model.configurations import Outcome
from kgen.project.load import Project

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    # Importing it imports msgspec, which is slow.
    from kgen.targets.sources_map import Source


def context(project: Project, sources: Sequence[Source]) -> dict[str, Any]:
    """The variables of every template, as `docs/templates.md` describes them."""
    printed = {
        outcome.name: symbols
        for group in project.groups
        for outcome, symbols in zip(group.outcomes, group.resolution.all_printed(), strict=True)
    }
    return {
        "mode": project.mode,
        "symbols": sorted(project.model.declared()),
        "targets": [_target(outcome, printed[outcome.name]) for outcome in project.outcomes],
        "sources": [{"when": list(rule.when), "files": list(rule.files)} for rule in sources],
    }


def _target(outcome: Outcome, symbols: list[str]) -> dict[str, Any]:
    target = outcome.target
    return {
        "name": target.name,
        "architecture": target.architecture,
        "base_architecture": target.base_architecture,
        "endianness": "big" if target.big_endian else "little",
        "word_size": target.word_size,
        "mode": outcome.as_lane.mode,
        "symbols": symbols,
        "external": {name: letter(value) for name, value in outcome.external()},
    }
