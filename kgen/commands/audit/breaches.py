"""Policy checks on the matrix: what violates the policy, and why. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING

from kgen.commands.audit.matrix import Audit, Row, below, fits
from kgen.explain.sentence import sentences
from kgen.explain.steps import Reasons
from kgen.model.finding import Finding, Related, in_order
from kgen.model.kinds import CHOSEN
from kgen.model.lanes import flagged, moved, union
from kgen.model.places import Place
from kgen.model.problems import Nearest, Problem
from kgen.model.record import Record
from kgen.project.choose import names_target

if TYPE_CHECKING:
    from kgen.commands.audit.policy import Entry, Pattern, Policy

_GLOB = re.compile(r"[*?\[]")

# What each rule reports: for help texts, documents and SARIF.
ABOUT = {
    "policy-require": "A symbol that the policy requires is n.",
    "policy-forbid": "A symbol that the policy forbids is y.",
    "policy-allow-only": "A symbol is y but not allowed by an allow-only entry of the policy.",
    "policy-unmatched": "A part of the policy matches no symbol, folder or target.",
    "policy-expired": "An entry of the policy has expired and is not checked.",
    "target-fails": "A target cannot be configured, so the policy cannot be checked on it.",
}


_NUMBERS = {rule: f"P{number:03}" for number, rule in enumerate(ABOUT, 1)}


class Check(Record):
    """One check with its findings: of a policy entry, or of a configuration.

    entry: of the policy, if it was checked on at least one configuration; else None.
    """

    group: str
    name: str
    findings: tuple[Finding, ...]
    entry: Entry | None = None


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
) -> tuple[Check, ...]:
    """Check each configuration and each entry of the policy.

    file_of: the displayed file name of a place. failing: by configuration, the findings for those
    that cannot be configured. all_targets: the matrix has every target of the tree; only then is
    a glob that matches no target a finding.
    """
    judge = _Judge(audit, policy, today, _Shown(file_of), all_targets)
    made = [
        Check("configuration", item.name, tuple(failing.get(item.name, ())))
        for item in audit.outcomes
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
    """The entries of the policy without a finding, in the order of the file."""
    return [check.entry for check in made if check.entry is not None and not check.findings]


def findings_of(made: Sequence[Check]) -> list[Finding]:
    """All findings, sorted by place."""
    return in_order([item for check in made for item in check.findings])


class _Judge:
    def __init__(
        self, audit: Audit, policy: Policy, today: date, shown: _Shown, all_targets: bool
    ) -> None:
        self.audit = audit
        self.policy = policy
        self.today = today
        self.shown = shown
        self.all_targets = all_targets
        self.reasons: dict[int, Reasons] = {}
        names = (item.target.name for item in audit.outcomes)
        self.near_symbol = Nearest({row.symbol for row in audit.rows})
        self.near_target = Nearest({name.removesuffix("-softmmu") for name in names})
        self.near_folder = Nearest({row.folder for row in audit.rows})
        self.rows = {row.symbol: row for row in audit.rows}
        self.covered: dict[str, int] = {}  # by the allow-only entries so far
        self.in_force = [
            entry for entry in policy.entries if entry.until is None or today <= entry.until
        ]
        self.allowed: dict[str, int] = {}  # by all of them
        for entry in self.in_force:
            if entry.rule == "allow-only":
                where = self._lanes(entry)
                for pattern in entry.patterns:
                    for row in self._fitting(pattern.glob):
                        self.allowed[row.symbol] = self.allowed.get(row.symbol, 0) | where

    def checks(self) -> tuple[Check, ...]:
        made = []
        for entry in self.policy.entries:
            place = f"{self.shown.file_of(entry.place)}:{entry.place.line}"
            name = f"{place}: {entry.rule}: {entry.reason}"
            checked = entry if self._lanes(entry) else None
            made.append(Check("policy", name, tuple(in_order(self._entry(entry))), checked))
        for pattern in self.policy.unused:
            message = f"no entry uses the group {pattern.glob}"
            finding = self.shown.finding("policy-unmatched", pattern.place, message)
            made.append(Check("policy", f"group {pattern.glob}", (finding,)))
        return tuple(made)

    def _entry(self, entry: Entry) -> list[Finding]:
        if entry not in self.in_force:
            message = f"this entry expired after {entry.until}: {entry.reason}"
            hint = "update its date, or remove it"
            finding = self.shown.finding("policy-expired", entry.place, message)
            return [finding._replace(hint=hint)]
        return [*self._unmatched(entry), *self._breaches(entry)]

    def _breaches(self, entry: Entry) -> list[Finding]:
        where = self._lanes(entry)
        if entry.rule == "allow-only":
            return self._not_allowed(entry, where)
        found: list[Finding] = []
        checked: set[str] = set()
        for pattern in entry.patterns:
            for row in self._fitting(pattern.glob):
                if row.symbol in checked:
                    continue
                checked.add(row.symbol)
                wrong = where & (row.y if entry.rule == "forbid" else ~row.y)
                if wrong:
                    found.append(self._breach(entry, pattern.place, row, wrong))
        return found

    def _not_allowed(self, entry: Entry, where: int) -> list[Finding]:
        """Symbols that are y, that this entry is the first to cover, and that no entry allows.

        The allow-only entries are combined: a symbol is fine if any of them allows it.
        """
        found = []
        for row in self.audit.rows:
            if not _covers(entry, row):
                continue
            before = self.covered.get(row.symbol, 0)
            wrong = where & row.y & ~self.allowed.get(row.symbol, 0) & ~before
            self.covered[row.symbol] = before | where
            if wrong:
                found.append(self._breach(entry, entry.place, row, wrong))
        return found

    def _breach(self, entry: Entry, place: Place, row: Row, wrong: int) -> Finding:
        targets = self.audit.names(wrong)
        value = "n" if entry.rule == "require" else "y"
        words = {
            "require": "which the policy requires,",
            "forbid": "which the policy forbids,",
            "allow-only": f"a {row.kind} that the policy does not allow,",
        }[entry.rule]
        message = f"{row.symbol}, {words} is {value} in {listed(targets)}: {entry.reason}"
        return self.shown.finding(f"policy-{entry.rule}", place, message)._replace(
            symbol=row.symbol,
            targets=tuple(targets),
            related=tuple(self._because(row.symbol, wrong, value)),
        )

    def _because(self, symbol: str, columns: int, value: str) -> list[Related]:
        """Why the symbol has its value: one sentence for all configurations that share it."""
        reported: dict[tuple[str, Place | None], int] = {}
        for number, resolution, lanes in self.audit.by_resolution(columns):
            if number not in self.reasons:
                self.reasons[number] = Reasons(resolution)
            asked = union(1 << lane for lane, _ in lanes)
            for sentence in sentences(self.reasons[number], symbol, asked):
                key = (sentence.text, sentence.place)
                reported[key] = reported.get(key, 0) | moved(sentence.lanes, lanes)
        found = []
        for (text, place), where in reported.items():
            names = self.audit.names(where)
            about = "" if where == columns else f" in {listed(names)}"
            found.append(self.shown.related(f"{value}{about}: {text}", place, names))
        return found

    def _fitting(self, glob: str) -> Sequence[Row]:
        """The rows that a name or a glob matches."""
        if not _GLOB.search(glob):
            row = self.rows.get(glob.removeprefix("CONFIG_"))
            return () if row is None else (row,)
        return [row for row in self.audit.rows if fits(row.symbol, glob)]

    def _lanes(self, entry: Entry) -> int:
        """The configurations that an entry covers, without those that fail."""
        if not entry.targets:
            return self.audit.fine
        found = flagged(
            any(names_target(pattern.glob, item.target.name) for pattern in entry.targets)
            for item in self.audit.outcomes
        )
        return found & self.audit.fine

    def _unmatched(self, entry: Entry) -> list[Finding]:
        """The patterns of an entry that match nothing, mostly names that a new version dropped."""
        found = []
        for pattern in dict.fromkeys(entry.patterns):
            if not self._fitting(pattern.glob):
                message = f"no symbol of this tree matches {pattern.glob}"
                found.append(self._nothing(pattern, message, self.near_symbol.hint(pattern.glob)))
        names = [item.target.name for item in self.audit.outcomes]
        for pattern in entry.targets if self.all_targets else ():
            if not any(names_target(pattern.glob, name) for name in names):
                message = f"no target of this tree matches {pattern.glob}"
                found.append(self._nothing(pattern, message, self.near_target.hint(pattern.glob)))
        for folder in entry.folders:
            if not any(below(own, folder) for own in self.near_folder.known):
                message = f"no symbol is declared in or below {folder}"
                from kgen.commands.audit.policy import Pattern  # it imports msgspec

                pattern = Pattern(folder, entry.place, entry.place)
                found.append(self._nothing(pattern, message, self.near_folder.hint(folder)))
        return found

    def _nothing(self, pattern: Pattern, message: str, hint: str) -> Finding:
        found = self.shown.finding("policy-unmatched", pattern.source, message)
        return found._replace(hint=hint)


def listed(names: Sequence[str]) -> str:
    """Names in a sentence; of more than six, the first five and the number of the rest."""
    if len(names) > 6:
        return f"{', '.join(names[:5])} and {len(names) - 5} more"
    return ", ".join(names)


def _covers(entry: Entry, row: Row) -> bool:
    """Whether an allow-only entry covers a symbol, by kind (by default CHOSEN) and folder."""
    if row.kind not in (entry.kinds or CHOSEN):
        return False
    return not entry.folders or any(below(row.folder, folder) for folder in entry.folders)
