"""Device lists made right for another tree, each proved by resolving it there."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from one_board import tree
from oracle import facts_tree
from running import Run, write_tree

OLD = """
config BUS
    bool
config PC
    bool
    select BUS
config MICRO
    bool
    select BUS
config NIC
    default y if BUS
config SOUND
    default y if BUS
config OLD_UART
    bool
    depends on BUS
config FLOPPY
    bool
    depends on BUS
config TPM_CHIP
    bool
    depends on BUS
config HELPER
    bool
    select NIC
"""

NEW = """
config BUS
    bool
config PC
    default y
    select BUS
config MICRO
    default y
    select BUS
config NIC
    default y if BUS
config SOUND
    bool
    depends on BUS
config OLD4_UART
    bool
    depends on BUS
config TPM_BACKEND
    bool
config TPM_CHIP
    bool
    depends on BUS && TPM_BACKEND
config HELPER
    bool
    select NIC
config FANCY
    default y if BUS
"""

LIST = """# My devices.
CONFIG_PC=y      # the board

CONFIG_OLD_UART=y # console
CONFIG_FLOPPY=y
CONFIG_TPM_CHIP=y
# The end.
"""


@pytest.fixture
def two(tmp_path: Path) -> Path:
    tree(tmp_path / "1.0", OLD)
    tree(tmp_path / "2.0", NEW)
    (tmp_path / "my.mak").write_text(LIST)
    return tmp_path


def migrated(kgen: Run, *arguments: str) -> dict[str, Any]:
    done = kgen(
        "migrate", "1.0", "2.0", "--devices", "my.mak", "-t", "arm", *arguments, "--format", "json"
    )
    assert done.returncode == 0, done.stderr + done.stdout
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_what_becomes_of_each_line(kgen: Run, two: Path) -> None:
    found = migrated(kgen)
    assert found["text"] == (
        "# My devices.\n\n"
        "CONFIG_OLD4_UART=y # console\n"
        "CONFIG_TPM_CHIP=y\n"
        "# The end.\n\n"
        "# Needed in 2.0 to keep symbols on.\n"
        "CONFIG_SOUND=y\n"
        "CONFIG_TPM_BACKEND=y\n\n"
        "# On by default in 2.0, but not before.\n"
        "CONFIG_MICRO=n\n"
    )
    told = {(item["kind"], item["symbol"]): item for item in found["changes"]}
    assert sorted(told) == [
        ("gone", "FLOPPY"),
        ("needed", "SOUND"),
        ("needed", "TPM_BACKEND"),
        ("no-longer-needed", "PC"),
        ("off", "MICRO"),
        ("renamed", "OLD_UART"),
    ]
    assert told["renamed", "OLD_UART"]["instead"] == "OLD4_UART"
    assert told["no-longer-needed", "PC"]["cause"] == 'it is y: "default y"'
    assert told["no-longer-needed", "PC"]["line"] == 2
    sound = told["needed", "SOUND"]
    assert (sound["cause"], sound["side"]) == (
        'it no longer has "default y if BUS" (Kconfig:13 in the old tree)',
        "old",
    )
    assert told["off", "MICRO"]["cause"] == 'it now has "default y" (Kconfig:8)'
    assert told["gone", "FLOPPY"]["file"] == "Kconfig"
    assert found["diff"]["targets"]["arm-softmmu"] == {
        "gained": ["FANCY", "OLD4_UART", "TPM_BACKEND"],
        "lost": ["FLOPPY", "OLD_UART"],
    }


def test_the_new_list_works_and_is_left_alone_the_next_time(kgen: Run, two: Path) -> None:
    done = kgen("migrate", "1.0", "2.0", "--devices", "my.mak", "-t", "arm", "-o", "new.mak")
    assert done.returncode == 0
    assert "Added to keep symbols on (2)" in done.stderr
    assert done.stdout == ""
    made = kgen("generate", "--tree", "2.0", "--devices", "./new.mak", "-o", "out")
    assert made.returncode == 0, made.stderr
    again = kgen("migrate", "2.0", "2.0", "--devices", "new.mak", "-t", "arm")
    assert again.stdout == (two / "new.mak").read_text()
    assert "The list needs no change." in again.stderr


def test_without_default_devices(kgen: Run, two: Path) -> None:
    """With all defaults off a board's line stays, and nothing has to be kept off."""
    found = migrated(kgen, "--mode", "allnoconfig")
    assert found["text"] == (
        "# My devices.\n"
        "CONFIG_PC=y      # the board\n\n"
        "CONFIG_OLD4_UART=y # console\n"
        "CONFIG_TPM_CHIP=y\n"
        "# The end.\n\n"
        "# Needed in 2.0 to keep symbols on.\n"
        "CONFIG_TPM_BACKEND=y\n"
    )


def test_a_contradiction_that_nothing_mends(kgen: Run, two: Path) -> None:
    """The board came to select what the list has off."""
    odd = "config ODD\n    default y\n"
    (two / "1.0" / "Kconfig").write_text(OLD + odd)
    (two / "2.0" / "Kconfig").write_text(NEW.replace("select BUS", "select BUS\nselect ODD") + odd)
    (two / "my.mak").write_text("CONFIG_ODD=n\nCONFIG_PC=y\nCONFIG_MICRO=y\n")
    found = migrated(kgen)
    told = {(item["kind"], item["symbol"]): item["cause"] for item in found["changes"]}
    cause = told["contradictory", "ODD"]
    assert cause.startswith("contradiction: ODD must be y and must be n")
    assert "CONFIG_ODD=n" not in found["text"]


def test_a_new_symbol_that_contradicts_the_list_is_kept_off(kgen: Run, two: Path) -> None:
    odd = "config ODD\n    default y\n"
    (two / "1.0" / "Kconfig").write_text(OLD + odd)
    (two / "2.0" / "Kconfig").write_text(NEW + odd + "config EAGER\ndefault y\nselect ODD\n")
    (two / "my.mak").write_text("CONFIG_ODD=n\n")
    text = migrated(kgen)["text"]
    assert "CONFIG_ODD=n\n" in text
    assert "CONFIG_EAGER=n\n" in text


def test_what_a_new_symbol_selects_is_kept_off_with_it(kgen: Run, two: Path) -> None:
    new = NEW + "config ENCLAVE\n    default y\n    select MICRO\n"
    (two / "2.0" / "Kconfig").write_text(new)
    found = migrated(kgen)
    assert "CONFIG_ENCLAVE=n\nCONFIG_MICRO=n\n" in found["text"]


def test_a_line_is_not_explained_by_what_the_new_list_keeps_off(kgen: Run, tmp_path: Path) -> None:
    """PC brings the bus, but it is kept off; the bus is there for the architecture's sake."""
    common = "source target/Kconfig\nconfig BUS\n    bool\nconfig SOUND\n    default y\n"
    common += "    depends on BUS\nconfig TINY\n    bool\nconfig PC\n"
    chip = "    select BUS\nconfig CHIP\n    bool\n    select BUS\n"
    cloud_board = "config CLOUD\n    default y\n    select TINY\n"
    for version, kconfig_text, own in (
        ("1.0", f"{common}    bool\n{chip}", ""),
        ("2.0", f"{common}    default y\n{chip}{cloud_board}", "    select CHIP\n"),
    ):
        tree(tmp_path / version, kconfig_text)
        write_tree(tmp_path / version, {"target/Kconfig": f"config ARM\n    bool\n{own}"})
    (tmp_path / "my.mak").write_text("CONFIG_TINY=n\n")
    told = {(item["kind"], item["symbol"]): item for item in migrated(kgen)["changes"]}
    assert sorted(told) == [("off", "CLOUD"), ("off", "PC"), ("off", "SOUND")]
    assert told["off", "PC"]["cause"] == 'it now has "default y" (Kconfig:10)'
    assert told["off", "SOUND"]["cause"] == 'it would be y: "default y"'
    # It contradicts the old list, so that list alone has no differences to tell.
    cloud = told["off", "CLOUD"]
    assert (cloud["cause"], cloud["file"], cloud["place"]) == ("it is new", "Kconfig", 15)


def test_includes_are_taken_in(kgen: Run, two: Path) -> None:
    (two / "my.mak").write_text("include common.mak\nCONFIG_PC=y\n")
    (two / "common.mak").write_text("# shared\nCONFIG_FLOPPY=y\n")
    found = migrated(kgen, "--mode", "allnoconfig")
    assert found["text"] == (
        "# Start of common.mak.\n# shared\n# End of common.mak.\nCONFIG_PC=y\n"
    )
    assert found["changes"][0]["list"] == "common.mak"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("CONFIG_NOPE=y\n", "undefined symbol NOPE"),
        ("CONFIG_PC=y CONFIG_MICRO=y\n", "one assignment per line"),
        ("config MINE\nbool\n", "declares symbols"),
        ("CONFIG_FLOPPY=y\n", "the old tree cannot be configured with the list"),
        ("include missing.mak\n", "cannot read missing.mak"),
        ("CONFIG_PC=maybe\n", 'expected "y" or "n"'),
    ],
)
def test_lists_that_are_refused(kgen: Run, two: Path, text: str, message: str) -> None:
    (two / "my.mak").write_text(text)
    done = kgen("migrate", "1.0", "2.0", "--devices", "my.mak", "-t", "arm", "-o", "new.mak")
    assert done.returncode == 1
    assert message in done.stderr
    assert "Traceback" not in done.stderr
    assert not (two / "new.mak").exists()


def test_an_empty_list_and_the_target_by_the_folder(kgen: Run, two: Path) -> None:
    (two / "arm-softmmu").mkdir()
    (two / "arm-softmmu" / "my.mak").write_text("")
    tree(two / "1.0", OLD, "arm", "avr")
    done = kgen("migrate", "1.0", "1.0", "--devices", "arm-softmmu/my.mak")
    assert (done.returncode, done.stdout) == (0, "")
    asked = kgen("migrate", "1.0", "2.0", "--devices", "my.mak")
    assert "unknown target of my.mak" in asked.stderr
    (two / "file").write_text("")
    assert "is not a tree" in kgen("migrate", "file", "2.0", "--devices", "my.mak").stderr


def test_a_tree_that_contradicts_itself(kgen: Run, two: Path) -> None:
    bad = "config A\ndefault y\nselect B\nconfig B\ndepends on NO\nconfig NO\nbool\n"
    (two / "2.0" / "Kconfig").write_text(NEW + bad + "config BAD\nselect A\nCONFIG_BAD=y\n")
    assert "CONFIG_NO=y" in migrated(kgen)["text"]
    (two / "2.0" / "Kconfig").write_text(NEW + bad + "CONFIG_A=y\nCONFIG_NO=n\n")
    done = kgen("migrate", "1.0", "2.0", "--devices", "my.mak", "-t", "arm", "-o", "new.mak")
    assert done.returncode == 1
    assert "2.0/Kconfig:30:1: error: KG301 contradiction: B must be y" in done.stderr
    assert "found no changes of the list" in done.stderr
    assert not (two / "new.mak").exists()


def test_real_lists_from_version_to_version(facts: Path, kgen: Run, tmp_path: Path) -> None:
    for name in ("5.2", "6.0"):
        data = json.loads((facts / f"qemu-e2k-{name}.json").read_text())
        facts_tree(data, tmp_path / name)
    minimal = "# A host's devices.\nCONFIG_PC=y\nCONFIG_Q35=y\nCONFIG_USB_STORAGE_BOT=n\n"
    (tmp_path / "x86.mak").write_text(minimal)
    for mode in ("defconfig", "allnoconfig"):
        command = ["--devices", "x86.mak", "-t", "x86_64", "--mode", mode]
        done = kgen("migrate", "5.2", "6.0", *command, "-o", f"{mode}.mak")
        assert done.returncode == 0, done.stderr
        command[1] = f"./{mode}.mak"
        made = kgen("generate", "--tree", "6.0", *command, "-o", f"out-{mode}")
        assert made.returncode == 0, made.stderr
