"""Questions about all configurations of the targets: answered by trials or by the solver."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set

from kgen.model.clauses import Clause, Model
from kgen.model.configurations import Lane, Outcome
from kgen.model.lanes import first, members, starts, union
from kgen.model.order import order_of
from kgen.model.record import Record
from kgen.project.load import Project
from kgen.resolve.resolver import values_of
from kgen.resolve.task import make_task, spread
from kgen.solve.formula import Formula, formula
from kgen.solve.gates import TRUE, Gates
from kgen.solve.solver import Counter, Solver

# Witnesses in real trees need at most three assignments; larger ones than this are not searched.
MOST_ASSIGNMENTS = 12

# The memory of all trials: lanes by symbols and clauses. QEMU 11.0 takes half of it.
MOST_BITS = 1 << 28

Assigned = tuple[tuple[str, bool], ...]


class Shared:
    """The formula and the solver of all targets with one model, and the values seen so far.

    What differs between the targets, the assignments of external symbols, is a literal of each
    target. So they are asked together, and the solver keeps for all what it has learned for one.
    After open_to(): spaces has the targets, as far as they have a configuration; anywhere is a
    literal that stands for any of them, free has the symbols that can be assigned in all of them,
    and trials has their configurations with at most one assignment.
    """

    def __init__(self, model: Model, outside: dict[str, str]) -> None:
        """outside: the external symbols of the model."""
        self.model = model
        self.outside = outside
        self.declared = frozenset(model.declared())
        self.formula = formula(model, self.declared, {}, relaxable=_relaxable(model))
        # Of equal clauses on one line, the first decides.
        self.position = {clause: index for index, clause in reversed([*enumerate(model.clauses)])}
        self.decides, gates = _deciding(model, self.formula)
        self._assigned = {
            name: gates.any_of((yes, self.formula.no[name]))
            for name, yes in self.formula.yes.items()
        }
        # All of the first or last relaxable symbols are sound.
        symbols = list(self.formula.sound)
        self._number = {symbol: number for number, symbol in enumerate(symbols)}
        self._first = _chain(gates, [self.formula.sound[symbol] for symbol in symbols])
        self._last = _chain(gates, [self.formula.sound[symbol] for symbol in reversed(symbols)])
        self.solver = Solver(gates.clauses)
        self._variables = gates.variables
        self._counters: dict[frozenset[str], Counter] = {}
        self.spaces: tuple[Space, ...] = ()
        self.anywhere = TRUE
        self.free = self.declared
        # Of the literals that can_be() is asked for: those that no configuration so far had.
        values = self.formula.value.values()
        self._unseen = {*values, *(-value for value in values), *self.decides.values()}
        self._seen: set[int] = set()

    def open_to(self, spaces: Sequence[Space], step: Callable[[], None]) -> None:
        """Say which targets there are; step is called for each."""
        self.trials = Trials(self.model, spaces)
        possible = []
        for space in spaces:
            if space in self.trials.possible or self.holds(space.here):
                possible.append(space)
            step()
        self.spaces = tuple(possible)
        self.anywhere = self._either(space.here for space in possible)
        self.free = self.free.intersection(*(space.free for space in possible))
        value = self.formula.value
        seen = {value[symbol] for symbol in self.trials.yes}
        seen |= {-value[symbol] for symbol in self.trials.no}
        self._note(seen | {self.decides[index] for index in self.trials.decided})

    def _note(self, true: Set[int]) -> None:
        """These literals are true in a configuration."""
        seen = self._unseen & true
        self._unseen -= seen
        self._seen |= seen

    def holds(self, *literals: int) -> bool:
        """Whether a configuration satisfies all of these literals; what is true in it is noted."""
        if not self.solver.holds([self._first[-1], *literals]):
            return False
        self._note(self.solver.model())
        return True

    def can_be(self, literal: int) -> bool:
        """Whether a symbol's literal, its negation, or one of `decides` is true in a configuration
        of any target."""
        return literal in self._seen or self.holds(self.anywhere, literal)

    def _failing(self, index: int, free: Set[str]) -> list[int]:
        """The literals of the configurations whose only failure is that this select conflicts with
        a false dependency of the symbol that it selects, which is not assigned if it is free."""
        selected = self.model.clauses[index].target
        number = self._number[selected]
        base = self.formula
        literals = [self._first[number], self._last[len(self._number) - number - 1]]
        literals += [-base.sound[selected], base.fires[index], base.unmet[selected]]
        return literals + ([-self._assigned[selected]] if selected in free else [])

    def fails(self, index: int, free: Set[str], *literals: int) -> bool:
        """Whether there is a configuration whose only failure is that this select conflicts with a
        false dependency of the symbol that it selects. free: what can be assigned."""
        return self.solver.holds([*literals, *self._failing(index, free)])

    def smallest_failure(
        self, space: Space, index: int, limit: Limit, most: int
    ) -> Assigned | None:
        """The fewest assignments of a configuration that fails() finds for a target within a limit;
        None if it takes more than `most`.

        Of several, the first in the order of the symbols, y before n: whatever was asked before.
        """
        key = frozenset(limit.allowed[space])
        counter = self._counters.get(key)
        if counter is None:
            counted = [self._assigned[name] for name in sorted(key)]
            most_ever = min(MOST_ASSIGNMENTS, len(counted))
            counter = Counter(self.solver, counted, most_ever, self._variables)
            self._counters[key] = counter
            self._variables = counter.variables
        given = [space.here, limit.literal[space], *self._failing(index, space.free)]
        for bound in range(min(most, MOST_ASSIGNMENTS) + 1):
            limited = [*given, *counter.at_most(bound)]
            if self.solver.holds(limited):
                return self._first_model(limited, sorted(key))
        return None

    def _first_model(self, given: Sequence[int], names: Sequence[str]) -> Assigned:
        """The first of the models with these literals, after one was found; compared by what they
        assign of these symbols. All assign as many."""
        base = self.formula
        ordered = [item for name in names for item in (base.yes[name], base.no[name])]
        true = self.solver.model()
        found = [place for place, item in enumerate(ordered) if item in true]
        start = 0
        for number in range(len(found)):
            fixed = [ordered[place] for place in found[:number]]
            while start < found[number]:
                earlier = self._either(ordered[start : found[number]])
                if not self.solver.holds([*given, *fixed, earlier]):
                    break
                true = self.solver.model()
                found = [place for place, item in enumerate(ordered) if item in true]
            start = found[number] + 1
        return tuple((names[place // 2], place % 2 == 0) for place in found)

    def together(self, literals: Iterable[int]) -> int:
        """A new literal that is true only if all of these are."""
        self._variables += 1
        for literal in literals:
            self.solver.add((-self._variables, literal))
        return self._variables

    def _either(self, literals: Iterable[int]) -> int:
        """A new literal that is true only if one of these is."""
        self._variables += 1
        self.solver.add((-self._variables, *literals))
        return self._variables

    def any_of(self, several: Iterable[Sequence[int]]) -> int:
        """A new literal that is true only if all literals of one of these sequences are."""
        return self._either([self.together(literals) for literals in several])

    def limit(self, allowed: Mapping[Space, Set[str]]) -> Limit:
        """The configurations that assign no other symbols than these and those that are fixed for
        the target. allowed: for each of spaces, of what is free."""
        # Symbols that are barred for the same targets have a literal together.
        alike: dict[int, list[int]] = {}
        barred = sets_with([space.free - allowed[space] for space in self.spaces])
        for name, numbers in sorted(barred.items()):
            alike.setdefault(numbers, []).append(-self._assigned[name])
        parts: dict[Space, list[int]] = {space: [] for space in self.spaces}
        for numbers, literals in alike.items():
            together = self.together(literals)
            for number in members(numbers):
                parts[self.spaces[number]].append(together)
        literal = {space: self.together(part) for space, part in parts.items()}
        return Limit(allowed, literal, self.trials.within(allowed))

    def reaches(self, space: Space, symbol: str, limit: Limit) -> bool:
        """Whether a symbol is y in a configuration of a target within a limit."""
        if self.trials.reaches(space, symbol, limit.lanes):
            return True
        return self.holds(space.here, self.formula.value[symbol], limit.literal[space])


class Limit(Record):
    """Configurations in which only some symbols are assigned, of all targets of a Shared.

    allowed: these symbols. literal: one that is true only in such configurations. lanes: those of
    the trials.
    """

    allowed: Mapping[Space, Set[str]]
    literal: Mapping[Space, int]
    lanes: int


def _chain(gates: Gates, literals: Sequence[int]) -> list[int]:
    """A literal for each number of literals that is true only if so many of them, from the first
    on, are true."""
    made = [TRUE]
    for literal in literals:
        variable = gates.variable()
        gates.add(-variable, literal)
        gates.add(-variable, made[-1])
        made.append(variable)
    return made


class Space:
    """All configurations of one target. here: the literal that stands for it."""

    def __init__(self, project: Project, outcome: Outcome, shared: Shared) -> None:
        self.outcome = outcome
        self.target = outcome.target.name
        model = shared.model
        self.model = model
        self.group = project.group_of(outcome)
        self.outside = shared.outside
        lane = outcome.as_lane
        # A witness says all that is passed.
        needs = ",".join(name for name in outcome.target.needs if name in self.outside)
        self.nothing = lane.build and lane.build._replace(host=needs or "none", accel="")
        self.passed = tuple(
            item
            for item in lane.assignments
            if item.external
            and (
                self.outside.get(item.symbol) == "architecture"
                or item.symbol in outcome.target.needs
            )
        )
        self._fixed: dict[str, set[bool]] = {}
        for item in self.passed:
            self._fixed.setdefault(item.symbol, set()).add(item.value)
        self.declared = shared.declared
        architectures = {s for s, kind in self.outside.items() if kind == "architecture"}
        self.given = frozenset(self._fixed)
        self.free = self.declared - architectures - self.given
        self.shared = shared
        self.formula = shared.formula
        self.position = shared.position
        self.here = shared.together(self._of_target())

    def _of_target(self) -> Iterator[int]:
        """What is assigned of the symbols that nobody else can assign."""
        for name in sorted(self.declared - self.free):
            values = self._fixed.get(name, set())
            yield self.formula.yes[name] if True in values else -self.formula.yes[name]
            yield self.formula.no[name] if False in values else -self.formula.no[name]


class Trials:
    """All configurations of some targets with at most one assignment, as lanes of one resolution.

    It takes no longer than a few questions to the solver, and answers most of them. In a huge tree
    only some symbols are tried. possible: the targets with a lane that does not fail. yes, no: the
    symbols that are y, or n, in such a lane. decided: the defaults and implies (indices of clauses)
    that give a value in one.
    """

    def __init__(self, model: Model, spaces: Sequence[Space]) -> None:
        self._model = model
        self._place = {space: place for place, space in enumerate(spaces)}
        self._width = width = len(spaces)
        free = sets_with([space.free for space in spaces])
        bits = 2 * width * (len(model.mentions) + len(model.clauses))  # of a symbol
        names = sorted(free)[: MOST_BITS // max(bits, 1)]
        # The lanes of a target are `width` apart; the first of them has no assignment.
        self._number = {name: 1 + 2 * number for number, name in enumerate(names)}
        self._single: list[Assigned] = [()]
        self._single += [((name, value),) for name in names for value in (True, False)]
        self._each = starts(len(self._single), width)
        task = make_task(model, (Lane("", "defconfig", ()),))
        self._assigned = self._assignments(task.assigned, free)
        task = spread(task, width * len(self._single), self._assigned)
        order, _ = order_of(model.by_symbol.readers, task.symbols)
        self._decided = [0] * len(model.clauses)
        self._values, self._conflicts = values_of(task, order, self._decided)
        once = several = 0
        for lanes in self._conflicts.values():
            several |= once & lanes
            once |= lanes
        self._once = once & ~several
        self._fine = fine = task.everywhere & ~once
        self.possible = {space for space in spaces if fine & self._lanes_of(space)}
        self.yes = {name for name, lanes in self._values.items() if lanes & fine}
        self.no = {name for name, lanes in self._values.items() if fine & ~lanes}
        giving = model.by_symbol.giving.values()
        self.decided = {index for one in giving for index in one if self._decided[index] & fine}

    def _assignments(
        self, own: Mapping[str, tuple[int, int]], free: Mapping[str, int]
    ) -> dict[str, tuple[int, int]]:
        """The lanes that set each symbol to y, and to n. own: what a lane of the model assigns.
        free: the targets (a bit set of places) for which each symbol can be assigned."""
        everywhere = (1 << self._width * len(self._single)) - 1
        assigned = {name: (yes * everywhere, no * everywhere) for name, (yes, no) in own.items()}

        def assign(name: str, value: bool, lanes: int) -> None:
            yes, no = assigned.get(name, (0, 0))
            assigned[name] = (yes | lanes, no) if value else (yes, no | lanes)

        for space in self._place:
            for item in space.passed:
                assign(item.symbol, item.value, self._lanes_of(space))
        for name, number in self._number.items():
            lanes = free[name] << number * self._width
            assign(name, True, lanes)
            assign(name, False, lanes << self._width)
        return assigned

    def _lanes_of(self, space: Space) -> int:
        return self._each << self._place[space]

    def within(self, allowed: Mapping[Space, Set[str]]) -> int:
        """The lanes in which nothing is assigned, or what is allowed for the target."""
        lanes = (1 << self._width) - 1
        places = sets_with([allowed.get(space, ()) for space in self._place])
        for name in places.keys() & self._number.keys():
            both = places[name] | places[name] << self._width
            lanes |= both << self._number[name] * self._width
        return lanes

    def reaches(self, space: Space, symbol: str, lanes: int) -> bool:
        """Whether a symbol is y in one of these lanes of a target, which does not fail."""
        return bool(self._values[symbol] & self._fine & lanes & self._lanes_of(space))

    def failure(self, space: Space, index: int, lanes: int) -> Assigned | None:
        """What the first of these lanes of a target assigns of which the only failure is that this
        select conflicts with a false dependency of the symbol that it selects; None if none is."""
        selected = self._model.clauses[index].target
        lanes &= self._decided[index] & self._conflicts.get(selected, 0) & self._once
        if not lanes:
            return None
        unmet = union(
            self._decided[other]
            for other in self._model.by_symbol.forcing[selected]
            if self._model.clauses[other].kind == "depends"
        )
        yes, no = self._assigned.get(selected, (0, 0))
        lanes &= unmet & ~(yes | no) & self._lanes_of(space)
        return self._single[first(lanes) // self._width] if lanes else None


def sets_with(sets: Sequence[Iterable[str]]) -> dict[str, int]:
    """For each name the sets that have it, as a bit set of their numbers."""
    found: dict[str, int] = {}
    for number, names in enumerate(sets):
        for name in names:
            found[name] = found.get(name, 0) | 1 << number
    return found


def _relaxable(model: Model) -> set[str]:
    return {clause.symbol for clause in model.clauses if clause.kind == "depends"}


def clauses_of(spaces: Sequence[Space]) -> list[Clause]:
    """The clauses of all targets: of the tree, then those of devices files with declarations."""
    models = {space.group: space.model for space in spaces}
    return list(dict.fromkeys(clause for model in models.values() for clause in model.clauses))


def _deciding(model: Model, base: Formula) -> tuple[dict[int, int], Gates]:
    """For each default and imply a literal that is true if it determines its symbol's value, and
    the formula's clauses and variables with its definition."""
    gates = Gates()
    assigned = {item.symbol for item in model.assignments}
    gates.clauses = list(base.clauses)
    gates.variables = base.variables
    forced: dict[str, list[int]] = {symbol: [] for symbol in base.value}
    giving: dict[str, list[tuple[int, int]]] = {}
    for index, clause in enumerate(model.clauses):
        if clause.kind == "depends":
            continue
        if clause.kind == "select":
            forced[clause.target].append(base.fires[index])
            continue
        holds = gates.expression(clause.condition, base.value) if clause.condition else TRUE
        if clause.kind == "imply":
            holds = gates.all_of((holds, base.value[clause.symbol]))
        giving.setdefault(clause.target, []).append((index, holds))
    result = {}
    for symbol, items in giving.items():
        either = [base.yes[symbol], base.no[symbol]] if symbol in base.yes else []
        unmet = [base.unmet[symbol]] if symbol in base.unmet else []
        blocked = [*forced[symbol], *either, *unmet]
        if symbol in assigned:
            blocked.append(TRUE)
        for index, holds in items:
            result[index] = gates.all_of((holds, *(-item for item in blocked)))
            blocked.append(holds)
    return result, gates
