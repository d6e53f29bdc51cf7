"""`kgen why SYMBOL --full`: the files, devices and machines that need a symbol."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from running import ROOT, Run

FARM = ROOT / "fixtures" / "cases" / "why-a-device"


def test_its_json(kgen: Run, tmp_path: Path) -> None:
    shutil.copytree(FARM, tmp_path / "farm")
    done = kgen("why", "--tree", "farm", "HENS", "--full", "--format", "json")
    data = json.loads(done.stdout)
    meson = {"file": "farm/hw/meson.build", "line": 3}
    assert data["files"] == [{"file": "hw/hens.c", "needs": "FARM && HENS", "meson": meson}]
    assert [(one["name"], one["with"]) for one in data["brings"]] == [
        ("leghorn-hen", "always"),
        ("orpington-hen", "target:TARGET_BIG_ENDIAN"),
    ]


def test_what_the_tree_does_not_say_is_left_out(kgen: Run, tmp_path: Path) -> None:
    shutil.copytree(FARM, tmp_path / "farm")
    for path in (tmp_path / "farm").rglob("*.[ch]"):
        path.unlink()
    data = json.loads(kgen("why", "--tree", "farm", "HENS", "--full", "--format", "json").stdout)
    assert [one["file"] for one in data["files"]] == ["hw/hens.c"]
    assert "brings" not in data
    for path in (tmp_path / "farm").rglob("meson.build"):
        path.unlink()
    done = kgen("why", "--tree", "farm", "HENS", "--full")
    assert "that need" not in done.stdout
    assert "source files" not in done.stdout
