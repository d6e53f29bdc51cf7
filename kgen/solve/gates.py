"""Clauses that define literals for conjunctions, disjunctions and expressions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from kgen.model.expr import Expr, fold

TRUE = 1  # the literal that is always true


class Gates:
    """Tseitin encoding: clauses that define a literal for each distinct conjunction."""

    def __init__(self) -> None:
        self.clauses: list[tuple[int, ...]] = [(TRUE,)]
        self.variables = TRUE
        self._known: dict[tuple[int, ...], int] = {}
        self._inputs: dict[int, tuple[int, ...]] = {}

    def variable(self) -> int:
        self.variables += 1
        return self.variables

    def add(self, *literals: int) -> None:
        """Add a clause, without literals that are always false; none if it is always true."""
        if TRUE not in literals:
            self.clauses.append(tuple(item for item in literals if item != -TRUE))

    def all_of(self, literals: Iterable[int]) -> int:
        """A literal that is true if and only if all of these are."""
        wanted = {item for item in literals if item != TRUE}
        if -TRUE in wanted or any(-item in wanted for item in wanted):
            return -TRUE
        if len(wanted) < 2:
            return wanted.pop() if wanted else TRUE
        key = tuple(sorted(wanted))
        gate = self._known.get(key)
        if gate is None:
            gate = self._known[key] = self.variable()
            self._inputs[gate] = key
            self.clauses.extend((-gate, item) for item in key)
            self.clauses.append((gate, *(-item for item in key)))
        return gate

    def any_of(self, literals: Iterable[int]) -> int:
        """A literal that is true if and only if at least one of these is."""
        return -self.all_of(-item for item in literals)

    def defining(self, literals: Iterable[int], known: set[int]) -> Iterator[tuple[int, ...]]:
        """The clauses of the gates that these literals rest on. known: gates whose clauses the
        caller has; those that are yielded are added."""
        stack = [abs(literal) for literal in literals]
        while stack:
            gate = stack.pop()
            key = self._inputs.get(gate)
            if key is None or gate in known:
                continue
            known.add(gate)
            yield from ((-gate, item) for item in key)
            yield (gate, *(-item for item in key))
            stack += map(abs, key)

    def inputs(self, literal: int) -> tuple[int, ...]:
        """What a literal is the conjunction of; () if it is of nothing."""
        return self._inputs.get(literal, ())

    def expression(self, expr: Expr, value: Mapping[str, int]) -> int:
        """A literal that is true if and only if the expression is. value: the symbols' literals."""
        return fold(
            expr,
            value.__getitem__,
            int.__neg__,
            lambda left, right: self.all_of((left, right)),
            lambda left, right: self.any_of((left, right)),
        )
