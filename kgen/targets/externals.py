"""External symbols: the symbols of a tree that are not set in a devices file.

QEMU's meson.build passes them on the command line of scripts/minikconf.py: the features of the
host, the accelerators, the target's architecture and its endianness. This module is the only one
that decides which symbols of a tree are external and what passes each.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from kgen.model.clauses import Model, assignment_text, assignment_texts, of_code
from kgen.model.configurations import Build, Outcome, Target
from kgen.targets import hosts

# The sources of external symbols. The endianness belongs to the architecture. What has a colon in
# its name (see `of_code`) follows from the code, and no option passes it.
SOURCES = ("architecture", "host", "accelerator", "code")

# Why an architecture's symbol is n: it follows the symbol.
OTHER_ARCHITECTURE = "belongs to another architecture; -t chooses the target"

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
        if of_code(symbol):
            sources[symbol] = "code"
        elif symbol in _ACCELERATORS or (path.startswith("accel/") and symbol not in deciding):
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
                sources.setdefault(item.symbol, "code" if of_code(item.symbol) else source)
    return {name: sources[name] for name in sorted(sources)}


class Features:
    """Which symbols of a tree `--host` may pass."""

    def __init__(self, model: Model, passable: Iterable[str]) -> None:
        """passable: the symbols that its meson.build can pass."""
        self._sources = externals(model)
        self._passable = frozenset(passable)
        names = (path.rpartition("/")[2] for path in model.files)
        self._known = bool(self._passable) or "Kconfig.host" in names

    def instead(self, symbol: str) -> str:
        """What passes or sets a symbol that no host passes; "" for what a host may pass.

        These are the host features, and what the tree's meson.build passes. A tree that has neither
        a Kconfig.host nor such a meson.build may pass any symbol that is not external otherwise.
        """
        source = self._sources.get(symbol)
        if source == "host" or symbol in self._passable:
            return ""
        if source == "accelerator":
            return f"--accel {symbol.lower()} passes it"
        if source == "architecture":
            return "it belongs to the target: -t chooses that"
        return f"--set {symbol}=y or =n sets it" if self._known else ""


def passed_by(external: dict[str, str], *sources: str) -> frozenset[str]:
    """The external symbols that are passed by one of these sources."""
    return frozenset(name for name, source in external.items() if source in sources)


def is_accelerator(symbol: str) -> bool:
    """Whether `--accel` passes a symbol; `--host` passes any other that is not the target's."""
    return symbol in _ACCELERATORS


def passing(changes: Mapping[str, bool], build: Build | None) -> str | None:
    """The options that pass these external symbols (y), or do not (n), with the values to type.

    Else they pass what the options of the build pass: `--accel kvm,tcg --host linux,FUZZ`. None if
    no options do: no host has the accelerator for the target, or no accelerator would be left. TCG
    is added where that would be so and TCG may be passed.
    """
    if build is None:  # the symbols are arguments, as of scripts/minikconf.py
        return " ".join(assignment_texts(sorted(changes.items())))
    options = []
    own = {name.lower(): value for name, value in changes.items() if is_accelerator(name)}
    if own:
        before = hosts.accelerators(build.accel)
        kept = [name for name in before if own.get(name, True)]
        wanted = [name for name, value in own.items() if value]
        after = (*(name for name in wanted if name not in before), *kept)
        architecture = hosts.host_for(build, wanted)
        if architecture is None:
            return None
        if not any(hosts.can_have(build, name, architecture) for name in after):
            if "tcg" in own:
                return None
            after = (*after, "tcg")
        if after != before:
            options.append(f"--{build.side}accel {','.join(after)}")
        if architecture != build.host_arch:
            options.append(f"--{build.side}host-arch {architecture}")
    features = {name: value for name, value in changes.items() if not is_accelerator(name)}
    if features:
        options.append(f"--{build.side}host {hosts.host_with(build.host, features)}")
    return " ".join(options)


def lacking(symbol: str, builds: Sequence[Build | None]) -> str:
    """Why a host feature or an accelerator is n for these builds, and what passes it.

    It follows "SYMBOL is": `not passed; --accel kvm,tcg passes it`.
    """
    options = dict.fromkeys(passing({symbol: True}, build) for build in builds)
    own = [build for build in builds if build is not None]
    if not own:
        return f"not passed from outside ({assignment_text(symbol, True)})"
    them = own[0].target.name if len(own) == 1 else "these targets"
    if not any(options):
        return f"unavailable: {no_accelerator_here(symbol, own, them)}"
    asked = [build for build in own if symbol.lower() in hosts.accelerators(build.accel)]
    if is_accelerator(symbol) and len(asked) == len(own):
        return f"left out: {no_accelerator_here(symbol, own, them)}"
    if len(options) == 1:
        return f"not passed; {next(iter(options))} passes it"
    if not asked:
        return f"not passed by --accel; most targets also need another --host-arch for {symbol}"
    return "not passed by --accel, or left out because of --host-arch"


def no_accelerator_here(symbol: str, builds: Sequence[Build], them: str) -> str:
    """That the host cannot have an accelerator for these targets, and which host can.

    them: a word for the targets.
    """
    found = dict.fromkeys(hosts.host_for(build, [symbol.lower()]) for build in builds)
    able = sorted(architecture for architecture in found if architecture is not None)
    if not able:
        return f"no host has {symbol} for {them}"
    here = " or ".join(dict.fromkeys(build.host_arch for build in builds))
    article = "a" if here[0] in "lmpr" else "an"
    which = " or ".join(able) if len(able) < 4 else f"{', '.join(able[:3])} or another"
    has = "has" if None not in found and len(able) < 4 else "has it for some"
    return f"{article} {here} host has no {symbol} for {them}; --host-arch {which} {has}"


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
    paths = {entry.place.file.path for entry in model.entries}
    folders = {
        path.split("/")[1] for path in paths if path.startswith("target/") and path.count("/") > 1
    }
    own = {target.base_architecture, target.architecture}
    if target.architecture == "sparc64":  # has its own folder besides that of its base architecture
        own = {"sparc64"}
    others = (folders | ARCHITECTURE_FOLDERS) - own
    foreign = {path for path in paths if path.startswith("hw/") and path.split("/")[1] in others}
    return frozenset(entry.symbol for entry in model.entries if entry.place.file.path in foreign)


_ACCELERATORS = frozenset(name.upper() for name in hosts.ACCELERATORS)
_FEATURES = frozenset(hosts.PROFILES["linux-all"])
