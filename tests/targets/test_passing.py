"""The options that pass what is external, with the values to type."""

from __future__ import annotations

import pytest

from kgen.model.configurations import Build, Target
from kgen.targets import hosts
from kgen.targets.externals import lacking, passing


def build(target: str, host: str = "linux", accel: str = "tcg", arch: str = "x86_64") -> Build:
    return Build(Target(f"{target}-softmmu", target), host, accel, arch)


@pytest.mark.parametrize(
    ("spec", "changes", "expected"),
    [
        ("linux", {"FUZZ": True}, "linux,FUZZ"),
        ("linux", {"SPICE": False}, "linux,-SPICE"),
        ("linux,-SPICE", {"SPICE": True}, "linux"),
        ("linux,FUZZ", {"FUZZ": False}, "linux"),
        ("LINUX", {"FDT": True, "TPM": True}, "LINUX,FDT,TPM"),
        ("LINUX,CONFIG_FDT", {"FDT": False}, "LINUX"),
        ("LINUX", {"LINUX": False}, "none"),
        ("none", {"FDT": True}, "FDT"),
        ("", {"FDT": True}, "FDT"),
    ],
)
def test_a_value_of_host_is_kept_and_changed(
    spec: str, changes: dict[str, bool], expected: str
) -> None:
    assert hosts.host_with(spec, changes) == expected
    declared = {*hosts.PROFILES["linux-all"]}
    before = {item.symbol for item in hosts.host_features(spec, declared)}
    after = {item.symbol for item in hosts.host_features(expected, declared)}
    on = {name for name, value in changes.items() if value}
    assert after == (before - changes.keys()) | on


@pytest.mark.parametrize(
    ("own", "changes", "expected"),
    [
        (build("x86_64"), {"KVM": True}, "--accel kvm,tcg"),
        (build("x86_64", accel=""), {"XEN": True}, "--accel xen"),
        (build("x86_64", accel="kvm,tcg"), {"TCG": False}, "--accel kvm"),
        (build("x86_64"), {"TCG": False}, None),
        (build("x86_64", accel="xen"), {"XEN": False}, "--accel tcg"),
        (build("x86_64", accel="whpx,xen"), {"XEN": False, "WHPX": False}, "--accel tcg"),
        (build("aarch64", accel="kvm,hvf"), {"HVF": False}, "--accel kvm,tcg"),
        (build("aarch64", accel="tcg"), {"KVM": True}, "--accel kvm,tcg --host-arch aarch64"),
        (build("aarch64", accel="kvm,tcg"), {"KVM": True}, "--host-arch aarch64"),
        (build("mipsel"), {"KVM": True}, "--accel kvm,tcg --host-arch mips"),
        (build("i386", arch="aarch64", accel="xen,tcg"), {"XEN": True}, ""),
        (build("alpha"), {"KVM": True}, None),
        (build("x86_64"), {"FUZZ": True, "KVM": True}, "--accel kvm,tcg --host linux,FUZZ"),
        (None, {"KVM": True}, "CONFIG_KVM=y"),
    ],
)
def test_options_keep_what_was_given(
    own: Build | None, changes: dict[str, bool], expected: str | None
) -> None:
    assert passing(changes, own) == expected


def test_why_it_is_not_passed() -> None:
    kvm = {name: build(name, accel="kvm,tcg") for name in ("aarch64", "s390x", "alpha")}
    assert lacking("FUZZ", [build("alpha")]) == "not passed; --host linux,FUZZ passes it"
    assert lacking("KVM", [kvm["s390x"]]) == (
        "left out: an x86_64 host has no KVM for s390x-softmmu; --host-arch s390x has"
    )
    assert lacking("KVM", [kvm["s390x"], kvm["aarch64"]]) == (
        "left out: an x86_64 host has no KVM for these targets; --host-arch aarch64 or s390x has"
    )
    assert lacking("KVM", [kvm["alpha"]]) == "unavailable: no host has KVM for alpha-softmmu"
    assert lacking("KVM", [build("s390x"), build("x86_64")]).startswith("not passed by --accel;")
    assert lacking("KVM", [None]) == "not passed from outside (CONFIG_KVM=y)"


def test_a_described_target_goes_by_its_architecture() -> None:
    appliance = Build(Target("appliance", "x86_64"), "none", "kvm", "x86_64")
    assert hosts.can_have(appliance, "kvm", "x86_64")
    assert not hosts.can_have(appliance, "kvm", "s390x")
