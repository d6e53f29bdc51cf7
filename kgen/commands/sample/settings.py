"""What samples vary: device settings, which users set in a devices file, and names."""

from __future__ import annotations

from kgen.commands.sweep.scope import Scope
from kgen.model.clauses import of_code
from kgen.model.expr import Expr
from kgen.targets.externals import externals


def names_of(scope: Scope) -> dict[str, tuple[str, ...]]:
    """Devices and machines whose pairs are to be covered: one for all that need the same.

    With each the symbols that it cannot do without. The scope's model has a symbol for each name.
    """
    needs: dict[str, list[Expr]] = {
        entry.symbol: [] for entry in scope.model.entries if of_code(entry.symbol)
    }
    for clause in scope.model.clauses:
        if clause.kind == "depends" and clause.symbol in needs and clause.condition is not None:
            needs[clause.symbol].append(clause.condition)
    alike: dict[tuple[Expr, ...], str] = {}
    for name, parts in needs.items():
        alike.setdefault(tuple(parts), name)
    return {
        name: tuple(part[0] for part in parts if len(part) == 1 and not of_code(part[0]))
        for parts, name in alike.items()
    }


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
