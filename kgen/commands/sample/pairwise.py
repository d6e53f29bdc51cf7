"""Valid configurations of a target: a number of different ones, or few that cover all pairs.

A pair is a value of one device setting together with a value of another. From a large pool of
valid random configurations, a greedy choice takes those that cover the most uncovered pairs. For
pairs that are not in the pool, configurations are constructed specifically.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Mapping, Sequence

from kgen.commands.sample.refute import refuted
from kgen.commands.sample.repair import repaired
from kgen.commands.sample.settings import device_settings
from kgen.commands.sweep.masks import Masks, assignments_in, masks_of
from kgen.commands.sweep.random_masks import draw
from kgen.commands.sweep.scope import Scope, values_in
from kgen.model.lanes import members
from kgen.model.record import Record

_POOL = 4096


_DENSITIES = (32, 64, 128, 256, 384, 512, 768, 1024)


_BLOCKS = 64  # the most pools to search for different configurations


_WAYS = 8  # attempts to construct a configuration for one pair


class Sample(Record):
    """A valid configuration. assigned: the lines of its devices file; on: the symbols printed."""

    assigned: tuple[tuple[str, bool], ...]
    on: tuple[str, ...]


Literal = tuple[str, bool]


class Pairs(Record):
    """How many pairs of settings, or of names, a set of samples covers.

    settings: those that differ between valid configurations. constant: those that were never
    found with the other value. covered: the number of covered pairs. impossible: the number of
    pairs proved impossible. missing: pairs that were not found and may or may not be possible.
    """

    settings: tuple[str, ...]
    constant: tuple[Literal, ...]
    covered: int
    impossible: int
    missing: tuple[tuple[Literal, Literal], ...]


def different(scope: Scope, number: int, seed: int) -> tuple[Sample, ...]:
    """The given number of valid configurations, no two alike; fewer if not enough are found."""
    found: dict[tuple[str, ...], Sample] = {}
    names = _open_settings(scope)
    for block in range(_BLOCKS):
        before = len(found)
        for sample in _pool(scope, names, seed, block, min(_POOL, max(256, 2 * number))):
            found.setdefault(sample.on, sample)
            if len(found) == number:
                return tuple(found.values())
        if len(found) == before and block > 4:
            break
    return tuple(found.values())


def pairwise(
    scope: Scope,
    seed: int,
    step: Callable[[], None],
    needs: Mapping[str, Sequence[str]] | None = None,
) -> tuple[tuple[Sample, ...], Pairs]:
    """A small set of valid configurations that covers every pair of device settings found.

    step: reports progress; called four times. needs: cover pairs of these symbols instead, which
    follow from settings; with each what it needs.
    """
    candidates = _open_settings(scope)
    may = frozenset(candidates)
    aims = candidates if needs is None else tuple(needs)

    def wish(*literals: Literal) -> list[Literal]:
        """What to assign for these values."""
        if needs is None:
            return list(literals)
        found: list[Literal] = []
        for name, value in literals:
            settable = [(symbol, value) for symbol in needs[name] if symbol in may]
            found += settable if value else settable[:1]  # to lack one is enough
        return found

    pool = _Pool(aims)
    pool.add(_pool(scope, candidates, seed, 0, _POOL))
    step()
    single = [wish(literal) for literal in pool.literals() if not pool.has(*literal)]
    pool.add(_directed(scope, candidates, single, f"{seed}/{scope.name}/single"))
    step()
    names = tuple(name for name in aims if pool.has(name, True) and pool.has(name, False))
    constant = tuple((name, pool.has(name, True)) for name in aims if name not in names)
    matrix = _Matrix(names)
    seen = matrix.shown(pool.samples)
    unseen = matrix.lacking(seen)
    proofs = refuted(scope, [dict(pair) for pair in unseen], may)
    impossible = {pair for pair, proof in zip(unseen, proofs, strict=True) if proof}
    open_ = [pair for pair in unseen if pair not in impossible]
    wishes = [wish(*pair) for pair in open_]
    pool.add(_directed(scope, candidates, wishes, f"{seed}/{scope.name}/pairs"))
    step()
    seen = matrix.shown(pool.samples)
    missing = tuple(pair for pair in matrix.lacking(seen) if pair not in impossible)
    chosen = matrix.cover(pool.samples, seen)
    step()
    covered = sum(row.bit_count() for row in seen) // 2
    return chosen, Pairs(names, constant, covered, len(impossible), missing)


def _open_settings(scope: Scope) -> tuple[str, ...]:
    """The device settings, without those that are proved not to be y in any configuration."""
    names = device_settings(scope)
    proofs = refuted(scope, [{name: True} for name in names], frozenset(names))
    return tuple(name for name, proof in zip(names, proofs, strict=True) if not proof)


def _pool(scope: Scope, names: Sequence[str], seed: int, block: int, width: int) -> list[Sample]:
    """Valid random configurations, from dense assignments of the settings."""
    key = f"{seed}/{scope.name}/sample/{block}"
    masks = draw(names, _DENSITIES, 512, key, width)
    return _valid(scope, names, width, masks, {}, key)


def _directed(
    scope: Scope, names: Sequence[str], wishes: Sequence[Sequence[Literal]], key: str
) -> list[Sample]:
    """Valid configurations with the wanted values, as far as they can be found."""
    found: list[Sample] = []
    each = _POOL // _WAYS
    for start in range(0, len(wishes), each):
        part = [wish for wish in wishes[start : start + each] for _ in range(_WAYS)]
        width = len(part)
        # The attempts differ in how many other settings are assigned at random, from none to many.
        masks = draw(names, (0, 0, 32, 64, 128, 256, 384, 512), 512, f"{key}/{start}", width)
        found += _valid(scope, names, width, masks, masks_of(part), f"{key}/{start}/repair")
    return found


def _valid(
    scope: Scope, names: Sequence[str], width: int, masks: Masks, pinned: Masks, key: str
) -> list[Sample]:
    assigned, valid = repaired(scope, width, masks, pinned, frozenset(names), key)
    values, failed = values_in(scope._replace(lines={}), width, assigned)
    valid &= ~failed
    bits = list(members(valid))
    hidden = scope.task.external
    printed = {name: (lanes, 0) for name, lanes in values.items() if name not in hidden}
    written = assignments_in(assigned, bits, width)
    on = assignments_in(printed, bits, width)
    return [
        Sample(tuple(lines.items()), tuple(names)) for lines, names in zip(written, on, strict=True)
    ]


class _Pool:
    """Samples with different results, and the values of the settings in them."""

    def __init__(self, candidates: Sequence[str]) -> None:
        self.candidates = candidates
        self.samples: list[Sample] = []
        self.known: set[tuple[str, ...]] = set()
        self.on: set[str] = set()
        self.off: set[str] = set()

    def add(self, samples: Sequence[Sample]) -> None:
        for sample in samples:
            if sample.on not in self.known:
                self.known.add(sample.on)
                self.samples.append(sample)
                on = set(sample.on)
                self.on |= on
                self.off.update(name for name in self.candidates if name not in on)

    def has(self, name: str, value: bool) -> bool:
        return name in (self.on if value else self.off)

    def literals(self) -> list[Literal]:
        return [(name, value) for name in self.candidates for value in (False, True)]


class _Matrix:
    """Pairs as rows of bits: literal 2i is the i-th name at n, 2i+1 at y."""

    def __init__(self, names: Sequence[str]) -> None:
        self.names = names
        self.number = {name: number for number, name in enumerate(names)}
        # Every other bit, starting with the lowest: all names at n.
        self.off = sum(1 << 2 * number for number in range(len(names)))

    def row(self, sample: Sample) -> int:
        """The literals of a configuration, as bits."""
        on = 0
        for name in sample.on:
            number = self.number.get(name)
            if number is not None:
                on |= 1 << 2 * number
        return self.off ^ on | on << 1

    def shown(self, samples: Sequence[Sample]) -> list[int]:
        """For each literal, the literals of other names that occur with it in some sample."""
        rows = [0] * (2 * len(self.names))
        for row in {self.row(sample) for sample in samples}:
            for literal in members(row):
                rows[literal] |= row
        return [row & ~(3 << (literal & ~1)) for literal, row in enumerate(rows)]

    def lacking(self, shown: Sequence[int]) -> list[tuple[Literal, Literal]]:
        """All pairs that no sample covers."""
        every = (1 << 2 * len(self.names)) - 1
        found: list[tuple[Literal, Literal]] = []
        for literal, row in enumerate(shown):
            later = every >> ((literal | 1) + 1) << ((literal | 1) + 1)
            lacking = members(later & ~row)
            found += [(self.literal(literal), self.literal(other)) for other in lacking]
        return found

    def literal(self, number: int) -> Literal:
        return self.names[number >> 1], bool(number & 1)

    def cover(self, samples: Sequence[Sample], shown: Sequence[int]) -> tuple[Sample, ...]:
        """Few samples that cover as many pairs as all of them, by a greedy choice.

        The gain of a sample only shrinks as others are chosen, so a sample that is still best
        after a recount needs no comparison with the rest.
        """
        left = list(shown)
        rows = [self.row(sample) for sample in samples]
        pairs = [list(members(row)) for row in rows]

        def gain(index: int) -> int:
            row = rows[index]
            return sum((left[literal] & row).bit_count() for literal in pairs[index])

        queue = [(-gain(index), index) for index in range(len(samples))]
        heapq.heapify(queue)
        chosen: list[Sample] = []
        while queue:
            _, index = heapq.heappop(queue)
            now = gain(index)
            if not now:
                continue
            if queue and -queue[0][0] > now:
                heapq.heappush(queue, (-now, index))
                continue
            chosen.append(samples[index])
            for literal in pairs[index]:
                left[literal] &= ~rows[index]
        return tuple(chosen)


def shows(samples: Sequence[Sample], names: Sequence[str]) -> int:
    """The number of pairs of these settings that the samples cover."""
    return sum(row.bit_count() for row in _Matrix(names).shown(samples)) // 2
