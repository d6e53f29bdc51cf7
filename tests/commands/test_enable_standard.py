"""`kgen enable` of standard Kconfig: what its cases do not show."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from running import Run

CASE = Path(__file__).parents[2] / "fixtures" / "cases" / "standard-enable" / "tree"


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    return Path(shutil.copytree(CASE, tmp_path / "tree"))


def value(kgen: Run, symbol: str, *more: str) -> str:
    return str(json.loads(kgen("why", symbol, "--format", "json", *more).stdout)["value"])


def test_lines_are_written_and_resolve_to_the_value(tree: Path, kgen: Run) -> None:
    path = tree / "configs/shop_defconfig"
    path.write_text("# The shop\n# CONFIG_MAINS is not set\nCONFIG_DOOR_GLASS=y\nCONFIG_BELL=n")
    options = ("--tree", str(tree), "-t", "shop")
    done = kgen("enable", "CONFIG_CHIME", *options, "--write", str(path), "--all")
    assert (done.returncode, done.stderr) == (0, f"{path}: changed\n")
    assert "or  CONFIG_BELL=y  CONFIG_MAINS=y  (changes 1)" in done.stdout
    shown = '# The shop\n# CONFIG_MAINS is not set\nCONFIG_DOOR_GLASS=y\nCONFIG_BATTERIES="large"\n'
    assert path.read_text() == f"{shown}CONFIG_BELL=y\n"
    assert value(kgen, "CHIME", *options) == "y"
    again = kgen("enable", "CHIME", *options, "--write", str(path))
    assert (again.stdout, again.stderr) == ("shop: CHIME is already y\n", "")


def test_lines_end_as_those_of_the_file(tree: Path, kgen: Run) -> None:
    path = tree / "configs/shop_defconfig"
    path.write_bytes(b"# CONFIG_MAINS is not set\r\nCONFIG_DOOR_GLASS=y\r\nCONFIG_BELL=n")
    done = kgen("enable", "CHIME", "--tree", str(tree), "-t", "shop", "--write", str(path))
    assert done.returncode == 0, done.stderr
    *_, first, last, end = path.read_bytes().split(b"\r\n")
    assert (first, last, end) == (b'CONFIG_BATTERIES="large"', b"CONFIG_BELL=y", b"")


def test_nothing_is_written_where_it_has_no_effect(tree: Path, kgen: Run) -> None:
    path = tree / "configs/villa_defconfig"
    before = path.read_text()
    (tree / "more.config").write_text("CONFIG_VOLUME=3\n")
    options = ("--tree", str(tree), "-t", "villa", "--fragment", "more.config")
    done = kgen("enable", "VOLUME=7", *options, "--write", str(path))
    assert (done.returncode, path.read_text()) == (1, before)
    assert "KG803" in done.stderr
    other = kgen("enable", "VOLUME=7", *options, "--write", str(tree / "more.config"))
    assert "KG802" in other.stderr
    assert "villa_defconfig" in other.stderr
    assert "KG425" in kgen("enable", "VOLUME=7", *options, "--check-code").stderr


def test_what_set_assigns_stays(tree: Path, kgen: Run) -> None:
    options = ("--tree", str(tree), "-t", "barn")
    done = kgen("enable", "CHIME", *options, "--set", "BELL=n", "--format", "json")
    answer = json.loads(done.stdout)
    assert (done.returncode, answer["status"]) == (1, "impossible")
    assert {row["symbol"] for row in answer["because"]} == {"CHIME", "BELL"}
    # Only the other door leads to the other way.
    done = kgen("enable", "CHIME", *options, "--set", "BATTERIES=flat", "--format", "json")
    lines = json.loads(done.stdout)["assignments"]
    assert lines == ["CONFIG_DOOR_GLASS=y", "CONFIG_MAINS=y"]


def test_values_of_a_member_and_of_strings(tree: Path, kgen: Run) -> None:
    options = ("--tree", str(tree), "-t", "barn", "--format", "json")
    found = json.loads(kgen("disable", "DOOR_WOOD", *options).stdout)
    assert (found["status"], found["assignments"]) == ("possible", ["CONFIG_DOOR_GLASS=y"])
    found = json.loads(kgen("enable", 'BATTERIES=a "b"', *options).stdout)
    assert found["assignments"] == [r'CONFIG_BATTERIES="a \"b\""']
    assert value(kgen, "BATTERIES", *options[:4], "--set", 'BATTERIES=a "b"') == 'a "b"'
    assert value(kgen, "BATTERIES", *options[:4], "--set", "BATTERIES=") == ""


def test_values_of_set_are_checked_by_the_dialect(tree: Path, kgen: Run) -> None:
    done = kgen("why", "VIRTIO_RNG", "--set", "VIRTIO_RNG=7")
    assert done.returncode == 2
    assert "Invalid value for '--set': 'VIRTIO_RNG=7': expected SYM=y or SYM=n" in done.stderr
    (tree / "kgen.toml").write_text('set = ["VIRTIO_RNG=7"]\n')
    done = kgen("why", "VIRTIO_RNG", "--project", str(tree / "kgen.toml"))
    assert "kgen.toml:1:9: error: KG416 set: expected SYM=y or SYM=n" in done.stderr
    (tree / "kgen.toml").write_text(f'tree = "{tree}"\nset = ["VOLUME=x"]\n')
    done = kgen("why", "VOLUME", "--project", str(tree / "kgen.toml"))
    assert "kgen.toml:2:9: error: KG427" in done.stderr
