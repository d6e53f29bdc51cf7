"""The code of a tree that has a sources map instead of its code: the embedded one."""

from __future__ import annotations

from kgen.code.conditions import ALWAYS, NEVER, both
from kgen.code.qom_types import DEVICE, OBJECT
from kgen.code.registered import ClassFacts, QomType, Registered
from kgen.code.registry import Registry
from kgen.code.sources import Built, Sources
from kgen.targets.sources_map import Source, read_sources

_ANY_DEVICE = QomType(DEVICE, OBJECT, True, (), ClassFacts(), 1, ALWAYS)


def mapped_code(path: str, declared: set[str]) -> tuple[Sources, Registry]:
    """What the sources map of a tree says, as its meson.build and C files would.

    path: of the map, in the root of its tree. A device is registered where its rule begins. Raises
    KgenError.
    """
    name = path.rpartition("/")[2]
    rules = read_sources(path, path, declared)
    files = [
        Built(file, _all(rule), NEVER, False, name, rule.place.line)
        for rule in rules
        for file in rule.files
    ]
    types = [
        QomType(device, DEVICE, False, (), ClassFacts(), rule.place.line, _all(rule))
        for rule in rules
        for device in rule.devices
    ]
    sources = Sources(tuple(sorted(files)), {}, {}, {}, {}, (name,), (), {})
    registry = Registry({name: Registered((_ANY_DEVICE, *types), (), ())}, {}, (name,))
    return sources, registry


def _all(rule: Source) -> tuple[str, ...]:
    """The condition of a rule."""
    return both(*((symbol,) for symbol in rule.when))
