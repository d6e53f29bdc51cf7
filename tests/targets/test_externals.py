"""What comes from outside: one answer, whoever asks."""

from __future__ import annotations

from pathlib import Path

from running import Run, write_tree

from kgen.project.load import load
from kgen.project.options import Options
from kgen.targets.externals import SOURCES, externals

TREE = {
    "Kconfig": "".join(
        f"source {name}\n"
        for name in ("Kconfig.host", "accel/Kconfig", "target/Kconfig", "hw/Kconfig")
    ),
    "Kconfig.host": "config LINUX\n    bool\nconfig SHINY\n    bool\n",
    "accel/Kconfig": "config TCG\n    bool\nconfig WARP\n    bool\n",
    "target/Kconfig": "source s390x/Kconfig\nsource arm/Kconfig\n",
    "target/arm/Kconfig": "config ARM\n    bool\n",
    "target/s390x/Kconfig": (
        "config S390X\n    bool\n"
        "config S390X_LEGACY_CPUS\n    bool\n    default y\n    depends on S390X\n"
        "config TARGET_BIG_ENDIAN\n    bool\n"
    ),
    "hw/Kconfig": "config CARD\n    bool\n    default y if LINUX\n",
    "configs/targets/s390x-softmmu.mak": "TARGET_ARCH=s390x\nTARGET_BIG_ENDIAN=y\n",
    "configs/devices/s390x-softmmu/default.mak": "",
}
PASSED = {
    "ARM": "architecture",
    "LINUX": "host",
    "S390X": "architecture",
    "SHINY": "host",
    "TARGET_BIG_ENDIAN": "architecture",
    "TCG": "accelerator",
    "WARP": "accelerator",
}


def test_a_tree_shows_by_its_folders_what_passes_each_symbol(tmp_path: Path) -> None:
    project = load(Options(tree=str(write_tree(tmp_path, TREE))))
    assert externals(project.model) == PASSED
    assert project.externals(project.model) == PASSED
    assert {*PASSED.values(), "code"} == set(SOURCES)


def test_a_setting_beside_the_architectures_is_a_setting(kgen: Run, tmp_path: Path) -> None:
    """It has a default and a dependency, as S390X_LEGACY_CPUS has from QEMU 10.2 on."""
    write_tree(tmp_path / "t", TREE)
    name = "S390X_LEGACY_CPUS"
    kinds = kgen("audit", "--tree", "t", "-s", name).stdout
    assert name in kinds
    assert " external " not in kinds
    assert f"CONFIG_{name}=n" in kgen("disable", name, "--tree", "t").stdout
    assert "1 of 1" not in kgen("sweep", "--tree", "t", "--exhaustive", name).stderr
    why = kgen("why", name, "--tree", "t", "--set", f"{name}=n").stdout
    assert f"--set {name}=n" in why


def test_what_is_passed_by_name_comes_from_outside_wherever_it_is_declared(tmp_path: Path) -> None:
    files = {**TREE, "meson.build": "host_kconfig = ['CONFIG_CARD=y']\n"}
    project = load(Options(tree=str(write_tree(tmp_path, files)), host="LINUX,CARD"))
    assert project.externals(project.model) == {**PASSED, "CARD": "host"}
    assert project.kinds(project.model)["CARD"] == "host"
