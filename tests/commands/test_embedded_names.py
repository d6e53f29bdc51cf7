"""Devices of the embedded tree, whose sources map has their names."""

from __future__ import annotations

import json
import re

from running import ROOT, Run, read_toml, run_kgen

README = (ROOT / "README.md").read_text(encoding="utf-8")
E2K, X86 = "e2k-softmmu", "x86_64-softmmu"


def test_the_examples_of_the_readme() -> None:
    """They have paths below the checkout, so they are run there."""
    found = re.findall(r"^\$ (kgen .*virtio-mem-pci.*)\n((?:(?!\$ |```).*\n)*)", README, re.M)
    assert len(found) == 2
    for command, printed in found:
        assert run_kgen(command.split()[1:], ROOT).stdout == printed


def test_each_device_of_the_map_and_what_it_needs(kgen: Run) -> None:
    data = json.loads(kgen("devices", "-t", E2K, "-t", X86, "--format", "json").stdout)
    rules = read_toml((ROOT / "fixtures" / "virtio" / "sources.toml").read_text())["source"]
    needs = {
        device: rule["when"] if isinstance(rule["when"], str) else " && ".join(rule["when"])
        for rule in rules
        for device in rule.get("devices", ())
    }
    assert {one["name"]: one["needs"] for one in data["devices"]} == needs
    assert all(one["targets"] == [X86] for one in data["devices"])
    assert all(one["user_creatable"] for one in data["devices"])


def test_questions_by_name(kgen: Run) -> None:
    done = kgen("enable", "virtio-rng-pci", "-t", E2K)
    assert "CONFIG_VIRTIO_PCI=y" in done.stdout
    done = kgen("why", "virtio-mempci", "-t", E2K)
    assert "did you mean virtio-mem-pci" in done.stderr
    done = kgen("sources", "VIRTIO_MEM", "-t", X86)
    assert "hw/virtio/virtio-mem-pci.c  VIRTIO_PCI && VIRTIO_MEM" in done.stdout
    assert kgen("machines").stdout == "0 machines, 35 targets\n"
