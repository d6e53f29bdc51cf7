"""lint and sweep: targets that need FDT, how likely a witness is, and findings with one cause."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from running import Run, write_tree

FILES = {
    "Kconfig": """source Kconfig.host
source accel/Kconfig
source target/Kconfig
source hw/Kconfig
""",
    "Kconfig.host": "config FDT\n    bool\nconfig PIXMAN\n    bool\nconfig MAC_VIDEO\n    bool\n",
    "accel/Kconfig": "config TCG\n    bool\nconfig KVM\n    bool\nconfig HVF\n    bool\n",
    "target/Kconfig": "config RISCV64\n    bool\n    select TREE\nconfig AVR\n    bool\n",
    "hw/Kconfig": """source riscv/Kconfig
config TREE
    bool
    depends on FDT
config PCI
    bool
config PCI_DEVICES
    bool
config SCREEN
    bool
    depends on PIXMAN
config VIDEO
    bool
    depends on MAC_VIDEO
config CARD
    bool
    default y if PCI_DEVICES
    select CARD_PCI
config CARD_PCI
    bool
    depends on PCI
config RTC
    bool
    select CARD_PCI
config SOC
    bool
    default y if PCI
    select RTC
""",
    "hw/riscv/Kconfig": """config ORCHARD
    bool
    default y
    depends on RISCV64
    imply PCI_DEVICES
    select PCI
    select VIDEO if KVM
config MEADOW
    bool
    default y if PIXMAN
    depends on RISCV64
    select SCREEN
    select PCI
""",
    "configs/targets/riscv64-softmmu.mak": """TARGET_ARCH=riscv64
TARGET_BASE_ARCH=riscv
TARGET_NEED_FDT=y
""",
    "configs/targets/avr-softmmu.mak": "TARGET_ARCH=avr\n",
    "configs/devices/riscv64-softmmu/default.mak": "",
    "configs/devices/avr-softmmu/default.mak": "",
}


@pytest.fixture(autouse=True)
def _tree(tmp_path: Path) -> None:
    write_tree(tmp_path / "tree", FILES)


def _unmet(kgen: Run, *more: str) -> list[dict[str, Any]]:
    words = ("lint", "--tree", "tree", "--select", "unmet-select", "--format", "json", *more)
    found: list[dict[str, Any]] = json.loads(kgen(*words).stdout)["findings"]
    return found


def test_the_likeliest_first_and_the_rest_only_if_asked_for(kgen: Run) -> None:
    found = _unmet(kgen)
    assert [(one["symbol"], one["other"], one["witness"]["assignments"]) for one in found] == [
        ("ORCHARD", "VIDEO", ["CONFIG_KVM=y"]),  # nothing but an accelerator
        ("CARD", "CARD_PCI", ["CONFIG_ORCHARD=n", "CONFIG_PCI_DEVICES=y"]),
        ("MEADOW", "SCREEN", ["CONFIG_MEADOW=y"]),
    ]
    assert all(one["witness"]["target"] == "riscv64-softmmu" for one in found)
    # MEADOW fails only without what a host has by default: the options make it fail.
    hints = [one.get("hint") for one in found]
    assert hints == [
        "KVM: pass --accel kvm --host-arch riscv64",
        "no PIXMAN: pass --host FDT",  # with it MEADOW selects PCI
        "no PIXMAN: pass --host FDT",
    ]
    words = ("generate", "--tree", "tree", "-t", "riscv64", "--set", "MEADOW=y", "-o", "out")
    assert "SCREEN must be y and must be n" in kgen(*words, "--host", "FDT").stderr
    assert kgen(*words).returncode == 0


def test_selects_of_one_symbol_are_one_finding(kgen: Run) -> None:
    (finding,) = [one for one in _unmet(kgen, "--unlikely") if one["other"] == "CARD_PCI"]
    assert finding["message"].startswith("CARD and 1 other symbol select CARD_PCI, which depends")
    (place,) = finding["because"]
    assert (place["file"], place["line"]) == ("tree/hw/Kconfig", 24)
    assert place["message"].startswith("RTC selects CARD_PCI; fails: ")


def test_a_baseline_has_each_place_of_a_finding(kgen: Run, tmp_path: Path) -> None:
    words = ("lint", "--tree", "tree", "--select", "unmet-select", "--unlikely")
    kgen(*words, "--write-baseline", "known.json")
    entries = json.loads((tmp_path / "known.json").read_text())["findings"]
    assert {one["symbol"] for one in entries if one["other"] == "CARD_PCI"} == {"CARD", "RTC"}
    assert kgen(*words, "--baseline", "known.json").stdout.startswith("0 findings")
    entries = [one for one in entries if one["symbol"] != "RTC"]
    (tmp_path / "known.json").write_text(json.dumps({"kgen-lint-baseline": 1, "findings": entries}))
    done = kgen(*words, "--baseline", "known.json")
    assert "RTC selects CARD_PCI, which depends on PCI" in done.stdout
    assert "1 finding (" in done.stdout


def test_a_target_that_needs_fdt_has_it(kgen: Run) -> None:
    assert not [one for one in _unmet(kgen, "--unlikely") if one["other"] == "TREE"]
    done = kgen("sweep", "--tree", "tree", "--host", "none", "-t", "riscv64", "--format", "json")
    found = [one for one in json.loads(done.stdout)["contradictions"] if one["symbol"] == "TREE"]
    assert {one["kind"] for one in found} <= {"select-assigned"}  # TREE=n alone
    varied = kgen("audit", "--tree", "tree", "--vary", "host", "--format", "json")
    assert json.loads(varied.stdout)["vary"]["fails"] == {}


def test_on_a_host_without_fdt_it_is_left_out(kgen: Run, tmp_path: Path) -> None:
    words = ("generate", "--tree", "tree", "--host", "none", "-o", "out")
    done = kgen(*words, "--format", "json")
    assert json.loads(done.stdout)["targets"] == ["avr-softmmu"]
    assert done.stderr == "warning: riscv64-softmmu is not configured: the host has no FDT\n"
    assert "riscv64" not in (tmp_path / "out" / "meson.build").read_text()
    named = kgen(*words, "-t", "riscv64")
    assert (named.returncode, named.stdout) == (1, "")
    assert "KG305" in named.stderr
    assert kgen(*words, "-t", "risc*").stdout.startswith("0 targets")
    for more in (["--set", "FDT=y"], ["--host", "FDT"]):
        assert kgen(*words, "-t", "riscv64", *more).returncode == 0


def test_a_tree_without_the_symbol_leaves_nothing_out(kgen: Run, tmp_path: Path) -> None:
    host = tmp_path / "tree" / "Kconfig.host"
    host.write_text(host.read_text().replace("config FDT\n    bool\n", ""))
    kconfig = tmp_path / "tree" / "hw" / "Kconfig"
    kconfig.write_text(kconfig.read_text().replace("    depends on FDT\n", ""))
    done = kgen("generate", "--tree", "tree", "--host", "none", "-o", "out")
    assert (done.returncode, done.stderr) == (0, "")


def test_late_defaults_of_choices_are_none(kgen: Run, tmp_path: Path) -> None:
    extra = """config CHIP
    bool
config CHIP_KVM
    bool
    default y
    depends on CHIP && KVM
config GADGET
    bool
    default y if PCI_DEVICES
    depends on CHIP && KVM
config PLAIN
    bool
    default y
    depends on KVM
config WITHOUT
    bool
    default y
    depends on CHIP && !KVM
"""
    kconfig = tmp_path / "tree" / "hw" / "Kconfig"
    kconfig.write_text(kconfig.read_text() + extra)
    done = kgen("lint", "--tree", "tree", "--select", "late-default", "--format", "json")
    (finding,) = json.loads(done.stdout)["findings"]
    assert (finding["symbol"], finding["level"]) == ("CHIP_KVM", "note")
    assert finding["hint"] == '"select CHIP_KVM if KVM" in CHIP'


def test_what_a_line_of_any_list_turns_on_is_not_never_enabled(kgen: Run, tmp_path: Path) -> None:
    extra = "config LONE\n    bool\nconfig LISTED\n    bool\n"
    kconfig = tmp_path / "tree" / "hw" / "Kconfig"
    kconfig.write_text(kconfig.read_text() + extra)
    other = tmp_path / "tree" / "configs" / "devices" / "avr-softmmu" / "small.mak"
    other.write_text("CONFIG_LISTED=y\nCONFIG_LONE=n\n")
    done = kgen("lint", "--tree", "tree", "--select", "never-enabled", "--format", "json")
    assert [one["symbol"] for one in json.loads(done.stdout)["findings"]] == ["LONE"]


def test_old_and_bare_trees_get_a_hint(kgen: Run, tmp_path: Path) -> None:
    write_tree(tmp_path / "old", {"Kconfig": "", "default-configs/arm-softmmu.mak": ""})
    assert "QEMU's before 5.2" in kgen("targets", "--tree", "old").stderr
    write_tree(tmp_path / "bare", {"HEAD": "", "objects/x": "", "refs/x": ""})
    assert "--tree bare@HEAD" in kgen("targets", "--tree", "bare").stderr
