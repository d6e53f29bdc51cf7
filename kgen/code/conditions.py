"""Conditions under which a file is built, or a part of a file compiled.

A condition is a `kgen.model.expr.Expr` over these atoms:

| atom                | true where                                                                |
|---------------------|---------------------------------------------------------------------------|
| `VIRTIO_PCI`        | the symbol is y in the target's configuration                             |
| `host:NAME`         | a fact of the host, or of the options of configure: `host:linux`          |
| `target:KEY`        | the target's file in configs/targets, or the build, sets the key          |
| `arch:NAME`         | the target takes the folders of this architecture in hw/ and target/      |
| `any:SYMBOL`        | the symbol is y for one of the targets that are built together            |
| `macro:NAME`        | C defines the macro; `lane_truth.py` resolves it to one of the above      |
| `unknown:FILE:LINE` | not known: what stands there was not understood                           |
| `const:y`           | always; `const:n`: never                                                  |

A symbol's name has no colon, so no symbol is taken for another atom. Conditions are made with
`both`, `either` and `inverted`, which simplify: they keep the order of the parts, leave out a part
that says nothing new, and notice a part beside its opposite. What an atom means is not used.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache

from kgen.model import expr
from kgen.model.expr import AND, NOT, OR, Expr

ALWAYS: Expr = ("const:y",)

NEVER: Expr = ("const:n",)

# Items of the longest condition that is kept. Those of QEMU have fewer than a hundred. Without a
# limit an `elif` with n branches would need memory in the order of n squared.
LIMIT = 1 << 10


def atom(name: str) -> Expr:
    """The condition of one atom."""
    return (name,)


def unknown(path: str, line: int) -> Expr:
    """A condition that is not understood. path, line: where it stands, from the tree's root."""
    return (f"unknown:{path}:{line}",)


def inverted(condition: Expr) -> Expr:
    """True where the condition is false."""
    if condition == ALWAYS:
        return NEVER
    if condition == NEVER:
        return ALWAYS
    return condition[:-1] if condition[-1] == NOT else (*condition, NOT)


def both(*conditions: Expr) -> Expr:
    """True where all of them are true; ALWAYS of none."""
    if len(conditions) == 2:  # the most frequent calls, without making a list
        left, right = conditions
        if left in (ALWAYS, right):
            return right
        if right == ALWAYS:
            return left
    return _joined(conditions, AND, OR, ALWAYS, NEVER)


def either(*conditions: Expr) -> Expr:
    """True where one of them is true; NEVER of none."""
    return _joined(conditions, OR, AND, NEVER, ALWAYS)


@lru_cache(maxsize=1 << 15)
def _joined(
    conditions: Iterable[Expr], operator: str, other: str, neutral: Expr, decided: Expr
) -> Expr:
    """The conditions with an operator between them.

    neutral: leaves the others as they are. decided: settles the result, whatever the others are.
    other: the other operator.
    """
    parts: dict[Expr, None] = {}
    for condition in conditions:
        if condition == decided:
            return decided
        if condition != neutral:
            parts.update(dict.fromkeys(operands(condition, operator)))
    if len(parts) > 1:
        for part in parts:
            if part[-1] == NOT and all(one in parts for one in operands(part[:-1], operator)):
                return decided
        parts = _needed(parts, other)
    items: list[str] = []
    for part in parts:
        items += (*part, operator) if items else part
    return tuple(items) if items else neutral


# To compare each part with each other one takes too long for more.
_FEW = 16


def _needed(parts: dict[Expr, None], other: str) -> dict[Expr, None]:
    """The parts that no other one makes superfluous: A && (A || B) is A, A || A && B is A."""
    if all(part[-1] != other for part in parts):
        return parts
    inner = {part: frozenset(operands(part, other)) for part in parts}
    if len(parts) > _FEW:
        return {
            part: None for part in parts if inner[part] == {part} or not parts.keys() & inner[part]
        }
    return {part: None for part in parts if not any(inner[one] < inner[part] for one in parts)}


@lru_cache(maxsize=1 << 14)
def operands(condition: Expr, operator: str) -> tuple[Expr, ...]:
    """What stands between the top-level operators AND, or OR, from left to right."""
    if condition[-1] != operator:
        return (condition,)
    begins = expr.part_begins(condition)
    found = []
    stack = [len(condition) - 1]
    while stack:
        at = stack.pop()
        if condition[at] == operator:
            stack += (begins[at - 1] - 1, at - 1)
            stack[-2:] = stack[-1], stack[-2]
        else:
            found.append(condition[begins[at] : at + 1])
    return tuple(found)


def limited(condition: Expr, path: str, line: int) -> Expr:
    """The condition, or if it is longer than LIMIT an unknown one of that place."""
    return condition if len(condition) <= LIMIT else unknown(path, line)


def replaced(condition: Expr, atoms: Mapping[str, Expr]) -> Expr:
    """The condition with some of its atoms replaced by conditions."""
    return expr.fold(condition, lambda name: atoms.get(name, (name,)), inverted, both, either)


def unknowns(condition: Expr) -> frozenset[str]:
    """The atoms of what was not understood."""
    return frozenset(name for name in expr.names(condition) if name.startswith("unknown:"))


def text(condition: Expr) -> str:
    """The condition for a reader: `always`, `never`, or with C's operators."""
    if condition == ALWAYS:
        return "always"
    return "never" if condition == NEVER else expr.text(condition)


class Truth:
    """Evaluates conditions for all lanes at once, with a third value for what is not known.

    values: for each atom that is known a pair of bit sets: the lanes in which it is surely true,
    and those in which it is possibly true (which include the first). An atom that is missing is
    possibly true everywhere. everywhere: the set of all lanes.
    """

    def __init__(self, values: Mapping[str, tuple[int, int]], everywhere: int) -> None:
        self._values = values
        self._everywhere = everywhere
        self._done: dict[Expr, tuple[int, int]] = {}

    def of(self, condition: Expr) -> tuple[int, int]:
        """The lanes in which the condition is surely true, and those in which it possibly is."""
        found = self._done.get(condition)
        if found is None:
            found = expr.fold(condition, self._leaf, self._inverted, _and, _or)
            self._done[condition] = found
        return found

    def _leaf(self, name: str) -> tuple[int, int]:
        if name.startswith("const:"):
            return (self._everywhere,) * 2 if name == ALWAYS[0] else (0, 0)
        return self._values.get(name, (0, self._everywhere))

    def _inverted(self, value: tuple[int, int]) -> tuple[int, int]:
        return self._everywhere ^ value[1], self._everywhere ^ value[0]


def _and(left: tuple[int, int], right: tuple[int, int]) -> tuple[int, int]:
    return left[0] & right[0], left[1] & right[1]


def _or(left: tuple[int, int], right: tuple[int, int]) -> tuple[int, int]:
    return left[0] | right[0], left[1] | right[1]
