"""What a template sees: a resolved project as plain dictionaries, lists and strings."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from kgen.model.clauses import letter
from kgen.model.configurations import Outcome
from kgen.project.load import Project

TYPE_CHECKING = False
if TYPE_CHECKING:
    from kgen.targets.sources_map import Source  # it imports msgspec


def context(project: Project, sources: Sequence[Source]) -> dict[str, Any]:
    """The variables of every template, as `docs/templates.md` describes them."""
    printed = {
        outcome.name: symbols
        for group in project.groups
        for outcome, symbols in zip(group.outcomes, group.resolution.all_printed(), strict=True)
    }
    return {
        "mode": project.mode,
        "symbols": sorted({entry.symbol for entry in project.model.entries}),
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
        "symbols": symbols,
        "external": {name: letter(value) for name, value in outcome.external()},
    }
