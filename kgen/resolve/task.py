"""What a resolution works on: a model, and lanes with what they assign as bits."""

from __future__ import annotations

from collections.abc import Mapping

from kgen.model.clauses import Assignment, Model
from kgen.model.configurations import Lane
from kgen.model.record import Record


class Task(Record):
    """What all passes read: the model, the lanes and what they assign, as bits.

    given: for each default and imply (an index into the clauses) the lanes in which it gives y
    where it decides; finally_: the same for a symbol that nothing decides. That is where the
    modes come in.
    """

    model: Model
    lanes: tuple[Lane, ...]
    symbols: tuple[str, ...]
    assigned: dict[str, tuple[int, int]]
    external: dict[str, int]
    everywhere: int
    given: dict[int, int]
    finally_: dict[str, int]


def make_task(model: Model, lanes: tuple[Lane, ...], seed: int = 0) -> Task:
    """Put the assignments and the modes in order for one resolution."""
    everywhere = (1 << len(lanes)) - 1
    assigned, external = _assigned(model, lanes, everywhere)
    symbols = tuple(dict.fromkeys((*model.mentions, *assigned)))
    given, finally_ = _modes(model, lanes, symbols, seed)
    return Task(
        model,
        lanes,
        symbols,
        assigned,
        external,
        everywhere,
        given,
        finally_,
    )


def spread(task: Task, width: int, assigned: Mapping[str, tuple[int, int]]) -> Task:
    """The same lane `width` times, with these assignments in the place of its own.

    task: of one lane. assigned: for each symbol the lanes in which it is set to y, and to n.
    The lanes of the result have no names: a hundred thousand of them cost what their bits cost.
    """
    everywhere = (1 << width) - 1

    def wide(lanes: int) -> int:
        return everywhere if lanes else 0

    return task._replace(
        lanes=(),
        assigned=dict(assigned),
        external={symbol: wide(lanes) for symbol, lanes in task.external.items()},
        everywhere=everywhere,
        given={index: wide(lanes) for index, lanes in task.given.items()},
        finally_={symbol: wide(lanes) for symbol, lanes in task.finally_.items()},
    )


def _modes(
    model: Model, lanes: tuple[Lane, ...], symbols: tuple[str, ...], seed: int
) -> tuple[dict[int, int], dict[str, int]]:
    """What defaults give in each lane's mode, and what is left when none decides.

    allnoconfig and allyesconfig replace every such value; randconfig draws each anew.
    """
    by_mode = dict.fromkeys(("defconfig", "allnoconfig", "allyesconfig", "randconfig"), 0)
    for bit, lane in enumerate(lanes):
        by_mode[lane.mode] |= 1 << bit
    yes = by_mode["allyesconfig"]
    value = {True: yes | by_mode["defconfig"], False: yes}
    given = {
        index: value[model.clauses[index].value]
        for table in model.by_symbol.giving.values()
        for index in table
    }
    finally_ = dict.fromkeys(symbols, yes)
    drawn = by_mode["randconfig"]
    if drawn:
        import random

        dice = random.Random(seed)
        for index in sorted(given):
            given[index] |= dice.getrandbits(len(lanes)) & drawn
        for symbol in finally_:
            finally_[symbol] |= dice.getrandbits(len(lanes)) & drawn
    return given, finally_


def _assigned(
    model: Model, lanes: tuple[Lane, ...], everywhere: int
) -> tuple[dict[str, tuple[int, int]], dict[str, int]]:
    """For each assigned symbol the lanes in which it is set to y and to n, and hidden ones."""
    assigned: dict[str, tuple[int, int]] = {}
    external: dict[str, int] = {}

    def assign(item: Assignment, lanes: int) -> None:
        yes, no = assigned.get(item.symbol, (0, 0))
        assigned[item.symbol] = (yes | lanes, no) if item.value else (yes, no | lanes)

    for item in model.assignments:
        assign(item, everywhere)
    # What lanes share (host features, mostly) is one object in all of them: go through each
    # object once, so that more lanes cost next to nothing.
    items: dict[int, Assignment] = {}
    where: dict[int, int] = {}
    for bit, lane in enumerate(lanes):
        mask = 1 << bit
        for item in lane.assignments:
            key = id(item)
            if key in where:
                where[key] |= mask
            else:
                where[key] = mask
                items[key] = item
    for key, item in items.items():
        assign(item, where[key])
        if item.external:
            external[item.symbol] = external.get(item.symbol, 0) | where[key]
    return assigned, external
