"""`kgen audit --names`: the matrix of devices and machines."""

from __future__ import annotations

import csv
import shutil
from pathlib import Path

import pytest
from running import ROOT, Run

RIVERS = ROOT / "fixtures" / "cases" / "audit-names-json" / "tree"
HERON, TEAL = "heron-softmmu", "teal-softmmu"


@pytest.fixture
def audit(kgen: Run, tmp_path: Path) -> Run:
    shutil.copytree(RIVERS, tmp_path / "rivers")
    return lambda *more: kgen("audit", "--tree", "rivers", "--names", *more)


def _cells(text: str) -> dict[str, list[str]]:
    rows = csv.DictReader(text.splitlines())
    return {row["name"]: [row[HERON], row[TEAL]] for row in rows}


def test_text_has_a_line_for_each_name(audit: Run) -> None:
    assert audit().stdout.splitlines() == [
        "NAME               KIND     FOLDER  heron  teal",
        "grey-heron         device   hw      ?      ?",
        "sea-otter          device   hw      y      .",
        "stone              device   hw      y      y",
        "brook              machine  hw      y      y",
        "river-1.0 = river  machine  hw      y      y",
        "5 names, 2 configurations",
    ]


def test_filters_choose_names(audit: Run) -> None:
    assert list(_cells(audit("--format", "csv", "-s", "river").stdout)) == ["river-1.0"]
    assert list(_cells(audit("--format", "csv", "--differs").stdout)) == ["sea-otter"]
    assert len(_cells(audit("--format", "csv", "--kind", "machine").stdout)) == 2
    assert len(_cells(audit("--format", "csv", "--folder", "hw").stdout)) == 5
    done = audit("-s", "see-otter", "--folder", "hv")
    assert "no device or machine of this tree matches see-otter" in done.stderr
    assert "did you mean sea-otter?" in done.stderr
    assert "no device or machine is registered in or below hv" in done.stderr


def test_variants_stand_side_by_side(audit: Run) -> None:
    done = audit("--compare", "set=OTTER=n", "-s", "sea-otter", "--format", "markdown")
    assert done.stdout.splitlines()[0] == (
        "| name | kind | folder | heron | heron@set=OTTER=n | teal | teal@set=OTTER=n |"
    )
    assert done.stdout.splitlines()[2] == "| sea-otter | device | hw | y |   |   |   |"


def test_a_target_that_fails_has_no_names(audit: Run, tmp_path: Path) -> None:
    kconfig = tmp_path / "rivers" / "Kconfig"
    kconfig.write_text(kconfig.read_text() + "config WEIR\n    bool\n    depends on EEL\n")
    devices = tmp_path / "rivers/configs/devices/teal-softmmu/default.mak"
    devices.write_text("CONFIG_WEIR=y\nCONFIG_EEL=n\n")
    done = audit("--format", "csv")
    assert done.returncode == 1
    assert _cells(done.stdout)["stone"] == ["y", "fails"]


def test_options_that_do_not_go_together(audit: Run, kgen: Run) -> None:
    for options in (("--vary", "host"), ("--kind", "board")):
        assert "KG706" in audit(*options).stderr
    assert "--kind machine requires --names" in kgen("audit", "--kind", "machine").stderr
