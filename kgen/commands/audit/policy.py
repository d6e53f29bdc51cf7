"""Policy files: TOML with what targets must, must not and may have, and the reasons."""

from __future__ import annotations

import re
from datetime import date
from fnmatch import fnmatchcase
from typing import Any

import msgspec

from kgen.commands.audit.rows import BASES, GLOB, comparable
from kgen.files.read import read_input
from kgen.files.toml import TOO_MUCH, Toml
from kgen.model.kinds import KINDS, TYPES
from kgen.model.places import File, Place
from kgen.model.problems import KgenError, Nearest, Problem, near
from kgen.model.record import Record

# A character in brackets, which stands for itself.
_ESCAPED = re.compile(r"\[([*?\[ .])\]")

RULES = ("require", "forbid", "allow-only")


class Pattern(Record):
    """A name or a glob.

    of: what it names: `symbol`, `device` or `machine`. place: where the entry names it or its
    group. source: where it is written itself. value: the condition on the symbol's value, like
    `= 115200`; "" for the usual one, not to be n.
    """

    glob: str
    place: Place
    source: Place
    of: str = "symbol"
    value: str = ""

    def holds(self, text: str, kind: str) -> bool:
        """Whether a value of a symbol of a kind (model.kinds.TYPES) is as the condition says.

        Numbers are compared as such, and of other values only whether they match a glob.
        """
        sign, _, wanted = self.value.partition(" ")
        low, dots, high = wanted.partition("..")
        value, least, most = (comparable(one, kind) for one in (text, low, high if dots else low))
        if isinstance(value, str) or isinstance(least, str) or isinstance(most, str):
            return sign in ("=", "!=") and fnmatchcase(text, wanted) == (sign == "=")
        return {
            "=": least <= value <= most,
            "!=": not least <= value <= most,
            "<": value < least,
            "<=": value <= least,
            ">": value > least,
            ">=": value >= least,
        }[sign]

    def sole(self, kind: str) -> int | str | None:
        """The only value of a symbol of a kind of which the condition holds, as `comparable` makes
        it; None for a condition that can hold of several."""
        sign, _, wanted = self.value.partition(" ")
        if kind in BASES:
            several, text = ".." in wanted or GLOB.search(wanted), wanted
        else:
            several, text = GLOB.search(_ESCAPED.sub("", wanted)), _ESCAPED.sub(r"\1", wanted)
        return None if sign != "=" or several else comparable(text, kind)


class Entry(Record):
    """One `[[require]]`, `[[forbid]]` or `[[allow-only]]`.

    targets: globs; () means all. until: the last day on which it is checked, None if it does not
    expire. kinds, folders: only for allow-only, what it covers of the things that its patterns
    name (symbols, devices, machines); kinds of symbols alone; () means the default.
    """

    rule: str
    patterns: tuple[Pattern, ...]
    targets: tuple[Pattern, ...]
    reason: str
    until: date | None
    kinds: tuple[str, ...]
    folders: tuple[str, ...]
    place: Place

    @property
    def names(self) -> frozenset[str]:
        """What its patterns name: `symbol`, `device`, `machine`."""
        return frozenset(pattern.of for pattern in self.patterns)


class Policy(Record):
    """A policy file. unused: groups that no entry uses, with their places."""

    entries: tuple[Entry, ...]
    unused: tuple[Pattern, ...]

    @property
    def names(self) -> frozenset[str]:
        """What its entries name: `symbol`, `device`, `machine`."""
        return frozenset[str]().union(*(entry.names for entry in self.entries))


class _Entry(msgspec.Struct, forbid_unknown_fields=True, rename="kebab", frozen=True):
    """The keys and types of a table in the file."""

    reason: str
    symbols: str | list[str] = []
    devices: str | list[str] = []
    machines: str | list[str] = []
    targets: str | list[str] = []
    until: date | None = None
    kinds: str | list[str] = []
    folders: str | list[str] = []


# A symbol with a condition on its value.
_VALUED = re.compile(r"(?P<glob>[^\s=!<>]+)\s*(?P<sign>=|!=|<=|>=|<|>)\s*(?P<value>.*)")

# What < and its like take.
_IS_NUMBER = re.compile(r"-?[0-9]+|(0[xX])?[0-9a-fA-F]+")

# The keys that name something, and what.
_NAMING = {"symbols": "symbol", "devices": "device", "machines": "machine"}

_EXPECTED = {
    "symbols": "a symbol, a glob, a group like @name, or a list of them",
    "devices": "a device, a glob, a group like @name, or a list of them",
    "machines": "a machine, a glob, a group like @name, or a list of them",
    "reason": "a sentence",
    "targets": "a target, a glob, or a list of them",
    "until": "a date like 2027-01-01",
    "kinds": f"a list of {', '.join((*KINDS, *TYPES))}",
    "folders": "a folder like hw/net, or a list of them",
}


def read_policy(path: str, shown: str) -> Policy:
    """Read a policy file. shown: its name in messages.

    Raises KgenError with every error: TOML syntax, unknown keys, wrong types, an entry without
    names or reason, undefined groups and cycles of groups.
    """
    text = read_input(path, shown)
    return _Reader(text, File(shown, outside=True, text=text)).policy()


class _Reader:
    """The contents of one file, with the place of each part."""

    def __init__(self, text: str, file: File) -> None:
        self.toml = Toml(text, file, "KG409", TOO_MUCH)
        if self.toml.problem is not None:
            raise KgenError(self.toml.problem)
        self.lines = text.split("\n")
        self.problems: list[Problem] = []
        self.said: set[Problem] = set()
        self.groups: dict[str, tuple[str, ...]] = {}
        self.nearest = Nearest(self.groups)
        self.named: set[str] = set()

    def policy(self) -> Policy:
        known = ("groups", *RULES)
        for key in self.toml.data:
            if key not in known:
                hint = near(key, known) or f"valid keys: {', '.join(known)}"
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
                hint = near(key, fields) or f"valid keys: {', '.join(fields)}"
                self.problems.append(_wrong(f'unknown key "{key}"', place, hint=hint))
                continue
            try:
                values[key] = msgspec.convert(value, fields[key].type)
            except msgspec.ValidationError:
                self.problems.append(_wrong(f"{key}: expected {_EXPECTED[key]}", place))
        named = [key for key in _NAMING if key in table]
        if "kinds" in table and named and "symbols" not in named:
            place = self.toml.place(rule, number, "kinds")
            hint = "add symbols = ..., or remove kinds"
            message = "kinds limits symbols, and this entry names none"
            self.problems.append(_wrong(message, place, hint=hint))
        for key in (*(named or ["symbols"]), "reason"):
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
            if kind not in (*KINDS, *TYPES):
                hint = near(kind, KINDS) or f"valid kinds: {', '.join((*KINDS, *TYPES))}"
                place = self.toml.word(kind, rule, number, "kinds")
                self.problems.append(_wrong(f'kinds: unknown kind "{kind}"', place, hint=hint))
        patterns = [
            pattern
            for key, what in _NAMING.items()
            for word in _listed(values.get(key, []))
            for pattern in self._expanded(word, self.toml.word(word, rule, number, key), what)
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

    def _expanded(self, word: str, place: Place, what: str) -> list[Pattern]:
        """The patterns of a word: itself, or the members of its group, each group once.

        place: of the word in the entry. what: its names are of.
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
                found.append(self._pattern(inner, place, here, what))
                continue
            name = inner[1:]
            self.named.add(name)
            if name in path:
                names = list(path)
                loop = " -> ".join((*names[names.index(name) :], name))
                self._once(_wrong(f"cycle of groups: {loop}", here))
            elif name not in self.groups:
                near_names = self.nearest.hint(name)
                hint = near_names or "define groups under [groups]"
                self._once(_wrong(f'unknown group "{name}"', here, hint=hint))
            elif name not in done:
                done.add(name)
                path[name] = None
                more = [(one, self.toml.word(one, "groups", name)) for one in self.groups[name]]
                stack.append(iter(more))
        return found

    def _pattern(self, word: str, place: Place, here: Place, what: str) -> Pattern:
        """A word that is not a group: a name or a glob, of a symbol with or without a value."""
        if what != "symbol":
            return Pattern(word, place, here, what)
        valued = _VALUED.fullmatch(word)
        if valued is None:
            return Pattern(word.removeprefix("CONFIG_"), place, here)
        glob, sign, value = valued.groups()
        low, dots, high = value.partition("..")
        numbers = (low, high) if dots else (low,) if sign[0] in "<>" else ()
        if (dots and sign[0] in "<>") or not all(map(_IS_NUMBER.fullmatch, numbers)):
            hint = "write SYMBOL = VALUE, SYMBOL = LOW..HIGH, or SYMBOL < NUMBER"
            self._once(_wrong(f"{word}: expected a number", here, hint=hint))
        return Pattern(glob.removeprefix("CONFIG_"), place, here, value=f"{sign} {value}")

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
