"""Policy checks on the matrix: what violates the policy, and why. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING

from kgen.code import conditions
from kgen.commands.audit.matrix import Lookup, below, fits
from kgen.commands.audit.rows import GLOB, Audit, Named, Row
from kgen.model.expr import NOT, Expr, is_name
from kgen.model.finding import Finding, Related, in_order
from kgen.model.lanes import union
from kgen.model.places import Place
from kgen.model.problems import Nearest, Problem
from kgen.model.record import Record

if TYPE_CHECKING:
    from kgen.commands.audit.policy import Entry, Pattern, Policy

# The reasons for a symbol's value in some configurations: sentence, place, configurations.
Why = Callable[[str, int], Iterator[tuple[str, Place | None, int]]]

# What each rule reports: for help texts, documents and SARIF.
ABOUT = {
    "policy-require": "A symbol that the policy requires is n; a device or machine is not there.",
    "policy-forbid": "A symbol that the policy forbids is y; a device or machine is there.",
    "policy-allow-only": "A symbol is y, or a device or machine there, that no entry allows.",
    "policy-unmatched": "A part of the policy matches no symbol, device, folder or target.",
    "policy-expired": "An entry of the policy has expired and is not checked.",
    "target-fails": "A target cannot be configured, so the policy cannot be checked on it.",
    "policy-unknown": "Whether a target has a device or a machine of the policy is not known.",
}


_UNKNOWN = "policy-unknown"

_NUMBERS = {rule: f"P{number:03}" for number, rule in enumerate(ABOUT, 1)}


class Check(Record):
    """One check with its findings: of a policy entry, or of a configuration.

    entry: of the policy, if it was checked on at least one configuration; else None. unknown: what
    is neither kept nor broken, because it is not known whether a device is there.
    """

    group: str
    name: str
    findings: tuple[Finding, ...]
    entry: Entry | None = None
    unknown: tuple[Finding, ...] = ()


class _Shown(Record):
    """Makes findings. file_of: the displayed file name of a place."""

    file_of: Callable[[Place], str]

    def finding(self, rule: str, place: Place | None, message: str) -> Finding:
        """A finding of one of these rules at a place, or without one."""
        if place is None:
            return Finding(rule, _NUMBERS[rule], message)
        file = self.file_of(place)
        return Finding(rule, _NUMBERS[rule], message, file, place.line, place.column)

    def related(self, message: str, place: Place | None, targets: Sequence[str] = ()) -> Related:
        """A related message of a finding, with its place if there is one."""
        if place is None:
            return Related(message, targets=tuple(targets))
        return Related(message, self.file_of(place), place.line, place.column, tuple(targets))


def checks(
    audit: Audit,
    policy: Policy,
    today: date,
    file_of: Callable[[Place], str],
    failing: Mapping[str, Sequence[Finding]],
    all_targets: bool,
    names: Mapping[str, Sequence[Named]],
    why: Why,
) -> tuple[Check, ...]:
    """Check each configuration and each entry of the policy.

    file_of: the displayed file name of a place. failing: by configuration, the findings for those
    that cannot be configured. all_targets: the matrix has every target of the tree; only then is
    a glob that matches no target a finding. names: the devices, the machines, or both, as far as
    the policy names them. why: the reasons for values.
    """
    judge = _Judge(audit, policy, today, _Shown(file_of), all_targets, names, why)
    made = [
        Check("configuration", item.name, tuple(failing.get(item.name, ())))
        for item in audit.columns
    ]
    return (*made, *judge.checks())


def failing_finding(
    problem: Problem, targets: Sequence[str], file_of: Callable[[Place], str]
) -> Finding:
    """The problem of targets that cannot be configured, as a finding."""
    shown = _Shown(file_of)
    return shown.finding("target-fails", problem.place, problem.message)._replace(
        targets=tuple(targets),
        related=tuple(shown.related(note.message, note.place) for note in problem.notes),
        hint=problem.hint,
    )


def passed(made: Sequence[Check]) -> list[Entry]:
    """The entries of the policy that are kept, in the order of the file."""
    return [
        check.entry
        for check in made
        if check.entry is not None and not check.findings and not check.unknown
    ]


def unknown_of(made: Sequence[Check]) -> list[Finding]:
    """What is neither kept nor broken, as notes sorted by place."""
    return in_order([item for check in made for item in check.unknown])


def findings_of(made: Sequence[Check]) -> list[Finding]:
    """All findings, sorted by place."""
    return in_order([item for check in made for item in check.findings])


class _Judge:
    def __init__(
        self,
        audit: Audit,
        policy: Policy,
        today: date,
        shown: _Shown,
        all_targets: bool,
        names: Mapping[str, Sequence[Named]],
        why: Why,
    ) -> None:
        self.audit = audit
        self.policy = policy
        self.today = today
        self.shown = shown
        self.all_targets = all_targets
        self.why = why
        targets = (item.target for item in audit.columns)
        self.near_target = Nearest({name.removesuffix("-softmmu") for name in targets})
        self.rows: dict[str, Sequence[Row | Named]] = {"symbol": audit.rows, **names}
        self.by_name = {
            what: {name: row for row in rows for name in (*row.aliases, row.symbol)}
            for what, rows in self.rows.items()
        }
        self.near = {what: Nearest(known) for what, known in self.by_name.items()}
        self.near_folder = {
            what: Nearest({row.folder for row in rows}) for what, rows in self.rows.items()
        }
        self.lookup = Lookup(audit)
        # By the allow-only entries so far: what names have them, and what each kind of entry has.
        self.covered: dict[tuple[str, str], int] = {}
        self.looked: dict[tuple[frozenset[str], tuple[str, ...], tuple[str, ...]], int] = {}
        self.allowed: dict[tuple[str, str], int] = {}  # by all of them
        for entry in policy.entries:
            if entry.rule == "allow-only" and self._in_force(entry):
                where = self._lanes(entry)
                for pattern in entry.patterns:
                    for row in self._fitting(pattern):
                        key = row.of, row.symbol
                        here = where & self.lookup.holding(row, pattern) if pattern.value else where
                        self.allowed[key] = self.allowed.get(key, 0) | here

    def checks(self) -> tuple[Check, ...]:
        made = []
        for entry in self.policy.entries:
            place = f"{self.shown.file_of(entry.place)}:{entry.place.line}"
            name = f"{place}: {entry.rule}: {entry.reason}"
            checked = entry if self._lanes(entry) else None
            found = in_order(self._entry(entry))
            known = tuple(item for item in found if item.rule != _UNKNOWN)
            unknown = tuple(item for item in found if item.rule == _UNKNOWN)
            made.append(Check("policy", name, known, checked, unknown))
        for pattern in self.policy.unused:
            message = f"no entry uses the group {pattern.glob}"
            finding = self.shown.finding("policy-unmatched", pattern.place, message)
            made.append(Check("policy", f"group {pattern.glob}", (finding,)))
        return tuple(made)

    def _entry(self, entry: Entry) -> list[Finding]:
        if not self._in_force(entry):
            message = f"this entry expired after {entry.until}: {entry.reason}"
            hint = "update its date, or remove it"
            finding = self.shown.finding("policy-expired", entry.place, message)
            return [finding._replace(hint=hint)]
        return [*self._unmatched(entry), *self._breaches(entry)]

    def _in_force(self, entry: Entry) -> bool:
        return entry.until is None or self.today <= entry.until

    def _breaches(self, entry: Entry) -> list[Finding]:
        where = self._lanes(entry)
        if entry.rule == "allow-only":
            return self._not_allowed(entry, where)
        found: list[Finding] = []
        checked: set[tuple[str, str, str]] = set()
        for pattern in entry.patterns:
            for row in self._fitting(pattern):
                if (row.of, row.symbol, pattern.value) in checked:
                    continue
                checked.add((row.of, row.symbol, pattern.value))
                fits_ = self.lookup.holding(row, pattern)
                wrong = where & (fits_ if entry.rule == "forbid" else ~fits_ & ~row.maybe)
                found += self._judged(entry, pattern, row, wrong, where & row.maybe)
        return found

    def _not_allowed(self, entry: Entry, where: int) -> list[Finding]:
        """What is y, that this entry is the first to cover, and that no entry allows.

        The allow-only entries are combined: a symbol is fine if any of them allows it.
        """
        found: list[Finding] = []
        rows: Iterable[Row | Named] = {
            row.symbol: row
            for pattern in entry.patterns
            if pattern.value
            for row in self._fitting(pattern)
        }.values()
        if not all(pattern.value for pattern in entry.patterns):
            # Where such entries have covered the same before, nothing more is asked of this one.
            same = entry.names, entry.kinds, entry.folders
            before = self.looked.get(same, 0)
            self.looked[same] = before | where
            if where & ~before:
                every = (row for what in sorted(entry.names) for row in self.rows[what])
                own = {row.symbol for row in rows}
                rows = [row for row in every if row.symbol in own or _covers(entry, row)]
        for row in rows:
            key = row.of, row.symbol
            before = self.covered.get(key, 0)
            asked = where & ~self.allowed.get(key, 0) & ~before
            self.covered[key] = before | where
            found += self._judged(entry, None, row, asked & row.y, asked & row.maybe)
        return found

    def _judged(
        self, entry: Entry, pattern: Pattern | None, row: Row | Named, wrong: int, unknown: int
    ) -> Iterator[Finding]:
        """The breach in the configurations `wrong`, and a note on those that are not known."""
        place = entry.place if pattern is None else pattern.place
        if wrong and isinstance(row, Row):
            yield self._breach(entry, place, row, wrong, "" if pattern is None else pattern.value)
        elif wrong and not isinstance(row, Row):
            yield self._named_breach(entry, place, row, wrong)
        if unknown:
            targets = self.audit.names(unknown)
            message = f"whether {_called(row)} is in {listed(targets)} is not known: {entry.reason}"
            yield self.shown.finding(_UNKNOWN, place, message)._replace(
                name=row.symbol,
                targets=tuple(targets),
                level="note",
                related=tuple(self._not_understood(row)),
                hint="the policy is neither kept nor broken there",
            )

    def _breach(
        self, entry: Entry, place: Place, row: Row, wrong: int, wanted: str = ""
    ) -> Finding:
        """The breach of a symbol. wanted: the value that the policy names, `= 115200`."""
        targets = self.audit.names(wrong)
        to_be = f" ({wanted})" if wanted else ""
        words = {
            "require": f"which the policy requires{to_be},",
            "forbid": f"which the policy forbids{to_be},",
            "allow-only": f"a {row.kind} that the policy does not allow,",
        }[entry.rule]
        values = list(self._values_in(row, wrong))
        is_ = "; ".join(f"{text} in {listed(self.audit.names(at))}" for text, at in values)
        message = f"{row.symbol}, {words} is {is_}: {entry.reason}"
        related = (
            found
            for text, at in values
            for found in self._because(row.symbol, at, text, all_=wrong)
        )
        return self.shown.finding(f"policy-{entry.rule}", place, message)._replace(
            symbol=row.symbol,
            targets=tuple(targets),
            related=tuple(related),
        )

    def _values_in(self, row: Row, columns: int) -> Iterator[tuple[str, int]]:
        """The values of a symbol in some configurations, in words, each with those that have it."""
        for text, lanes in sorted(({"y": row.y} if row.values is None else row.values).items()):
            if lanes & columns:
                yield text or "empty", lanes & columns
        if columns & ~row.y:
            yield row.absent or "not set", columns & ~row.y

    def _named_breach(self, entry: Entry, place: Place, row: Named, wrong: int) -> Finding:
        """A device or a machine that is there, or lacks, with what it needs."""
        targets = self.audit.names(wrong)
        words = {
            "require": "which the policy requires, is not in",
            "forbid": "which the policy forbids, is in",
            "allow-only": "which the policy does not allow, is in",
        }[entry.rule]
        message = f"{_called(row)}, {words} {listed(targets)}: {entry.reason}"
        needed = "nothing" if row.needs == conditions.ALWAYS else conditions.text(row.needs)
        needs = self.shown.related(f"needs {needed}", row.place)
        why = self._lacking(row, wrong) if entry.rule == "require" else self._present(row, wrong)
        return self.shown.finding(f"policy-{entry.rule}", place, message)._replace(
            name=row.symbol, targets=tuple(targets), related=(needs, *why)
        )

    def _not_understood(self, row: Row | Named) -> Iterator[Related]:
        """Where a device is registered, and the conditions of it that were not understood."""
        yield self.shown.related(f"the {row.of} is registered here", row.place)
        for unknown in sorted(conditions.unknowns(row.needs)) if not isinstance(row, Row) else ():
            path, _, line = unknown.partition(":")[2].rpartition(":")
            place = Place(row.place.file._replace(path=path), int(line))
            yield self.shown.related("this condition of it is not understood", place)

    def _lacking(self, row: Named, columns: int) -> Iterator[Related]:
        """Why configurations lack a device: why each symbol that it needs is not as needed."""
        symbols: dict[tuple[str, str], int] = {}
        for missing, lanes in row.lacks:
            rest = where = lanes & columns
            for name, value in _against(missing):
                y = self._y(name)
                here = where & (y if value == "y" else ~y)
                symbols[name, value] = symbols.get((name, value), 0) | here
                rest &= ~here
            if rest:  # no symbol says it
                names = self.audit.names(rest)
                about = "" if rest == columns else f" in {listed(names)}"
                what = f"lacks {conditions.text(missing)}"
                if missing == conditions.ALWAYS:
                    what = "what it needs is there, but users cannot create it"
                yield self.shown.related(f"{what}{about}", None, names)
        for (name, value), where in symbols.items():
            yield from self._because(name, where, value, name, columns)

    def _present(self, row: Named, columns: int) -> Iterator[Related]:
        """Why configurations have a device: why each symbol that it needs is y."""
        for name, value in _against(row.needs):
            if value == "n":
                yield from self._because(name, columns & self._y(name), "y", name, columns)

    def _y(self, symbol: str) -> int:
        row = self.by_name["symbol"].get(symbol)
        return 0 if row is None else row.y

    def _because(
        self, symbol: str, columns: int, value: str, subject: str = "", all_: int = 0
    ) -> list[Related]:
        """Why the symbol has its value: one sentence for all configurations that share it.

        subject: begins the sentences. all_: the configurations of the finding, if they are more.
        """
        head = f"{subject} is {value}" if subject else value
        reported: dict[tuple[str, Place | None], int] = {}
        for text, place, lanes in self.why(symbol, columns):
            reported[text, place] = reported.get((text, place), 0) | lanes
        found = []
        for (text, place), where in reported.items():
            names = self.audit.names(where)
            about = "" if where == (all_ or columns) else f" in {listed(names)}"
            found.append(self.shown.related(f"{head}{about}: {text}", place, names))
        return found

    def _fitting(self, pattern: Pattern) -> Sequence[Row | Named]:
        """The rows that a name or a glob matches."""
        glob = pattern.glob
        if not GLOB.search(glob):
            row = self.by_name[pattern.of].get(glob)
            return () if row is None else (row,)
        return [
            row
            for row in self.rows[pattern.of]
            if any(fits(name, glob) for name in (row.symbol, *row.aliases))
        ]

    def _lanes(self, entry: Entry) -> int:
        """The configurations that an entry covers, without those that fail."""
        if not entry.targets:
            return self.audit.fine
        return union(map(self.lookup.of_targets, entry.targets)) & self.audit.fine

    def _unmatched(self, entry: Entry) -> list[Finding]:
        """The patterns of an entry that match nothing, mostly names that a new version dropped."""
        found = []
        for pattern in dict.fromkeys(entry.patterns):
            if not self._fitting(pattern):
                message = f"no {pattern.of} of this tree matches {pattern.glob}"
                hint = self.near[pattern.of].hint(pattern.glob)
                found.append(self._nothing(pattern, message, hint))
        for pattern in entry.targets if self.all_targets else ():
            if not self.lookup.of_targets(pattern):
                message = f"no target of this tree matches {pattern.glob}"
                found.append(self._nothing(pattern, message, self.near_target.hint(pattern.glob)))
        for folder in entry.folders:
            nearest = [self.near_folder[what] for what in sorted(entry.names)]
            if not any(below(own, folder) for one in nearest for own in one.known):
                what = " or ".join(sorted(entry.names))
                message = f"no {what} is declared in or below {folder}"
                from kgen.commands.audit.policy import Pattern  # it imports msgspec

                pattern = Pattern(folder, entry.place, entry.place)
                found.append(self._nothing(pattern, message, nearest[-1].hint(folder)))
        return found

    def _nothing(self, pattern: Pattern, message: str, hint: str) -> Finding:
        found = self.shown.finding("policy-unmatched", pattern.source, message)
        return found._replace(hint=hint)


def listed(names: Sequence[str]) -> str:
    """Names in a sentence; of more than six, the first five and the number of the rest."""
    if len(names) > 6:
        return f"{', '.join(names[:5])} and {len(names) - 5} more"
    return ", ".join(names)


def _called(row: Row | Named) -> str:
    """A device or a machine in a sentence, with its other names."""
    other = f" ({', '.join(row.aliases)})" if row.aliases else ""
    return f"the {row.of} {row.symbol}{other}"


def _against(condition: Expr) -> dict[tuple[str, str], None]:
    """The symbols of a condition, each with the value that keeps it from being true."""
    return {
        (name, "y" if condition[at + 1 : at + 2] == (NOT,) else "n"): None
        for at, name in enumerate(condition)
        if is_name(name)
    }


def _covers(entry: Entry, row: Row | Named) -> bool:
    """Whether an allow-only entry covers what it names: by folder, and symbols by kind, too (by
    default those that users choose)."""
    if isinstance(row, Row) and not (row.kind in entry.kinds if entry.kinds else row.users):
        return False
    return not entry.folders or any(below(row.folder, folder) for folder in entry.folders)
