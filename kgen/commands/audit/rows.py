"""The rows and columns of an audit. Plain data."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from kgen.model.configurations import Outcome, Resolution
from kgen.model.expr import Expr
from kgen.model.kinds import LOGICAL
from kgen.model.lanes import members, union
from kgen.model.places import Place
from kgen.model.record import Record

# What makes a glob of a text.
GLOB = re.compile(r"[*?\[]")

# The base of a number of each type.
BASES = {"int": 10, "hex": 16}


def comparable(text: str, kind: str) -> int | str:
    """A value as conditions compare it: a number of a symbol of type int or hex, else its text."""
    if kind not in BASES:
        return text
    try:
        return int(text, 16 if text.lower().startswith("0x") else BASES[kind])
    except ValueError:
        return text


class Block(Record):
    """A resolution and its lanes that are columns, as (lane, column), sorted by column.

    number: the index among all blocks of the matrix.
    """

    number: int
    resolution: Resolution
    columns: tuple[tuple[int, int], ...]


class Row(Record):
    """One symbol.

    Sets of configurations are bit masks: bit i is columns[i]. y: where the symbol is y, printed
    or passed externally; external: where it is passed externally. kind: one of
    model.kinds.KINDS, or TYPES. folder: where it is declared, like `hw/net`, "" for the tree's
    root. users: whether users choose its value; others follow from these. values: of standard
    Kconfig, where it has each value that is not n; y is all of these; None for QEMU's dialect.
    """

    symbol: str
    kind: str
    folder: str
    place: Place
    y: int
    external: int
    users: bool
    values: Mapping[str, int] | None = None

    @property
    def absent(self) -> str:
        """What it is where it has none of its values."""
        return "" if self.values is not None and self.kind not in LOGICAL else "n"

    def where(self, holds: Callable[[str, str], bool] | None) -> int:
        """The configurations in which a condition on its value (and kind) holds.

        Without a condition, those in which it is not n. Others may be columns that fail.
        """
        if holds is None:
            return self.y
        values = {"y": self.y} if self.values is None else self.values
        found = union(lanes for text, lanes in values.items() if holds(text, self.kind))
        return found | ~self.y if self.absent and holds(self.absent, self.kind) else found

    def by_value(self) -> dict[int | str, int]:
        """The configurations that have each value, as `comparable` makes it."""
        found: dict[int | str, int] = {}
        for text, lanes in ({"y": self.y} if self.values is None else self.values).items():
            key = comparable(text, self.kind)
            found[key] = found.get(key, 0) | lanes
        if self.absent:
            found[self.absent] = found.get(self.absent, 0) | ~self.y
        return found

    # What rows of devices and machines (`Named`) have, too.

    @property
    def key(self) -> str:
        """What no other row has, of whatever kind."""
        return self.symbol

    @property
    def of(self) -> str:
        """What it is a row of."""
        return "symbol"

    @property
    def aliases(self) -> tuple[str, ...]:
        """Other names: none."""
        return ()

    @property
    def maybe(self) -> int:
        """The configurations in which its value is not known: none."""
        return 0

    @property
    def printed(self) -> int:
        """The configurations whose `config-devices.mak` has the symbol."""
        return self.y & ~self.external


class Named(Record):
    """A device or a machine: a row beside those of symbols.

    of: `device` or `machine`. symbol: its name. aliases: other names of a machine. folder, place:
    where it is registered. needs: see devices.listing.Row. y: the configurations that surely have
    it; maybe: those of which that is not known. lacks: what it needs and lacks, with the
    configurations; ALWAYS where all that it needs is there, and its type cannot be created.
    """

    of: str
    symbol: str
    aliases: tuple[str, ...]
    folder: str
    place: Place
    needs: Expr
    y: int
    maybe: int
    lacks: tuple[tuple[Expr, int], ...]

    @property
    def kind(self) -> str:
        """One of model.kinds.NAMES."""
        return self.of

    # What rows of symbols (`Row`) have, too.

    @property
    def key(self) -> str:
        """The symbol that stands for the name, like `device:e1000`."""
        return f"{self.of}:{self.symbol}"

    @property
    def values(self) -> None:
        """It is there or not; there are no other values."""
        return None

    @property
    def absent(self) -> str:
        """What it is where it is not there."""
        return "n"

    def where(self, _holds: Callable[[str, str], bool] | None) -> int:
        """The configurations that surely have it."""
        return self.y


class Column(Record):
    """A configuration: the target's name, with `@VARIANT` for a variant; the target's alone."""

    name: str
    target: str


class Audit(Record):
    """The whole matrix: a column for each configuration, the variants of a target side by side.

    rows: sorted by symbol. failed: columns that cannot be configured; they have no values, so
    their bits are 0 in all rows. Of QEMU's dialect only, outcomes: that of each column; blocks: the
    columns grouped by resolution.
    """

    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    failed: int = 0
    outcomes: tuple[Outcome, ...] = ()
    blocks: tuple[Block, ...] = ()

    @property
    def fine(self) -> int:
        """The configurations that have values."""
        return ((1 << len(self.columns)) - 1) & ~self.failed

    def names(self, lanes: int) -> list[str]:
        """The names of these configurations, in column order."""
        return [self.columns[bit].name for bit in members(lanes)]

    def by_resolution(self, lanes: int) -> list[Block]:
        """The blocks with these columns only, sorted by their first column."""
        found = []
        for block in self.blocks:
            columns = tuple(pair for pair in block.columns if lanes >> pair[1] & 1)
            if columns:
                found.append(block._replace(columns=columns))
        return sorted(found, key=lambda block: block.columns[0][1])

    def differs(self, row: Row | Named) -> bool:
        """Whether configurations have different values."""
        return row.y != 0 and self.fine not in (row.values or {"y": row.y}).values()
