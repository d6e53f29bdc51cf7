"""External assignments: host features, accelerators, architecture, endianness.

QEMU's meson.build passes these on the command line of scripts/minikconf.py; they take effect but
are never printed. Only symbols that the tree declares are passed, because minikconf.py rejects
others; the tree's version number is not used.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set

from kgen.model.clauses import Assignment
from kgen.model.configurations import Build, Target
from kgen.model.problems import KgenError, Problem, fail, near

# The features of a Linux host with all libraries installed. FDT, GNUTLS, LIBCBOR and PIXMAN are
# symbols only in later versions.
_LINUX = (
    "TPM SPICE IVSHMEM OPENGL X11 VHOST_USER VHOST_VDPA VHOST_KERNEL VIRTFS LINUX"
    " FDT GNUTLS LIBCBOR PIXMAN"
).split()


# Further features that are enabled by options of QEMU's configure.
_OPTIONAL = (
    "FUZZ HAVE_RUST HV_BALLOON_POSSIBLE MULTIPROCESS_ALLOWED PVRDMA VFIO_USER_SERVER_ALLOWED"
).split()


PROFILES: Mapping[str, tuple[str, ...]] = {
    "linux": tuple(_LINUX),
    "linux-all": (*_LINUX, *_OPTIONAL),
    "none": (),
}


ACCELERATORS = ("hax", "hvf", "kvm", "mshv", "nitro", "nvmm", "tcg", "whpx", "xen")


_X86 = ("i386", "x86_64")


_MIPS = ("mips", "mipsel", "mips64", "mips64el")


# Host architecture -> accelerator -> the targets (without -softmmu) that it supports, from
# `accelerator_targets` in QEMU's meson.build. TCG supports all targets.
_CAN: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "x86_64": {
        "kvm": _X86,
        "xen": _X86,
        "hax": _X86,
        "nvmm": _X86,
        "whpx": _X86,
        "hvf": ("x86_64",),
        "mshv": ("x86_64",),
        "nitro": ("x86_64",),
    },
    "aarch64": {
        "kvm": ("aarch64",),
        "xen": (*_X86, "aarch64"),
        "hvf": ("aarch64",),
        "whpx": ("aarch64",),
        "nitro": ("aarch64",),
    },
    "arm": {"kvm": ("arm",), "xen": _X86},
    "i386": {"kvm": ("i386",), "xen": _X86, "hax": _X86, "nvmm": _X86, "whpx": _X86},
    "loongarch64": {"kvm": ("loongarch64",)},
    "mips": {"kvm": _MIPS},
    "mips64": {"kvm": _MIPS},
    "ppc": {"kvm": ("ppc",)},
    "ppc64": {"kvm": ("ppc", "ppc64")},
    "riscv32": {"kvm": ("riscv32",)},
    "riscv64": {"kvm": ("riscv64",)},
    "s390x": {"kvm": ("s390x",)},
    "e2k": {},
}


HOST_ARCHITECTURES = tuple(sorted(_CAN))


def host_features(spec: str, declared: Set[str]) -> tuple[Assignment, ...]:
    """The assignments of `--host`: a profile, symbols, or a profile and symbols.

    Of a profile only what the tree declares is passed. `-SYMBOL` takes a symbol from the profile.
    Raises KgenError for a named symbol that the tree does not declare.
    """
    first, *rest = [name for name in spec.split(",") if name] or [""]
    profile = PROFILES.get(first)
    named = rest if profile is not None else [first, *rest] if first else []
    features = dict.fromkeys(name for name in profile or () if name in declared)
    unknown = []
    for word in named:
        taken = word.startswith("-") and profile is not None
        name = word.removeprefix("-" if taken else "").removeprefix("CONFIG_")
        if name not in declared:
            unknown.append(name)
        elif taken:
            features.pop(name, None)
        else:
            features[name] = None
    if unknown:
        known = declared | set(PROFILES)
        raise KgenError(
            *(
                Problem(
                    f"--host: {name} is neither a profile nor a symbol of this tree",
                    hint=near(name, known) or f"profiles: {', '.join(sorted(PROFILES))}",
                    code="KG407",
                )
                for name in unknown
            )
        )
    origin = f"--host {spec}"
    return tuple(Assignment(name, True, external=True, origin=origin) for name in features)


def host_with(spec: str, changes: Mapping[str, bool]) -> str:
    """The value of `--host` that passes these symbols (y) or does not (n), and else what `spec`
    passes: `linux,FUZZ`, `linux,-SPICE`."""
    words = [word for word in spec.split(",") if word and PROFILES.get(word, word)]
    profiles = {name for word in words for name in PROFILES.get(word, ())}
    kept = [word for word in words if word.lstrip("+-").removeprefix("CONFIG_") not in changes]
    off = [f"-{name}" for name, value in changes.items() if not value and name in profiles]
    on = [name for name, value in changes.items() if value and name not in profiles]
    return ",".join((*kept, *off, *on)) or "none"


def accelerators(spec: str) -> tuple[str, ...]:
    """Parse `--accel`, a list like `tcg,kvm`. Raises KgenError for an unknown accelerator."""
    chosen = tuple(dict.fromkeys(name.strip().lower() for name in spec.split(",") if name))
    for name in chosen:
        if name not in ACCELERATORS:
            hint = near(name, ACCELERATORS) or f"accelerators: {', '.join(ACCELERATORS)}"
            raise fail(f"--accel: unknown accelerator {name}", hint=hint, code="KG407")
    return chosen


def passed(
    target: Target,
    host: tuple[Assignment, ...],
    chosen: tuple[str, ...],
    host_architecture: str,
    declared: Set[str],
    architectures: Set[str],
) -> tuple[Assignment, ...]:
    """All external assignments of one target, in QEMU's order.

    Accelerators that do not support the target on that host are left out, and so are symbols that
    the tree does not declare. architectures: the declared symbols of architectures.
    """
    assignments = list(host)
    for name in chosen:
        if name.upper() in declared and can_have(target, name, host_architecture):
            assignments.append(
                Assignment(name.upper(), True, external=True, origin=f"--accel {name}")
            )
    architecture = target.architecture.upper()
    if architecture in architectures:
        origin = f"architecture of {target.name}"
        assignments.append(Assignment(architecture, True, external=True, origin=origin))
    if "TARGET_BIG_ENDIAN" in declared:
        origin = f"endianness of {target.name}"
        assignments.append(
            Assignment("TARGET_BIG_ENDIAN", target.big_endian, external=True, origin=origin)
        )
    return tuple(assignments)


def can_have(target: Target, accelerator: str, host_architecture: str) -> bool:
    """Whether QEMU builds an accelerator (lower case) for a target on this host architecture.

    meson.build goes by the target's name. A target of a descriptor has any name, so that its
    architecture counts, too.
    """
    if accelerator == "tcg":
        return True
    able = _CAN[host_architecture].get(accelerator, ())
    name = target.name.removesuffix("-softmmu")
    return name in able or (name == target.name and target.architecture in able)


def host_for(build: Build, wanted: Sequence[str]) -> str | None:
    """The host architecture on which a target can have all of these accelerators (lower case).

    None if there is none. If there are several: the one that is chosen, then one on which most of
    the chosen accelerators stay, then the target's own.
    """
    target = build.target
    chosen = accelerators(build.accel)
    own = (target.name.removesuffix("-softmmu"), target.architecture)

    def rank(name: str) -> tuple[bool, int, int, str]:
        lost = sum(not can_have(target, one, name) for one in chosen)
        return name != build.host_arch, lost, own.index(name) if name in own else 2, name

    able = (
        name for name in HOST_ARCHITECTURES if all(can_have(target, one, name) for one in wanted)
    )
    return min(able, key=rank, default=None)
