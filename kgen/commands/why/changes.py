"""The shortest lists of changes that give a symbol another value, each one verified.

The search proceeds by the number of changes. In the configuration that a list of changes gives,
the reasons show which facts still block the value; each change of one of those facts makes a longer
list. All lists of one length are resolved in one pass, as lanes. Only those that give the value in
a configuration that does not fail are answers.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence, Set

from kgen.explain.bounds import Bounds
from kgen.explain.change import EXTERNAL, Change, external_change
from kgen.explain.steps import Reasons
from kgen.explain.support import Fact, support
from kgen.model.clauses import Assignment, reads
from kgen.model.configurations import Lane, Outcome, Resolution
from kgen.model.expr import names
from kgen.model.lanes import members
from kgen.model.places import Place
from kgen.model.record import Record
from kgen.resolve.editable_lane import laid_open
from kgen.resolve.resolver import resolve
from kgen.targets.externals import passing
from kgen.targets.symbol_kinds import internal_symbols, kinds, only_selected_by

# The maximum length of a list, and the number of lists of each length that are extended.
LONGEST = 6


_WIDTH = 120


class Ways(Record):
    """The lists of changes of the least length, best first.

    fixed: if there is no list, the blocking facts that cannot be changed on this target.
    complete: the search left no lists out, so that no list is shorter and, if there is none,
    none has up to LONGEST changes. internal: the internal symbols that the lists set to y or, if
    there is no list, that nothing on this target can select; each with the symbols that select it.
    """

    lists: tuple[tuple[Change, ...], ...]
    fixed: tuple[Fact, ...] = ()
    complete: bool = True
    internal: tuple[tuple[str, tuple[str, ...]], ...] = ()


class _List(Record):
    """Changes during the search, with the assignments that they remove and add."""

    changes: tuple[Change, ...]
    removed: frozenset[Assignment]
    added: tuple[Assignment, ...]


def ways(
    outcome: Outcome, symbol: str, value: bool, bounds: Bounds, allow_internal: bool = False
) -> Ways:
    """The shortest lists of changes that give a symbol this value in a target's configuration.

    allow_internal: lists may set internal symbols to y, and not only what selects these.
    """
    return _Search(outcome, symbol, value, bounds, allow_internal).run()


class _Search:
    def __init__(
        self, outcome: Outcome, symbol: str, value: bool, bounds: Bounds, allow_internal: bool
    ) -> None:
        self.goal = (symbol, value)
        self.fixed = bounds.fixed
        self.resolution = outcome.resolution
        self.model, self.lane = laid_open(outcome.resolution, outcome.lane)
        self.foreign = bounds.foreign
        self.hosts = bounds.hosts
        self.entries: dict[str, Place] = {}
        for entry in self.model.entries:
            self.entries.setdefault(entry.symbol, entry.place)
        self.before = {
            name: bool(lanes >> outcome.lane & 1)
            for name, lanes in outcome.resolution.values.items()
        }
        kinds_of = kinds(self.model, bounds.external)
        self.internal = internal_symbols(self.model, kinds_of)
        # Internal symbols that are y only where they are selected; in allyesconfig they are y.
        free = allow_internal or self.lane.mode == "allyesconfig"
        self.only_selected: Set[str] = frozenset() if free else self.internal.keys()
        self.blocked: dict[Fact, None] = {}
        self.complete = True
        self.moves: dict[Fact, list[Change]] = {}

    def run(self) -> Ways:
        """Search without boards of other architectures, then with them if nothing was found and
        no internal symbol is the cause."""
        own = self.search()
        if own.lists:
            return own
        never, complete = self.never_selected()
        if never:
            restricted, self.only_selected = self.only_selected, frozenset()
            if self.search().lists:
                return own._replace(internal=self.with_selectors(never), complete=complete)
            self.only_selected = restricted
        if not self.foreign:
            return own
        self.foreign = frozenset()
        every = self.search()
        return every if every.lists or every.fixed else own

    def never_selected(self) -> tuple[list[str], bool]:
        """Of the internal symbols that the last search needed, those that cannot be y either, and
        whether these searches were complete."""
        goal, found, complete = self.goal, [], True
        for symbol in list(self.needed):
            self.goal = (symbol, True)
            alone = self.search()
            if not alone.lists:
                found.append(symbol)
                complete = complete and alone.complete
        self.goal = goal
        return found, complete

    def search(self) -> Ways:
        self.moves.clear()
        self.blocked.clear()
        self.needed: dict[str, None] = {}
        self.complete = True
        self.effects()
        lists = [_List((), frozenset(), ())]
        for length in range(LONGEST + 1):
            resolution = resolve(self.model, [self.assigned(item) for item in lists])
            found = self.answers(lists, resolution)
            if found:
                set_ = sorted({change.symbol for one in found for change in one if change.internal})
                return Ways(tuple(found), (), self.complete, self.with_selectors(set_))
            if length < LONGEST:
                lists = self.longer(lists, resolution)
                if not lists:
                    break
        return Ways((), tuple(self.blocked), self.complete and not lists)

    def with_selectors(self, symbols: Iterable[str]) -> tuple[tuple[str, tuple[str, ...]], ...]:
        return tuple((symbol, self.internal[symbol]) for symbol in symbols)

    def effects(self) -> None:
        """Try every single change that could matter; record which facts each one changes.

        Setting the symbol itself is always included, even if that alone gives a contradiction.
        """
        cone = self.cone()
        changes = [c for name in cone for c in self.single((name, not self.before[name]))]
        lists = [self.extended(_List((), frozenset(), ()), change) for change in changes]
        if not lists:
            return
        resolution = resolve(self.model, [self.assigned(item) for item in lists])
        fine = ~resolution.failed
        for name in cone:
            moved = resolution.values[name]
            if self.before[name]:
                moved ^= (1 << len(lists)) - 1
            moved &= fine
            own = self.moves.setdefault((name, not self.before[name]), [])
            own += [changes[lane] for lane in members(moved)]
            own += [c for c in self.single((name, not self.before[name])) if c not in own]
            own.sort(key=self.weight)

    def moves_of(self, fact: Fact) -> list[Change]:
        if fact not in self.moves:  # a fact that only contradictions involve
            self.moves[fact] = sorted(self.single(fact), key=self.weight)
        return self.moves[fact]

    def cone(self) -> list[str]:
        """The symbols on which the goal's value can depend, nearest first."""
        found = [self.goal[0]]
        seen = set(found)
        for name in found:
            for index in self.model.about(name):
                for read in names(reads(self.model.clauses[index])):
                    if read not in seen and read in self.before:
                        seen.add(read)
                        found.append(read)
        return found

    def single(self, fact: Fact) -> list[Change]:
        """The changes of one line or one passed symbol that set a symbol to a value."""
        symbol, value = fact
        if symbol in self.fixed or (value and symbol in self.foreign):
            return []
        internal = only_selected_by(self.internal[symbol]) if self.is_internal(fact) else ""
        own = [item for item in self.lane.assignments if item.symbol == symbol]
        if any(item.external for item in own) or (symbol in self.hosts and not own):
            if self.unavailable(symbol, value):
                return []
            return [external_change(symbol, value, self.entries.get(symbol))]
        if own:
            # Removing the line may give either value; inverting it gives the wanted one.
            item = own[0]
            removed = Change("remove", symbol, item.value, item.place, item.origin)
            inverted = Change("turn", symbol, value, item.place, item.origin, internal)
            return [removed] if value and symbol in self.only_selected else [removed, inverted]
        if value and symbol in self.only_selected:
            return []
        return [Change("add", symbol, value, self.entries.get(symbol), internal=internal)]

    def is_internal(self, fact: Fact) -> bool:
        symbol, value = fact
        return value and symbol in self.internal

    def unavailable(self, symbol: str, value: bool) -> bool:
        """Whether no options give an external symbol this value."""
        return symbol in self.hosts and passing({symbol: value}, self.lane.build) is None

    def weight(self, change: Change) -> tuple[int, int, str, str]:
        """The sort key of a change: own lines and symbols with a default before internal ones."""
        internal = 1
        if change.action in ("remove", "turn"):
            internal = 0
        else:
            kinds = {self.model.clauses[i].kind for i in self.model.about(change.symbol)}
            if kinds & {"default", "imply"} or "select" not in kinds:
                internal = 0
        outside = change.action in EXTERNAL
        return (internal + outside, change.action == "turn", change.symbol, change.action)

    def extended(self, before: _List, change: Change) -> _List:
        removed, added = before.removed, before.added
        external = change.action in EXTERNAL
        if change.action != "add":
            own = [item for item in self.lane.assignments if item.symbol == change.symbol]
            removed |= frozenset(own)
        if change.action != "remove":
            added = (*added, Assignment(change.symbol, change.value, None, external, "change"))
        return _List((*before.changes, change), removed, added)

    def assigned(self, item: _List) -> Lane:
        """The target's lane with a list of changes applied."""
        kept = self.lane.assignments
        if item.removed:
            kept = tuple(one for one in kept if one not in item.removed)
        inside = tuple(one for one in item.added if not one.external)
        outside = tuple(one for one in item.added if one.external)
        return self.lane._replace(assignments=(*inside, *kept, *outside))

    def answers(self, lists: Sequence[_List], resolution: Resolution) -> list[tuple[Change, ...]]:
        """The lists that reach the goal, sorted by weight and then by the number of other symbols
        that change."""
        symbol, value = self.goal
        lanes = resolution.values.get(symbol, 0)
        good = (lanes if value else ~lanes) & ~resolution.failed & ((1 << len(lists)) - 1)
        if not good:
            return []
        others = dict.fromkeys(members(good), 0)
        for name, now in resolution.values.items():
            for lane in members((~now if self.before.get(name) else now) & good):
                others[lane] += 1

        def key(number: int) -> tuple[object, ...]:
            weights = [self.weight(change) for change in lists[number].changes]
            return (sum(w[0] for w in weights), others[number], sorted(weights))

        # Removing a line and inverting it may have the same effect; keep the better one.
        best: dict[frozenset[str], tuple[Change, ...]] = {}
        for number in sorted(others, key=key):
            changes = lists[number].changes
            best.setdefault(frozenset(change.symbol for change in changes), changes)
        return list(best.values())

    def longer(self, lists: Sequence[_List], resolution: Resolution) -> list[_List]:
        """Every list with one more change, of a fact that blocks it."""
        reasons = Reasons(resolution)
        found: dict[frozenset[tuple[str, str, bool]], _List] = {}
        for number, item in enumerate(lists):
            taken = {change.symbol for change in item.changes}
            facts = self.selecting(reasons, number, self.blocking(reasons, number))
            for symbol, value in facts:
                if symbol in self.fixed or self.unavailable(symbol, value):
                    self.blocked[symbol, not value] = None
                for change in self.moves_of((symbol, value)):
                    if change.symbol not in taken:
                        longer = self.extended(item, change)
                        key = frozenset((c.action, c.symbol, c.value) for c in longer.changes)
                        found.setdefault(key, longer)
        ranked = sorted(
            found.values(), key=lambda item: sorted(self.weight(c) for c in item.changes)
        )
        self.complete = self.complete and len(ranked) <= _WIDTH
        return ranked[:_WIDTH]

    def selecting(self, reasons: Reasons, lane: int, facts: Sequence[Fact]) -> list[Fact]:
        """These facts and, for internal symbols that have to become y, those of what selects them,
        directly or not."""
        found = dict.fromkeys(facts)
        open_ = list(facts)
        self.needed.update((name, None) for name, value in facts if value and name in self.internal)
        for symbol, value in open_:
            if value and symbol in self.only_selected:
                for step in reasons.missed(symbol, 1 << lane):
                    more = [(name, not is_y) for name, is_y in step.needs]
                    open_ += [fact for fact in more if fact not in found]
                    found.update(dict.fromkeys(more))
        return list(found)

    def blocking(self, reasons: Reasons, lane: int) -> list[Fact]:
        """The facts of which one must change in this lane, each with the value that it needs.

        If there are several obstacles, all have to be removed; this returns those of the first.
        """
        bit = 1 << lane
        found: dict[Fact, None] = {}
        for item in reasons.resolution.contradictions:
            if item.lanes & bit:
                for fact in item.facts:
                    if fact.clause is not None:
                        self.against(reasons, fact.clause, bit, found)
                    elif fact.assignment is not None and fact.assignment.origin != "change":
                        found[item.symbol, not fact.assignment.value] = None
                return list(found)
        symbol, value = self.goal
        for step in reasons.steps(symbol, bit)[:1]:
            if step.clause is not None and step.kind in ("depends", "selected"):
                self.against(reasons, step.clause, bit, found)
            else:
                found[symbol, value] = None
        return list(found)

    def against(self, reasons: Reasons, index: int, bit: int, found: dict[Fact, None]) -> None:
        """Add the facts that make a clause force its value to `found`, each inverted."""
        clause = self.model.clauses[index]
        holds = clause.kind != "depends"
        for _, facts in support(reads(clause), holds, bit, reasons.known):
            for name, is_y in facts:
                found[name, not is_y] = None
