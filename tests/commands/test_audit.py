"""`kgen audit`: the matrix and its formats, what changes it, several configurations."""

from __future__ import annotations

import csv
import io
import json
import re
from itertools import combinations
from pathlib import Path

import pytest
import small_qemu
from oracle import facts_tree
from running import FACTS, Run, write_tree

from kgen.commands.audit import matrix, vary
from kgen.project.load import load
from kgen.project.options import Options

ARM, SPARC = "arm-softmmu", "sparc-softmmu"


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    return small_qemu.write(tmp_path / "tree")


def test_json_is_what_scripts_rely_on(kgen: Run, tree: Path) -> None:
    """The matrix has exactly what each target's config-devices.mak has."""
    done = kgen("audit", "--tree", str(tree), "--format", "json")
    assert (done.returncode, done.stderr) == (0, "")
    data = json.loads(done.stdout)
    assert data["targets"] == [ARM, SPARC]
    assert (data["failures"], data["breaches"]) == ([], [])
    targets = json.loads(kgen("targets", "--tree", str(tree), "--format", "json").stdout)
    for target in targets["targets"]:
        name = target["name"]
        assert [s for s, where in data["symbols"].items() if name in where] == target["y"]
        outside = {s for s, where in data["external"].items() if name in where}
        assert outside == {s for s, value in target["external"].items() if value == "y"}
    assert data["kinds"]["SUN"] == "board"
    assert data["places"]["NET_CARD"] == {"file": "hw/net/Kconfig", "line": 1}
    assert data["symbols"]["NET_CORE"] == []


@pytest.mark.parametrize("mode", ["defconfig", "allnoconfig", "allyesconfig"])
@pytest.mark.parametrize("version", ["5.2", "6.0"])
def test_the_matrix_of_a_whole_tree_is_what_its_own_program_printed(
    facts: Path, tmp_path: Path, version: str, mode: str
) -> None:
    data = json.loads((facts / f"qemu-e2k-{version}.json").read_text())
    facts_tree(data, tmp_path)
    options = Options(str(tmp_path), mode=mode, accel="tcg,kvm,xen")  # type: ignore[arg-type]
    loaded = load(options)
    found = matrix.matrix([("", loaded)])
    names = [target["name"] for target in data["targets"]]
    expected = {
        symbol: sorted(names[index] for index in where)
        for symbol, where in data["expected"][mode].items()
    }
    assert {row.symbol: found.names(row.printed) for row in found.rows if row.printed} == expected


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (["-s", "NET_*"], ["NET_CARD", "NET_CORE", "NET_FAST"]),
        (["-s", "CONFIG_SUN", "--symbol", "BUS"], ["BUS", "SUN"]),
        (["--folder", "hw/net"], ["NET_CARD", "NET_CORE", "NET_FAST"]),
        (["--folder", "hw/net/"], ["NET_CARD", "NET_CORE", "NET_FAST"]),
        (["--folder", "hw/ne", "--folder", "hw/net"], None),
        (["--kind", "board"], ["ARM_BOARD", "ARM_TINY", "ARM_TREE", "SUN"]),
        (["--kind", "group", "--kind", "host"], "BUS_DEVICES FDT FUZZ LINUX SOUND".split()),
        (["--kind", "device", "--differs"], ["NET_FAST", "ODD_CARD", "SPARC_OLD_CPUS"]),
        (["--kind", "device", "--differs", "-t", "arm"], []),
        (["-s", "NO_SUCH"], None),
    ],
)
def test_rows_are_chosen(
    kgen: Run, tree: Path, options: list[str], expected: list[str] | None
) -> None:
    done = kgen("audit", "--tree", str(tree), "--format", "json", *options)
    if expected is None:
        assert done.returncode == 1
        (error,) = json.loads(done.stdout)["errors"]
        assert re.match(
            "no symbol (of this tree matches|is declared in or below)", error["message"]
        )
    else:
        assert list(json.loads(done.stdout)["symbols"]) == expected


def test_text_is_a_matrix_where_it_fits_and_lists_where_it_does_not(kgen: Run, tree: Path) -> None:
    options = ("audit", "--tree", str(tree), "--kind", "board")
    wide = kgen(*options).stdout
    assert wide.splitlines()[0].split() == ["SYMBOL", "KIND", "FOLDER", "arm", "sparc"]
    assert wide.splitlines()[-2].split() == ["SUN", "board", "hw/sparc", ".", "y"]
    narrow = kgen(*options, COLUMNS="30").stdout
    assert narrow.splitlines()[0].split() == ["SYMBOL", "KIND", "FOLDER", "ON", "WHERE"]
    assert "SUN        board  hw/sparc  1/2\n    sparc\n" in narrow
    assert narrow.endswith("4 symbols, 2 configurations\n")
    between = kgen(*options, COLUMNS="36").stdout  # where some of the last cells still fit
    assert "ARM_TREE   board  hw/arm    1/2  arm\nSUN" in between
    assert "SUN        board  hw/sparc  1/2\n    sparc\n" in between


def test_no_line_is_wider_than_the_terminal(tmp_path: Path, kgen: Run) -> None:
    if not FACTS.is_dir():
        pytest.skip("the facts about real QEMU trees are not beside this checkout")
    facts_tree(json.loads((FACTS / "qemu-e2k-6.0.json").read_text()), tmp_path)
    for width in (80, 132):
        done = kgen("audit", "--tree", str(tmp_path), COLUMNS=str(width))
        assert max(len(line) for line in done.stdout.splitlines()) <= width


def test_csv_reads_back_as_the_matrix(kgen: Run, tree: Path) -> None:
    data = json.loads(kgen("audit", "--tree", str(tree), "--format", "json").stdout)
    text = kgen("audit", "--tree", str(tree), "--format", "csv").stdout
    rows = list(csv.DictReader(io.StringIO(text)))
    assert [row["symbol"] for row in rows] == list(data["symbols"])
    for row in rows:
        both = data["symbols"][row["symbol"]] + data["external"].get(row["symbol"], [])
        assert [name for name in (ARM, SPARC) if row[name] == "y"] == sorted(both)
        assert {row[ARM], row[SPARC]} <= {"y", "n"}
        assert row["kind"] == data["kinds"][row["symbol"]]


def test_markdown_has_a_row_for_each_symbol(kgen: Run, tree: Path) -> None:
    done = kgen("audit", "--tree", str(tree), "--format", "markdown", "--folder", "hw/net")
    assert done.stdout == (
        "| symbol | kind | folder | arm | sparc |\n"
        "|---|---|---|---|---|\n"
        "| NET\\_CARD | device | hw/net | y | y |\n"
        "| NET\\_CORE | device | hw/net |   |   |\n"
        "| NET\\_FAST | device | hw/net | y |   |\n"
    )


def test_a_target_that_fails_does_not_hide_the_others(kgen: Run, tree: Path) -> None:
    options = ("audit", "--tree", str(tree), "--set", "FAST_BUS=n")
    done = kgen(*options, "-s", "BUS")
    assert done.returncode == 1
    assert done.stdout.splitlines()[1].split() == ["BUS", "bus", "hw/bus", "y"]
    assert "FAST_BUS must be y and must be n in arm-softmmu" in done.stderr
    data = json.loads(kgen(*options, "--format", "json").stdout)
    assert data["symbols"]["BUS"] == [SPARC]
    (failure,) = data["failures"]
    assert failure["targets"] == [ARM]
    assert (failure["rule"], failure["line"]) == ("target-fails", 7)
    assert failure["file"].endswith("hw/arm/Kconfig")
    assert data["configurations"][ARM]["fails"] is True
    assert "fails" in kgen(*options, "--format", "csv").stdout
    alone = kgen(*options, "-t", "arm", "-s", "BUS")
    assert "FAST_BUS must be y and must be n" in alone.stdout
    assert alone.stdout.endswith("1 configuration, all of which fail\n")
    assert alone.stderr == ""
    table = kgen(*options, "-t", "arm", "--format", "markdown")
    assert "| target-fails |" in table.stdout
    assert table.stderr == ""


def test_symbols_of_one_devices_file_are_part_of_the_matrix(kgen: Run, tmp_path: Path) -> None:
    own = "config OURS\n    bool\n    default y\n    select BUS\n"
    tree = small_qemu.write(tmp_path, **{"configs__devices__arm-softmmu__default.mak": own})
    data = json.loads(kgen("audit", "--tree", str(tree), "--format", "json").stdout)
    assert data["symbols"]["OURS"] == [ARM]
    assert data["symbols"]["BUS"] == [ARM, SPARC]


def test_several_configurations_stand_side_by_side(kgen: Run, tree: Path) -> None:
    options = ["audit", "--tree", str(tree), "--compare", "host=none"]
    options += ["--compare", "mode=allnoconfig set=NET_CARD=y", "--format", "json"]
    data = json.loads(kgen(*options, "-t", "arm").stdout)
    second, third = f"{ARM}@host=none", f"{ARM}@mode=allnoconfig+set=NET_CARD=y"
    assert data["targets"] == [ARM, second, third]
    assert data["symbols"]["NET_FAST"] == [ARM]
    assert data["symbols"]["ARM_BOARD"] == [ARM, second]
    # What allnoconfig sets to y without a bus contradicts itself: it is a failure of its own.
    assert [item["targets"] for item in data["failures"]] == [[third]]
    assert data["failures"][0]["message"].endswith(f" in {third}")
    assert data["configurations"][third]["variant"] == "mode=allnoconfig+set=NET_CARD=y"
    for wrong in ("host", "mode=some", "what=1", "set=A", " "):
        assert kgen("audit", "--tree", str(tree), "--compare", wrong).returncode == 2


def _single(tree: Path, target: str, features: set[str]) -> dict[str, bool]:
    loaded = load(Options(str(tree), only=(target,), host=",".join(features) or "none"))
    (outcome,) = loaded.outcomes
    assert not outcome.failed
    return {symbol: outcome.value(symbol) for symbol in outcome.resolution.values}


@pytest.mark.parametrize("host", ["LINUX,SOUND,FDT", "LINUX", "FUZZ,FDT"])
def test_vary_says_what_one_feature_changes(tree: Path, host: str) -> None:
    """Against configuring each of them anew, with and without pairs."""
    options = Options(str(tree), host=host)
    loaded = load(options)
    features = ["FDT", "FUZZ", "LINUX", "SOUND"]
    base = set(host.split(","))
    alone = vary.vary(loaded, "host")
    paired = vary.vary(loaded, "host", pairs=True)
    assert list(alone.features) == features
    for number, outcome in enumerate(loaded.outcomes):
        name = outcome.target.name
        before = _single(tree, name, base)
        for feature in features:
            after = _single(tree, name, base ^ {feature})
            changed = {s for s in before if before[s] != after[s]} - {feature}
            told = {s for s, where in alone.changes.items() if feature in where.get(number, ())}
            assert told == changed
        for one, other in combinations(features, 2):
            after = _single(tree, name, base ^ {one, other})
            changed = {s for s in before if before[s] != after[s]} - {one, other}
            for symbol in changed:
                toggles = paired.changes[symbol][number]
                assert {one, other, f"{one}+{other}"} & set(toggles)
    for symbol, where in paired.changes.items():
        for number, toggles in where.items():
            single = alone.changes.get(symbol, {}).get(number, ())
            assert [toggle for toggle in toggles if "+" not in toggle] == list(single)


def test_vary_on_the_command_line(kgen: Run, tree: Path) -> None:
    options = ("audit", "--tree", str(tree), "--vary", "host", "--host", "LINUX,SOUND")
    done = kgen(*options)
    lines = [line.split() for line in done.stdout.splitlines()]
    assert ["NET_FAST", "device", "LINUX", "1/2", "arm"] in lines
    assert ["BEEPER", "device", "SOUND", "2/2", "all"] in lines
    assert ["ARM_TREE", "board", "FDT", "1/2", "arm"] in lines
    assert lines[-1] == "4 features toggled one at a time: 4 symbols changed".split()
    data = json.loads(kgen(*options, "--format", "json").stdout)["vary"]
    assert data["features"] == ["FDT", "FUZZ", "LINUX", "SOUND"]
    assert data["symbols"]["NET_FAST"] == {ARM: ["LINUX"]}
    rows = list(csv.reader(io.StringIO(kgen(*options, "--format", "csv").stdout)))
    assert ["BEEPER", "device", SPARC, "SOUND"] in rows
    assert kgen("audit", "--vary", "weather").returncode == 2


def test_vary_accelerators_and_a_toggle_that_fails(kgen: Run, tmp_path: Path) -> None:
    """Without TCG the devices file's board cannot be: that is said, and hides nothing."""
    lines = "CONFIG_ARM_BOARD=y\n"
    tree = small_qemu.write(tmp_path, **{"configs__devices__arm-softmmu__default.mak": lines})
    options = ("audit", "--tree", str(tree), "--vary", "accel", "--host-arch", "arm")
    done = kgen(*options, "--format", "json")
    data = json.loads(done.stdout)["vary"]
    assert data["features"] == ["KVM", "TCG"]
    assert data["fails"] == {ARM: ["TCG"]}
    assert data["symbols"] == {"ARM_EMU": {ARM: ["KVM"]}}
    assert "cannot be configured after toggling TCG" in kgen(*options).stderr


def test_an_empty_tree_has_an_empty_matrix(kgen: Run, tmp_path: Path) -> None:
    write_tree(
        tmp_path,
        {"t/Kconfig": "", "d/a.toml": 'architecture = "a"\nendianness = "little"\n'},
    )
    done = kgen("audit", "--tree", "t", "--targets", "d")
    assert (done.returncode, done.stdout) == (0, "0 symbols, 1 configuration\n")
    done = kgen("audit", "--tree", "t", "--targets", "d", "--vary", "host")
    assert done.stdout == "0 features toggled one at a time: 0 symbols changed\n"


def test_output_goes_to_a_file(kgen: Run, tree: Path, tmp_path: Path) -> None:
    shown = kgen("audit", "--tree", str(tree), "--format", "csv").stdout
    done = kgen("audit", "--tree", str(tree), "--format", "csv", "-o", "out/matrix.csv")
    assert (done.returncode, done.stdout) == (0, "")
    assert (tmp_path / "out/matrix.csv").read_text() == shown
    assert kgen("audit", "--tree", str(tree), "-o", "/dev/full/x").returncode == 1
