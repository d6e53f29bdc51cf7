"""Runs a computation once for each combination of answers to its open questions.

C asks questions that have no answer before a build is configured: `#ifdef CONFIG_KVM`. Instead of
carrying conditions through preprocessor and evaluation, a computation is done once for every
answer: it calls `decide(atom)`, which answers yes the first time, and no when the computation is
repeated. What came out under which answers is then one condition for each result.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from typing import Generic, TypeVar

from kgen.code.conditions import ALWAYS, NEVER, atom, both, either, inverted
from kgen.model.expr import Expr

_T = TypeVar("_T", bound=Hashable)
_Key = TypeVar("_Key", bound=Hashable)
_Value = TypeVar("_Value")

# Repetitions of one computation. Eight independent questions are 256.
LIMIT = 512

# Questions that all its repetitions ask together, each as often as it is asked. Of QEMU no
# computation asks more than 4,581.
QUESTIONS = 1 << 14


class TooManyChoices(Exception):
    """A computation asks more questions than can be tried."""


class Choices:
    """The answers of one try. given: what is already decided. asked: every question, in order."""

    def __init__(self, given: dict[str, bool], answers: list[tuple[str, bool]]) -> None:
        self._known = dict(given)
        self._next = answers
        self.path: list[tuple[str, bool]] = []
        self.asked: list[str] = []

    def decide(self, name: str) -> bool:
        """The answer to a question, an atom of a condition, in this try."""
        self.asked.append(name)
        known = self._known.get(name)
        if known is None:
            at = len(self.path)
            known = self._next[at][1] if at < len(self._next) else True
            self._known[name] = known
            self.path.append((name, known))
        return known

    def asked_since(self, begin: int) -> dict[str, bool]:
        """The answers to the questions from the one with this number on."""
        return {name: self._known[name] for name in self.asked[begin:]}

    @property
    def known(self) -> dict[str, bool]:
        """All that is decided so far."""
        return self._known


class Remembered(Generic[_Key, _Value]):
    """What computations gave, each with the answers to what it asked.

    A computation with a key is done once for each set of answers, in all tries together.
    """

    def __init__(self) -> None:
        self._found: dict[_Key, list[tuple[dict[str, bool], _Value]]] = {}

    def get(self, key: _Key, choices: Choices, compute: Callable[[], _Value]) -> _Value:
        """The value for a key under these choices; `compute` makes it."""
        kept = self._found.setdefault(key, [])
        for answers, value in kept:
            if answers.items() <= choices.known.items():
                choices.asked += answers
                return value
        begin = len(choices.asked)
        value = compute()
        kept.append((choices.asked_since(begin), value))
        return value


def explore(
    compute: Callable[[Choices], Iterable[_T]], given: dict[str, bool] | None = None
) -> list[tuple[_T, Expr]]:
    """What `compute` gives, each with the condition under which it does, in order of appearance.

    compute: has no effects but what it returns. given: answers that are not to be varied.
    Raises TooManyChoices.
    """
    tries: list[tuple[list[tuple[str, bool]], frozenset[_T]]] = []
    order: dict[_T, None] = {}
    answers: list[tuple[str, bool]] = []
    left = QUESTIONS
    while True:
        choices = Choices(given or {}, answers)
        found = dict.fromkeys(compute(choices))
        order.update(found)
        left -= len(choices.asked)
        tries.append((choices.path, frozenset(found)))
        answers = choices.path[:]
        while answers and not answers[-1][1]:
            answers.pop()
        if not answers:
            break
        if len(tries) >= LIMIT or left < 0:
            raise TooManyChoices
        answers[-1] = (answers[-1][0], False)
    if len(tries) == 1:
        return [(item, ALWAYS) for item in order]
    return [
        (item, _condition([(path, item in found) for path, found in tries], 0)) for item in order
    ]


def _condition(tries: list[tuple[list[tuple[str, bool]], bool]], depth: int) -> Expr:
    """When the second part is true. The tries are in order, and alike up to this depth."""
    if all(found for _, found in tries):
        return ALWAYS
    if not any(found for _, found in tries):
        return NEVER
    name = tries[0][0][depth][0]
    yes = _condition([one for one in tries if one[0][depth][1]], depth + 1)
    no = _condition([one for one in tries if not one[0][depth][1]], depth + 1)
    if yes == no:
        return yes
    test = atom(name)
    if yes == ALWAYS:
        return either(test, no)
    if no == ALWAYS:
        return either(inverted(test), yes)
    return either(both(test, yes), both(inverted(test), no))
