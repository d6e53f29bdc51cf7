"""Which symbols are device settings: those that users set in a devices file."""

from __future__ import annotations

from kgen.commands.sweep.scope import Scope
from kgen.targets.externals import externals


def device_settings(scope: Scope) -> tuple[str, ...]:
    """The names of boards, device groups and devices, sorted.

    These are the symbols that a `default y` or an `imply` turns on, so that a user may want them
    off, and those that the devices file sets. Symbols that boards only select, such as buses and
    chips, are not included. Nor are host features and accelerators: they are passed externally,
    and a build without them breaks if a devices file sets them.
    """
    given = {
        clause.target
        for clause in scope.model.clauses
        if clause.kind in ("default", "imply") and clause.value
    }
    given |= scope.lines.keys()
    given -= externals(scope.model).keys()
    return tuple(symbol for symbol in scope.free if symbol in given)
