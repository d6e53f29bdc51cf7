"""Which symbols a user is meant to set: boards, device groups and devices before all others."""

from __future__ import annotations

from kgen.model import Model


def prices(model: Model) -> dict[str, int]:
    """For each declared symbol 0 if it is a board, a device group or a device, else 1.

    After the five groups of QEMU's `docs/devel/kconfig.rst`: a group is `*_DEVICES`; a device
    has a default or is implied; a board selects others and nothing selects or implies it.
    """
    defaulted = {
        clause.target
        for clause in model.clauses
        if clause.kind == "imply" or (clause.kind == "default" and clause.value)
    }
    selected = {clause.target for clause in model.clauses if clause.kind == "select"}
    selecting = {clause.symbol for clause in model.clauses if clause.kind == "select"}
    boards = selecting - selected
    return {
        entry.symbol: int(
            not (
                entry.symbol.endswith("_DEVICES")
                or entry.symbol in defaulted
                or entry.symbol in boards
            )
        )
        for entry in model.entries
    }
