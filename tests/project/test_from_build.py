"""`--from-build`: every command takes the host, the lists and the tree of a real build."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from build_folders import write_build
from qemu_scripts import new_tree, old_tree
from running import run_kgen

BOTH = {"arm-softmmu": ("TPM", "LINUX", "TCG"), "x86_64-softmmu": ("TPM", "LINUX", "KVM", "TCG")}

# What the small trees give with that.
PRINTED = {
    "arm-softmmu": "CONFIG_BOARD=y\nCONFIG_TPM_CHIP=y\n",
    "x86_64-softmmu": "CONFIG_CLOCK=y\nCONFIG_TPM_CHIP=y\n",
}
OLD_PRINTED = {"arm-softmmu": "CONFIG_TPM_CHIP=y\n", "x86_64-softmmu": "CONFIG_TPM_CHIP=y\n"}

Done = "subprocess.CompletedProcess[str]"


def _build(folder: Path, **more: Any) -> Path:
    new_tree(folder / "qemu")
    return write_build(folder / "build", folder / "qemu", BOTH, **{"printed": PRINTED, **more})


def _targets(cwd: Path, *words: str, warnings: str = "") -> dict[str, Any]:
    done = run_kgen(["targets", "--from-build", "build", "--format", "json", *words], cwd)
    assert done.stderr == warnings
    assert done.returncode == 0, done.stdout
    return {one["name"].removesuffix("-softmmu"): one for one in json.loads(done.stdout)["targets"]}


def _passed(target: dict[str, Any]) -> str:
    return " ".join(name for name, value in target["external"].items() if value == "y")


def test_each_target_has_what_its_build_passed(tmp_path: Path) -> None:
    _build(tmp_path)
    found = _targets(tmp_path)
    assert _passed(found["arm"]) == "ARM LINUX TCG TPM"
    assert _passed(found["x86_64"]) == "KVM LINUX TCG TPM X86_64"
    assert found["x86_64"]["y"] == ["CLOCK", "TPM_CHIP"]


def test_an_old_build_passes_no_architecture(tmp_path: Path) -> None:
    old_tree(tmp_path / "qemu")
    targets = {"x86_64-softmmu": ("KVM", "TPM", "LINUX")}
    for path in (tmp_path / "qemu" / "target" / "Kconfig",):
        path.write_text("")
    kconfig = tmp_path / "qemu" / "hw" / "Kconfig"
    kconfig.write_text(kconfig.read_text().replace(" && X86_64", "").replace(" if ARM", ""))
    printed = {"x86_64-softmmu": "CONFIG_BOARD=y\nCONFIG_CLOCK=y\nCONFIG_TPM_CHIP=y\n"}
    write_build(tmp_path / "build", tmp_path / "qemu", targets, old=True, printed=printed)
    assert _targets(tmp_path)["x86_64"]["y"] == ["BOARD", "CLOCK", "TPM_CHIP"]


def test_an_old_build_passes_no_tcg(tmp_path: Path) -> None:
    old_tree(tmp_path / "qemu")
    accel = tmp_path / "qemu" / "accel" / "Kconfig"
    accel.write_text(accel.read_text().replace("config TCG\n    bool\n", ""))
    targets = {"arm-softmmu": ("TPM", "LINUX"), "x86_64-softmmu": ("KVM", "TPM", "LINUX")}
    header = "#define TARGET_ARM 1\n#define CONFIG_TCG 1\n"
    files = {"arm-softmmu-config-target.h": header}
    write_build(tmp_path / "build", tmp_path / "qemu", targets, old=True, files=files)
    found = run_kgen(["targets", "--from-build", "build", "--format", "json"], tmp_path)
    own = {one["name"]: one["accelerators"] for one in json.loads(found.stdout)["targets"]}
    assert {name: list(each) for name, each in own.items()} == {
        "arm-softmmu": ["tcg"],
        "x86_64-softmmu": ["kvm"],
    }


def test_the_list_and_the_mode_of_the_build(tmp_path: Path) -> None:
    new_tree(tmp_path / "qemu")
    write_build(
        tmp_path / "build",
        tmp_path / "qemu",
        {"x86_64-softmmu": ("TPM", "TCG")},
        mode="--allnoconfig",
        devices="small",
        printed={"x86_64-softmmu": "CONFIG_BOARD=y\n"},
    )
    (found,) = _targets(tmp_path).values()
    assert found["devices"] == "configs/devices/x86_64-softmmu/small.mak"
    assert found["y"] == ["BOARD"]


def test_the_command_line_wins(tmp_path: Path) -> None:
    _build(tmp_path)
    found = _targets(tmp_path, "--accel", "tcg", "--host", "none", "--mode", "allnoconfig")
    assert _passed(found["x86_64"]) == "TCG X86_64"
    assert found["x86_64"]["y"] == []
    assert _passed(_targets(tmp_path, "--host=-TPM")["arm"]) == "ARM LINUX TCG"
    assert _targets(tmp_path, "-t", "arm").keys() == {"arm"}
    new_tree(tmp_path / "other")
    (tmp_path / "other" / "hw" / "Kconfig").write_text("config NEW\n    bool\n    default y\n")
    done = run_kgen(
        ["why", "NEW", "-t", "arm", "--from-build", "build", "--tree", "other"], tmp_path
    )
    assert done.stdout.startswith("arm-softmmu:\nNEW is y")
    assert "build/arm-softmmu-config-devices.mak is not what other gives" in done.stderr


@pytest.mark.parametrize(
    ("project", "clock", "passed"),
    [
        ("", "y", "KVM LINUX TCG TPM X86_64"),
        ('[target.x86_64]\nset = ["clock=n"]\nhost = "-TPM"\n', "n", "KVM LINUX TCG X86_64"),
        ('accel = "tcg"\n[target."arm*"]\nmode = "allnoconfig"\n', "n", "LINUX TCG TPM X86_64"),
        ('mode = "allnoconfig"\n', "n", "KVM LINUX TCG TPM X86_64"),
        # Values that are the defaults of their options are given, too.
        ('accel = "tcg"\nhost = "linux"\n', "n", "FDT IVSHMEM LINUX SPICE TCG TPM X86_64"),
    ],
)
@pytest.mark.parametrize("named", ["file", "option"])
def test_a_project_file_wins(
    project: str, clock: str, passed: str, named: str, tmp_path: Path
) -> None:
    _build(tmp_path)
    first = 'from-build = "build"\n' if named == "file" else ""
    (tmp_path / "kgen.toml").write_text(f"{first}{project}")
    done = run_kgen(
        ["targets", "--format", "json", *(() if first else ("--from-build", "build"))], tmp_path
    )
    assert (done.returncode, done.stderr) == (0, "")
    found = {one["architecture"]: one for one in json.loads(done.stdout)["targets"]}
    assert found.keys() == {"arm", "x86_64"}
    assert _passed(found["x86_64"]) == passed
    assert ("CLOCK" in found["x86_64"]["y"]) == (clock == "y")


def test_the_mode_of_a_project_file_wins_where_it_is_the_default(tmp_path: Path) -> None:
    _build(tmp_path, mode="--allnoconfig", printed={"x86_64-softmmu": "", "arm-softmmu": ""})
    assert "CLOCK" not in _targets(tmp_path)["x86_64"]["y"]
    (tmp_path / "kgen.toml").write_text('mode = "defconfig"\n')
    assert "CLOCK" in _targets(tmp_path)["x86_64"]["y"]


def test_a_target_of_a_project_file_that_was_not_built(tmp_path: Path) -> None:
    _build(tmp_path)
    (tmp_path / "kgen.toml").write_text('only = ["arm", "ppc64"]\n')
    done = run_kgen(["targets", "--from-build", "build"], tmp_path)
    assert done.returncode == 1
    assert "kgen.toml:1:17: error: KG416 no target of build matches ppc64\n" in done.stderr
    assert _targets(tmp_path, "-t", "arm").keys() == {"arm"}


@pytest.mark.parametrize(
    "words",
    [
        "generate -o out",
        "why CLOCK",
        "audit",
        "audit --vary accel",
        "audit --compare accel=tcg",
        "enable CARD -t x86_64",
        "disable CLOCK -t x86_64",
        "lint",
        "sweep",
        "sample -t arm -n 2 -o out",
        "snapshot -o s",
        "diff qemu qemu",
        "savedefconfig -t arm",
        "mak -t arm",
        "verify",
    ],
)
def test_every_command_that_resolves_takes_it(tmp_path: Path, words: str) -> None:
    _build(tmp_path)
    done = run_kgen([*words.split(), "--from-build", "build"], tmp_path)
    if words == "verify":
        assert "no scripts/minikconf.py to compare with" in done.stderr
        return
    assert done.returncode in (0, 1), done.stderr
    assert "error" not in done.stderr
    assert "Traceback" not in done.stderr


def test_a_variant_changes_what_the_build_passed(tmp_path: Path) -> None:
    _build(tmp_path)
    words = ["audit", "-s", "CLOCK", "-t", "x86_64", "--compare", "accel=tcg"]
    done = run_kgen([*words, "--from-build", "build"], tmp_path)
    assert done.stdout.splitlines()[1].split()[-2:] == ["y", "."]


def test_what_was_edited_is_said(tmp_path: Path) -> None:
    printed = {**PRINTED, "arm-softmmu": "CONFIG_BOARD=y\nCONFIG_OTHER=y\n"}
    _build(tmp_path, printed=printed)
    warning = (
        "warning: build/arm-softmmu-config-devices.mak is not what {} gives with what was"
        " passed: only the build has OTHER; it lacks TPM_CHIP\n"
    )
    _targets(tmp_path, warnings=warning.format(tmp_path / "qemu"))
    (tmp_path / "build" / "arm-softmmu-config-devices.mak").unlink()
    tree = tmp_path / "qemu"
    done = run_kgen(["targets", "--from-build", "build"], tmp_path)
    assert done.stderr.endswith(f"is not what {tree} gives with what was passed: it is missing\n")


def test_without_the_log_headers_and_what_came_out_decide(tmp_path: Path) -> None:
    """No header has SPICE, and its option is auto, but CARD was printed. FDT has no effect."""
    printed = {name: f"CONFIG_CARD=y\n{text}" for name, text in PRINTED.items()}
    printed["arm-softmmu"] = "CONFIG_BOARD=y\nCONFIG_CARD=y\nCONFIG_TPM_CHIP=y\n"
    options = [{"name": "spice", "value": "auto"}, {"name": "tpm", "value": "enabled"}]
    _build(
        tmp_path,
        log=False,
        printed=printed,
        files={
            "config-host.h": "#define CONFIG_LINUX 1\n#define CONFIG_EVENTFD\n",
            "meson-info/intro-buildoptions.json": json.dumps(options),
        },
    )
    warning = (
        "warning: nothing in build says whether FDT was passed; none of these targets depends on"
        " it\n"
    )
    found = _targets(tmp_path, warnings=warning)
    assert _passed(found["x86_64"]) == "IVSHMEM KVM LINUX SPICE TCG TPM X86_64"
    assert "CARD" in found["arm"]["y"]
    # If no combination gives it, nothing is assumed, and both are said.
    (tmp_path / "build" / "arm-softmmu-config-devices.mak").write_text("CONFIG_ODD=y\n")
    done = run_kgen(["targets", "--from-build", "build"], tmp_path)
    assert "whether FDT, SPICE was passed; taken as not passed\n" in done.stderr
    assert "only the build has ODD" in done.stderr


def test_mistakes(tmp_path: Path) -> None:
    build = _build(tmp_path)
    (tmp_path / "qemu").rename(tmp_path / "moved")
    done = run_kgen(["targets", "--from-build", "build"], tmp_path)
    assert done.returncode == 1
    assert f"error: KG411 the sources of build are not in {tmp_path / 'qemu'}\n" in done.stderr
    done = run_kgen(["targets", "--from-build", "build", "--tree", "moved"], tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    done = run_kgen(["targets", "--from-build", "build", "-t", "ppc"], tmp_path)
    assert done.returncode == 2
    assert "no target matches 'ppc'" in done.stderr
    (build / "config-host.mak").write_bytes(b"\xff")
    done = run_kgen(["targets", "--from-build", "build"], tmp_path)
    assert done.stderr == "error: KG103 build/config-host.mak is not valid UTF-8\n"


def test_generate_gives_the_build_its_own_files(tmp_path: Path) -> None:
    build = _build(tmp_path)
    words = ["generate", "--from-build", "build", "-o", "out", "--output", "mak"]
    assert run_kgen(words, tmp_path).returncode == 0
    for name in PRINTED:
        made = f"{name}-config-devices.mak"
        assert (tmp_path / "out" / made).read_text() == (build / made).read_text()
