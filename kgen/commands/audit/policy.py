"""Policy files: what targets must have, must not have, and may have, in TOML with reasons."""

from __future__ import annotations

from datetime import date
from typing import Any

import msgspec

from kgen.files.read import read_input
from kgen.files.toml import TOO_MUCH, Toml
from kgen.model.kinds import KINDS
from kgen.model.places import File, Place
from kgen.model.problems import KgenError, Problem, near
from kgen.model.record import Record

RULES = ("require", "forbid", "allow-only")

# To look for similar names is slow, so only so many problems have that hint.
_HINTS = 50


class Pattern(Record):
    """A name or a glob.

    place: where the entry names it, or a group that holds it; source: where it stands itself.
    """

    glob: str
    place: Place
    source: Place


class Entry(Record):
    """One `[[require]]`, `[[forbid]]` or `[[allow-only]]`.

    targets: globs; () means all. until: the last day on which it holds, None for ever. kinds and
    folders: only for allow-only, the symbols that it speaks of; () means the usual ones.
    """

    rule: str
    patterns: tuple[Pattern, ...]
    targets: tuple[Pattern, ...]
    reason: str
    until: date | None
    kinds: tuple[str, ...]
    folders: tuple[str, ...]
    place: Place


class Policy(Record):
    """A policy file. unused: groups that no entry names, with their places."""

    entries: tuple[Entry, ...]
    unused: tuple[Pattern, ...]


class _Entry(msgspec.Struct, forbid_unknown_fields=True, rename="kebab", frozen=True):
    """What a table may hold, as it stands in the file."""

    symbols: str | list[str]
    reason: str
    targets: str | list[str] = []
    until: date | None = None
    kinds: str | list[str] = []
    folders: str | list[str] = []


_EXPECTED = {
    "symbols": "a symbol, a glob, a group like @name, or a list of them",
    "reason": "a sentence",
    "targets": "a target, a glob, or a list of them",
    "until": "a date like 2027-01-01",
    "kinds": f"a list of {', '.join(KINDS)}",
    "folders": "a folder like hw/net, or a list of them",
}


def read_policy(path: str, shown: str) -> Policy:
    """A policy file; shown is its name in messages.

    Raises KgenError with every mistake: TOML's syntax, unknown keys, wrong types, an entry
    without symbols or reason, groups that are not there or that hold themselves.
    """
    text = read_input(path, shown)
    return _Reader(text, File(shown, outside=True, text=text)).policy()


class _Reader:
    """One file's text: what it says, and where each part of it stands."""

    def __init__(self, text: str, file: File) -> None:
        self.toml = Toml(text, file, "KG409", TOO_MUCH)
        if self.toml.problem is not None:
            raise KgenError(self.toml.problem)
        self.lines = text.split("\n")
        self.problems: list[Problem] = []
        self.said: set[Problem] = set()
        self.groups: dict[str, tuple[str, ...]] = {}
        self.named: set[str] = set()

    def policy(self) -> Policy:
        known = ("groups", *RULES)
        for key in self.toml.data:
            if key not in known:
                hint = near(key, known) or f"there are: {', '.join(known)}"
                place = self.toml.place(key)
                self.problems.append(_wrong(f'unknown key "{key}"', place, hint=hint))
        self._read_groups()
        entries = [entry for rule in RULES for entry in self._entries(rule)]
        if self.problems:
            raise KgenError(*sorted(map(self._with_source, self.problems), key=_by_place))
        entries.sort(key=lambda entry: entry.place.line)
        unused = tuple(
            Pattern(name, place, place)
            for name in self.groups
            if name not in self.named
            for place in (self.toml.place("groups", name),)
        )
        return Policy(tuple(entries), unused)

    def _read_groups(self) -> None:
        groups = self.toml.data.get("groups", {})
        if not isinstance(groups, dict):
            place = self.toml.place("groups")
            self.problems.append(_wrong("groups: expected a table [groups]", place))
            return
        for name, value in groups.items():
            try:
                words = msgspec.convert(value, str | list[str])
            except msgspec.ValidationError:
                message = f"groups.{name}: expected a list of symbols"
                self.problems.append(_wrong(message, self.toml.place("groups", name)))
            else:
                self.groups[name] = _listed(words)

    def _entries(self, rule: str) -> list[Entry]:
        tables = self.toml.data.get(rule, [])
        if not isinstance(tables, list) or not all(isinstance(item, dict) for item in tables):
            hint = f"write each entry under [[{rule}]]"
            place = self.toml.place(rule)
            self.problems.append(_wrong(f"{rule}: expected an array", place, hint=hint))
            return []
        found = [self._entry(rule, number, table) for number, table in enumerate(tables)]
        return [entry for entry in found if entry is not None]

    def _entry(self, rule: str, number: int, table: dict[str, Any]) -> Entry | None:
        before = len(self.problems)
        fields = {field.encode_name: field for field in msgspec.structs.fields(_Entry)}
        if rule != "allow-only":
            fields = {key: fields[key] for key in fields if key not in ("kinds", "folders")}
        values: dict[str, Any] = {}
        for key, value in table.items():
            place = self.toml.place(rule, number, key)
            if key not in fields:
                hint = near(key, fields) or f"keys: {', '.join(fields)}"
                self.problems.append(_wrong(f'unknown key "{key}"', place, hint=hint))
                continue
            try:
                values[key] = msgspec.convert(value, fields[key].type)
            except msgspec.ValidationError:
                self.problems.append(_wrong(f"{key}: expected {_EXPECTED[key]}", place))
        for key in ("symbols", "reason"):
            if key not in table:
                hint = f"add {key} = ..., {_EXPECTED[key]}"
                message = f"this [[{rule}]] has no {key}"
                place = self.toml.place(rule, number)._replace(column=0)
                self.problems.append(_wrong(message, place, hint=hint))
            elif not table[key]:
                place = self.toml.place(rule, number, key)
                self.problems.append(_wrong(f"{key} is empty", place))
        kinds = _listed(values.get("kinds", []))
        for kind in kinds:
            if kind not in KINDS:
                hint = near(kind, KINDS) or f"kinds: {', '.join(KINDS)}"
                place = self.toml.word(kind, rule, number, "kinds")
                self.problems.append(_wrong(f'kinds: there is no kind "{kind}"', place, hint=hint))
        patterns = [
            pattern
            for word in _listed(values.get("symbols", []))
            for pattern in self._expanded(word, self.toml.word(word, rule, number, "symbols"))
        ]
        targets = []
        for word in _listed(values.get("targets", [])):
            place = self.toml.word(word, rule, number, "targets")
            targets.append(Pattern(word, place, place))
        if len(self.problems) != before:
            return None
        return Entry(
            rule,
            tuple(patterns),
            tuple(targets),
            values["reason"],
            values.get("until"),
            kinds,
            _listed(values.get("folders", [])),
            self.toml.place(rule, number),
        )

    def _expanded(self, word: str, place: Place) -> list[Pattern]:
        """A word's patterns: itself, or what its group holds, each group once.

        place: the entry's own word, and where this word stands.
        """
        found: list[Pattern] = []
        done: set[str] = set()
        path: dict[str, None] = {}  # the groups on the way
        stack = [iter([(word, place)])]
        while stack:
            step = next(stack[-1], None)
            if step is None:
                stack.pop()
                if path:
                    path.popitem()
                continue
            inner, here = step
            if not inner.startswith("@"):
                found.append(Pattern(inner.removeprefix("CONFIG_"), place, here))
                continue
            name = inner[1:]
            self.named.add(name)
            if name in path:
                names = list(path)
                loop = " -> ".join((*names[names.index(name) :], name))
                self._once(_wrong(f"groups that hold themselves: {loop}", here))
            elif name not in self.groups:
                near_names = near(name, self.groups) if len(self.problems) < _HINTS else ""
                hint = near_names or "groups stand under [groups]"
                self._once(_wrong(f'there is no group "{name}"', here, hint=hint))
            elif name not in done:
                done.add(name)
                path[name] = None
                more = [(one, self.toml.word(one, "groups", name)) for one in self.groups[name]]
                stack.append(iter(more))
        return found

    def _with_source(self, problem: Problem) -> Problem:
        place = problem.place
        if place is None or not 0 < place.line <= len(self.lines):
            return problem
        return problem._replace(source=self.lines[place.line - 1])

    def _once(self, problem: Problem) -> None:
        if problem not in self.said:
            self.said.add(problem)
            self.problems.append(problem)


def _wrong(message: str, place: Place, hint: str = "") -> Problem:
    return Problem(message, place, hint=hint, code="KG409")


def _by_place(problem: Problem) -> tuple[int, int]:
    return (0, 0) if problem.place is None else (problem.place.line, problem.place.column)


def _listed(value: str | list[str]) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(value)
