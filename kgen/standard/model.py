"""The model of a standard Kconfig tree: symbols, choices, expressions, and the outline of menus.

Everything refers to everything else by number: a symbol by its index in `symbols`, an expression
by its index in `expressions`. Equal expressions have one index, so each is evaluated once for all
lanes. The operands of an expression have lower indexes than the expression.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kgen.model.record import Record

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

# The types of a symbol; "" is that of a constant, and of a symbol that is not defined.
TYPES = ("", "bool", "tristate", "string", "int", "hex")

# The base in which a value of a type is a number; 0: its form says which, as in Python.
BASE = {"": 0, "string": 0, "int": 10, "hex": 16}

# Expressions that are always there.
N, M, Y = range(3)

# Kinds of expressions, the first item of each. CONSTANT: (CONSTANT, value, 0) with N, M or Y.
# VALUE_OF: a symbol as n, m or y. MODE_OF: the mode of a choice. IS_N: y where its operand is n.
# The relations compare two symbols.
CONSTANT, VALUE_OF, MODE_OF, AND, OR, NOT, IS_N = range(7)
EQUAL, UNEQUAL, LESS, LESS_EQUAL, GREATER, GREATER_EQUAL = RELATIONS = range(7, 13)

# The steps of an evaluation; see `Model.order`.
OF_EXPRESSION, OF_VISIBILITY, OF_VALUE, OF_MODE, OF_SELECTION = STEPS = range(5)

# The lines of a .config, in order; see `Model.outline`.
ENTRY, MENU, END_OF_MENU, COMMENT = range(4)

# A file, as an index into `Model.files`, and a line.
Spot = tuple[int, int]


class Prompt(Record):
    """A prompt and the expression under which it is visible, with all dependencies."""

    text: str
    condition: int
    spot: Spot


class Default(Record):
    """A default: an expression; of strings and numbers, and of a choice, that of a symbol."""

    value: int
    condition: int
    spot: Spot


class Range(Record):
    """The least and the greatest value of a number, both symbols."""

    low: int
    high: int
    condition: int
    spot: Spot


class Reverse(Record):
    """A `select` or `imply` of a symbol, noted with the symbol that it raises.

    by: the symbol whose entry has it; condition: that symbol, and all on which the clause depends.
    """

    by: int
    condition: int
    spot: Spot


class Symbol(Record):
    """A symbol, a constant, or a name that no entry defines.

    A constant has its text as its name. spots: those of its entries; none if it is not defined.
    choice: the choice that it is a member of, or -1. depends, selected, implied: expressions.
    automatic: as a string or number, it is never written. transitional: a value that is assigned
    counts though it has no prompt.
    """

    name: str
    type: str = ""
    spots: tuple[Spot, ...] = ()
    choice: int = -1
    prompts: tuple[Prompt, ...] = ()
    defaults: tuple[Default, ...] = ()
    ranges: tuple[Range, ...] = ()
    depends: int = N
    selected: int = N
    implied: int = N
    selected_by: tuple[Reverse, ...] = ()
    implied_by: tuple[Reverse, ...] = ()
    automatic: bool = False
    transitional: bool = False

    @property
    def logical(self) -> bool:
        """Whether its value is n, m or y."""
        return self.type in ("bool", "tristate")


class Choice(Record):
    """A choice: its members, symbols, in order. The values of its defaults are symbols. depends: an
    expression, without the conditions of its prompts."""

    name: str
    type: str
    members: tuple[int, ...]
    prompts: tuple[Prompt, ...]
    defaults: tuple[Default, ...]
    optional: bool
    spots: tuple[Spot, ...]
    depends: int = Y


class Model(Record):
    """A tree that was read.

    defined: the symbols with an entry, in the order of their first. modules: the symbol that
    allows m. order: the steps of an evaluation, (kind, index) as `kind + 5 * index`, each after
    all that it reads; the first `modules_end` steps are those that `modules` needs. outline: the
    lines of a .config, (kind, symbol or index in titles, condition). files: as paths relative to
    the tree's root. prefix: what a symbol's name begins with outside Kconfig files. verbatim:
    strings have no escapes there. heeds_n: n set to a member of a choice counts, and a choice needs
    no visible prompt, as since Linux 6.11. zeros: a number without a value is 0.
    """

    symbols: tuple[Symbol, ...]
    choices: tuple[Choice, ...]
    expressions: tuple[tuple[int, int, int], ...]
    defined: tuple[int, ...]
    modules: int
    order: tuple[int, ...]
    modules_end: int
    outline: tuple[tuple[int, int, int], ...]
    titles: tuple[str, ...]
    files: tuple[str, ...]
    prefix: str = "CONFIG_"
    verbatim: bool = False
    heeds_n: bool = False
    zeros: bool = False

    def without_value(self, type_: str) -> str:
        """The text of a string or number of this type that has neither a line nor a default."""
        return {"int": "0", "hex": "0x0"}.get(type_, "") if self.zeros else ""

    def numbers(self) -> dict[str, int]:
        """The number of each defined symbol, by name."""
        return {self.symbols[number].name: number for number in self.defined}


def prefix_of(environment: Mapping[str, str]) -> str:
    """What a symbol's name begins with outside Kconfig files, where a tree has these variables.

    Some trees, like Buildroot, have none: the name of the variable is that of Linux's program."""
    return environment.get("CONFIG_", "CONFIG_")


# (lanes with a value, lanes with at least m, lanes with y).
Logical = tuple[int, int, int]


class Assigned(Record):
    """The values that users give, by symbol or choice; lanes are bit sets.

    logical: of bool and tristate symbols. text: of the others, the lanes of each text. modes: of
    choices. members: of choices, the lanes in which each member was set to y last. latest: of
    choices where n counts, the lanes in which the last line of each member is the last one, the one
    before it, and so on.
    """

    lanes: int
    logical: Mapping[int, Logical]
    text: Mapping[int, Mapping[str, int]]
    modes: Mapping[int, Logical]
    members: Mapping[int, Mapping[int, int]]
    latest: Mapping[int, Sequence[Mapping[int, int]]] = {}
