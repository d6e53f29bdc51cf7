"""The input of a resolution: a model, and the assignments and modes of all lanes as bit sets."""

from __future__ import annotations

from collections.abc import Mapping

from kgen.model.clauses import Assignment, Model
from kgen.model.configurations import Lane
from kgen.model.lanes import members
from kgen.model.record import Record


class BySymbol:
    """The assignments of a model and its lanes by symbol, each in textual order; those of the
    lanes with their lanes."""

    def __init__(self, model: Model, lanes: tuple[Lane, ...], chosen: int) -> None:
        """chosen: the lanes that matter."""
        self.everywhere: dict[str, list[Assignment]] = {}
        for item in model.assignments:
            self.everywhere.setdefault(item.symbol, []).append(item)
        self.lanes: dict[str, list[tuple[int, Assignment]]] = {}
        for bit in members(chosen):
            for item in lanes[bit].assignments:
                self.lanes.setdefault(item.symbol, []).append((bit, item))


class Task(Record):
    """The input of all passes. Sets of lanes are bit sets.

    symbols: all symbols, in the order of first mention. assigned: for each assigned symbol a pair:
    the lanes in which it is set to y, and those in which it is set to n. external: for each
    external symbol the lanes in which it is external. everywhere: all lanes. given: for each
    default and imply (an index into the clauses) the lanes in which it gives y if it decides.
    finally_: for each symbol the lanes in which it is y if no clause decides. given and finally_
    depend on the modes of the lanes.
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
    """The Task of these lanes. seed: random seed for lanes in randconfig mode."""
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
    """A task of one lane, repeated for `width` lanes with these assignments instead of its own.

    assigned: for each symbol the lanes in which it is set to y, and those in which it is set to n.
    The result has no Lane objects, so that even 100,000 lanes need only the memory of their bits.
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
    """Task.given and Task.finally_, from the modes of the lanes.

    allnoconfig and allyesconfig replace each of these values; randconfig draws it at random.
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
    random_lanes = by_mode["randconfig"]
    if random_lanes:
        import random

        generator = random.Random(seed)
        for index in sorted(given):
            given[index] |= generator.getrandbits(len(lanes)) & random_lanes
        for symbol in finally_:
            finally_[symbol] |= generator.getrandbits(len(lanes)) & random_lanes
    return given, finally_


def _assigned(
    model: Model, lanes: tuple[Lane, ...], everywhere: int
) -> tuple[dict[str, tuple[int, int]], dict[str, int]]:
    """Task.assigned and Task.external."""
    assigned: dict[str, tuple[int, int]] = {}
    external: dict[str, int] = {}

    def assign(item: Assignment, lanes: int) -> None:
        yes, no = assigned.get(item.symbol, (0, 0))
        assigned[item.symbol] = (yes | lanes, no) if item.value else (yes, no | lanes)

    for item in model.assignments:
        assign(item, everywhere)
    # Lanes share assignment objects (mostly host features). Each object is processed only once,
    # so that the time hardly depends on the number of lanes.
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
