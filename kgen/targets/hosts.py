"""External assignments: host features, accelerators, architecture, endianness.

QEMU's meson.build passes these on the command line of scripts/minikconf.py; they take effect but
are never printed. Only symbols that the tree declares are passed, because minikconf.py rejects
others; the tree's version number is not used.
"""

from __future__ import annotations

from collections.abc import Mapping, Set

from kgen.model.clauses import Assignment
from kgen.model.configurations import Target
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
    """The assignments of `--host`: a profile's features that the tree declares, or named symbols.

    Raises KgenError for a named symbol that the tree does not declare.
    """
    profile = PROFILES.get(spec)
    if profile is not None:
        features = [name for name in profile if name in declared]
    else:
        features = [name.removeprefix("CONFIG_") for name in spec.split(",") if name]
        unknown = [name for name in features if name not in declared]
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
    return tuple(
        Assignment(name, True, external=True, origin=origin) for name in dict.fromkeys(features)
    )


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
    """Whether QEMU builds an accelerator (lower case) for a target on this host architecture."""
    if accelerator == "tcg":
        return True
    able = _CAN[host_architecture].get(accelerator, ())
    return target.name.removesuffix("-softmmu") in able
