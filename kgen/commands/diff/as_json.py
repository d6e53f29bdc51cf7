"""A diff as JSON data."""

from __future__ import annotations

from typing import Any

from kgen.commands.diff.diff import Cause, Diff
from kgen.commands.diff.names import WENT, NameChange
from kgen.project.side import Side


def as_data(diff: Diff) -> dict[str, Any]:
    """The diff as data; docs/diff.md describes the fields."""
    pairs = sorted((*diff.pairs, *diff.gone, *diff.new_targets))
    names = {} if diff.names is None else {"names": [_name(item) for item in diff.names]}
    return {
        "old": _side(diff.old),
        "new": _side(diff.new),
        "targets": {
            pair.target: {"gained": list(pair.gained), "lost": list(pair.lost)} for pair in pairs
        },
        "compared": {pair.target: pair.was for pair in diff.pairs},
        "only-old": [pair.target for pair in diff.gone],
        "only-new": [pair.target for pair in diff.new_targets],
        "failures": [{"side": side, "target": target} for side, target in diff.failed],
        "causes": [_cause(item) for item in diff.causes],
        "renames": [
            {
                "old": item.old,
                "new": item.new,
                "same": item.same,
                "of": item.of,
                "likeness": item.likeness,
                "file": item.file,
                "line": item.line,
            }
            for item in diff.renames
        ],
        **names,
    }


def _name(item: NameChange) -> dict[str, Any]:
    return {
        "of": item.of,
        "name": item.name,
        "change": item.change,
        "targets": list(item.targets),
        "was": item.was,
        "now": item.now,
        "needs": item.needs,
        "file": item.file,
        "line": item.line,
        "side": "old" if item.change == WENT else "new",
    }


def _side(side: Side) -> dict[str, Any]:
    return {
        "name": side.name,
        "version": side.version,
        "mode": side.mode,
        "targets": [item.target.name for item in side.outcomes],
    }


def _cause(item: Cause) -> dict[str, Any]:
    return {
        "symbol": item.symbol,
        "change": item.change,
        "targets": list(item.targets),
        "cause": item.cause,
        "of": item.of,
        "file": item.file or None,
        "line": item.line or None,
        "side": "old" if item.old else "new",
        "was": item.was,
        "now": item.now,
        "also": list(item.also),
        "alone": item.alone,
        "root": item.root,
    }
