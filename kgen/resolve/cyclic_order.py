"""The order in which the symbols of a tree with dependency cycles are visited, for all lanes.

scripts/minikconf.py visits symbols in the reverse finishing order of a depth-first search, whose
roots are the symbols in the order of their first mention. So the order differs between lanes with
different assignments. But only the order within a cycle matters, and it depends on one thing: the
symbol of the cycle that the search finds first. So lanes are grouped anew for each set of symbols
that need each other.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence, Set

from kgen.model.order import order_of
from kgen.resolve.task import Task


def visits(task: Task) -> Iterator[tuple[str, int]]:
    """Each symbol with the lanes in which it is visited next; each lane visits each symbol once."""
    readers = task.model.by_symbol.readers
    roots: dict[tuple[str, ...], int] = {}
    for bit, lane in enumerate(task.lanes):
        inside = (item.symbol for item in lane.assignments if not item.external)
        outside = (item.symbol for item in lane.assignments if item.external)
        key = tuple(dict.fromkeys((*inside, *task.model.mentions, *outside)))
        roots[key] = roots.get(key, 0) | 1 << bit
    if len(roots) < 2:
        for key in roots:
            yield from ((symbol, task.everywhere) for symbol in order_of(readers, key)[0])
        return
    read_by = _turned(readers)
    for component in _components(readers, task.symbols):
        if len(component) == 1:
            yield component[0], task.everywhere
            continue
        entrances = _Entrances(readers, read_by, component)
        groups: dict[str, int] = {}
        for key, lanes in roots.items():
            first = entrances.first(key)
            groups[first] = groups.get(first, 0) | lanes
        for first, lanes in groups.items():
            yield from ((symbol, lanes) for symbol in entrances.order(first))


def _turned(readers: Mapping[str, Sequence[str]]) -> dict[str, list[str]]:
    """For each symbol those that it reads."""
    read: dict[str, list[str]] = {}
    for symbol, those in readers.items():
        for reader in those:
            read.setdefault(reader, []).append(symbol)
    return read


class _Entrances:
    """Where searches enter one set of symbols that need each other."""

    def __init__(
        self,
        readers: Mapping[str, Sequence[str]],
        read_by: Mapping[str, Sequence[str]],
        component: Sequence[str],
    ) -> None:
        self.members = frozenset(component)
        # A search can only enter through these, so that it need not visit others.
        leading = set(component)
        queue = list(component)
        for symbol in queue:
            new = [one for one in read_by.get(symbol, ()) if one not in leading]
            leading.update(new)
            queue += new
        self.leading = {
            symbol: [one for one in readers.get(symbol, ()) if one in leading] for symbol in leading
        }
        self.inside = {
            symbol: [one for one in readers.get(symbol, ()) if one in self.members]
            for symbol in component
        }
        self.found: dict[str, str] = {}

    def first(self, roots: Iterable[str]) -> str:
        """The first symbol of the component that a search from these roots in turn finds.

        It depends only on the first root that leads to it: what a search has visited before leads
        nowhere near.
        """
        root = next(one for one in roots if one in self.leading)
        if root not in self.found:
            self.found[root] = _first_of(self.leading, root, self.members)
        return self.found[root]

    def order(self, first: str) -> list[str]:
        """The order of the component's symbols if a search enters it here."""
        return order_of(self.inside, (first,))[0]


def _first_of(readers: Mapping[str, Sequence[str]], root: str, members: Set[str]) -> str:
    """The first of the members that a depth-first search from the root finds."""
    seen: set[str] = set()
    stack = [root]
    while stack[-1] not in members:
        symbol = stack.pop()
        if symbol not in seen:
            seen.add(symbol)
            stack.extend(reversed(readers[symbol]))
    return stack[-1]


def _components(
    readers: Mapping[str, Sequence[str]], symbols: Sequence[str]
) -> Iterator[tuple[str, ...]]:
    """The sets of symbols that read each other, directly or not; each before its readers.

    Tarjan's algorithm, without recursion. A symbol without a cycle is a set of its own.
    """
    number: dict[str, int] = {}
    lowest: dict[str, int] = {}
    open_: dict[str, None] = {}
    found: list[tuple[str, ...]] = []
    for root in symbols:
        if root in number:
            continue
        stack = [(root, iter(readers.get(root, ())))]
        number[root] = lowest[root] = len(number)
        open_[root] = None
        while stack:
            symbol, following = stack[-1]
            for reader in following:
                if reader not in number:
                    number[reader] = lowest[reader] = len(number)
                    open_[reader] = None
                    stack.append((reader, iter(readers.get(reader, ()))))
                    break
                if reader in open_:
                    lowest[symbol] = min(lowest[symbol], number[reader])
            else:
                stack.pop()
                if stack:
                    above = stack[-1][0]
                    lowest[above] = min(lowest[above], lowest[symbol])
                if lowest[symbol] == number[symbol]:
                    component: list[str] = []
                    while not component or component[-1] != symbol:
                        component.append(open_.popitem()[0])
                    found.append(tuple(component))
    yield from reversed(found)
