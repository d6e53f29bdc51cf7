"""An order of symbols in which each follows what it reads."""

from __future__ import annotations

from collections.abc import Sequence


def order_of(readers: dict[str, list[str]], roots: Sequence[str]) -> tuple[list[str], bool]:
    """All symbols, each before those that read it, as far as there is such an order; and
    whether there is one, that is, no symbol needs itself.

    The reverse of a depth-first search's finishing order from the roots in turn, which is how
    the reference sorts.
    """
    open_: dict[str, bool] = {}  # seen symbols, and whether their readers are still gone through
    finished: list[str] = []
    sound = True
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
                    sound = False
            else:
                open_[symbol] = False
                finished.append(symbol)
                stack.pop()
    finished.reverse()
    return finished, sound
