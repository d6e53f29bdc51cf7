"""What comes from outside: the symbols of a tree that nobody sets in a devices file.

QEMU's meson.build passes them on the command line of the reference: what the host offers, the
accelerators, the target's architecture and its endianness. This module alone says which symbols of
a tree these are and what passes each; whoever asks (reasons, kinds, ways, sweeps, lint) asks here.
"""

from __future__ import annotations

from collections.abc import Iterable

from kgen.model.clauses import Model
from kgen.model.configurations import Outcome, Target
from kgen.targets import hosts

# What can pass a symbol. The endianness belongs to the architecture.
SOURCES = ("architecture", "host", "accelerator")

# The option that passes a symbol; an architecture is passed by the choice of a target.
OPTIONS = {"host": "--host", "accelerator": "--accel"}

ENDIANNESS = "TARGET_BIG_ENDIAN"

# Folders of hw/ that hold an architecture's boards, over all versions of QEMU and its forks.
# From 6.0 on a tree's own target/ names most of them, but not sparc64, openrisc or e2k.
ARCHITECTURE_FOLDERS = frozenset(
    "alpha arm avr cris e2k hexagon hppa i386 lm32 loongarch m68k microblaze mips moxie nios2"
    " openrisc or1k ppc riscv rx s390x sh4 sparc sparc64 tricore unicore32 xtensa".split()
)


def externals(model: Model, outcomes: Iterable[Outcome] = ()) -> dict[str, str]:
    """The declared symbols that come from outside, sorted, and what passes each: one of SOURCES.

    A tree shows them by where it declares them: `Kconfig.host`, `accel/`, and `target/`, which
    has all architectures, also those of targets that were not chosen. What is declared there and
    has a default or a dependency is an element of the tree (S390X_LEGACY_CPUS). Known names of
    accelerators and of host features count wherever they are declared, and so does what the
    outcomes were in fact passed.
    """
    deciding = {clause.symbol for clause in model.clauses if clause.kind in ("default", "depends")}
    found: dict[str, str] = {}
    for entry in model.entries:
        symbol, path = entry.symbol, entry.place.file.path
        if symbol in _ACCELERATORS or (path.startswith("accel/") and symbol not in deciding):
            found[symbol] = "accelerator"
        elif symbol == ENDIANNESS or (path.startswith("target/") and symbol not in deciding):
            found[symbol] = "architecture"
        elif symbol in _FEATURES or path.rpartition("/")[2] == "Kconfig.host":
            found[symbol] = "host"
    for outcome in outcomes:
        architecture = outcome.target.architecture.upper()
        for item in outcome.as_lane.assignments:
            if item.external:
                source = "architecture" if item.symbol == architecture else "host"
                found.setdefault(item.symbol, source)
    return {name: found[name] for name in sorted(found)}


def passed_by(found: dict[str, str], *sources: str) -> frozenset[str]:
    """Those of the symbols that one of these sources passes."""
    return frozenset(name for name, source in found.items() if source in sources)


def architectures(model: Model, in_checkout: bool) -> frozenset[str]:
    """The symbols that may be passed as a target's architecture.

    A QEMU checkout declares them below `target/`. Up to 5.2 it has none, but boards of the
    same name (LM32), which nobody passes from outside.
    """
    return frozenset(
        entry.symbol
        for entry in model.entries
        if not in_checkout or entry.place.file.path.startswith("target/")
    )


def foreign_symbols(model: Model, target: Target) -> frozenset[str]:
    """The symbols that belong to the boards of other architectures.

    Nothing in an older tree keeps a board of `hw/arm/` from being y on another architecture,
    but QEMU's meson.build compiles `hw/arm/` for that one alone.
    """
    folders = {
        path.split("/")[1]
        for path in {entry.place.file.path for entry in model.entries}
        if path.startswith("target/") and path.count("/") > 1
    }
    own = {target.base_architecture, target.architecture}
    if target.architecture == "sparc64":  # the one that has a folder beside its base's
        own = {"sparc64"}
    others = (folders | ARCHITECTURE_FOLDERS) - own
    return frozenset(
        entry.symbol
        for entry in model.entries
        if entry.place.file.path.startswith("hw/") and entry.place.file.path.split("/")[1] in others
    )


_ACCELERATORS = frozenset(name.upper() for name in hosts.ACCELERATORS)
_FEATURES = frozenset(hosts.PROFILES["linux-all"])
