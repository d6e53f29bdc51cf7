"""Orders of symbols and names: after those that they read, and all that some lead to."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence


def order_of(readers: dict[str, list[str]], roots: Sequence[str]) -> tuple[list[str], bool]:
    """All symbols, each before its readers as far as possible, and whether there is no cycle.

    Like scripts/minikconf.py: the reverse finishing order of a depth-first search from each of
    the roots in turn.
    """
    open_: dict[str, bool] = {}  # visited symbols; True while their readers are being visited
    finished: list[str] = []
    acyclic = True
    for root in roots:
        if root in open_:
            continue
        open_[root] = True
        stack = [(root, iter(readers.get(root, ())))]
        while stack:
            symbol, following = stack[-1]
            for reader in following:
                if reader not in open_:
                    open_[reader] = True
                    stack.append((reader, iter(readers.get(reader, ()))))
                    break
                if open_[reader]:
                    acyclic = False
            else:
                open_[symbol] = False
                finished.append(symbol)
                stack.pop()
    finished.reverse()
    return finished, acyclic


def reached(begins: Iterable[str], following: Callable[[str], Iterable[str]]) -> dict[str, None]:
    """These names and all that `following` leads to from them, in the order in which it does."""
    found = dict.fromkeys(begins)
    waiting = list(found)
    while waiting:
        more = [name for name in following(waiting.pop()) if name not in found]
        found.update(dict.fromkeys(more))
        waiting += more
    return found
