"""The history of a repository: where two commits parted."""

from __future__ import annotations

import heapq

from kgen.files.git.objects import Commit, Objects
from kgen.files.git.repository import Unreadable

# Marks of a commit: in whose history it is, and whether it is before a common one.
_ONE, _OTHER, _BEFORE = 1, 2, 4
_COMMON = _ONE | _OTHER


def parting(objects: Objects, one: str, other: str) -> str:
    """The last commit that is in the history of both, as `git merge-base` finds it; of several the
    newest.

    Only as much of the history is read as has to be, which may be all. Raises Unreadable if there
    is none, which a shallow clone may be the reason of.
    """
    commits: dict[str, Commit] = {}
    marks: dict[str, int] = {}
    waiting: list[tuple[int, str]] = []
    undecided: set[str] = set()  # those of them that may lead to such a commit
    found: set[str] = set()

    def reach(name: str, mark: int) -> None:
        before = marks.get(name, 0)
        if before | mark == before:
            return
        marks[name] = before | mark
        if name not in commits:
            commits[name] = objects.commit(name)
        heapq.heappush(waiting, (-commits[name].time, name))
        if marks[name] & _BEFORE:
            undecided.discard(name)
        else:
            undecided.add(name)

    reach(one, _ONE)
    reach(other, _OTHER)
    while undecided:
        name = heapq.heappop(waiting)[1]
        undecided.discard(name)
        mark = marks[name]
        if mark == _COMMON:
            if name in (one, other):
                return name
            found.add(name)
            mark |= _BEFORE
        if not objects.is_shallow(name):
            for parent in commits[name].parents:
                reach(parent, mark)
    last = [name for name in found if not marks[name] & _BEFORE]
    if not last:
        raise Unreadable("no commit is in the history of both", objects.shallow_hint())
    return max(last, key=lambda name: (commits[name].time, name))
