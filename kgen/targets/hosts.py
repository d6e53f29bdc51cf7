"""What is passed from outside: the host's features, accelerators, architecture, endianness.

QEMU's meson.build hands these to the reference on its command line; they count and are never
printed. Which of them a tree knows is asked of the tree (a name that it does not declare would
be fatal), not of its version number.
"""

from __future__ import annotations

from collections.abc import Mapping, Set

from kgen.model.clauses import Assignment
from kgen.model.configurations import Target
from kgen.model.problems import KgenError, Problem, fail, near

# The features that a Linux host with every library offers; FDT, GNUTLS, LIBCBOR and PIXMAN
# became symbols in later versions.
_LINUX = (
    "TPM SPICE IVSHMEM OPENGL X11 VHOST_USER VHOST_VDPA VHOST_KERNEL VIRTFS LINUX"
    " FDT GNUTLS LIBCBOR PIXMAN"
).split()


# Those that QEMU's configure leaves to a decision of the builder on top.
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


# Host architecture to accelerator to the targets (without -softmmu) that it can run, as
# QEMU's meson.build has it in `accelerator_targets`. TCG runs everywhere.
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
    """`--host`: a profile's features as far as the tree declares them, or symbols by name.

    Raises KgenError for a symbol, given by name, that the tree does not declare.
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
                        f"--host: neither a profile nor a symbol of this tree: {name}",
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
    """`--accel`: a list like `tcg,kvm`. Raises KgenError for a name that QEMU does not have."""
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
    """Everything that is passed from outside for one target, in the order QEMU passes it.

    An accelerator that the target cannot have on that host is left out, and so is whatever
    the tree does not declare. architectures: the declared symbols that can be one.
    """
    found = list(host)
    for name in chosen:
        if name.upper() in declared and can_have(target, name, host_architecture):
            found.append(Assignment(name.upper(), True, external=True, origin=f"--accel {name}"))
    architecture = target.architecture.upper()
    if architecture in architectures:
        origin = f"architecture of {target.name}"
        found.append(Assignment(architecture, True, external=True, origin=origin))
    if "TARGET_BIG_ENDIAN" in declared:
        origin = f"endianness of {target.name}"
        found.append(
            Assignment("TARGET_BIG_ENDIAN", target.big_endian, external=True, origin=origin)
        )
    return tuple(found)


def can_have(target: Target, accelerator: str, host_architecture: str) -> bool:
    """Whether QEMU's build offers an accelerator (in small letters) to a target on this host."""
    if accelerator == "tcg":
        return True
    able = _CAN[host_architecture].get(accelerator, ())
    return target.name.removesuffix("-softmmu") in able
