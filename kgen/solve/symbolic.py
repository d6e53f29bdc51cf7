"""Sets of lanes that are formulas: the resolver of standard Kconfig, run on them, writes a formula.

A resolver combines sets of lanes with `&`, `|`, `^` and `~`, and asks of one only whether it is
empty, to save work. So what it computes for one lane whose assignments are not known is the formula
of that lane's values: there is no second copy of its rules.
"""

from __future__ import annotations

from kgen.solve.gates import TRUE, Gates


class Bit(int):
    """A literal of a formula in the place of a set of lanes, of which there is one.

    The sets without and with that lane stay the plain 0 and 1: a literal that is always false or
    true is never a Bit. Of other integers the lowest bit counts, as in `~0`.
    """

    gates: Gates

    def __and__(self, other: int) -> int:
        if not isinstance(other, Bit):
            return self if other & 1 else 0
        return made(self.gates, self.gates.all_of((int(self), int(other))))

    def __or__(self, other: int) -> int:
        if not isinstance(other, Bit):
            return 1 if other & 1 else self
        return made(self.gates, self.gates.any_of((int(self), int(other))))

    def __xor__(self, other: int) -> int:
        if not isinstance(other, Bit):
            return ~self if other & 1 else self
        one, two = int(self), int(other)
        if one in self.gates.inputs(two):  # a set without a part of it
            return self & ~other
        if two in self.gates.inputs(one):
            return other & ~self
        return (self & ~other) | (~self & other)

    def __invert__(self) -> int:
        return made(self.gates, -int(self))

    __rand__ = __and__
    __ror__ = __or__
    __rxor__ = __xor__


def made(gates: Gates, literal: int) -> int:
    """The set of lanes of a literal."""
    if literal in (TRUE, -TRUE):
        return int(literal == TRUE)
    bit = Bit(literal)
    bit.gates = gates
    return bit


def variable(gates: Gates) -> Bit:
    """A set of which nothing is known."""
    bit = Bit(gates.variable())
    bit.gates = gates
    return bit
