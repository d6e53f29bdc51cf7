"""A policy as TOML, with comments."""

from __future__ import annotations

from collections.abc import Sequence

from kgen.commands.policy.entries import Entry
from kgen.formats.escapes import toml_string, visible

_PLURALS = {"board": "boards", "device": "devices", "group": "device groups", "bus": "buses"}


def toml(entries: Sequence[Entry], head: Sequence[str], kinds: Sequence[str]) -> str:
    """The text of a policy file. head: the lines of its first comment. kinds: those that
    allow-only covers."""
    lines = [f"# {visible(line)}" for line in head]
    groups = [_group(entry, number) for number, entry in enumerate(entries, 1)]
    lines += ["", "[groups]", *(line for group in groups for line in group)]
    for number, entry in enumerate(entries, 1):
        for rule in entry.rules:
            lines += ["", f"[[{rule}]]", f'symbols = "@set-{number}"']
            if entry.targets:
                lines.append(f"targets = {_list(entry.targets)}")
            if rule == "allow-only":
                lines.append(f"kinds = {_list(kinds)}")
            lines.append(f"reason = {toml_string(entry.reason)}")
    return "".join(f"{line}\n" for line in lines)


def _group(entry: Entry, number: int) -> list[str]:
    lines = [f"set-{number} = ["]
    for kind, symbols in entry.symbols.items():
        if kind and symbols:
            lines.append(f"    # {_PLURALS.get(kind, kind)}")
        lines += [f"    {toml_string(symbol)}," for symbol in symbols]
    return [*lines, "]"]


def _list(values: Sequence[str]) -> str:
    return f"[{', '.join(toml_string(value) for value in values)}]"
