"""External symbols: the symbols of a tree that are not set in a devices file.

QEMU's meson.build passes them on the command line of scripts/minikconf.py: the features of the
host, the accelerators, the target's architecture and its endianness. This module is the only one
that decides which symbols of a tree are external and what passes each.
"""

from __future__ import annotations

from collections.abc import Iterable

from kgen.model.clauses import Model
from kgen.model.configurations import Outcome, Target
from kgen.targets import hosts

# The sources of external symbols. The endianness belongs to the architecture.
SOURCES = ("architecture", "host", "accelerator")

# The option that passes a symbol; the architecture follows from the target.
OPTIONS = {"host": "--host", "accelerator": "--accel"}

ENDIANNESS = "TARGET_BIG_ENDIAN"

# Folders of hw/ with the boards of an architecture, in all versions of QEMU and its forks.
# From 6.0 on most of them are also folders of target/, but not sparc64, openrisc and e2k.
ARCHITECTURE_FOLDERS = frozenset(
    "alpha arm avr cris e2k hexagon hppa i386 lm32 loongarch m68k microblaze mips moxie nios2"
    " openrisc or1k ppc riscv rx s390x sh4 sparc sparc64 tricore unicore32 xtensa".split()
)


def externals(model: Model, outcomes: Iterable[Outcome] = ()) -> dict[str, str]:
    """The declared external symbols, sorted, each with its source: one of SOURCES.

    Symbols declared in `Kconfig.host`, `accel/` or `target/` are external; `target/` has all
    architectures, also those of targets that were not chosen. A symbol in `accel/` or `target/`
    with a default or a dependency is internal (S390X_LEGACY_CPUS). Known names of accelerators
    and host features are external wherever they are declared, and so are the symbols that were
    passed for the outcomes.
    """
    deciding = {clause.symbol for clause in model.clauses if clause.kind in ("default", "depends")}
    sources: dict[str, str] = {}
    for entry in model.entries:
        symbol, path = entry.symbol, entry.place.file.path
        if symbol in _ACCELERATORS or (path.startswith("accel/") and symbol not in deciding):
            sources[symbol] = "accelerator"
        elif symbol == ENDIANNESS or (path.startswith("target/") and symbol not in deciding):
            sources[symbol] = "architecture"
        elif symbol in _FEATURES or path.rpartition("/")[2] == "Kconfig.host":
            sources[symbol] = "host"
    for outcome in outcomes:
        architecture = outcome.target.architecture.upper()
        for item in outcome.as_lane.assignments:
            if item.external:
                source = "architecture" if item.symbol == architecture else "host"
                sources.setdefault(item.symbol, source)
    return {name: sources[name] for name in sorted(sources)}


def passed_by(external: dict[str, str], *sources: str) -> frozenset[str]:
    """The external symbols that are passed by one of these sources."""
    return frozenset(name for name, source in external.items() if source in sources)


def architectures(model: Model, in_checkout: bool) -> frozenset[str]:
    """The symbols that can be passed as a target's architecture.

    A QEMU checkout declares them below `target/`. QEMU up to 5.2 has none; it has boards with
    the same name (LM32), which are not external.
    """
    return frozenset(
        entry.symbol
        for entry in model.entries
        if not in_checkout or entry.place.file.path.startswith("target/")
    )


def foreign_symbols(model: Model, target: Target) -> frozenset[str]:
    """The symbols of the board folders of other architectures.

    In older trees no clause prevents a board of `hw/arm/` from being y on another architecture,
    but QEMU's meson.build compiles `hw/arm/` only for its own architecture.
    """
    folders = {
        path.split("/")[1]
        for path in {entry.place.file.path for entry in model.entries}
        if path.startswith("target/") and path.count("/") > 1
    }
    own = {target.base_architecture, target.architecture}
    if target.architecture == "sparc64":  # has its own folder besides that of its base architecture
        own = {"sparc64"}
    others = (folders | ARCHITECTURE_FOLDERS) - own
    return frozenset(
        entry.symbol
        for entry in model.entries
        if entry.place.file.path.startswith("hw/") and entry.place.file.path.split("/")[1] in others
    )


_ACCELERATORS = frozenset(name.upper() for name in hosts.ACCELERATORS)
_FEATURES = frozenset(hosts.PROFILES["linux-all"])
