"""Places in messages name the tree that they are in, as the user typed it."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from running import Run, write_tree

from kgen.files import resources

TREE = {
    "Kconfig": "source a/Kconfig\n",
    "a/Kconfig": "config CARD\n    bool\n    depends on BUS\nconfig BUS\n    bool\n",
    "configs/targets/avr-softmmu.mak": "TARGET_ARCH=avr\n",
    "configs/devices/avr-softmmu/default.mak": "",
}


@pytest.mark.parametrize("form", ["text", "json"])
def test_what_enable_says_of_the_embedded_tree_names_its_folder(kgen: Run, form: str) -> None:
    done = kgen("enable", "ARM", "-t", "e2k", "--format", form)
    assert done.returncode == 1
    assert f"{resources.embedded_tree()}/target/arm/Kconfig" in done.stdout


def test_an_error_in_the_second_tree_names_the_second_tree(kgen: Run, tmp_path: Path) -> None:
    broken = {**TREE, "a/Kconfig": "config CARD\n    boolean\n"}
    write_tree(tmp_path / "old", TREE)
    write_tree(tmp_path / "new", broken)
    (tmp_path / "our.mak").write_text("CONFIG_BUS=y\n")
    done = kgen("migrate", "old", "new", "--devices", "our.mak", "-t", "avr")
    assert done.returncode == 1
    assert "In file included from new/Kconfig:1:\nnew/a/Kconfig:2:5: error: " in done.stderr


def test_an_error_in_a_revision_quotes_the_line_that_was_read(kgen: Run, tmp_path: Path) -> None:
    """It is not on disk any more."""
    repository = write_tree(tmp_path / "repository", {**TREE, "Kconfig": "source b/Kconfig\n"})
    git = ["git", "-C", str(repository), "-c", "user.name=a", "-c", "user.email=a@b.invalid"]
    subprocess.run([*git, "init", "-q"], check=True)
    subprocess.run([*git, "add", "."], check=True)
    subprocess.run([*git, "commit", "-q", "-m", "x"], check=True)
    (repository / "Kconfig").write_text("")
    done = kgen("why", "CARD", "--tree", "repository@HEAD")
    assert done.returncode == 1
    assert "repository@HEAD/Kconfig:1:1: error: KG104" in done.stderr
    assert "    source b/Kconfig\n    ^\n" in done.stderr


def test_a_devices_file_that_declares_symbols_can_be_asked(kgen: Run, tmp_path: Path) -> None:
    own = "config OURS\n    bool\n    depends on BUS\nCONFIG_BUS=y\n"
    write_tree(tmp_path / "t", {**TREE, "configs/devices/avr-softmmu/default.mak": own})
    done = kgen("why", "OURS", "--tree", "t")
    assert done.returncode == 0
    assert "add CONFIG_OURS=y  t/configs/devices/avr-softmmu/default.mak:1" in done.stdout
    assert kgen("why", "--unused", "--tree", "t").stdout.endswith(
        "0 of 1 assignment without effect\n"
    )
