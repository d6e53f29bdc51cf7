"""`kgen mak`: the file gives its configuration, each line turns round what it says."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
import small_qemu
from oracle import facts_tree
from running import Run

from kgen.commands.mak.choices import choices
from kgen.commands.mak.text import devices_file
from kgen.commands.savedefconfig.minimal import AIMS
from kgen.commands.savedefconfig.roundtrip import prove, resolved
from kgen.model.configurations import Outcome
from kgen.project.load import Project, load
from kgen.project.options import Options
from kgen.targets.symbol_kinds import kinds

ARM, SPARC = "arm-softmmu", "sparc-softmmu"
_LINE = re.compile(r"(# )?CONFIG_(\w+)=([yn])")


def _check(loaded: Project, outcome: Outcome, every: int = 1) -> int:
    """The file as it stands, and with each commented line put to use, one at a time."""
    tried = 0
    for aim in AIMS:
        found = choices(outcome, aim)
        text = devices_file(found, loaded.mode)
        prove(loaded, outcome, text, aim)
        lines = text.split("\n")
        symbols = {match[2] for line in lines if (match := _LINE.fullmatch(line))}
        parts = {part.symbol: part for part in found.parts}
        listed = {name for name, part in parts.items() if part.active or not part.fixed}
        assert symbols == {name for name in listed if not parts[name].elsewhere}
        for number, line in enumerate(lines):
            match = _LINE.fullmatch(line)
            if match is None:
                continue
            part = parts[match[2]]
            on = "on" if outcome.value(part.symbol) else "off"
            assert f"# {part.symbol}: {part.kind}, {on}, {part.place}" in lines
            if not match[1]:
                assert (match[3] == "y") == outcome.value(part.symbol)
                continue
            assert (match[3] == "y") != outcome.value(part.symbol)
            tried += 1
            if tried % every:
                continue
            turned = "\n".join([*lines[:number], line.removeprefix("# "), *lines[number + 1 :]])
            again = resolved(loaded, outcome, turned, aim)
            assert not again.failed, line
            changed = [
                symbol
                for symbol in again.resolution.values
                if again.value(symbol) != outcome.value(symbol)
            ]
            assert sorted({*part.changes, part.symbol}) == sorted(changed)
    return tried


@pytest.mark.parametrize("target", [ARM, SPARC])
def test_each_line_of_a_small_tree_can_be_turned_round(tmp_path: Path, target: str) -> None:
    loaded = load(Options(str(small_qemu.write(tmp_path)), only=(target,)))
    assert _check(loaded, loaded.outcomes[0]) >= 5


@pytest.mark.parametrize("version", ["5.2", "6.0"])
def test_each_target_of_a_whole_tree(facts: Path, tmp_path: Path, version: str) -> None:
    facts_tree(json.loads((facts / f"qemu-e2k-{version}.json").read_text()), tmp_path)
    loaded = load(Options(str(tmp_path)))
    found = kinds(loaded.model)
    boards = {name for name, kind in found.items() if kind == "board"}
    devices = {name for name, kind in found.items() if kind in ("device", "group")}
    for outcome in loaded.outcomes[::6]:
        assert _check(loaded, outcome, every=40) > 100
        text = devices_file(choices(outcome, "defconfig"), "defconfig")
        named = set(re.findall(r"^#\s+(\w+)(?=:| \()", text, re.M))
        assert boards | devices <= named


def test_the_words_of_a_small_file(kgen: Run, tmp_path: Path) -> None:
    small_qemu.write(tmp_path / "tree")
    done = kgen("mak", "--tree", "tree", "-t", "arm", "--host", "LINUX,FDT")
    assert done.returncode == 0
    for block in (
        "# Boards\n# ======\n\n"
        "# ARM_BOARD: board, on, hw/arm/Kconfig:1\n"
        "#   needs TCG && ARM\n"
        "#   default y\n"
        "#   selects UART FAST_BUS\n"
        "#   needed by ARM_TREE\n"
        "#   cannot be turned off: selected by ARM_TREE\n\n",
        "# ARM_TINY: board, on, hw/arm/Kconfig:9\n"
        "#   needs TCG && ARM\n"
        "#   default y\n"
        "# CONFIG_ARM_TINY=n\n",
        "# BUS_DEVICES: group, on, hw/bus/Kconfig:4\n"
        "#   implied by ARM_BOARD\n"
        "#   =n also changes CRC NET_CARD NET_FAST\n"
        "# CONFIG_BUS_DEVICES=n\n",
        "# Devices of BUS_DEVICES\n# ======================\n\n# -- hw/net --\n\n"
        "# NET_CARD: device, on, hw/net/Kconfig:1\n"
        "#   needs BUS\n"
        "#   default y if BUS_DEVICES\n"
        "#   implied by SUN (off)\n"
        "#   selects CRC\n"
        "# CONFIG_NET_CARD=n\n",
        "# Off, cannot be turned on by a line alone\n# ========================================\n\n"
        "# needs KVM, which is not passed; --accel kvm,tcg --host-arch arm passes it:\n"
        "#     ARM_EMU (device, hw/arm/Kconfig:14)\n"
        "# needs SOUND, which is not passed; --host LINUX,FDT,SOUND passes it:\n"
        "#     BEEPER (device, hw/audio/Kconfig:1)\n",
        "# Boards of other targets\n# =======================\n\n#     SUN (hw/sparc/Kconfig:1)\n",
    ):
        assert block in done.stdout, block
    assert not re.search(r"^CONFIG", done.stdout, re.M)
    sparc = kgen("mak", "--tree", "tree", "-t", "sparc").stdout
    assert re.findall(r"^CONFIG\w+=.", sparc, re.M) == ["CONFIG_SUN=y", "CONFIG_ODD_CARD=y"]
    for_none = kgen("mak", "--tree", "tree", "-t", "sparc", "--for", "allnoconfig").stdout
    assert "CONFIG_NET_CARD=y\n" in for_none


def test_data_and_file(kgen: Run, tmp_path: Path) -> None:
    small_qemu.write(tmp_path / "tree")
    words = ("mak", "--tree", "tree", "-t", "sparc")
    data = json.loads(kgen(*words, "--format", "json", "-o", "sparc.mak").stdout)
    assert data["assignments"] == ["CONFIG_ODD_CARD=y", "CONFIG_SUN=y"]
    assert data["file"] == "sparc.mak"
    by_symbol = {item["symbol"]: item for item in data["choices"]}
    assert by_symbol["SUN"]["kind"] == "board"
    assert by_symbol["NET_CARD"]["needs"] == ["BUS"]
    assert by_symbol["ARM_TINY"]["elsewhere"] is True
    assert by_symbol["NET_FAST"]["fixed"] == "needs FAST_BUS, which is n"
    assert (tmp_path / "sparc.mak").read_text() == kgen(*words).stdout
    # The written file is a devices file like any other.
    same = [
        json.loads(kgen("targets", *words[1:], *more, "--format", "json").stdout)["targets"][0]["y"]
        for more in ((), ("--devices", "sparc.mak"))
    ]
    assert same[0] == same[1]


def test_mistakes(kgen: Run, tmp_path: Path) -> None:
    small_qemu.write(tmp_path / "tree")
    assert kgen("mak", "--tree", "tree").returncode == 2
    failing = kgen("mak", "--tree", "tree", "-t", "arm", "--set", "BUS=n")
    assert (failing.returncode, failing.stdout) == (1, "")
    assert "contradiction: BUS" in failing.stderr
