"""`kgen policy` of a tree of standard Kconfig: policies with conditions on values."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from kgen.commands.loading import load_standard
from kgen.commands.policy.command import Arguments, one_source, printed
from kgen.commands.policy.entries import Entry
from kgen.files.read import read_input
from kgen.model.kinds import TYPES
from kgen.model.lanes import members
from kgen.model.problems import KgenError, Problem, fail, near
from kgen.standard.defconfigs import Defconfigs, value_of
from kgen.standard.outputs import values_of

if TYPE_CHECKING:
    from kgen.project.standard import StandardProject

# What begins a glob or a range, and a space after the sign.
_MAGIC = re.compile(r"[*?\[]|^ |\.(?=\.)")

_HEAD = {
    "require": "require: a symbol that gets another value is reported.",
    "forbid": "forbid: a symbol that gets a value other than n is reported.",
    "allow-only": "allow-only: a symbol that gets a value and is not listed is reported.",
}


def run(arguments: Arguments) -> int:
    """Print or write the policy; return 0. Raises KgenError, UnknownTarget."""
    path = one_source(arguments)
    project = load_standard(arguments.options)
    if path is None:
        made, what = _of_configurations(project), "the configuration of each target"
    else:
        made, what = _of_lines(project, path, arguments), os.path.basename(path)
    rules = {rule for entry in made for rule in entry.rules}
    return printed(arguments, made, what, [_HEAD[one] for one in _HEAD if one in rules], TYPES)


def _of_configurations(project: StandardProject) -> list[Entry]:
    """Entries that hold for exactly these values: each is required, and no other symbol allowed."""
    values: dict[tuple[str, str], list[str]] = {}  # the targets of a symbol and its value
    there: dict[str, list[str]] = {}
    kinds: dict[str, str] = {}
    for part in project.parts:
        names = [target.name for target in part.targets]
        for number in part.model.defined:
            symbol = part.model.symbols[number]
            kinds.setdefault(symbol.name, symbol.type or "bool")
            for lanes, text in values_of(part.resolution, number):
                if lanes and not (symbol.logical and text == "n"):
                    own = [names[lane] for lane in members(lanes)]
                    values.setdefault((symbol.name, text), []).extend(own)
                    there.setdefault(symbol.name, []).extend(own)
    if not values:
        raise fail("no symbol has a value other than n on these targets", code="KG709")
    wanted = {(name, condition(name, text)): own for (name, text), own in values.items()}
    found = list(_entries("require", wanted, kinds))
    return [
        *found,
        *_entries("allow-only", {(name, name): own for name, own in there.items()}, kinds),
    ]


def _entries(
    rule: str, words: Mapping[tuple[str, str], list[str]], kinds: Mapping[str, str]
) -> Iterator[Entry]:
    """An entry for all words, (symbol, word), of the same targets; those of the most first."""
    shared: dict[tuple[str, ...], list[tuple[str, str]]] = {}
    for word in sorted(words):
        shared.setdefault(tuple(sorted(words[word])), []).append(word)
    for targets in sorted(shared, key=lambda names: (-len(names), names)):
        yield Entry((rule,), _by_kind(shared[targets], kinds), targets, "as it was configured")


def _by_kind(
    words: Iterable[tuple[str, str]], kinds: Mapping[str, str]
) -> dict[str, Sequence[str]]:
    found: dict[str, list[str]] = {kind: [] for kind in TYPES}
    for name, word in words:
        found[kinds[name]].append(word)
    return {kind: own for kind, own in found.items() if own}


def _of_lines(project: StandardProject, path: str, arguments: Arguments) -> list[Entry]:
    """What a defconfig or a .config assigns: its values are required, its n forbidden.

    With `-t`, on these targets. Raises KgenError for symbols that no Kconfig file defines.
    """
    model = project.parts[0].model
    lines = Defconfigs(project.tree, model.prefix).assignments(read_input(path, path))
    symbols = {
        part.model.symbols[number].name: part.model.symbols[number]
        for part in project.parts
        for number in part.model.defined
    }
    given: dict[str, str] = {}
    problems: dict[str, Problem] = {}
    for line in lines:
        if line.name not in symbols:
            message = f"{path}:{line.line}: no Kconfig file defines {line.name}"
            problems[line.name] = Problem(message, hint=near(line.name, symbols), code="KG201")
            continue
        value = value_of(symbols[line.name].type, line.value, model.verbatim)
        if value is not None:
            given[line.name] = value
    if problems:
        raise KgenError(*problems.values())
    if not given:
        raise fail(f"{path} assigns nothing", code="KG709")
    targets = tuple(project.names) if arguments.options.only else ()
    kinds = {name: symbol.type for name, symbol in symbols.items()}
    off = [(name, name) for name, value in sorted(given.items()) if value == "n"]
    on = [(name, condition(name, text)) for name, text in sorted(given.items()) if text != "n"]
    file = os.path.basename(path)
    entries = [
        Entry(("require",), _by_kind(on, kinds), targets, f"{file} sets it so"),
        Entry(("forbid",), _by_kind(off, kinds), targets, f"{file} sets it to n"),
    ]
    return [entry for entry in entries if entry.symbols]


def condition(symbol: str, value: str) -> str:
    """What a policy has for a symbol with this value: a glob that nothing else matches."""
    return f"{symbol} = {_MAGIC.sub(lambda found: f'[{found[0]}]', value)}"
