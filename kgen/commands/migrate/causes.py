"""The cause of each change of a device list."""

from __future__ import annotations

from collections.abc import Sequence

from kgen.commands.diff.diff import Cause, Diff
from kgen.commands.diff.renames import Rename
from kgen.commands.diff.text import sentence
from kgen.commands.migrate.flags import need_of
from kgen.commands.migrate.new_list import MOVE_KINDS, Migration, Move
from kgen.commands.migrate.trials import Bench, TargetTree
from kgen.explain import failure_messages
from kgen.explain.steps import Reasons
from kgen.explain.words import gives
from kgen.model.clauses import Assignment, Model, letter
from kgen.model.expr import names
from kgen.model.record import Record

# The kinds of changes, in the order of the report. A symbol that is lost is not a change of a line.
KINDS = (*MOVE_KINDS, "lost")


class ListChange(Record):
    """A change of the list with its cause.

    kind: one of KINDS. line: of the old list, 0 for an added line; list: its file. why: the
    cause in words; file, place: its file and line in the new tree or, with `old`, in the old one.
    with_: other symbols whose values depend on this line.
    """

    kind: str
    symbol: str
    value: bool
    instead: str
    list: str
    line: int
    why: str
    file: str
    place: int
    old: bool
    with_: tuple[str, ...]


class CauseFinder:
    """Finds the cause of each change."""

    def __init__(
        self,
        bench: Bench,
        old: TargetTree,
        foreign: frozenset[str],
        result: Migration,
        assignments: Sequence[Assignment],
        to_fixed: Diff,
        renamed: Sequence[Rename],
    ) -> None:
        self.bench = bench
        self.result = result
        self.assignments = assignments
        self.renamed = {item.old: item for item in renamed}
        self.reads = _reads(old.model)
        self.foreign = foreign
        self.entries = {entry.symbol: entry.place for entry in reversed(old.model.entries)}
        self.causes: dict[tuple[str, str], Cause] = {}
        self.roots = to_fixed.causes
        for cause in to_fixed.causes:
            self.causes.setdefault((cause.symbol, cause.change), cause)
        self.settings = result.settings_now()
        self.reasons = Reasons(bench.resolve([self.settings]))
        self.by_kind = {
            "gone": self._gone,
            "renamed": self._renamed,
            "contradictory": self._contradictory,
            "no-longer-needed": self._no_longer_needed,
            "needed": self._needed,
            "off": self._off,
        }

    def changes(self) -> list[ListChange]:
        """The changes of lines, and the symbols that no line may keep."""
        found = [self._one(move) for move in self.result.moves]
        explained = {item.instead or item.symbol for item in found}
        values = self.reasons.resolution.values
        for symbol in sorted(self.bench.on):
            if symbol in explained or not self.bench.on[symbol] & ~values[symbol]:
                continue
            why, file, place = self._need(symbol)
            if why:
                found.append(
                    ListChange("lost", symbol, True, "", "", 0, why, file, place, False, ())
                )
        return found

    def _need(self, symbol: str) -> tuple[str, str, int]:
        """The internal symbol that a symbol needs, in words, with the place; "" if none."""
        need = need_of(self.bench, self.settings, symbol)
        if need is None:
            return "", "", 0
        new = need.flag not in self.reads.get(need.clause.target, ())
        place = need.clause.place
        return need.sentence(new, self.foreign), place.file.path, place.line

    def _one(self, move: Move) -> ListChange:
        symbol, value = move.setting
        why, file, place, old = self.by_kind[move.kind](move)
        place_of = None if move.line is None else self.assignments[move.line].place
        return ListChange(
            move.kind,
            symbol,
            value,
            move.instead,
            place_of.file.path if place_of else "",
            place_of.line if place_of else 0,
            why,
            file,
            place,
            old,
            self._with(move) if move.line is None else (),
        )

    def _gone(self, move: Move) -> tuple[str, str, int, bool]:
        place = self.entries[move.setting[0]]
        return "the new tree does not declare it", place.file.path, place.line, True

    def _renamed(self, move: Move) -> tuple[str, str, int, bool]:
        item = self.renamed[move.setting[0]]
        why = f"looks renamed: {item.same} of {item.of} clauses are the same"
        return why, item.file, item.line, False

    def _contradictory(self, move: Move) -> tuple[str, str, int, bool]:
        """The contradiction that the new list has with this line.

        There may be none any more if other lines that took part were removed, too.
        """
        symbol, value = move.setting
        if value:
            why, file, at = self._need(symbol)
            if why:
                return why, file, at, False
        resolution = self.bench.resolve([(*self.settings, move.setting)])
        problems = failure_messages.problems(resolution)
        if not problems:
            return "it took part in a contradiction with other lines", "", 0, False
        problem = problems[0]
        # What forces the symbol to y, and to n; the reasons for it are indented.
        sides = [note for note in problem.notes if note.message.startswith(("y: ", "n: "))]
        where = sides[-1].place if sides else problem.place
        words = "; ".join(note.message for note in sides)
        why = problem.message.split(" in ")[0] + (f" ({words})" if words else "")
        return (why, where.file.path, where.line, False) if where else (why, "", 0, False)

    def _no_longer_needed(self, move: Move) -> tuple[str, str, int, bool]:
        symbol, value = move.setting
        for step in self.reasons.steps(move.instead or symbol):
            if step.clause is not None:
                clause = self.bench.model.clauses[step.clause]
                why = f"it is {letter(value)}: {gives(clause)}"
                return why, clause.place.file.path, clause.place.line, False
        return "nothing makes it y", "", 0, False

    def _needed(self, move: Move) -> tuple[str, str, int, bool]:
        symbol = move.setting[0]
        why, file, place, old = self._caused(symbol, "lost", "a symbol that was y needs it")
        if symbol in self.bench.internal:
            by = ", ".join(self.bench.internal[symbol]) or "nothing"
            why += f"; it is normally only selected, by {by}"
        return why, file, place, old

    def _off(self, move: Move) -> tuple[str, str, int, bool]:
        """Why the symbol would be y without the line: if possible, the change between the trees."""
        symbol = move.setting[0]
        cause = self.causes.get((symbol, "gained"))
        root = self.roots[cause.root] if cause is not None and cause.root is not None else cause
        now = self.reasons.resolution.values
        if root is not None and (root is cause or root.change == "lost" or now.get(root.symbol)):
            return self._caused(symbol, "gained", "it would be y")
        if symbol not in self.entries:
            place = next(one.place for one in self.bench.model.entries if one.symbol == symbol)
            return "it is new", place.file.path, place.line, False
        rest = tuple(item for item in self.settings if item != move.setting)
        without = self.bench.resolve([rest])
        for step in () if without.failed else Reasons(without).steps(symbol):
            if step.clause is not None:
                clause = self.bench.model.clauses[step.clause]
                why = f"it would be y: {gives(clause)}"
                return why, clause.place.file.path, clause.place.line, False
        return "it would be y", "", 0, False

    def _caused(self, symbol: str, change: str, otherwise: str) -> tuple[str, str, int, bool]:
        cause = self.causes.get((symbol, change))
        if cause is None:
            return otherwise, "", 0, False
        root = cause if cause.root is None else self.roots[cause.root]
        follows = "" if root is cause else f"it follows from {root.symbol}: "
        return follows + sentence(root), root.file, root.line, root.old

    def _with(self, move: Move) -> tuple[str, ...]:
        """The other symbols that have another value without this line."""
        rest = tuple(item for item in self.settings if item != move.setting)
        found = self.bench.resolve([rest])
        if found.failed:
            return ()
        now = self.reasons.resolution.values
        changed = (name for name, bits in found.values.items() if bits != now[name])
        return tuple(sorted(name for name in changed if name != move.setting[0]))


def _reads(model: Model) -> dict[str, set[str]]:
    """For each symbol those that its `depends on` name."""
    found: dict[str, set[str]] = {}
    for clause in model.clauses:
        if clause.kind == "depends":
            found.setdefault(clause.target, set()).update(names(clause.condition or ()))
    return found
