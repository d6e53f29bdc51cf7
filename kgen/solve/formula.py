"""The configurations of a target as clauses for a SAT solver.

`resolve` evaluates given assignments; this module encodes all assignments at once: the models of
the formula are exactly the configurations that do not fail. It shares no code with `resolve`, and
the tests compare the two.

Each symbol has a literal that means "it is y". Each symbol that can be assigned has two more
variables: assigned y, assigned n (both, neither or one; both is a contradiction). With

    Y = assigned y, or a `select` of it holds       N = assigned n, or a `depends on` is false
    D = the value of the first `default` or `imply` that holds   (n if none holds)

the clauses of a symbol are: not both Y and N; it is y if and only if Y, or not N and D.
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
    """Clauses, and the meaning of the literals. Literals may be TRUE or -TRUE, or shared.

    variables: the number of variables. value: the symbol is y. yes, no: it is assigned y, n.
    fires: for each `select` (an index into Model.clauses): it forces y. unmet: for each symbol
    with a `depends on`: one of them is false. sound: for each relaxable symbol a variable; if it
    is false, the symbol may be forced both ways and have any value.
    """

    clauses: tuple[tuple[int, ...], ...]
    variables: int
    value: dict[str, int]
    yes: dict[str, int]
    no: dict[str, int]
    fires: dict[int, int]
    unmet: dict[str, int]
    sound: dict[str, int]

    def selects(self, model: Model, symbol: str) -> tuple[int, ...]:
        """The literals of the `select` lines of a symbol that can force it to y."""
        of = (i for i in model.by_symbol.forcing.get(symbol, ()) if i in self.fires)
        return tuple(self.fires[index] for index in of if self.fires[index] != -TRUE)


def formula(
    model: Model,
    free: Set[str],
    fixed: Mapping[str, Set[bool]],
    mode: Mode = "defconfig",
    relaxable: Set[str] = frozenset(),
) -> Formula:
    """The formula of all configurations of a model.

    free: symbols that can be assigned y or n. fixed: assignments of all configurations, in
    addition to the model's own. relaxable: see Formula.sound. For a dependency cycle the formula
    has models that no evaluation order gives.
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
    """The value of the first default that holds, or n; allnoconfig and allyesconfig replace it."""
    if mode != "defconfig":
        return TRUE if mode == "allyesconfig" else -TRUE
    result = -TRUE
    for holds, value in reversed(given):
        result = gates.any_of((holds, result)) if value else gates.all_of((-holds, result))
    return result
