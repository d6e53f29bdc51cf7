"""Which symbols are settings of devices: those that a person turns on or off in a devices file."""

from __future__ import annotations

from kgen.commands.sweep.scope import Scope
from kgen.targets.externals import externals


def device_settings(scope: Scope) -> tuple[str, ...]:
    """Boards, groups of devices and devices, by the clauses, sorted.

    That is what a `default y` or an `imply` turns on, so that a person may want it off, and
    what the devices file sets. Not what boards only select, like buses and chips. Nor host
    features and accelerators: they are passed from outside where there are any, and a build
    without them breaks if a devices file claims them.
    """
    given = {
        clause.target
        for clause in scope.model.clauses
        if clause.kind in ("default", "imply") and clause.value
    }
    given |= scope.lines.keys()
    given -= externals(scope.model).keys()
    return tuple(symbol for symbol in scope.free if symbol in given)
