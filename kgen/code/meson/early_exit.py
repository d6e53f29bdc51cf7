"""How a block of a meson.build was left before its end."""

from __future__ import annotations

from kgen.code.conditions import NEVER, both, either
from kgen.model.expr import Expr
from kgen.model.record import Record


class Left(Record):
    """The conditions under which a block was left before its end.

    turn: with `continue`. loop: with `break`. file: with `subdir_done()`. failed: whether it ends
    in an error, so that nothing that comes after it matters.
    """

    turn: Expr = NEVER
    loop: Expr = NEVER
    file: Expr = NEVER
    failed: bool = False

    def any(self) -> Expr:
        """The condition under which it was left in any way."""
        return either(self.turn, self.loop, self.file)

    def under(self, condition: Expr) -> Left:
        """The same of a block that is run under a condition."""
        return self._replace(
            turn=both(condition, self.turn),
            loop=both(condition, self.loop),
            file=both(condition, self.file),
        )

    def also(self, other: Left) -> Left:
        """Left in the one way or the other."""
        return Left(
            either(self.turn, other.turn),
            either(self.loop, other.loop),
            either(self.file, other.file),
            self.failed or other.failed,
        )
