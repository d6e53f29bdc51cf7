"""The variables of templates for standard Kconfig: targets with the values of all symbols."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from kgen.project.standard import Part, StandardProject
from kgen.standard.exports import typed


def context(project: StandardProject) -> dict[str, Any]:
    """The variables of every template, as `docs/templates.md` describes them."""
    targets = {}
    symbols: set[str] = set()
    for part in project.parts:
        numbers = part.model.numbers()
        symbols.update(numbers)
        for lane, target in enumerate(part.targets):
            config = Values(part, numbers, lane)
            targets[target.name] = {"name": target.name, "config": config}
    return {"symbols": sorted(symbols), "targets": [targets[name] for name in project.names]}


class Values(Mapping[str, "bool | int | str"]):
    """The values of all symbols of a target, by name. Each is looked up when it is asked for: a
    thousand boards have millions of them."""

    def __init__(self, part: Part, numbers: Mapping[str, int], lane: int) -> None:
        self._part, self._numbers, self._lane = part, numbers, lane

    def __getitem__(self, name: str) -> bool | int | str:
        number = self._numbers[name]
        text = self._part.resolution.value(number, self._lane)
        return typed(self._part.model.symbols[number], text)

    def __iter__(self) -> Iterator[str]:
        return iter(self._numbers)

    def __len__(self) -> int:
        return len(self._numbers)
