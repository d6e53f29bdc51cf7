"""Where the conditions of source files are true: for all lanes of a resolution at once.

Symbols have the values of the resolution, and targets their files in configs/targets. The host is
a Linux machine that has all libraries, and the options of configure have their defaults, with
these exceptions: what `--host` passes or does not pass to Kconfig is there or not, and so is
what meson.build passes it for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from kgen.code.conditions import ALWAYS, NEVER, Truth
from kgen.code.meson.state import ACCELERATORS
from kgen.code.sources import Sources, setting
from kgen.model import expr
from kgen.model.configurations import Resolution
from kgen.model.expr import Expr
from kgen.model.lanes import flagged


def truth_of(
    sources: Sources,
    resolution: Resolution,
    targets: Sequence[Mapping[str, str]],
    host_architecture: str,
    features: Iterable[str],
    conditions: Sequence[Expr] = (),
) -> Truth:
    """The truth of the conditions of `sources`, and of further ones, in the lanes of a resolution.

    targets: for each lane what the target's file in configs/targets sets. host_architecture: as
    QEMU's configure names it. features: the symbols that are passed from the host, if it has them.
    """
    everywhere = (1 << len(resolution.lanes)) - 1
    values: dict[str, tuple[int, int]] = {}
    truth = Truth(values, everywhere)

    def set_(atom: str, lanes: int) -> None:
        values[atom] = lanes, lanes

    def symbol(name: str) -> int:
        lanes = resolution.values.get(name, 0)
        # What is passed to Kconfig is not in the configuration that meson.build reads.
        return lanes if name in ACCELERATORS else lanes & ~resolution.external.get(name, 0)

    # A fact that has a name is made of facts before it.
    known = [*sources.facts.values(), *sources.macros.values(), *conditions]
    known += [condition for one in sources.files for condition in (one.condition, one.archive)]
    for atom in {atom for condition in known for atom in expr.names(condition)}:
        kind, colon, rest = atom.partition(":")
        if not colon:
            set_(atom, symbol(atom))
        elif kind in ("target", "arch"):
            set_(atom, flagged(setting(one, atom) for one in targets))
        elif kind == "any":
            some = any(setting(one, rest) for one in targets) if ":" in rest else symbol(rest)
            set_(atom, everywhere if some else 0)
        elif kind == "host" and atom not in sources.facts:
            on = _on_linux(rest, sources.options, host_architecture)
            set_(atom, everywhere if on else 0)
    passed = _passed(sources, resolution, features)
    for atom, lanes in passed.items():
        set_(atom, lanes)
    for fact, condition in sources.facts.items():
        if fact not in passed:
            values[fact] = truth.of(condition)
    return truth


def _passed(sources: Sources, resolution: Resolution, features: Iterable[str]) -> dict[str, int]:
    """The facts for which features are passed to Kconfig, and the lanes in which they are.

    The configure scripts of QEMU up to 8.0 tell meson.build of a feature by the symbol's name. A
    tree that does not say what it passes has a variable of that name.
    """
    found = {}
    for name in features:
        lanes = resolution.values.get(name, 0)
        found[f"host:CONFIG_{name}"] = lanes
        condition = sources.passed.get(name) or (f"host:{name.lower()}",)
        if len(condition) == 1 and condition not in (ALWAYS, NEVER):
            found[condition[0]] = lanes
    return found


# Facts of other systems than Linux, and of what is not there by default.
_ABSENT = frozenset(
    """darwin windows freebsd netbsd openbsd dragonfly sunos haiku emscripten cygwin gnu/kfreebsd
    dependency(appleframeworks) library(nvmm) check(nvmm_cpu_stop) check(VMNET_BRIDGED_MODE)
    library(ossaudio) library(pdcurses) header(dsound.h) header(WinHvPlatform.h)
    header(WinHvEmulation.h) header(winhvplatform.h) header(winhvemulation.h) property=cpp
    CONFIG_AUDIO_COREAUDIO CONFIG_AUDIO_DSOUND CONFIG_AUDIO_WIN_INT CONFIG_BSD CONFIG_BSD_USER
    CONFIG_COCOA CONFIG_DARWIN CONFIG_FUZZ CONFIG_GCRYPT CONFIG_GCRYPT_HMAC CONFIG_HAX CONFIG_HVF
    CONFIG_MODULES CONFIG_NETMAP CONFIG_NVMM CONFIG_QEMU_PRIVATE_XTS CONFIG_RNG_NONE
    CONFIG_SHEEPDOG CONFIG_SOLARIS CONFIG_STATIC CONFIG_TCG_INTERPRETER CONFIG_TRACE_DTRACE
    CONFIG_TRACE_FTRACE CONFIG_TRACE_SIMPLE CONFIG_TRACE_UST CONFIG_USER_ONLY CONFIG_WHPX
    CONFIG_WIN32""".split()
)


# Meson's names of the families of processors, where they are not those of configure.
_FAMILIES = {"i386": "x86"}


def _on_linux(fact: str, options: Mapping[str, str], architecture: str) -> bool:
    """Whether a fact is one of a Linux machine that has everything."""
    if fact.startswith("-D"):
        name, equals, value = fact[2:].partition("=")
        default = options.get(name, "disabled")
        if equals:
            return value in default.split(",")
        return default not in ("disabled", "false", "")
    family = _FAMILIES.get(architecture, architecture)
    for name, test in _TESTS.items():
        if fact.startswith(name):
            return test(family, fact.removeprefix(name))
    return fact not in _ABSENT


_TESTS: dict[str, Callable[[str, str], bool]] = {
    "cpu=": lambda family, value: family == value,
    "cpu~": lambda family, value: family.startswith(value),
    "version(": lambda family, value: ")>" in value,
    "sizeof(": lambda family, value: ")>" in value,
    "build-": lambda family, value: value in ("linux", f"cpu={family}"),
    "endian=": lambda family, value: value == ("big" if family == "s390x" else "little"),
}
