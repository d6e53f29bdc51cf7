"""The comparison of two sides of standard Kconfig: which values changed where, and why."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from kgen.commands.diff.standard.causes import Change, changes
from kgen.commands.diff.standard.joined import Half
from kgen.commands.diff.standard.sides import Side
from kgen.model.lanes import members
from kgen.model.record import Record
from kgen.project.standard import Part
from kgen.standard.defconfigs import Line, assigned
from kgen.standard.model import Symbol
from kgen.standard.outputs import config_line, values_of
from kgen.standard.resolver import resolve

# A change that follows from one which is in no .config, where no cause is given.
_UNTOLD = {"follows": "several"}


class Cause(Record):
    """Why a symbol has another value in some targets (sorted); further fields as in causes.Change.

    change: `gained` (it was n or had no value), `lost` or `changed`. before, after: the values; ""
    for none. file: "" if the cause is not a line. root: if `cause` is follows, the index of its
    root in Diff.causes.
    """

    symbol: str
    change: str
    before: str
    after: str
    targets: tuple[str, ...]
    cause: str
    of: str
    was: str
    now: str
    file: str
    line: int
    old: bool
    alone: bool
    root: int | None = None


class Renamed(Record):
    """A removed and a new symbol with the same type and prompt."""

    old: str
    new: str
    prompt: str
    file: str
    line: int


class Diff(Record):
    """The result. pairs: the targets compared, (old, new). causes: roots first. gone, come: the
    targets that were asked for and that the old or the new side alone has."""

    old: Side
    new: Side
    pairs: tuple[tuple[str, str], ...]
    causes: tuple[Cause, ...]
    renames: tuple[Renamed, ...]
    gone: tuple[str, ...]
    come: tuple[str, ...]

    @property
    def different(self) -> bool:
        """Whether anything differs."""
        return bool(self.causes or self.gone or self.come)


def compare(
    old: Side,
    new: Side,
    pairs: Sequence[tuple[str, str]],
    asked: Sequence[Sequence[str]] = ((), ()),
) -> Diff:
    """Compare targets (old, new) of two sides. asked: the targets of each that were asked for."""
    found: dict[tuple[Cause, Cause | None], set[str]] = {}
    for was, now, some in _grouped(old, new, pairs):
        group = _Group(was, now, some)
        for cause, root, targets in group.causes():
            found.setdefault((cause, root), set()).update(targets)
    order = sorted(found, key=lambda key: (key[1] is not None, key[0]))
    at = {cause: index for index, (cause, root) in enumerate(order) if root is None}
    causes = tuple(
        cause._replace(
            targets=tuple(sorted(found[cause, root])), root=None if root is None else at[root]
        )
        for cause, root in order
    )
    gone, come = (
        tuple(sorted({*names} - {*other.targets} - {pair[side] for pair in pairs}))
        for side, (names, other) in enumerate(zip(asked, (new, old), strict=True))
    )
    return Diff(old, new, tuple(pairs), causes, tuple(_renames(old, new)), gone, come)


def _grouped(
    old: Side, new: Side, pairs: Sequence[tuple[str, str]]
) -> Iterator[tuple[Part, Part, list[tuple[str, str]]]]:
    """The pairs whose sides are in the same parts."""
    part_of = [
        {target.name: number for number, part in enumerate(side.parts) for target in part.targets}
        for side in (old, new)
    ]
    found: dict[tuple[int, int], list[tuple[str, str]]] = {}
    for was, now in pairs:
        found.setdefault((part_of[0][was], part_of[1][now]), []).append((was, now))
    for (one, other), some in found.items():
        yield old.parts[one], new.parts[other], some


class _Side:
    """One side of some pairs, with a lane for each."""

    def __init__(self, part: Part, targets: Sequence[str]) -> None:
        self.model = part.model
        by_name = {one.name: lines for one, lines in zip(part.targets, part.lines, strict=True)}
        self.lines = [by_name[name] for name in targets]
        if list(targets) == [target.name for target in part.targets]:
            self.half = Half(part.resolution, part.assigned)
        else:
            given, _ = assigned(part.model, self.lines)
            self.half = Half(resolve(part.model, given), given)
        self._numbers = part.model.numbers()
        self._last: dict[int, dict[str, Line]] = {}  # of some lanes, by name
        self._values: dict[str, dict[str, int]] = {}

    def symbol(self, name: str) -> Symbol | None:
        number = self._numbers.get(name)
        return None if number is None else self.model.symbols[number]

    def values(self, name: str) -> dict[str, int]:
        """The lanes of each value that is in a .config; n is none."""
        if name not in self._values:
            self._values[name] = self._values_of(name)
        return self._values[name]

    def _values_of(self, name: str) -> dict[str, int]:
        number = self._numbers.get(name)
        if number is None:
            return {}
        logical = self.model.symbols[number].logical
        pairs = ((text, lanes) for lanes, text in values_of(self.half.resolution, number) if lanes)
        return {text: lanes for text, lanes in pairs if not (logical and text == "n")}

    def line(self, name: str, lane: int) -> Line | None:
        """The last line for a symbol."""
        if lane not in self._last:
            self._last[lane] = {one.name: one for one in self.lines[lane]}
        return self._last[lane].get(name)

    def written(self, name: str, line: Line | None) -> str:
        """A line as it stands in a defconfig."""
        symbol = self.symbol(name)
        if line is None or symbol is None:
            return ""
        if line.value is None:
            return config_line(self.model, Symbol(name, "bool"), "n").strip()
        return f"{self.model.prefix}{name}={line.value}"


class _Group:
    """Pairs that share a model on each side."""

    def __init__(self, old: Part, new: Part, pairs: Sequence[tuple[str, str]]) -> None:
        self._old = _Side(old, [was for was, _ in pairs])
        self._new = _Side(new, [now for _, now in pairs])
        self._targets = [now for _, now in pairs]
        # The line that is shown of an assignment, by symbol and text before and after: the same for
        # all targets, and for those alone in which something follows from it.
        self._shown_lines: dict[tuple[str, str, str], tuple[Line | None, bool]] = {}

    def causes(self) -> Iterator[tuple[Cause, Cause | None, list[str]]]:
        """Each cause without targets, its root likewise, and the targets."""
        every = list(changes(self._old.half, self._new.half))
        by_symbol: dict[str, list[Change]] = {}
        for change in every:
            by_symbol.setdefault(change.symbol, []).append(change)
        for change in every:
            for root, lanes in _roots(change, by_symbol).items():
                if root is change:
                    for cause, some in self._divided(change._replace(pairs=lanes)):
                        # What it follows from is given for roots alone.
                        cause = cause._replace(cause=_UNTOLD.get(cause.cause, cause.cause))
                        yield cause, None, self._names(some)
                    continue
                for above, some in self._divided(root._replace(pairs=lanes)):
                    for cause, where in self._divided(change._replace(pairs=some)):
                        yield cause, above, self._names(where)

    def _names(self, lanes: int) -> list[str]:
        return [self._targets[lane] for lane in members(lanes)]

    def _divided(self, change: Change) -> Iterator[tuple[Cause, int]]:
        """A change by values before and after and, of an assignment, by its lines."""
        old, new = self._old.values(change.symbol), self._new.values(change.symbol)
        for before, lanes in _and_none(old, change.pairs):
            for after, some in _and_none(new, lanes):
                if (before or None) == (after or None):
                    continue  # an empty text is shown like none
                word = "gained" if before is None else "lost" if after is None else "changed"
                side = self._old if change.old else self._new
                file, line = "", 0
                if change.spot is not None:
                    file, line = side.model.files[change.spot[0]], change.spot[1]
                cause = Cause(
                    symbol=change.symbol,
                    change=word,
                    before=self._shown(before, change),
                    after=self._shown(after, change),
                    targets=(),
                    cause=change.cause,
                    of=change.of,
                    was=change.was,
                    now=change.now,
                    file=file,
                    line=line,
                    old=change.old,
                    alone=change.alone,
                )
                if change.cause == "assignment":
                    yield from self._by_lines(cause, some)
                else:
                    yield cause, some

    def _shown(self, value: str | None, change: Change) -> str:
        if value is not None:
            return value
        symbol = self._new.symbol(change.symbol) or self._old.symbol(change.symbol)
        return "n" if symbol is not None and symbol.logical else ""

    def _by_lines(self, cause: Cause, lanes: int) -> Iterator[tuple[Cause, int]]:
        """A change by an assignment, divided by the lines before and after."""
        name = cause.symbol
        found: dict[tuple[str, str], int] = {}
        for lane in members(lanes):
            old, new = self._old.line(name, lane), self._new.line(name, lane)
            key = self._old.written(name, old), self._new.written(name, new)
            self._shown_lines.setdefault((name, *key), (new or old, new is None))
            found[key] = found.get(key, 0) | 1 << lane
        for (was, now), some in found.items():
            line, gone = self._shown_lines[name, was, now]
            file, number = ("", 0) if line is None else (line.file, line.line)
            yield cause._replace(was=was, now=now, file=file, line=number, old=gone), some


def _and_none(values: Mapping[str, int], lanes: int) -> Iterator[tuple[str | None, int]]:
    """Each value with its lanes among some, and those without any."""
    for text, where in values.items():
        if where & lanes:
            yield text, where & lanes
            lanes &= ~where
    if lanes:
        yield None, lanes


def _roots(change: Change, by_symbol: Mapping[str, Sequence[Change]]) -> dict[Change, int]:
    """What a change follows from in the end, each with its pairs; itself where none is given."""
    found: dict[Change, int] = {}
    stack = [(change, change.pairs, 0)]
    while stack:
        at, lanes, depth = stack.pop()
        following = by_symbol.get(at.of, ()) if at.cause == "follows" else ()
        if at.cause != "follows" or depth > len(by_symbol):
            root = change if depth > len(by_symbol) else at
            found[root] = found.get(root, 0) | lanes
            continue
        for one in following:
            if one.pairs & lanes:
                stack.append((one, one.pairs & lanes, depth + 1))
                lanes &= ~one.pairs
        if lanes:
            found[change] = found.get(change, 0) | lanes
    return found


def _renames(old: Side, new: Side) -> Iterator[Renamed]:
    """Removed and new symbols with the same type and prompt, where only one of each has them."""
    was, now = (
        {
            part.model.symbols[number].name: (part, part.model.symbols[number])
            for part in side.parts
            for number in part.model.defined
        }
        for side in (old, new)
    )
    gone = _by_prompt(was[name][1] for name in was.keys() - now.keys())
    come = _by_prompt(now[name][1] for name in now.keys() - was.keys())
    for key in sorted(gone.keys() & come.keys()):
        if len(gone[key]) == len(come[key]) == 1:
            name = come[key][0]
            part, symbol = now[name]
            file, line = symbol.spots[0]
            yield Renamed(gone[key][0], name, key[1], part.model.files[file], line)


def _by_prompt(symbols: Iterator[Symbol]) -> dict[tuple[str, str], list[str]]:
    found: dict[tuple[str, str], list[str]] = {}
    for symbol in symbols:
        if symbol.prompts:
            found.setdefault((symbol.type, symbol.prompts[0].text), []).append(symbol.name)
    return found
