"""Devices files outside the tree that include files of the tree."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from one_board import BOARD, tree
from repositories import committed
from running import Run, write_tree


@pytest.fixture
def work(tmp_path: Path) -> Path:
    """A tree whose default list includes another, and a package's list that includes it."""
    tree(tmp_path / "t", f"{BOARD}config ODD\nconfig EVEN\n", arm="include ../all/base.mak\n")
    write_tree(tmp_path / "t", {"configs/devices/all/base.mak": "CONFIG_ODD=y\n"})
    write_tree(tmp_path / "pkg", {"our.mak": "include default.mak\nCONFIG_EVEN=y\n"})
    return tmp_path


def read(kgen: Run, *arguments: str) -> list[str]:
    done = kgen("targets", *arguments, "--format", "json")
    assert done.returncode == 0, done.stderr
    return list(json.loads(done.stdout)["targets"][0]["assigned"])


def test_the_depfile_has_the_files_that_were_read(kgen: Run, work: Path) -> None:
    done = kgen(
        *("generate", "--tree", "t", "--devices", "pkg/our.mak", "-o", "out"),
        *("--output", "mak", "--depfile", "out.d"),
    )
    assert done.returncode == 0, done.stderr
    names = (work / "out.d").read_text().replace("\\\n", "").split("\n")[0].split()
    devices = work / "t" / "configs" / "devices"
    for path in (devices / "arm-softmmu" / "default.mak", devices / "all" / "base.mak"):
        assert str(path) in names


def test_a_git_revision_has_the_included_files(kgen: Run, work: Path) -> None:
    committed(work / "t")
    for path in ("arm-softmmu/default.mak", "all/base.mak"):
        (work / "t" / "configs" / "devices" / path).unlink()
    assert read(kgen, "--tree", "t@HEAD", "--devices", "pkg/our.mak") == ["ODD", "EVEN"]
    done = kgen("savedefconfig", "--tree", "t@HEAD", "--devices", "pkg/our.mak", "--set", "BOARD=n")
    assert done.stdout == "CONFIG_ODD=y\nCONFIG_EVEN=y\n\nCONFIG_BOARD=n\n"


def test_a_list_in_another_folder_of_the_tree(kgen: Run, work: Path) -> None:
    """Debian keeps lists in debian/ and copies them before it builds."""
    write_tree(work / "t", {"debian/our.mak": "include ../all/base.mak\ninclude more.mak\n"})
    write_tree(work / "t", {"debian/more.mak": "include ../arm-softmmu/default.mak\n"})
    assert read(kgen, "--tree", "t", "--devices", "t/debian/our.mak") == ["ODD"]


def test_an_edited_list_keeps_its_include(kgen: Run, work: Path) -> None:
    list_ = work / "pkg" / "our.mak"
    list_.write_text("include default.mak\n")
    done = kgen(
        *("enable", "EVEN", "--tree", "t", "-t", "arm"),
        *("--devices", "pkg/our.mak", "--write", "pkg/our.mak"),
    )
    assert done.returncode == 0, done.stderr
    assert list_.read_text() == "include default.mak\nCONFIG_EVEN=y\n"


def test_a_list_that_declares_and_includes(kgen: Run, work: Path) -> None:
    text = "include ../all/base.mak\nconfig OWN\n    default y if ODD\n"
    (work / "pkg" / "our.mak").write_text(text)
    done = kgen("audit", "--tree", "t", "--devices", "pkg/our.mak", "-s", "OWN", "--format", "json")
    assert json.loads(done.stdout)["symbols"] == {"OWN": ["arm-softmmu"]}


def test_no_link_of_the_tree_leads_out_of_it(kgen: Run, work: Path) -> None:
    (work / "secret").write_text("CONFIG_ODD=y\n")
    devices = work / "t" / "configs" / "devices"
    (devices / "link.mak").symlink_to(work / "secret")
    (work / "pkg" / "our.mak").write_text("include ../link.mak\n")
    done = kgen("targets", "--tree", "t", "--devices", "pkg/our.mak")
    assert done.returncode == 1
    assert "KG106 ../link.mak is outside the tree" in done.stderr


def test_described_targets_need_the_folder(kgen: Run, work: Path) -> None:
    write_tree(work, {"d/arm.toml": 'architecture = "arm"\nendianness = "little"\n'})
    described = ("--tree", "t", "--targets", "d", "--devices", "pkg/our.mak")
    assert "KG104 cannot read default.mak" in kgen("targets", *described).stderr
    found = read(kgen, *described, "--devices-as", "configs/devices/arm-softmmu")
    assert found == ["ODD", "EVEN"]


def test_a_named_file_is_not_copied(kgen: Run, work: Path) -> None:
    done = kgen("targets", "--tree", "t", "--devices-as", "configs")
    assert "KG410 --devices-as is for a devices file given by its path" in done.stderr
