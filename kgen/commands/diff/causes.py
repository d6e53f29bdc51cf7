"""The changes of symbols between the two sides of a comparison, and their causes.

A symbol's value follows from its rules (clauses, assignments, mode) and from the values that they
read. For each symbol whose value changed, the new rules are evaluated on the values of the old
side. If that gives the new value, the rules are the cause: each difference between old and new
rules is undone alone, and the first one that brings the old value back is reported. If it gives
the old value, and the old rules give the new value on the new values, the change follows from
another one: each changed value that the new rules read is reverted alone in the same way. If
neither rules nor values alone explain the change, the rules are reported. Only new rules
determine what a change follows from, so no two changes can follow from each other.
"""

from __future__ import annotations

from collections.abc import Iterator

from kgen.commands.diff.rule_sets import Both, Half, Rules, read_by
from kgen.model.clauses import Assignment, Clause, assignment_text, written
from kgen.model.lanes import members
from kgen.model.places import Place
from kgen.model.record import Record

# The kinds of causes, in the order in which they are shown.
CAUSES = (
    "target-new",
    "target-gone",
    "new",
    "gone",
    "external",
    "mode",
    "assignment",
    "dependency",
    "selector",
    "default",
    "follows",
)


class SymbolChange(Record):
    """A symbol's change in some pairs (bits), with its cause.

    change: gained or lost if the symbol is printed; on or off if it is passed externally. cause:
    one of CAUSES. of: the symbol that it follows from, or that selects or implies it. also: other
    changed symbols that would each be a sufficient cause. place: of the line; old: it is on the
    old side. was, now: the line before and after, "" if there is none. alone: undoing this cause,
    or its root, is enough to undo the change.
    """

    symbol: str
    change: str
    cause: str
    pairs: int
    of: str = ""
    also: tuple[str, ...] = ()
    place: Place | None = None
    old: bool = False
    was: str = ""
    now: str = ""
    alone: bool = True


class _Edit(Record):
    """A difference of a symbol's rules that can be undone alone.

    cause: one of CAUSES. added, removed: the clauses of a dependency, a selector or a default; the
    other differences are in the halves, see `_undone`.
    """

    cause: str
    added: frozenset[int] = frozenset()
    removed: frozenset[int] = frozenset()


def symbol_changes(both: Both) -> list[SymbolChange]:
    """Every change of every symbol; in each pair a symbol has at most one."""
    found: list[SymbolChange] = []
    for symbol in both.symbols:
        for change in _of_symbol(both, symbol):
            found += _named(both, change)
    return found


def _of_symbol(both: Both, symbol: str) -> Iterator[SymbolChange]:
    """The changes of one symbol, not yet divided into gained and lost."""
    old, new = both.old_values[symbol], both.new_values[symbol]
    changed = old ^ new
    hidden = both.old.external.get(symbol, 0) ^ both.new.external.get(symbol, 0)
    if old & new & hidden:
        yield from _outside(both, symbol, old & new & hidden)
    if not changed:
        return
    if symbol not in both.old.declared or symbol not in both.new.declared:
        cause = "gone" if symbol in both.old.declared else "new"
        side = both.old if cause == "gone" else both.new
        place = next((e.place for e in side.model.entries if e.symbol == symbol), None)
        yield SymbolChange(symbol, "", cause, changed, place=place, old=cause == "gone")
        return
    rules = both.rules(symbol)
    kept = rules.kept(both.new.declared)
    half = both.new.half(symbol)
    arrived = rules.give(kept, half, both.arrived, both.everywhere)
    before = rules.give(kept, half, both.old_values, both.everywhere)
    follows = changed & ~(arrived ^ old)
    follows_new = changed & (arrived ^ old) & ~(before ^ old)
    own = changed & ~follows & ~follows_new
    if own:
        yield from _own(both, symbol, own, both.arrived)
    if not follows | follows_new:
        return
    # Where the old rules give another value, the rules have changed as well.
    kept_old = rules.kept_old(both.old.declared)
    after = rules.give(kept_old, both.old.half(symbol), both.new_values, both.everywhere)
    jointly = (follows | follows_new) & (after ^ new)
    if jointly:
        yield from _own(both, symbol, jointly, both.new_values)
    if follows & ~jointly:
        yield from _followed(both, symbol, follows & ~jointly, both.arrived, both.new_values)
    if follows_new & ~jointly:
        yield from _followed(both, symbol, follows_new & ~jointly, both.old_values, both.arrived)


def _named(both: Both, change: SymbolChange) -> Iterator[SymbolChange]:
    """Divide a change into its parts that are gained, lost, on and off."""
    symbol = change.symbol
    old, new = both.old_values[symbol], both.new_values[symbol]
    was = old & ~both.old.external.get(symbol, 0)
    now = new & ~both.new.external.get(symbol, 0)
    words = {
        "gained": now & ~was,
        "lost": was & ~now,
        "on": ~now & ~was & new,
        "off": ~now & ~was & old,
    }
    for word, pairs in words.items():
        if change.pairs & pairs:
            yield change._replace(change=word, pairs=change.pairs & pairs)


# Changes that follow from changed values.
def _followed(
    both: Both, symbol: str, todo: int, before: dict[str, int], after: dict[str, int]
) -> Iterator[SymbolChange]:
    """The causes among the values that changed from `before` to `after`, in the pairs todo."""
    rules, everywhere = both.rules(symbol), both.everywhere
    kept = rules.kept(both.new.declared)
    half = both.new.half(symbol)
    old, new = both.old_values[symbol], both.new_values[symbol]
    readers: dict[str, int] = {}
    for index in sorted(kept):
        for name in read_by(rules.items[index].clause):
            if (before[name] ^ after[name]) & todo:
                readers.setdefault(name, index)
    back: dict[str, int] = {}  # pairs in which reverting it alone gives the old value
    forth: dict[str, int] = {}  # pairs in which changing it alone gives the new value
    for name in readers:
        changed = todo & (before[name] ^ after[name])
        values = {**after, name: before[name]}
        back[name] = changed & ~(rules.give(kept, half, values, everywhere) ^ old)
        values = {**before, name: after[name]}
        forth[name] = changed & ~(rules.give(kept, half, values, everywhere) ^ new)
    rest = todo
    for enough in (
        {name: back[name] & forth[name] for name in readers},
        back,
        forth,
    ):
        for name in readers:
            pairs = rest & enough[name]
            if pairs:
                rest ^= pairs
                yield from _with_others(both, symbol, pairs, name, readers, back, forth)
    values = dict(before)
    for name in readers:  # only several together are enough: report the decisive one
        if not rest:
            break
        values[name] = after[name]
        pairs = rest & ~(rules.give(kept, half, values, everywhere) ^ new)
        if pairs:
            rest ^= pairs
            yield _follow(both, symbol, pairs, name, readers[name], ())


def _with_others(
    both: Both,
    symbol: str,
    pairs: int,
    of: str,
    readers: dict[str, int],
    back: dict[str, int],
    forth: dict[str, int],
) -> Iterator[SymbolChange]:
    """The change, divided by the other symbols that would be sufficient causes."""
    groups: dict[tuple[str, ...], int] = {}
    for pair in members(pairs):
        bit = 1 << pair
        also = tuple(name for name in readers if name != of and (back[name] | forth[name]) & bit)
        groups[also] = groups.get(also, 0) | bit
    for also, part in groups.items():
        yield _follow(both, symbol, part, of, readers[of], also)


def _follow(
    both: Both, symbol: str, pairs: int, of: str, index: int, also: tuple[str, ...]
) -> SymbolChange:
    item = both.rules(symbol).items[index]
    was = written(item.old) if item.old else ""
    now = written(item.new) if item.new else ""
    place = item.clause.place
    return SymbolChange(symbol, "", "follows", pairs, of, also, place, item.new is None, was, now)


# Changes of the own rules.
def _own(both: Both, symbol: str, todo: int, inputs: dict[str, int]) -> Iterator[SymbolChange]:
    """The causes among the symbol's own rules, in the pairs todo.

    inputs: values that the rules read, with which the new rules give the new value and the old
    ones the old value.
    """
    rules, everywhere = both.rules(symbol), both.everywhere
    kept = rules.kept(both.new.declared)
    half, old_half = both.new.half(symbol), both.old.half(symbol)
    old, new = both.old_values[symbol], both.new_values[symbol]
    edits = list(_edits(both, rules, half, old_half))
    rest = todo
    # Does undoing it alone give the old value, with the new values or else with the inputs?
    for values_read, alone in ((both.new_values, True), (inputs, False)):
        for edit in edits:
            chosen = kept - edit.added | edit.removed
            values = rules.give(chosen, _undone(half, old_half, edit), values_read, everywhere)
            pairs = rest & ~(values ^ old)
            rest ^= pairs
            yield from _reported(both, symbol, edit, pairs, alone)
    for edit in edits:  # does applying it alone to the old rules give the new value?
        chosen = rules.old - edit.removed | edit.added
        values = rules.give(chosen, _undone(old_half, half, edit), inputs, everywhere)
        pairs = rest & ~(values ^ new)
        rest ^= pairs
        yield from _reported(both, symbol, edit, pairs, alone=False)
    for values_read in (inputs, both.old_values):
        chosen, together = kept, half
        for edit in edits:  # only several together are enough: report the decisive one
            chosen = chosen - edit.added | edit.removed
            together = _undone(together, old_half, edit)
            pairs = rest & ~(rules.give(chosen, together, values_read, everywhere) ^ old)
            rest ^= pairs
            yield from _reported(both, symbol, edit, pairs, alone=False)
    if rest:  # the same lines in another order
        yield _reordered(both, symbol, rules, rest)


def _edits(both: Both, rules: Rules, half: Half, old_half: Half) -> Iterator[_Edit]:
    """The differences between old and new rules, each of which can be undone alone."""
    for cause in ("assignment", "external", "mode"):
        edit = _Edit(cause)
        if _undone(half, old_half, edit) != half:
            yield edit
    groups: dict[tuple[str, str], tuple[list[int], list[int]]] = {}
    for index in sorted(rules.old ^ rules.new):
        clause = rules.items[index].clause
        if clause.symbol not in both.old.declared or clause.symbol not in both.new.declared:
            continue  # it came or went with its symbol
        kind = {"depends": "dependency", "default": "default"}.get(clause.kind, "selector")
        pair = groups.setdefault((kind, clause.symbol), ([], []))
        pair[index in rules.new].append(index)
    for wanted in ("dependency", "selector", "default"):
        for (kind, _), (gone, come) in groups.items():
            if kind != wanted:
                continue
            for number in range(max(len(gone), len(come))):
                yield _Edit(
                    kind,
                    frozenset(come[number : number + 1]),
                    frozenset(gone[number : number + 1]),
                )


def _undone(half: Half, other: Half, edit: _Edit) -> Half:
    """A half in which the part that an edit is about is replaced by that of the other half."""
    if edit.cause == "assignment":
        return half._replace(yes=other.yes, no=other.no)
    if edit.cause == "external":
        return half._replace(outer_yes=other.outer_yes, outer_no=other.outer_no)
    if edit.cause == "mode":
        return half._replace(plain=other.plain, finally_=other.finally_)
    return half


def _reported(
    both: Both, symbol: str, edit: _Edit, pairs: int, alone: bool
) -> Iterator[SymbolChange]:
    """A change with an edit as its cause, in these pairs."""
    if not pairs:
        return
    if edit.cause == "mode":
        was, now = (
            " and ".join(sorted({view.resolution.lanes[lane].mode for lane in view.lanes}))
            for view in (both.old, both.new)
        )
        yield SymbolChange(symbol, "", "mode", pairs, was=was, now=now, alone=alone)
    elif edit.cause in ("assignment", "external"):
        yield from _assigned(both, symbol, edit.cause, pairs, alone)
    else:
        items = both.rules(symbol).items
        gone = next((items[index].old for index in edit.removed), None)
        come = next((items[index].new for index in edit.added), None)
        yield _by_clause(symbol, edit.cause, pairs, gone, come, alone)


def _by_clause(
    symbol: str, cause: str, pairs: int, gone: Clause | None, come: Clause | None, alone: bool
) -> SymbolChange:
    clause = come or gone
    assert clause is not None
    return SymbolChange(
        symbol,
        "",
        cause,
        pairs,
        clause.symbol if cause == "selector" else "",
        (),
        clause.place,
        come is None,
        written(gone) if gone else "",
        written(come) if come else "",
        alone,
    )


def _reordered(both: Both, symbol: str, rules: Rules, pairs: int) -> SymbolChange:
    """A change by the order of equal lines, with the first default of the new order."""
    index = next(i for i in range(rules.forcing, len(rules.items)) if rules.items[i].new)
    clause = rules.items[index].clause
    line = written(clause)
    return SymbolChange(
        symbol, "", "default", pairs, "", (), clause.place, False, line, line, False
    )


def _outside(both: Both, symbol: str, pairs: int) -> Iterator[SymbolChange]:
    """A symbol that is y on both sides, on one of them because it is passed externally."""
    yield from _assigned(both, symbol, "external", pairs, alone=True)


def _assigned(
    both: Both, symbol: str, cause: str, pairs: int, alone: bool
) -> Iterator[SymbolChange]:
    """A change of assignments, with the lines; pairs with the same lines are joined."""
    groups: dict[tuple[Assignment | None, Assignment | None], int] = {}
    outer = cause == "external"
    for pair in members(pairs):
        was, now = (
            next((item for item in view.assignments(symbol, pair) if item.external == outer), None)
            for view in (both.old, both.new)
        )
        groups[was, now] = groups.get((was, now), 0) | 1 << pair
    for (was, now), part in groups.items():
        item = now or was
        yield SymbolChange(
            symbol,
            "",
            cause,
            part,
            place=item.place if item else None,
            old=now is None,
            was=_line(was),
            now=_line(now),
            alone=alone,
        )


def _line(item: Assignment | None) -> str:
    return "" if item is None else assignment_text(item.symbol, item.value)
