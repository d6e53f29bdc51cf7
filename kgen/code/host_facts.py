"""Facts of a Linux host on which QEMU is built, as meson.build and C ask for them.

The host has every library, header and program; the options of configure have their defaults.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

# Accelerators that QEMU has had. meson.build decides for each target whether it has them, as
# `hosts.py` does; so in a target's dictionary their keys stand for the symbols.
ACCELERATORS = frozenset("HAX HVF KVM MSHV NITRO NVMM TCG WHPX XEN".split())

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

# What meson.build looks for on the host; the rest it knows, or configure has passed it.
_LOOKED_FOR = ("check(", "dependency(", "file(", "header(", "language(", "library(", "program(")

# What is defined in C for every system emulator on Linux.
_IN_C = frozenset(
    "CONFIG_SOFTMMU CONFIG_SYSTEM_ONLY CONFIG_LINUX CONFIG_POSIX CONFIG_PLUGIN NEED_CPU_H"
    " COMPILING_PER_TARGET COMPILING_SYSTEM_VS_USER __linux__ linux".split()
)

# Meson's names of the families of processors, where they are not those of configure.
FAMILIES = {"i386": "x86"}


def is_looked_for(fact: str) -> bool:
    """Whether meson.build looks for a fact on the host: a library, a header, a program."""
    return fact.startswith(_LOOKED_FOR)


def seen_in_c(macro: str, architecture: str) -> bool:
    """Whether C defines a macro that no target and no option decides."""
    return macro in _IN_C or macro == f"__{architecture}__"


def found_on(fact: str, options: Mapping[str, str], architecture: str) -> bool:
    """Whether a fact (without `host:`) is one of a Linux host that has everything.

    options: the defaults of configure's options. architecture: as configure names it.
    """
    if fact.startswith("-D"):
        name, equals, value = fact[2:].partition("=")
        default = options.get(name, "disabled")
        if equals:
            return value in default.split(",")
        return default not in ("disabled", "false", "")
    family = FAMILIES.get(architecture, architecture)
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
