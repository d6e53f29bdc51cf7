"""What a user can choose for one target: each board, group and device, with its relations.

Whether a value can be inverted is not derived from the clauses but tested: every symbol is inverted
in its own lane, and all those lanes are resolved in one pass.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kgen.commands.savedefconfig.minimal import needed
from kgen.explain.steps import Reasons
from kgen.explain.support import Fact, support
from kgen.explain.words import nothing
from kgen.model.clauses import Assignment, Clause, letter, reads, written
from kgen.model.configurations import Outcome, Resolution
from kgen.model.expr import names, text
from kgen.model.kinds import CHOSEN, folder_of
from kgen.model.places import Place
from kgen.model.record import Record
from kgen.resolve.resolver import resolve
from kgen.targets.externals import externals
from kgen.targets.symbol_kinds import kinds

if TYPE_CHECKING:
    from kgen.commands.savedefconfig.minimal import Aim


class Part(Record):
    """One symbol that a devices file can set.

    on: its present value. active: the configuration needs a line for it. fixed: why it cannot be
    inverted by itself, "" if it can. elsewhere: it is a board of another architecture. groups: the
    device groups that its defaults name. needs: its `depends on`. brings: what it selects.
    given: its defaults. implied_by: what implies it, symbols that are y first; implying: how many
    of these are y. needed_by: symbols that are y and select it or depend on it. changes: the other
    symbols that inverting it changes, sorted.
    """

    symbol: str
    kind: str
    place: Place
    on: bool
    active: bool
    fixed: str = ""
    elsewhere: bool = False
    groups: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    brings: tuple[str, ...] = ()
    given: tuple[str, ...] = ()
    implied_by: tuple[str, ...] = ()
    implying: int = 0
    needed_by: tuple[str, ...] = ()
    changes: tuple[str, ...] = ()

    @property
    def folder(self) -> str:
        """The folder where it is declared."""
        return folder_of(self.place.file.path)


class Choices(Record):
    """All choices of one target, sorted by symbol, and the lines that it needs."""

    target: str
    aim: str
    needed: dict[str, bool]
    parts: tuple[Part, ...]


def choices(outcome: Outcome, aim: Aim) -> Choices:
    """The choices of a target, which must not fail.

    aim: the mode in which a devices file with them will be used.
    """
    return _Chooser(outcome, aim).choices()


class _Chooser:
    def __init__(self, outcome: Outcome, aim: Aim) -> None:
        self.outcome = outcome
        self.aim = aim
        self.resolution = outcome.resolution
        self.bit = 1 << outcome.lane
        self.needed = needed(self.resolution, outcome.lane, aim)
        model = self.resolution.model
        self.kinds = kinds(model, externals(model, [outcome]))
        self.reasons = Reasons(self.resolution)
        self.places: dict[str, Place] = {}
        for entry in model.entries:
            self.places.setdefault(entry.symbol, entry.place)
        self.own: dict[str, list[Clause]] = {}
        self.depending: dict[str, list[str]] = {}
        for clause in model.clauses:
            self.own.setdefault(clause.symbol, []).append(clause)
            if clause.kind == "depends":
                for name in dict.fromkeys(names(clause.condition or ())):
                    self.depending.setdefault(name, []).append(clause.symbol)

    def choices(self) -> Choices:
        symbols = [
            symbol
            for symbol, kind in sorted(self.kinds.items())
            if (kind in CHOSEN or symbol in self.needed) and not self._outside(symbol)
        ]
        inverted = self._inverted(symbols)
        parts = tuple(self._part(symbol, inverted, lane) for lane, symbol in enumerate(symbols))
        return Choices(self.outcome.target.name, self.aim, self.needed, parts)

    def _outside(self, symbol: str) -> bool:
        return bool(self.resolution.external.get(symbol, 0) & self.bit)

    def _inverted(self, symbols: list[str]) -> Resolution:
        """Resolve a lane for each symbol, in which it is inverted."""
        lane = self.resolution.lanes[self.outcome.lane]
        outside = tuple(item for item in lane.assignments if item.external)
        lines = {name: Assignment(name, value) for name, value in self.needed.items()}
        lanes = []
        for symbol in symbols:
            own = {**lines, symbol: Assignment(symbol, not self.outcome.value(symbol))}
            lanes.append(lane._replace(mode=self.aim, assignments=(*own.values(), *outside)))
        return resolve(self.resolution.model, lanes)

    def _part(self, symbol: str, inverted: Resolution, lane: int) -> Part:
        on = self.outcome.value(symbol)
        model = self.resolution.model
        own, about = self.own.get(symbol, []), [model.clauses[i] for i in model.about(symbol)]
        fails = bool(inverted.failed >> lane & 1)
        given = [written(clause) for clause in about if clause.kind == "default"]
        implied = sorted(
            {clause.symbol for clause in about if clause.kind == "imply"},
            key=lambda name: (not self.outcome.value(name), name),
        )
        return Part(
            symbol,
            self.kinds[symbol],
            self.places[symbol],
            on,
            symbol in self.needed,
            self._why_fixed(symbol, on, inverted, lane) if fails else "",
            self._elsewhere(symbol, on),
            tuple(self._groups(about)),
            tuple(text(c.condition or ()) for c in own if c.kind == "depends"),
            tuple(dict.fromkeys(c.target for c in own if c.kind == "select")),
            tuple(dict.fromkeys(given)),
            tuple(implied),
            sum(self.outcome.value(name) for name in implied),
            tuple(self._needed_by(symbol)) if on else (),
            () if fails else tuple(self._changes(symbol, inverted, lane)),
        )

    def _groups(self, about: list[Clause]) -> list[str]:
        """The device groups that a symbol's defaults name, in their order."""
        named = [
            name
            for clause in about
            if clause.kind == "default" and clause.condition is not None
            for name in names(clause.condition)
        ]
        return [name for name in dict.fromkeys(named) if self.kinds.get(name) == "group"]

    def _needed_by(self, symbol: str) -> list[str]:
        """Symbols that are y and select this one, or depend on it."""
        model = self.resolution.model
        selecting = [
            model.clauses[index].symbol
            for index in model.by_symbol.forcing.get(symbol, ())
            if model.clauses[index].kind == "select" and self.resolution.decided[index] & self.bit
        ]
        depending = [name for name in self.depending.get(symbol, ()) if self.outcome.value(name)]
        return sorted({*selecting, *depending} - {symbol})

    def _changes(self, symbol: str, inverted: Resolution, lane: int) -> list[str]:
        return [
            name
            for name in sorted(inverted.values)
            if name != symbol
            and bool(inverted.values[name] >> lane & 1) != self.outcome.value(name)
        ]

    def _why_fixed(self, symbol: str, on: bool, inverted: Resolution, lane: int) -> str:
        """Why the symbol cannot have the other value, in a few words."""
        if not on:
            blocking = self._blocking(symbol)
            if blocking:
                return "needs " + ", ".join(map(self._fact, blocking))
        else:
            steps = self.reasons.steps(symbol, self.bit)
            clauses = self.resolution.model.clauses
            selecting = [
                clauses[step.clause].symbol
                for step in steps
                if step.kind == "selected" and step.clause is not None
            ]
            if selecting:
                return f"selected by {', '.join(dict.fromkeys(selecting))}"
        wrong = sorted({c.symbol for c in inverted.contradictions if c.lanes >> lane & 1})
        value = "n" if on else "y"
        return f"={value} gives a contradiction for {', '.join(wrong)}"

    def _fact(self, fact: Fact) -> str:
        name, value = fact
        outside = not value and name in self.reasons.bounds.hosts
        why = nothing(name, (), self.reasons.bounds, self.bit) if outside else letter(value)
        return f"{name}, which is {why}"

    def _blocking(self, symbol: str) -> list[Fact]:
        """The facts because of which the `depends on` of a symbol do not hold."""
        return list(
            dict.fromkeys(
                fact
                for clause in self.own.get(symbol, [])
                if clause.kind == "depends"
                for _, facts in support(reads(clause), False, self.bit, self.reasons.known)
                for fact in facts
            )
        )

    def _elsewhere(self, symbol: str, on: bool) -> bool:
        """Whether a board that is off belongs to another architecture.

        Its `depends on` decides or, in old trees whose boards have none, its folder.
        """
        if on or self.kinds[symbol] != "board":
            return False
        if any(self.kinds.get(name) == "external" for name, _ in self._blocking(symbol)):
            return True
        named = {
            name
            for clause in self.own.get(symbol, [])
            if clause.kind == "depends"
            for name in names(clause.condition or ())
        }
        if any(self.kinds.get(name) == "external" for name in named):
            return False
        target = self.outcome.target
        folders = {f"hw/{target.architecture}", f"hw/{target.base_architecture}"}
        folders |= {
            folder_of(self.places[name].file.path)
            for name, kind in self.kinds.items()
            if kind == "board" and self.outcome.value(name)
        }
        return folder_of(self.places[symbol].file.path) not in folders
