"""`kgen audit --names`: the matrix of devices and machines."""

from __future__ import annotations

import csv
import json
import shutil
from itertools import combinations
from pathlib import Path

import pytest
from running import ROOT, Run

RIVERS = ROOT / "fixtures" / "cases" / "audit-names-json" / "tree"
HERON, TEAL = "heron-softmmu", "teal-softmmu"


def _append(path: Path, text: str) -> None:
    path.write_text(path.read_text() + text)


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


FEATURES = ("FDT", "GNUTLS", "SPICE")


@pytest.fixture
def varied(audit: Run, tmp_path: Path) -> Run:
    """Also with devices that need features of the host: by Kconfig, by meson.build, and by what
    another target of the same build has."""
    tree = tmp_path / "rivers"
    more = "".join(f"config {name}\n    bool\n" for name in FEATURES)
    more += "config RAPIDS\n    bool\n    default y\n    depends on FDT && GNUTLS && OTTER\n"
    _append(tree / "Kconfig", more)
    _append(tree / "hw/meson.build", MESON)
    meson = tree / "meson.build"
    meson.write_text(meson.read_text().replace("subdir('hw')\n", f"{ALL_DEVICES}subdir('hw')\n"))
    for name in ("rapids", "spring", "delta"):
        text = (tree / "hw/otter.c").read_text()
        (tree / f"hw/{name}.c").write_text(text.replace("sea-otter", name))
    return audit


ALL_DEVICES = """\
spice = dependency('spice-server', required: false)
host_kconfig = (spice.found() ? ['CONFIG_SPICE=y'] : [])
config_all_devices = {}
foreach target : keyval.load('config-host.mak')['TARGET_DIRS'].split()
  config_all_devices += keyval.load(target + '-config-devices.mak')
endforeach
"""
MESON = """\
system_ss.add(when: 'CONFIG_RAPIDS', if_true: files('rapids.c'))
system_ss.add(when: spice, if_true: files('spring.c'))
if config_all_devices.has_key('CONFIG_RAPIDS')
  system_ss.add(files('delta.c'))
endif
"""


def test_vary_shows_which_features_change_names(varied: Run) -> None:
    """`delta` is on both targets while one of them has RAPIDS."""
    assert varied("--vary", "host").stdout.splitlines() == [
        "NAME    KIND    CHANGED BY  ON   WHERE",
        "delta   device  FDT         2/2  all",
        "delta   device  GNUTLS      2/2  all",
        "rapids  device  FDT         1/2  heron",
        "rapids  device  GNUTLS      1/2  heron",
        "spring  device  SPICE       2/2  all",
        "3 features toggled one at a time: 3 names changed",
    ]
    assert varied("--vary", "host", "-s", "spring", "--format", "csv").stdout.splitlines() == [
        "name,kind,target,changed by",
        f"spring,device,{HERON},SPICE",
        f"spring,device,{TEAL},SPICE",
    ]


def test_the_page_has_symbols_and_names_that_toggles_change(varied: Run) -> None:
    page = varied("--vary", "host", "--format", "html").stdout
    for found in (
        f'"device:spring":{{"{HERON}":["SPICE"],"{TEAL}":["SPICE"]}}',
        f'"RAPIDS":{{"{HERON}":["FDT","GNUTLS"]}}',
    ):
        assert found in page


def test_vary_agrees_with_hosts_that_differ(varied: Run) -> None:
    """Each toggle, and each pair, against the matrix with that `--host`."""

    def cells(*options: str) -> dict[tuple[str, str], str]:
        table = _cells(varied("--format", "csv", *options).stdout)
        return {
            (name, target): cell
            for name, row in table.items()
            for target, cell in zip((HERON, TEAL), row, strict=True)
        }

    found = json.loads(varied("--vary", "host", "--pairs", "--format", "json").stdout)["vary"]
    said = found["devices"] | found["machines"]
    base = cells()
    for size in (1, 2):
        for off in combinations(FEATURES, size):
            other = cells("--host", ",".join(set(FEATURES) - set(off)))
            for name, target in base:
                toggles = said.get(name, {}).get(target, [])
                expected = base[name, target] != other[name, target]
                expected &= size == 1 or not set(off) & set(toggles)
                assert ("+".join(off) in toggles) == expected, (name, target, off)


def test_options_that_do_not_go_together(audit: Run, kgen: Run) -> None:
    assert "KG706" in audit("--kind", "board").stderr
    assert "--kind machine requires --names" in kgen("audit", "--kind", "machine").stderr
