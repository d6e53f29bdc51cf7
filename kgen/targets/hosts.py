"""External assignments: host features, accelerators, architecture, endianness.

QEMU's meson.build passes these on the command line of scripts/minikconf.py; they take effect but
are never printed. Only symbols that the tree declares are passed, because minikconf.py rejects
others; the tree's version number is not used.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence, Set

from kgen.model.clauses import Assignment
from kgen.model.configurations import Build, Target
from kgen.model.places import Place
from kgen.model.problems import KgenError, Nearest, Problem, near
from kgen.targets.named import Names

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


# Host architecture -> accelerator -> the targets (without -softmmu) that some release of QEMU
# supports there, for a tree whose meson.build does not say it. TCG supports all targets.
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


# Those whose pointers have 32 bits.
NARROW = frozenset(("arm", "i386", "mips", "ppc", "riscv32"))


HOST_ARCHITECTURES = tuple(sorted(_CAN))


def items(spec: str) -> list[str]:
    """The items of a list with commas, as `--host` and `--accel` take them."""
    return [item.strip() for item in spec.split(",") if item.strip()]


def host_features(
    spec: str,
    declared: Set[str],
    place_of: Callable[[str], Place | None] = lambda item: None,
    not_passed: Callable[[str], str] = lambda symbol: "",
) -> tuple[Assignment, ...]:
    """The assignments of `--host`, whose items are read from left to right.

    A profile adds its features that the tree declares. A symbol, or `+` and a symbol, adds that;
    `-` and a symbol takes it away. place_of: where an item was written. not_passed: what to do
    instead for a declared symbol that no host passes; "" for one that a host may pass. Raises
    KgenError for such symbols, and for those that the tree does not declare.
    """
    names = Names(declared)
    nearest = Nearest(declared | set(PROFILES))
    features: dict[str, None] = {}
    wrong: list[tuple[str, str, str]] = []  # item, what is wrong, hint
    for item in items(spec):
        if item in PROFILES:
            features.update(dict.fromkeys(name for name in PROFILES[item] if name in declared))
            continue
        sign = item[0] if item[0] in "+-" else ""
        written = item.removeprefix(sign)
        name = names.symbol(written)
        if name is None:
            what = f"{written} is not a symbol of this tree"
            if not sign:
                what = f"{written} is neither a profile nor a symbol of this tree"
            hint = nearest.hint(written) or f"profiles: {', '.join(sorted(PROFILES))}"
            wrong.append((item, what, hint))
        elif hint := not_passed(name):
            what = f"{name} is not a feature of a host"
            wrong.append((item, what, hint))
        elif sign == "-":
            features.pop(name, None)
        else:
            features[name] = None
    if wrong:
        raise KgenError(
            *(
                Problem(f"--host: {what}", place_of(item), hint=hint, code="KG407", option="--host")
                for item, what, hint in dict.fromkeys(wrong)
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


def shortest_host(features: Sequence[str], declared: Set[str]) -> str:
    """The shortest value of `--host` that passes exactly these symbols, all of them declared.

    That is a profile and what differs (`linux,-SPICE`), or the symbols themselves.
    """
    values: list[Sequence[str]] = []
    for profile, names in PROFILES.items():
        own = [name for name in names if name in declared]
        off = [f"-{name}" for name in own if name not in features]
        values.append((profile, *off, *(name for name in features if name not in own)))
    values.append(tuple(features) or ("none",))
    shortest = min(values, key=len)
    return ",".join(shortest)


def lacking(target: Target, given: Iterable[Assignment], declared: Set[str]) -> tuple[str, ...]:
    """The host features that a target needs and that none of the given assignments passes.

    Up to QEMU 9.0 no symbol stands for FDT, so `--host` cannot say that it is missing: a feature
    that the tree does not declare is never lacking.
    """
    if not target.needs:
        return ()
    passed_ = {item.symbol for item in given if item.value}
    return tuple(name for name in target.needs if name in declared and name not in passed_)


def needed(
    target: Target, given: Iterable[Assignment], declared: Set[str]
) -> tuple[Assignment, ...]:
    """The assignments of the features that `lacking` names."""
    origin = f"needed by {target.name}"
    return tuple(
        Assignment(name, True, external=True, origin=origin)
        for name in lacking(target, given, declared)
    )


def accelerators(
    spec: str, place_of: Callable[[str], Place | None] = lambda item: None
) -> tuple[str, ...]:
    """Parse `--accel`, a list like `tcg,kvm`. Raises KgenError for unknown accelerators.

    place_of: where an item was written.
    """
    chosen = {item.lower(): item for item in items(spec)}
    problems = []
    for name, item in chosen.items():
        if name not in ACCELERATORS:
            hint = near(name, ACCELERATORS) or f"accelerators: {', '.join(ACCELERATORS)}"
            message = f"--accel: unknown accelerator {name}"
            place = place_of(item)
            problems.append(Problem(message, place, hint=hint, code="KG407", option="--accel"))
    if problems:
        raise KgenError(*problems)
    return tuple(chosen)


def passed(
    build: Build,
    host: tuple[Assignment, ...],
    chosen: tuple[str, ...],
    declared: Set[str],
    architectures: Set[str],
) -> tuple[Assignment, ...]:
    """All external assignments of one target, in QEMU's order.

    Accelerators that do not support the target on that host are left out, and so are symbols that
    the tree does not declare. architectures: the declared symbols of architectures.
    """
    target = build.target
    assignments = list(host)
    for name in chosen:
        if name.upper() in declared and can_have(build, name, build.host_arch):
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


def possible_accelerators(build: Build) -> frozenset[str]:
    """The symbols of the accelerators that a target can have, on any host architecture."""
    return frozenset(
        name.upper()
        for name in ACCELERATORS
        if any(can_have(build, name, architecture) for architecture in HOST_ARCHITECTURES)
    )


def can_have(build: Build, accelerator: str, host_architecture: str) -> bool:
    """Whether QEMU builds an accelerator (lower case) for a target on this host architecture.

    The tree's meson.build says it, else the table. Both go by the target's name. A target of a
    descriptor has any name, so that its architecture counts, too.
    """
    target = build.target
    said = build.allows(target, accelerator, host_architecture) if build.allows else None
    if said is not None:
        return said
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
        lost = sum(not can_have(build, one, name) for one in chosen)
        return name != build.host_arch, lost, own.index(name) if name in own else 2, name

    able = (
        name for name in HOST_ARCHITECTURES if all(can_have(build, one, name) for one in wanted)
    )
    return min(able, key=rank, default=None)
