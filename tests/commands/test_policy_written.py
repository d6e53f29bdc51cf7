"""kgen policy: what it writes passes on what it was made from, and breaks on a change."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import small_qemu
from running import Run


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    return small_qemu.write(tmp_path / "tree")


def _rules(kgen: Run, *more: str) -> set[str]:
    done = kgen("audit", "--tree", "tree", "--policy", "p.toml", "--format", "json", *more)
    return {item["rule"] for item in json.loads(done.stdout)["breaches"]}


def test_a_configuration_passes_and_a_change_does_not(kgen: Run, tree: Path) -> None:
    done = kgen("policy", "--tree", "tree", "--from-config", "-o", "p.toml")
    assert (done.returncode, done.stdout) == (0, "")
    assert _rules(kgen) == set()
    assert _rules(kgen, "--set", "NET_CARD=n") == {"policy-require"}
    kconfig = tree / "hw" / "bus" / "Kconfig"
    kconfig.write_text(kconfig.read_text() + "\nconfig NEW\n    bool\n    default y\n")
    assert _rules(kgen) == {"policy-allow-only"}


def test_it_is_the_same_each_time_and_as_json(kgen: Run, tree: Path) -> None:
    words = ("policy", "--tree", "tree", "--from-config")
    text = kgen(*words).stdout
    assert text == kgen(*words).stdout
    data = json.loads(kgen(*words, "--format", "json").stdout)
    assert {entry["rule"] for entry in data["entries"]} == {"require", "allow-only"}


@pytest.mark.parametrize("target", [(), ("-t", "arm")])
def test_a_list_passes_and_a_change_does_not(
    kgen: Run, tree: Path, tmp_path: Path, target: tuple[str, ...]
) -> None:
    (tmp_path / "ours.mak").write_text("CONFIG_BUS_DEVICES=y\nCONFIG_NET_FAST=n\n")
    done = kgen("policy", "--tree", "tree", "--from-list", "ours.mak", *target, "-o", "p.toml")
    assert done.returncode == 0, done.stderr
    options = ("-t", "arm", "--devices", "./ours.mak")
    assert _rules(kgen, *options) == set()
    (tmp_path / "ours.mak").write_text("CONFIG_BUS_DEVICES=n\n")
    assert _rules(kgen, *options) == {"policy-require"}


def test_what_cannot_be_a_policy_is_an_error(kgen: Run, tree: Path, tmp_path: Path) -> None:
    assert "KG706" in kgen("policy", "--tree", "tree").stderr
    assert (
        "KG301" in kgen("policy", "--tree", "tree", "--from-config", "--set", "FAST_BUS=n").stderr
    )
    (tmp_path / "empty.mak").write_text("# nothing\n")
    assert "KG709" in kgen("policy", "--tree", "tree", "--from-list", "empty.mak").stderr


def test_a_list_that_a_package_copies_into_the_tree(kgen: Run, tree: Path, tmp_path: Path) -> None:
    """Its includes are found as the other commands find them."""
    folder = tree / "configs" / "devices" / "arm-softmmu"
    (folder.parent / "rack").mkdir()
    (folder.parent / "rack" / "base.mak").write_text("CONFIG_BUS_DEVICES=y\n")
    (tmp_path / "ours.mak").write_text("include ../rack/base.mak\nCONFIG_NET_FAST=n\n")
    words = ("policy", "--tree", "tree", "--from-list", "ours.mak")
    assert "BUS_DEVICES" in kgen(*words, "-t", "arm").stdout
    assert "BUS_DEVICES" in kgen(*words, "--devices-as", "configs/devices/arm-softmmu").stdout
    refused = kgen(*words)
    assert (refused.returncode, refused.stdout) == (1, "")
    assert "; -t names the target, or --devices-as the folder, that" in refused.stderr
