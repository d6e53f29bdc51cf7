"""Target descriptors: one TOML file per target, for trees without QEMU's `configs/`."""

from __future__ import annotations

import os
from typing import Any, Literal

import msgspec

from kgen.files.read import names_in, read_input
from kgen.files.toml import Toml
from kgen.model.clauses import Assignment
from kgen.model.configurations import Target
from kgen.model.places import File, Place
from kgen.model.problems import KgenError, Nearest, Problem, fail, near, os_reason

Setting = bool | Literal["y", "n", "unset"]


class Descriptor(msgspec.Struct, forbid_unknown_fields=True, rename="kebab", frozen=True):
    """The keys of a descriptor. Any key can be inherited from the extended descriptor."""

    extends: str | None = None
    architecture: str | None = None
    base_architecture: str | None = None
    endianness: Literal["big", "little"] | None = None
    word_size: Literal[32, 64] | None = None
    symbols: dict[str, Setting] = {}


_EXPECTED = {
    "extends": "the name of another descriptor",
    "architecture": "a name",
    "base-architecture": "a name",
    "endianness": '"big" or "little"',
    "word-size": "32 or 64",
    "symbols": "a table",
}


class _Source:
    """A descriptor's file: its content, and the place of each key."""

    def __init__(self, name: str, path: str, shown: str) -> None:
        self.name = name
        self.path = os.path.abspath(path)
        text = read_input(path, shown)
        self.file = File(shown, outside=True, text=text)
        self.toml = Toml(text, self.file, "KG405")
        self.written: dict[str, str] = {}
        self.descriptor, self.problems = self._parse()

    def place(self, *names: str) -> Place:
        """The place of a key. names: the tables that contain it, then the key."""
        return self.toml.place(*names)

    def symbol_place(self, symbol: str) -> Place:
        """The place where a symbol is set, with or without the prefix `CONFIG_`."""
        return self.toml.place("symbols", self.written[symbol])

    def _parse(self) -> tuple[Descriptor, list[Problem]]:
        if self.toml.problem is not None:
            return Descriptor(), [self.toml.problem]
        problems: list[Problem] = []
        values: dict[str, Any] = {}
        fields = {field.encode_name: field for field in msgspec.structs.fields(Descriptor)}
        for key, value in self.toml.data.items():
            if key not in fields:
                hint = near(key, fields) or f"keys: {', '.join(fields)}"
                problems.append(
                    Problem(f'unknown key "{key}"', self.place(key), hint=hint, code="KG405")
                )
            elif key == "symbols" and isinstance(value, dict):
                values["symbols"] = self._symbols(value, problems)
            else:
                try:
                    values[fields[key].name] = msgspec.convert(value, fields[key].type)
                except msgspec.ValidationError:
                    message = f"{key}: expected {_EXPECTED[key]}, not {_brief(value)}"
                    problems.append(Problem(message, self.place(key), code="KG405"))
        return Descriptor(**values), problems

    def _symbols(self, table: dict[str, Any], problems: list[Problem]) -> dict[str, Setting]:
        settings: dict[str, Setting] = {}
        for name, value in table.items():
            symbol = name.removeprefix("CONFIG_")
            if symbol in settings:
                message = f"symbols.{name}: {symbol} is set twice"
                problems.append(Problem(message, self.place("symbols", name), code="KG405"))
            self.written.setdefault(symbol, name)
            try:
                settings[symbol] = msgspec.convert(value, Setting)
            except msgspec.ValidationError:
                message = f'symbols.{name}: expected true, false or "unset", not {_brief(value)}'
                problems.append(Problem(message, self.place("symbols", name), code="KG405"))
        return settings


def descriptor_names(folder: str) -> list[str]:
    """The targets described in a folder, one per `NAME.toml`, sorted. Raises KgenError."""
    try:
        names = names_in(folder)
    except OSError as error:
        raise fail(
            f"cannot read the descriptor folder {folder}: {os_reason(error)}", code="KG405"
        ) from None
    return [name.removesuffix(".toml") for name in names if name.endswith(".toml")]


def read_descriptors(folder: str, names: list[str], shown: str) -> list[Target]:
    """The named targets. shown: the folder as shown in messages.

    Raises KgenError with all mistakes of all files: unknown keys, wrong types, missing keys, an
    `extends` of an unknown descriptor, an `extends` loop.
    """
    reader = _Reader(folder, shown)
    targets = [reader.target(name) for name in names]
    if reader.problems:
        raise KgenError(*reader.problems)
    return [target for target in targets if target is not None]


class _Reader:
    """Reads the descriptors of one folder, each file once."""

    def __init__(self, folder: str, shown: str) -> None:
        self.folder = folder
        self.shown = shown
        self.sources: dict[str, _Source] = {}
        self.problems: list[Problem] = []
        self.said: set[Problem] = set()
        self.looping: set[str] = set()  # descriptors that extend themselves by others
        self.known = set(descriptor_names(folder))
        self.nearest = Nearest(self.known)

    def target(self, name: str) -> Target | None:
        chain = self.chain(name)
        if not chain:
            return None
        merged: dict[str, Any] = {}
        settings: dict[str, tuple[Setting, Place]] = {}
        for source in reversed(chain):
            descriptor = source.descriptor
            if descriptor.architecture is not None:
                merged["architecture"] = descriptor.architecture
                merged["base_architecture"] = None
            if descriptor.base_architecture is not None:
                merged["base_architecture"] = descriptor.base_architecture
            if descriptor.endianness is not None:
                merged["endianness"] = descriptor.endianness
            if descriptor.word_size is not None:
                merged["word_size"] = descriptor.word_size
            for symbol, setting in descriptor.symbols.items():
                settings[symbol] = (setting, source.symbol_place(symbol))
        own = chain[0]
        if any(source.problems for source in chain):
            return None
        missing = [key for key in ("architecture", "endianness") if key not in merged]
        if missing:
            for key in missing:
                message = f'{name} has no "{key}"'
                self.add(
                    Problem(message, Place(own.file, 1), hint=f'add {key} = "..."', code="KG405")
                )
            return None
        assignments = tuple(
            Assignment(symbol, setting in (True, "y"), place)
            for symbol, (setting, place) in settings.items()
            if setting != "unset"
        )
        architecture = merged["architecture"]
        return Target(
            name,
            architecture,
            merged.get("base_architecture") or architecture,
            merged["endianness"] == "big",
            merged.get("word_size"),
            assignments,
            own.file.path,
            tuple(source.path for source in chain),
        )

    def chain(self, name: str) -> list[_Source]:
        """A descriptor and those that it extends, the most general last; empty after an error."""
        chain: dict[str, _Source] = {}
        while True:
            source = self.source(name)
            if source is None:
                return []
            if name in self.looping:
                return []
            if name in chain:
                names = list(chain)
                loop = names[names.index(name) :]
                self.looping.update(loop)  # it is reached from each of its members
                first = loop.index(min(loop))
                loop = [*loop[first:], *loop[:first], loop[first]]
                message = f"extends loop: {' -> '.join(loop)}"
                self.add(Problem(message, chain[loop[0]].place("extends"), code="KG405"))
                return []
            chain[name] = source
            extends = source.descriptor.extends
            if extends is None:
                return list(chain.values())
            parent = extends.removesuffix(".toml")
            if parent not in self.known:
                message = f'extends "{extends}", which is not in {self.shown}'
                hint = self.nearest.hint(parent)
                self.add(Problem(message, source.place("extends"), hint=hint, code="KG405"))
                return []
            name = parent

    def source(self, name: str) -> _Source | None:
        if name not in self.sources:
            filename = f"{name}.toml"
            path = os.path.join(self.folder, filename)
            try:
                source = _Source(name, path, os.path.join(self.shown, filename))
            except KgenError as error:
                for problem in error.problems:
                    self.add(problem)
                return None
            self.sources[name] = source
            for problem in source.problems:
                self.add(problem)
        return self.sources[name]

    def add(self, problem: Problem) -> None:
        if problem not in self.said:
            self.said.add(problem)
            self.problems.append(problem)


def _brief(value: object) -> str:
    """A value for a message, at most 60 characters long."""
    try:
        written = repr(value)
    except (RecursionError, ValueError):
        return "this value"
    return written if len(written) <= 60 else f"{written[:57]}..."
