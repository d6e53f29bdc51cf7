"""A migrated device list as JSON data."""

from __future__ import annotations

from typing import Any

from kgen.commands.diff import as_json
from kgen.commands.migrate.migrate import Migrated
from kgen.model.clauses import letter


def as_data(migrated: Migrated, output: str | None) -> dict[str, Any]:
    """The result as data. output: the file of the new list; without one, `text` has the list."""
    return {
        "file": output,
        "text": migrated.text if output is None else None,
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
        "diff": as_json.as_data(migrated.diff),
    }
