"""The sources map: which source files a symbol brings into the build, told once in TOML."""

from __future__ import annotations

import re
import tomllib
from typing import Any

import msgspec

from kgen.files.read import read_input
from kgen.kconfig.toml import reason, toml_problem
from kgen.model.places import File, Place
from kgen.model.problems import KgenError, Problem, near
from kgen.model.record import Record


class Source(Record):
    """A rule of a sources map: files built where all symbols of `when` are y (none: always)."""

    when: tuple[str, ...]
    files: tuple[str, ...]


# What stands in Meson's strings and in make's lists without being quoted in either.
_FILE_NAME = re.compile(r"[A-Za-z0-9_.+,@/-]+")


class _Rule(msgspec.Struct, forbid_unknown_fields=True):
    when: str | list[str]
    files: list[str]


_KEYS = ("when", "files")


def read_sources(path: str, shown: str, declared: set[str]) -> tuple[Source, ...]:
    """The `[[source]]` rules of a map, in their order.

    Raises KgenError with every mistake: unknown keys, wrong types, symbols that the tree does
    not declare, names of files that Meson or make could not hold.
    """
    text = read_input(path, shown)
    file = File(shown, outside=True, text=text)
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise KgenError(toml_problem(error, file)) from None
    except (RecursionError, ValueError):
        raise KgenError(
            Problem("nested too deeply, or a number is too long", Place(file, 1), code="KG406")
        ) from None
    problems = [
        Problem(
            f'unknown key "{key}"', _line(text, file, key), hint=near(key, ["source"]), code="KG406"
        )
        for key in data
        if key != "source"
    ]
    rules = data.get("source", [])
    if not isinstance(rules, list):
        hint = "write each rule under [[source]]"
        problems.append(
            Problem("source: expected an array", Place(file, 1), hint=hint, code="KG406")
        )
        rules = []
    places = _rule_places(text, file, len(rules))
    sources = []
    for rule, place in zip(rules, places, strict=True):
        source = _read_rule(rule, place, declared, problems)
        if source is not None:
            sources.append(source)
    if problems:
        raise KgenError(*problems)
    return tuple(sources)


def _read_rule(
    rule: Any, place: Place, declared: set[str], problems: list[Problem]
) -> Source | None:
    try:
        checked = msgspec.convert(rule, _Rule)
    except msgspec.ValidationError as error:
        unknown = [key for key in rule if key not in _KEYS] if isinstance(rule, dict) else []
        for key in unknown:
            hint = near(key, _KEYS) or f"keys: {', '.join(_KEYS)}"
            problems.append(Problem(f'unknown key "{key}"', place, hint=hint, code="KG406"))
        if not unknown:
            hint = "a rule has `when` (a symbol or a list) and `files` (a list)"
            problems.append(Problem(reason(error), place, hint=hint, code="KG406"))
        return None
    names = [checked.when] if isinstance(checked.when, str) else checked.when
    symbols = tuple(name.removeprefix("CONFIG_") for name in names)
    before = len(problems)
    for symbol in symbols:
        if symbol not in declared:
            message = f"when: the tree declares no symbol {symbol}"
            problems.append(Problem(message, place, hint=near(symbol, declared), code="KG406"))
    for name in checked.files:
        if not _FILE_NAME.fullmatch(name) or name.startswith("-"):
            message = f"files: {name!r} cannot stand in both a Meson and a make file"
            hint = "use letters, digits and _ . + , @ / -"
            problems.append(Problem(message, place, hint=hint, code="KG406"))
    return Source(symbols, tuple(checked.files)) if len(problems) == before else None


def _rule_places(text: str, file: File, count: int) -> list[Place]:
    lines = text.splitlines()
    found = [
        Place(file, number, line.index("[") + 1)
        for number, line in enumerate(lines, 1)
        if re.match(r"\s*\[\[\s*source\s*\]\]", line)
    ]
    return found if len(found) == count else [Place(file, 1)] * count


def _line(text: str, file: File, key: str) -> Place:
    for number, line in enumerate(text.splitlines(), 1):
        if re.match(rf"\s*\[*\s*{re.escape(key)}\b", line):
            return Place(file, number, 1)
    return Place(file, 1)
