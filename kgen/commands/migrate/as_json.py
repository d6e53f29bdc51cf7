"""Migrated device lists as JSON data."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from kgen.commands.diff import as_json
from kgen.commands.migrate.migrate import Migrated
from kgen.model.clauses import letter


def as_data(migrated: Sequence[Migrated], output: str | None) -> dict[str, Any]:
    """The result as data; of several lists each below `lists`.

    output: the file of the new list; without one, `text` has the list.
    """
    if len(migrated) == 1:
        return _as_data(migrated[0], output)
    return {"lists": [_as_data(item, output) for item in migrated]}


def _as_data(migrated: Migrated, output: str | None) -> dict[str, Any]:
    list_, *others = migrated.files
    return {
        "list": list_.shown,
        "changed": bool(migrated.changed()),
        "file": output,
        "text": list_.now if output is None else None,
        "included": [
            {"file": file.shown, "changed": file.was != file.now, "text": file.now}
            for file in others
        ],
        "changes": [
            {
                "kind": item.kind,
                "symbol": item.symbol,
                "value": letter(item.value),
                "instead": item.instead,
                "list": item.list or None,
                "line": item.line or None,
                "cause": item.why,
                "file": item.file or None,
                "place": item.place or None,
                "side": "old" if item.old else "new",
                "with": list(item.with_),
            }
            for item in migrated.changes
        ],
        "taken-in": [
            {"list": item.shown, "line": item.line, "name": item.name} for item in migrated.taken_in
        ],
        "diff": as_json.as_data(migrated.diff),
    }
