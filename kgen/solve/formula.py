"""The configurations of a target as clauses for a SAT solver.

What `resolve` works out for given assignments is said here once for all assignments: a formula
whose models are exactly the configurations that do not fail. It shares no code with `resolve`;
that each is right is tested against the other.

For each symbol there is a literal that says that it is y, and for each that may be assigned two
variables: assigned y, assigned n (both, neither, or one; both is a contradiction). With

    Y = assigned y, or a `select` of it holds       N = assigned n, or a `depends on` is false
    D = what its first `default` or `imply` gives   (n if none holds)

a symbol's clauses are: not both Y and N; and it is y exactly where Y, or neither Y nor N and D.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from typing import TYPE_CHECKING

from kgen.model.clauses import Model
from kgen.model.record import Record
from kgen.solve.gates import TRUE, Gates

if TYPE_CHECKING:
    from kgen.model.configurations import Mode


class Formula(Record):
    """Clauses, and which literal says what. Literals may be TRUE or -TRUE, or shared.

    value: the symbol is y. yes, no: it is assigned y, n. fires: for each `select` (an index
    into the model's clauses) that it forces y. unmet: for each symbol with a `depends on` that
    one of them is false. sound: for each relaxable symbol a variable; while it is false, the
    symbol may be forced both ways and have any value.
    """

    clauses: tuple[tuple[int, ...], ...]
    variables: int
    value: dict[str, int]
    yes: dict[str, int]
    no: dict[str, int]
    fires: dict[int, int]
    unmet: dict[str, int]
    sound: dict[str, int]


def formula(
    model: Model,
    free: Set[str],
    fixed: Mapping[str, Set[bool]],
    mode: Mode = "defconfig",
    relaxable: Set[str] = frozenset(),
) -> Formula:
    """The formula of all configurations of a model.

    free: symbols that may be assigned either way. fixed: what is assigned in every one of the
    configurations; the model's own assignments are added. relaxable: see Formula.sound. Where
    symbols need each other in a circle, the formula has models that no order of resolving gives.
    """
    assigned = {symbol: set(values) for symbol, values in fixed.items()}
    for item in model.assignments:
        assigned.setdefault(item.symbol, set()).add(item.value)
    symbols = list(dict.fromkeys((*model.mentions, *assigned)))
    gates = Gates()
    value = {symbol: gates.variable() for symbol in symbols}
    yes = {symbol: gates.variable() for symbol in symbols if symbol in free}
    no = {symbol: gates.variable() for symbol in symbols if symbol in free}
    sound = {symbol: gates.variable() for symbol in symbols if symbol in relaxable}
    forced: dict[str, tuple[list[int], list[int]]] = {symbol: ([], []) for symbol in symbols}
    given: dict[str, list[tuple[int, bool]]] = {}
    fires: dict[int, int] = {}
    unmet: dict[str, int] = {}
    for index, clause in enumerate(model.clauses):
        holds = TRUE if clause.condition is None else gates.expression(clause.condition, value)
        if clause.kind == "depends":
            forced[clause.symbol][1].append(-holds)
            continue
        if clause.kind != "default":
            holds = gates.all_of((value[clause.symbol], holds))
        if clause.kind == "select":
            fires[index] = holds
            forced[clause.target][0].append(holds)
        else:
            given.setdefault(clause.target, []).append((holds, clause.value))
    for symbol in symbols:
        must, must_not = forced[symbol]
        if must_not:
            unmet[symbol] = gates.any_of(must_not)
        if symbol in yes:
            must.append(yes[symbol])
            must_not.append(no[symbol])
        own = assigned.get(symbol, set())
        y = gates.any_of([*must, TRUE] if True in own else must)
        n = gates.any_of([*must_not, TRUE] if False in own else must_not)
        default = _default(gates, given.get(symbol, ()), mode)
        right = gates.any_of((y, gates.all_of((-n, default))))
        guard = (-sound[symbol],) if symbol in sound else ()
        gates.add(-y, -n, *guard)
        gates.add(-value[symbol], right, *guard)
        gates.add(value[symbol], -right, *guard)
    return Formula(tuple(gates.clauses), gates.variables, value, yes, no, fires, unmet, sound)


def _default(gates: Gates, given: Sequence[tuple[int, bool]], mode: Mode) -> int:
    """What the first default that holds gives, or n; allnoconfig and allyesconfig replace it."""
    if mode != "defconfig":
        return TRUE if mode == "allyesconfig" else -TRUE
    result = -TRUE
    for holds, value in reversed(given):
        result = gates.any_of((holds, result)) if value else gates.all_of((-holds, result))
    return result
