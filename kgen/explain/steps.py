"""Why each symbol has its value, in every lane: the clauses that decided, from a resolution.

Nothing is evaluated again: `Resolution.decided` has the lanes in which a clause gave its symbol
the value, so reasons always agree with the result. This module adds the facts (values of other
symbols) that made a clause decide, and the clauses that could have decided but did not.
"""

from __future__ import annotations

from collections.abc import Mapping

from kgen.explain.bounds import AllBounds
from kgen.explain.support import Fact, support
from kgen.model.clauses import Assignment, Clause, reads
from kgen.model.configurations import Resolution
from kgen.model.lanes import flagged
from kgen.model.order import order_of
from kgen.model.record import Record
from kgen.resolve.clashes import settled
from kgen.resolve.task import make_task

# assigned, selected and depends force a value; several of them may apply at once. If none does,
# the first default or implied decides. If none of those holds, the symbol is unset: n, or y in
# allyesconfig.
STEP_KINDS = ("assigned", "selected", "depends", "default", "implied", "unset")


_KIND = {"select": "selected", "depends": "depends", "default": "default", "imply": "implied"}


class Step(Record):
    """A clause or assignment that gives a symbol its value in some lanes (a bit set).

    clause: an index into Model.clauses. needs: the facts that make the clause decide. held: False
    for a clause that does not decide; needs then has the facts that prevent it.
    """

    symbol: str
    value: bool
    kind: str
    lanes: int
    clause: int | None = None
    assignment: Assignment | None = None
    needs: tuple[Fact, ...] = ()
    held: bool = True


class Explanation(Record):
    """Why a symbol has its value in one lane: an acyclic graph that contains each fact once.

    steps: for the symbol and all symbols that its reasons use, in order of appearance, what gives
    the value. missed: for symbols that are n without being forced, the clauses that could have
    given a y. overtaken: defaults that hold but are overridden by an earlier one. allowed: if the
    symbol is y by a default or imply, its `depends on`, which all hold.
    """

    symbol: str
    lane: int
    values: Mapping[str, bool]
    steps: Mapping[str, tuple[Step, ...]]
    missed: Mapping[str, tuple[Step, ...]]
    overtaken: Mapping[str, tuple[Step, ...]]
    allowed: tuple[Step, ...] = ()


class Reasons:
    """The reasons of one resolution. Create it once for several symbols."""

    def __init__(self, resolution: Resolution) -> None:
        self.resolution = resolution
        self.everywhere = (1 << len(resolution.lanes)) - 1
        self._forcing = resolution.model.by_symbol.forcing
        self._giving = resolution.model.by_symbol.giving
        # The lanes in which a default gives its own value; elsewhere the mode gives n or y.
        modes = [lane.mode for lane in resolution.lanes]
        self._plain = flagged(mode in ("defconfig", "randconfig") for mode in modes)
        self._yes = flagged(mode == "allyesconfig" for mode in modes)
        self._assigned = _assigned(resolution, self.everywhere)
        self._bounds: AllBounds | None = None
        self._true: Mapping[str, int] = resolution.values
        self._unknown: Mapping[str, int] = {}
        if resolution.failed:
            self._find_known_values()

    def _find_known_values(self) -> None:
        """In lanes that fail, only values that are known in spite of it are used as reasons."""
        task = make_task(self.resolution.model, self.resolution.lanes)
        order, acyclic = order_of(task.model.by_symbol.readers, task.symbols)
        if acyclic:
            known = settled(task, order)[1]
        else:
            from kgen.resolve.cyclic import known_values  # no release of QEMU needs it

            known = known_values(task)
        self._true = {symbol: value.true for symbol, value in known.items()}
        self._unknown = {
            symbol: self.everywhere & ~(value.true | value.false) for symbol, value in known.items()
        }

    @property
    def bounds(self) -> AllBounds:
        """The bounds of the lanes."""
        if self._bounds is None:
            self._bounds = AllBounds(self.resolution)
        return self._bounds

    def known(self, symbol: str) -> tuple[int, int]:
        """The lanes in which a symbol is known to be y, and those in which it is known to be n."""
        true, unknown = self._true.get(symbol, 0), self._unknown.get(symbol, 0)
        return true & ~unknown, self.everywhere & ~(true | unknown)

    def value(self, symbol: str, lane: int) -> bool:
        """The symbol's value in one lane."""
        return bool(self._true.get(symbol, 0) >> lane & 1)

    def steps(self, symbol: str, lanes: int | None = None) -> tuple[Step, ...]:
        """The steps that give a symbol its value, in these lanes or in all; in lanes that fail
        only where the value is known.

        Several steps may share lanes; each is sufficient on its own. Order: assignments, then
        forcing clauses in textual order, then defaults and implies in textual order.
        """
        yes, no = self.known(symbol)
        asked = (yes | no) if lanes is None else (yes | no) & lanes
        steps: list[Step] = []
        settled_in = 0
        for item, where in self._assigned.get(symbol, ()):
            where &= asked & (yes if item.value else no)
            if where:
                settled_in |= where
                steps.append(Step(symbol, item.value, "assigned", where, assignment=item))
        for index in self._forcing.get(symbol, ()):
            clause = self._clause(index)
            value = clause.kind == "select"
            where = self.resolution.decided[index] & asked & (yes if value else no)
            for part in self.because(index, where, value):
                settled_in |= part.lanes
                steps.append(part)
        for index in self._giving.get(symbol, ()):
            where = self.resolution.decided[index] & asked & ~settled_in
            for value, mask in ((True, where & yes), (False, where & no)):
                steps += self.because(index, mask, value)
            settled_in |= where
        for value, mask in ((True, asked & yes), (False, asked & no)):
            if mask & ~settled_in:
                steps.append(Step(symbol, value, "unset", mask & ~settled_in))
        return tuple(steps)

    def because(self, index: int, lanes: int, value: bool) -> list[Step]:
        """The steps of a clause that decided in these lanes; one step for each set of facts."""
        if not lanes:
            return []
        clause = self._clause(index)
        holds = clause.kind != "depends"
        parts = support(_selector_first(clause), holds, lanes, self.known)
        return [
            Step(clause.target, value, _KIND[clause.kind], where, index, None, facts)
            for where, facts in parts
        ]

    def missed(self, symbol: str, lanes: int) -> tuple[Step, ...]:
        """The clauses that would give a y in these lanes if they held, and why they do not.

        In lanes where a default decided, later defaults are not included.
        """
        steps: list[Step] = []
        open_ = lanes & (self._plain | self._yes)
        for index in self.resolution.model.about(symbol):
            clause = self._clause(index)
            if clause.kind == "depends":
                continue
            where = lanes
            if clause.kind != "select":
                open_ &= ~self.resolution.decided[index]
                where = open_ if clause.value else open_ & self._yes
            for part, facts in support(_selector_first(clause), False, where, self.known):
                kind = _KIND[clause.kind]
                steps.append(Step(symbol, True, kind, part, index, None, facts, held=False))
        return tuple(steps)

    def overtaken(self, symbol: str, lanes: int) -> tuple[Step, ...]:
        """Defaults that hold in these lanes and would give another value, but do not decide."""
        steps: list[Step] = []
        for index in self._giving.get(symbol, ()):
            clause = self._clause(index)
            yes, no = self.known(symbol)
            other = lanes & self._plain & (no if clause.value else yes)
            other &= ~self.resolution.decided[index]
            for where, facts in support(_selector_first(clause), True, other, self.known):
                kind = _KIND[clause.kind]
                steps.append(
                    Step(symbol, clause.value, kind, where, index, None, facts, held=False)
                )
        return tuple(steps)

    def holding(self, symbol: str, lanes: int) -> tuple[Step, ...]:
        """The `depends on` of a symbol that hold in these lanes (and so do not decide)."""
        steps: list[Step] = []
        for index in self._forcing.get(symbol, ()):
            clause = self._clause(index)
            if clause.kind == "depends":
                for where, facts in support(reads(clause), True, lanes, self.known):
                    step = Step(symbol, True, "depends", where, index, None, facts)
                    steps.append(step)
        return tuple(steps)

    def explain(self, symbol: str, lane: int) -> Explanation:
        """The complete explanation of a symbol's value in one lane."""
        return self.explain_steps(symbol, self.steps(symbol, 1 << lane), lane)

    def explain_steps(self, symbol: str, first: tuple[Step, ...], lane: int) -> Explanation:
        """Like `explain`, starting from given steps of the symbol."""
        bit = 1 << lane
        allowed: tuple[Step, ...] = ()
        if first and first[0].value and first[0].kind not in ("selected", "assigned"):
            allowed = self.holding(symbol, bit)
        steps: dict[str, tuple[Step, ...]] = {symbol: first}
        missed: dict[str, tuple[Step, ...]] = {}
        overtaken: dict[str, tuple[Step, ...]] = {}
        queue = [symbol]
        for name in queue:
            if name != symbol:
                steps[name] = self.steps(name, bit)
            own = steps[name]
            if any(step.kind in ("default", "implied", "unset") for step in own):
                overtaken[name] = self.overtaken(name, bit)
                if not own[0].value:
                    missed[name] = self.missed(name, bit)
            also = allowed if name == symbol else ()
            for step in (*own, *missed.get(name, ()), *also):
                for needed, _ in step.needs:
                    if needed not in steps:
                        steps[needed] = ()
                        queue.append(needed)
        values = {name: self.value(name, lane) for name in steps}
        return Explanation(symbol, lane, values, steps, missed, overtaken, allowed)

    def everything(self) -> dict[str, tuple[Step, ...]]:
        """The steps of all symbols in all lanes, sorted by symbol."""
        return {symbol: self.steps(symbol) for symbol in sorted(self.resolution.values)}

    def assignments(self, symbol: str) -> list[tuple[Assignment, int]]:
        """The assignments of a symbol, each with its lanes."""
        return self._assigned.get(symbol, [])

    def _clause(self, index: int) -> Clause:
        return self.resolution.model.clauses[index]


def steps(resolution: Resolution, symbol: str) -> tuple[Step, ...]:
    """The steps of one symbol in all lanes; for several symbols create a Reasons object."""
    return Reasons(resolution).steps(symbol)


def _selector_first(clause: Clause) -> tuple[str, ...]:
    """The whole condition in reading order: the selecting symbol, then the written condition.

    Where a device needs no symbol, `const:y` selects it, which is not a reason.
    """
    if clause.symbol == "const:y":
        return clause.condition or ()
    if clause.kind in ("select", "imply") and clause.condition is not None:
        return (clause.symbol, *clause.condition, "&&")
    return reads(clause)


def _assigned(resolution: Resolution, everywhere: int) -> dict[str, list[tuple[Assignment, int]]]:
    """For each symbol its assignments in textual order, without duplicates, with their lanes."""
    assigned: dict[str, dict[Assignment, int]] = {}
    for item in resolution.model.assignments:
        assigned.setdefault(item.symbol, {})[item] = everywhere
    for bit, lane in enumerate(resolution.lanes):
        for item in lane.assignments:
            own = assigned.setdefault(item.symbol, {})
            own[item] = own.get(item, 0) | 1 << bit
    return {symbol: list(items.items()) for symbol, items in assigned.items()}
