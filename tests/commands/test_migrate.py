"""Device lists made right for another tree, each proved by resolving it there."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import small_qemu
from one_board import tree
from oracle import facts_tree
from repositories import committed
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


def test_an_included_file_stays_included_and_is_edited_itself(kgen: Run, two: Path) -> None:
    (two / "my.mak").write_text("include common.mak\nCONFIG_PC=y\n")
    common = "# shared\nCONFIG_FLOPPY=y\nCONFIG_OLD_UART=y\n"
    (two / "common.mak").write_text(common)
    found = migrated(kgen)
    assert found["text"].startswith("include common.mak\n\n# Needed in 2.0")
    (included,) = found["included"]
    assert (included["file"], included["changed"]) == ("common.mak", True)
    assert included["text"] == "# shared\nCONFIG_OLD4_UART=y\n"
    assert [item["list"] for item in found["changes"] if item["line"]][:2] == ["common.mak"] * 2
    done = kgen("migrate", "1.0", "2.0", "--devices", "my.mak", "-t", "arm", "-o", "new.mak")
    assert "Included files that change, too: common.mak\n" in done.stderr
    assert (two / "common.mak").read_text() == common
    done = kgen("migrate", "1.0", "2.0", "--devices", "my.mak", "-t", "arm", "--in-place")
    assert (done.returncode, done.stdout) == (0, "")
    assert (two / "common.mak").read_text() == "# shared\nCONFIG_OLD4_UART=y\n"
    assert kgen("generate", "--tree", "2.0", "--devices", "my.mak", "-o", "o").returncode == 0
    again = kgen("migrate", "2.0", "2.0", "--devices", "my.mak", "-t", "arm", "--check")
    assert (again.returncode, again.stderr) == (0, "")
    assert again.stdout.startswith("The list needs no change.\n")


def test_an_included_file_of_the_new_tree_is_that_trees(kgen: Run, two: Path) -> None:
    """The list includes each tree's default, whose lines it neither repeats nor changes."""
    old, new = "CONFIG_PC=y\nCONFIG_FLOPPY=y\n", "CONFIG_PC=y\nCONFIG_TPM_BACKEND=y\n"
    for version, text in (("1.0", old), ("2.0", new)):
        lists = {"arm-softmmu/default.mak": "include ../base.mak\n", "base.mak": text}
        write_tree(two / version / "configs" / "devices", lists)
    (two / "my.mak").write_text("include ../arm-softmmu/default.mak\nCONFIG_TPM_CHIP=y\n")
    found = migrated(kgen, "--mode", "allnoconfig")
    assert found["text"].startswith("include ../arm-softmmu/default.mak\nCONFIG_TPM_CHIP=y\n")
    assert "TPM_BACKEND" not in found["text"]
    assert found["included"] == []


def test_an_included_file_that_only_the_old_tree_has_is_taken_in(kgen: Run, two: Path) -> None:
    files = {"old.mak": "include more.mak\nCONFIG_PC=y\n", "more.mak": "CONFIG_FLOPPY=y\n"}
    write_tree(two / "1.0" / "configs" / "devices" / "arm-softmmu", files)
    (two / "my.mak").write_text("include old.mak\n# mine\n")
    found = migrated(kgen, "--mode", "allnoconfig")
    assert found["text"] == (
        "# Start of old.mak.\n# Start of more.mak.\n# End of more.mak.\nCONFIG_PC=y\n"
        "# End of old.mak.\n# mine\n"
    )
    assert [item["name"] for item in found["taken-in"]] == ["old.mak", "more.mak"]


def test_what_an_included_file_set_is_kept_by_the_list(kgen: Run, two: Path) -> None:
    """Boards left the default lists when they got a default; without defaults they need a line."""
    for version, text in (("1.0", "CONFIG_PC=y\n"), ("2.0", "")):
        (two / version / "configs" / "devices" / "arm-softmmu" / "default.mak").write_text(text)
    fancy = "".join(f"config EXTRA{n}\n" for n in range(9))
    selects = "".join(f"    select EXTRA{n}\n" for n in range(9))
    (two / "1.0" / "Kconfig").write_text(OLD + fancy)
    new = NEW.replace("config PC\n    default y\n", f"config PC\n    default y\n{selects}")
    (two / "2.0" / "Kconfig").write_text(new + fancy)
    (two / "my.mak").write_text("include default.mak\n")
    found = migrated(kgen, "--mode", "allnoconfig")
    assert found["text"].endswith("\n\n# Needed in 2.0 to keep symbols on.\nCONFIG_PC=y\n")


def test_a_named_list_of_the_tree(kgen: Run, two: Path) -> None:
    """A fork's own list includes a file of the fork, which goes with it."""
    devices = two / "1.0" / "configs" / "devices"
    write_tree(devices, {"arm-softmmu/ours.mak": "include ../ours.mak\nCONFIG_PC=y\n"})
    write_tree(devices, {"ours.mak": "CONFIG_FLOPPY=y\n"})
    found = kgen(
        *("migrate", "1.0", "2.0", "--devices", "ours", "--mode", "allnoconfig"),
        *("--format", "json"),
    )
    data = json.loads(found.stdout)
    assert data["text"] == "include ../ours.mak\nCONFIG_PC=y\n"
    assert [item["text"] for item in data["included"]] == [""]
    missing = kgen("migrate", "1.0", "2.0", "--devices", "our", "-t", "arm")
    assert 'KG404 1.0: arm-softmmu has no devices file "our"' in missing.stderr


def test_a_list_of_a_git_revision_is_not_written_in_place(kgen: Run, two: Path) -> None:
    (two / "1.0" / "configs" / "devices" / "arm-softmmu" / "ours.mak").write_text(LIST)
    committed(two / "1.0")
    done = kgen("migrate", "1.0@HEAD", "2.0", "--devices", "ours", "--in-place")
    assert done.returncode == 1
    assert "ours.mak belongs to a git revision and cannot be changed" in done.stderr
    assert "CONFIG_OLD4_UART=y" in kgen("migrate", "1.0@HEAD", "2.0", "--devices", "ours").stdout


def test_line_breaks_are_kept(kgen: Run, two: Path) -> None:
    (two / "my.mak").write_bytes(b"CONFIG_PC=y\r\n# \r\nCONFIG_TPM_CHIP=y")
    arguments = ("--devices", "my.mak", "-t", "arm", "--mode", "allnoconfig", "-o", "new.mak")
    assert kgen("migrate", "1.0", "1.0", *arguments).returncode == 0
    assert (two / "new.mak").read_bytes() == (two / "my.mak").read_bytes()
    assert kgen("migrate", "1.0", "2.0", *arguments).returncode == 0
    assert (two / "new.mak").read_bytes() == (
        b"CONFIG_PC=y\r\n# \r\nCONFIG_TPM_CHIP=y\r\n\r\n"
        b"# Needed in 2.0 to keep symbols on.\r\nCONFIG_TPM_BACKEND=y\r\n"
    )


def test_check_tells_and_changes_nothing(kgen: Run, two: Path) -> None:
    arguments = ("migrate", "1.0", "2.0", "--devices", "my.mak", "-t", "arm", "--check")
    done = kgen(*arguments)
    assert (done.returncode, done.stderr) == (1, "")
    assert "my.mak:5: CONFIG_FLOPPY=y" in done.stdout
    assert (two / "my.mak").read_text() == LIST
    data = json.loads(kgen(*arguments, "--format", "json").stdout)
    assert data["changed"] is True
    assert "use only one of" in kgen(*arguments, "-o", "x.mak").stderr


def test_lines_that_are_no_longer_needed_can_stay(kgen: Run, two: Path) -> None:
    found = migrated(kgen, "--keep-lines")
    assert found["text"].startswith("# My devices.\nCONFIG_PC=y      # the board\n")
    assert "no-longer-needed" not in {item["kind"] for item in found["changes"]}


def test_a_mode_and_a_target_for_each_side(kgen: Run, two: Path) -> None:
    tree(two / "2.0", NEW, "armeb")
    found = kgen(
        *("migrate", "1.0", "2.0", "--devices", "my.mak", "--new-mode", "allnoconfig"),
        *("--old-target", "arm", "--new-target", "armeb", "--format", "json"),
    )
    data = json.loads(found.stdout)
    assert "CONFIG_NIC=y\n" in data["text"]
    assert list(data["diff"]["targets"]) == ["armeb-softmmu"]


def test_messages_name_the_tree(kgen: Run, two: Path) -> None:
    (two / "2.0" / "Kconfig").write_text(NEW + "config FDT\n")
    arguments = ("migrate", "1.0", "2.0", "--devices", "my.mak", "-t", "arm")
    done = kgen(*arguments, "--host", "FDT")
    assert done.stderr.startswith("error: KG407 1.0: --host: FDT is neither")
    assert "--old-host is for this tree alone" in done.stderr
    assert kgen(*arguments, "--new-host", "FDT").returncode == 0
    done = kgen(*arguments[:-1], "avr")
    assert (done.returncode, "1.0: no target matches 'avr'" in done.stderr) == (2, True)


@pytest.fixture
def family(two: Path) -> Path:
    """Two targets whose lists share a file."""
    for version, text in (("1.0", OLD), ("2.0", NEW)):
        tree(two / version, f"{text}config CHIP\n    bool\n    depends on BUS\n", "arm", "avr")
    devices = two / "1.0" / "configs" / "devices"
    write_tree(devices, {"rh.mak": "CONFIG_FLOPPY=y\nCONFIG_CHIP=y\n"})
    for name in ("arm", "avr"):
        write_tree(devices, {f"{name}-softmmu/rh.mak": "include ../rh.mak\nCONFIG_PC=y\n"})
    return two


FAMILY = ("migrate", "1.0", "2.0", "--devices", "rh", "--mode", "allnoconfig")


def test_several_lists_that_share_a_file(kgen: Run, family: Path) -> None:
    assert "these are several lists" in kgen(*FAMILY).stderr
    done = kgen(*FAMILY, "--check")
    assert done.returncode == 1
    assert "arm-softmmu/rh.mak:\n" in done.stdout
    assert "avr-softmmu/rh.mak:\n" in done.stdout
    assert len(json.loads(kgen(*FAMILY, "--format", "json").stdout)["lists"]) == 2
    assert kgen(*FAMILY, "--in-place").returncode == 0
    devices = family / "1.0" / "configs" / "devices"
    assert (devices / "rh.mak").read_text() == "CONFIG_CHIP=y\n"
    assert (devices / "avr-softmmu" / "rh.mak").read_text() == "include ../rh.mak\nCONFIG_PC=y\n"


def test_lists_that_need_different_changes_of_a_shared_file(kgen: Run, family: Path) -> None:
    """CHIP came to need something that only one architecture can have."""
    for version in ("1.0", "2.0"):
        text = "config ARM\nconfig AVR\n"
        write_tree(family / version, {"target/Kconfig": text})
        whole = (family / version / "Kconfig").read_text() + "source target/Kconfig\n"
        if version == "2.0":
            whole = whole.replace("CHIP\n    bool\n", "CHIP\n    bool\n    depends on ARM\n", 2)
        (family / version / "Kconfig").write_text(whole)
    done = kgen(*FAMILY, "--in-place")
    assert done.returncode == 1
    assert "rh.mak: the lists that include it need different changes of it" in done.stderr
    assert "FLOPPY" in (family / "1.0" / "configs" / "devices" / "rh.mak").read_text()


FLAGGED = """
config MICRO
    bool
config CAN
    bool
    default y if MICRO
config LIN
    bool
config PLUGS
    bool
    default y if FAR
config FAR
    bool
config SLOT
    bool
    default y if PLUGS
"""


@pytest.fixture
def flagged(two: Path) -> Path:
    """Two devices come to need a flag that only a transport selects, which the list keeps off."""
    tree(two / "1.0", FLAGGED)
    new = FLAGGED.replace("config SLOT\n    bool\n", "config SLOT\n    bool\n    select CAN_DO\n")
    for name in ("CAN", "LIN"):
        new = new.replace(f"config {name}\n    bool\n", f"config {name}\n    depends on CAN_DO\n")
    tree(two / "2.0", f"{new}config CAN_DO\n    bool\n")
    (two / "my.mak").write_text("CONFIG_PLUGS=n\nCONFIG_MICRO=y\nCONFIG_CAN=y\nCONFIG_LIN=y\n")
    return two


def test_no_line_sets_what_only_a_transport_selects(kgen: Run, flagged: Path) -> None:
    for mode in ("defconfig", "allnoconfig"):
        found = migrated(kgen, "--mode", mode)
        assert found["text"] == "CONFIG_PLUGS=n\nCONFIG_MICRO=y\n"
        causes = {item["symbol"]: item["cause"] for item in found["changes"]}
        assert causes.keys() == {"CAN", "LIN"}
        assert causes["LIN"] == (
            "it now needs CAN_DO, which is only ever selected, by SLOT, which the list does not "
            "have; add CONFIG_SLOT=y to keep it"
        )
    (flagged / "my.mak").write_text("CONFIG_PLUGS=n\nCONFIG_MICRO=y\nCONFIG_LIN=y\nCONFIG_SLOT=y\n")
    assert migrated(kgen)["changes"] == []


def test_what_a_default_gave_is_told_to_be_lost(kgen: Run, flagged: Path) -> None:
    (flagged / "my.mak").write_text("CONFIG_PLUGS=n\nCONFIG_MICRO=y\n")
    found = migrated(kgen)
    assert [(item["kind"], item["symbol"]) for item in found["changes"]] == [("lost", "CAN")]
    assert found["changed"] is False
    done = kgen("migrate", "1.0", "2.0", "--devices", "my.mak", "-t", "arm", "--check")
    assert done.returncode == 0
    assert "add CONFIG_SLOT=y to keep it" in " ".join(done.stdout.split())


def test_a_flag_that_was_asked_for_is_marked(kgen: Run, flagged: Path) -> None:
    found = migrated(kgen, "--allow-internal")
    assert found["text"].endswith("# CAN_DO is normally only selected, by SLOT.\nCONFIG_CAN_DO=y\n")
    (needed,) = (item for item in found["changes"] if item["kind"] == "needed")
    assert needed["cause"].endswith("it is normally only selected, by SLOT")


def test_no_line_sets_what_is_external_or_of_another_architecture(kgen: Run, two: Path) -> None:
    boards = "config FARM\n    default y\n    depends on MIPS\n    select CHIP_BUS\n"
    target = "config ARM\n    bool\nconfig MIPS\n    bool\n"
    old = "source target/Kconfig\nsource hw/mips/Kconfig\nconfig CHIP_BUS\nconfig CHIP\n"
    for version, more in (("1.0", ""), ("2.0", "    depends on CHIP_BUS && KVM\n")):
        tree(two / version, f"{old}{more}config KVM\n")
        write_tree(two / version, {"target/Kconfig": target, "hw/mips/Kconfig": boards})
    (two / "my.mak").write_text("CONFIG_CHIP=y\n")
    found = migrated(kgen)
    assert found["text"] == ""
    assert [item["kind"] for item in found["changes"]] == ["contradictory"]


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


def test_a_contradiction_of_several_targets_is_one_sentence(kgen: Run, tmp_path: Path) -> None:
    for name, depends in (("a", ""), ("b", "    depends on !TCG\n")):
        hw = small_qemu.write(tmp_path / name) / "hw" / "net" / "Kconfig"
        hw.write_text(f"{hw.read_text()}\nconfig GADGET\n    bool\n{depends}")
    write_tree(tmp_path, {"l.mak": "CONFIG_GADGET=y\n"})
    words = ("migrate", "a", "b", "--devices", "l.mak", "--format", "json")
    done = kgen(*words, "-t", "arm", "-t", "sparc", cwd=tmp_path)
    assert (
        "contradiction: GADGET must be y and must be n"
        ' (y: CONFIG_GADGET=y is assigned; n: \\"depends on !TCG\\" does not hold)"'
    ) in done.stdout
