"""`kgen generate --names`: what it reads is an input like any other."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from running import ROOT, Run

RIVERS = ROOT / "fixtures" / "cases" / "generate-names" / "tree"


def _devices(out: Path) -> list[str]:
    data = json.loads((out / "config-devices.json").read_text())
    found: list[str] = data["targets"]["teal-softmmu"]["devices"]
    return found


def test_a_changed_c_file_changes_the_output(kgen: Run, tmp_path: Path) -> None:
    """Also beside the record of the last run."""
    shutil.copytree(RIVERS, tmp_path / "tree")
    cache = {"KGEN_CACHE": str(tmp_path / "cache")}
    arguments = ["generate", "--tree", "tree", "-o", "out", "--names", "--output", "json"]
    kgen(*arguments, **cache)
    assert _devices(tmp_path / "out") == ["stone"]
    assert "0 written, 1 unchanged" in kgen(*arguments, **cache).stdout
    river = tmp_path / "tree" / "hw" / "river.c"
    river.write_text(river.read_text().replace('"stone"', '"pebble"'))
    assert "1 written" in kgen(*arguments, **cache).stdout
    assert _devices(tmp_path / "out") == ["pebble"]


def test_the_depfile_has_c_files_headers_and_meson_files(kgen: Run, tmp_path: Path) -> None:
    shutil.copytree(RIVERS, tmp_path / "tree")
    kgen("generate", "--tree", "tree", "-o", "out", "--output", "json", "--depfile", "plain.d")
    cache = {"KGEN_CACHE": str(tmp_path / "cache")}
    arguments = ["generate", "--tree", "tree", "-o", "out", "--names", "--output", "json"]
    for depfile in ("d", "again.d"):  # the second time from the cache
        kgen(*arguments, "--depfile", depfile, **cache)
    text = (tmp_path / "d").read_text()
    assert (tmp_path / "again.d").read_text() == text
    for name in ("hw/river.c", "hw/meson.build", "meson.build", "include/qom/module.h"):
        assert str(tmp_path / "tree" / name) in text
        assert name not in (tmp_path / "plain.d").read_text()


def test_of_the_embedded_tree(kgen: Run, tmp_path: Path) -> None:
    kgen("generate", "-t", "x86_64", "-t", "e2k", "-o", "out", "--names", "--output", "json")
    targets = json.loads((tmp_path / "out" / "config-devices.json").read_text())["targets"]
    assert "virtio-mem-pci" in targets["x86_64-softmmu"]["devices"]
    assert targets["e2k-softmmu"]["devices"] == []
