"""Reads the sources map, a TOML file: the source files that each symbol adds to the build."""

from __future__ import annotations

import re
from typing import Any

import msgspec

from kgen.files.read import read_input
from kgen.files.toml import TOO_MUCH, Toml, reason
from kgen.model.places import File, Place
from kgen.model.problems import KgenError, Nearest, Problem, near
from kgen.model.record import Record


class Source(Record):
    """A rule of a sources map: files that are built if all symbols of `when` are y.

    devices: the names for `-device` that the files register. place: of the rule.
    """

    when: tuple[str, ...]
    files: tuple[str, ...]
    devices: tuple[str, ...]
    place: Place


# Characters that need no quoting in Meson strings and make lists.
_FILE_NAME = re.compile(r"[A-Za-z0-9_.+,@/-]+")


class _Rule(msgspec.Struct, forbid_unknown_fields=True):
    when: str | list[str]
    files: list[str]
    devices: list[str] = []


_KEYS = ("when", "files", "devices")


def read_sources(path: str, shown: str, declared: set[str]) -> tuple[Source, ...]:
    """The `[[source]]` rules of a map, in order.

    Raises KgenError with all mistakes: unknown keys, wrong types, symbols that the tree does not
    declare, file names that need quoting in Meson or make.
    """
    text = read_input(path, shown)
    toml = Toml(text, File(shown, outside=True, text=text), "KG406", TOO_MUCH)
    if toml.problem is not None:
        raise KgenError(toml.problem)
    problems = [
        Problem(f'unknown key "{key}"', toml.place(key), hint=near(key, ["source"]), code="KG406")
        for key in toml.data
        if key != "source"
    ]
    rules = toml.data.get("source", [])
    if not isinstance(rules, list):
        hint = "write each rule under [[source]]"
        problems.append(
            Problem("source: expected an array", toml.place("source"), hint=hint, code="KG406")
        )
        rules = []
    sources = []
    nearest = Nearest(declared)
    for number, rule in enumerate(rules):
        source = _read_rule(rule, toml.place("source", number), nearest, problems)
        if source is not None:
            sources.append(source)
    if problems:
        raise KgenError(*problems)
    return tuple(sources)


def _read_rule(rule: Any, place: Place, nearest: Nearest, problems: list[Problem]) -> Source | None:
    try:
        checked = msgspec.convert(rule, _Rule)
    except msgspec.ValidationError as error:
        unknown = [key for key in rule if key not in _KEYS] if isinstance(rule, dict) else []
        for key in unknown:
            hint = near(key, _KEYS) or f"keys: {', '.join(_KEYS)}"
            problems.append(Problem(f'unknown key "{key}"', place, hint=hint, code="KG406"))
        if not unknown:
            hint = "a rule has `when` (a symbol or a list), `files` and `devices` (lists)"
            problems.append(Problem(reason(error), place, hint=hint, code="KG406"))
        return None
    names = [checked.when] if isinstance(checked.when, str) else checked.when
    symbols = tuple(name.removeprefix("CONFIG_") for name in names)
    before = len(problems)
    for symbol in symbols:
        if symbol not in nearest.known:
            message = f"when: the tree declares no symbol {symbol}"
            problems.append(Problem(message, place, hint=nearest.hint(symbol), code="KG406"))
    for name in checked.files:
        if not _FILE_NAME.fullmatch(name) or name.startswith("-"):
            message = f"files: {name!r} cannot be used in both Meson and make"
            hint = "use letters, digits and _ . + , @ / -"
            problems.append(Problem(message, place, hint=hint, code="KG406"))
    if len(problems) > before:
        return None
    return Source(symbols, tuple(checked.files), tuple(checked.devices), place)
