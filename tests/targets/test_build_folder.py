"""A configured QEMU build folder says what its meson.build passed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from build_folders import write_build
from running import write_tree

from kgen.model.problems import KgenError
from kgen.targets.build_folder import BuildFolder, read_build

GENERATIONS = pytest.mark.parametrize("old", [True, False], ids=["5.2", "6.0 and later"])


def _one(build: BuildFolder) -> tuple[object, ...]:
    (built,) = build.built
    return built.name, built.mode, built.devices, built.host, built.accelerators


@GENERATIONS
@pytest.mark.parametrize("mode", ["defconfig", "allnoconfig"])
def test_the_log_says_what_was_passed(tmp_path: Path, old: bool, mode: str) -> None:
    build = write_build(
        tmp_path / "build",
        tmp_path / "qemu",
        {"ppc64-softmmu": ("TPM", "X11", "KVM", "TCG")},
        mode=f"--{mode}",
        old=old,
        cpu="ppc64",
        printed={"ppc64-softmmu": "CONFIG_PSERIES=y\n"},
    )
    found = read_build(str(build))
    assert (found.source, found.host_arch) == (str(tmp_path / "qemu"), "ppc64")
    assert found.logged
    assert _one(found) == ("ppc64-softmmu", mode, "default", ("TPM", "X11"), ("kvm", "tcg"))
    assert found.built[0].printed == "CONFIG_PSERIES=y\n"


def test_each_target_has_its_own(tmp_path: Path) -> None:
    targets = {"arm-softmmu": ("FDT", "TCG"), "x86_64-softmmu": ("FDT", "MAC_PVG", "HVF", "TCG")}
    build = write_build(tmp_path / "b", tmp_path / "q", targets, devices="ours")
    found = read_build(str(build)).built
    assert [one.host for one in found] == [("FDT",), ("FDT", "MAC_PVG")]
    assert [one.accelerators for one in found] == [("tcg",), ("hvf", "tcg")]
    assert {one.devices for one in found} == {"ours"}


def test_the_last_command_of_a_target_counts_and_any_program(tmp_path: Path) -> None:
    """Meson quotes words with blanks, and a machine file may name another program."""
    source = tmp_path / "my qemu"
    build = write_build(tmp_path / "b", source, {"arm-softmmu": ("TPM", "TCG")})
    with (build / "meson-logs" / "meson-log.txt").open("a") as log:
        log.write(
            f"Running command: kgen-minikconf --allnoconfig arm-softmmu-config-devices.mak"
            f" '{build}/x.d' '{source}/configs/devices/arm-softmmu/small.mak'"
            f" '{source}/Kconfig' CONFIG_FDT=y CONFIG_TCG=y CONFIG_ARM=y"
            " CONFIG_TARGET_BIG_ENDIAN=n\n"
        )
    assert _one(read_build(str(build))) == (
        "arm-softmmu",
        "allnoconfig",
        "small",
        ("FDT",),
        ("tcg",),
    )


def test_what_the_build_has_is_read_from_its_files(tmp_path: Path) -> None:
    options = [
        {"name": "auto_features", "value": "disabled"},
        {"name": "vdi", "value": "auto"},
        {"name": "spice", "value": "enabled"},
        {"name": "docs", "value": False},
    ]
    files = {
        "config-host.h": "#define CONFIG_GIO 1\n#define CONFIG_OLD 0\n#undef CONFIG_NEVER\n",
        "meson-info/intro-buildoptions.json": json.dumps(options),
        "meson-info/intro-dependencies.json": json.dumps([{"name": "zlib"}, {"version": "1"}, 3]),
    }
    targets = {"arm-softmmu": ("TCG",)}
    found = read_build(str(write_build(tmp_path / "b", tmp_path / "q", targets, files=files)))
    # What is `auto` follows Meson's own option for all of them.
    assert dict(found.options) == {
        "auto_features": "disabled",
        "vdi": "disabled",
        "spice": "enabled",
        "docs": "false",
    }
    assert found.defined is not None
    assert {name for name in found.defined if name.startswith("CONFIG_")} == {"CONFIG_GIO"}
    assert found.libraries == frozenset({"zlib"})
    less = write_build(tmp_path / "c", tmp_path / "q", targets)
    (less / "config-host.h").unlink()
    assert (read_build(str(less)).defined, read_build(str(less)).libraries) == (None, None)


def test_a_folder_that_was_moved_names_its_source_by_itself(tmp_path: Path) -> None:
    build = write_build(tmp_path / "q" / "build", tmp_path / "q", {"arm-softmmu": ("TCG",)})
    (build / "meson-info" / "meson-info.json").write_text("[]")
    (build / "config-host.mak").write_text("SRC_PATH=..\n")
    assert read_build(str(build)).source == str(tmp_path / "q")


def test_what_is_no_build_folder(tmp_path: Path) -> None:
    build = write_build(tmp_path / "q" / "build", tmp_path / "q", {"arm-softmmu": ("TCG",)})
    with pytest.raises(KgenError) as error:
        read_build(str(tmp_path / "q"))
    assert error.value.problems[0].hint == f"did you mean {build}?"
    with pytest.raises(KgenError, match="there is no folder"):
        read_build(str(tmp_path / "none"))
    write_tree(tmp_path / "x", {"config-host.mak": "SRC_PATH=y\n"})
    with pytest.raises(KgenError, match="not a configured QEMU build folder"):
        read_build(str(tmp_path / "x"))


def test_an_unknown_devices_file_is_said_for_each_target(tmp_path: Path) -> None:
    targets = {"arm-softmmu": ("TCG",), "ppc-softmmu": ("TCG",)}
    build = write_build(tmp_path / "b", tmp_path / "q", targets)
    log = build / "meson-logs" / "meson-log.txt"
    log.write_text(log.read_text().replace("/configs/devices/", "/lists/"))
    with pytest.raises(KgenError) as error:
        read_build(str(build))
    assert [problem.code for problem in error.value.problems] == ["KG412", "KG412"]
