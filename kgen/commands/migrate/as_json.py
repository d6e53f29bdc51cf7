"""What became of a device list, for programs."""

from __future__ import annotations

from typing import Any

from kgen.commands.diff import as_json
from kgen.commands.migrate.migrate import Migrated
from kgen.model.clauses import letter


def as_data(found: Migrated, output: str | None) -> dict[str, Any]:
    """The same for scripts; `text` is the new list where it went into no file."""
    return {
        "file": output,
        "text": found.text if output is None else None,
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
            for item in found.told
        ],
        "diff": as_json.as_data(found.diff),
    }
