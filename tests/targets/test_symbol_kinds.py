"""Kinds of symbols: each rule, and the boards of whole trees."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
import small_qemu
from oracle import facts_tree

from kgen.model.clauses import Clause, Entry, Model, model_of
from kgen.model.kinds import KINDS
from kgen.model.places import File, Place
from kgen.project.load import load
from kgen.project.options import Options
from kgen.targets.symbol_kinds import internal_symbols, kinds

EXPECTED = {
    "LINUX": "host",
    "FUZZ": "host",
    "TCG": "external",
    "KVM": "external",
    "ARM": "external",
    "SPARC": "external",
    "TARGET_BIG_ENDIAN": "external",
    "SPARC_OLD_CPUS": "device",  # stands beside an architecture, and is none
    "BUS": "bus",
    "FAST_BUS": "bus",
    "CRC": "bus",  # devices of two folders use it
    "BUS_DEVICES": "group",
    "NET_CARD": "device",
    "NET_FAST": "device",
    "NET_CORE": "device",  # nothing but a user's line brings it
    "BEEPER": "device",
    "ODD_CARD": "device",
    "ARM_BOARD": "board",
    "ARM_TINY": "board",  # brings nothing, needs TCG
    "ARM_EMU": "device",  # brings nothing, needs KVM
    "ARM_TREE": "board",
    "SUN": "board",  # as boards were written before they had a default
    "UART": "internal",
    "FIFO": "internal",
    "IRQ_CHIP": "internal",
    "SPARE_MEM": "internal",
}


def test_each_symbol_of_a_small_tree_has_its_kind(tmp_path: Path) -> None:
    loaded = load(Options(tree=str(small_qemu.write(tmp_path))))
    found = kinds(loaded.model)
    assert {name: found[name] for name in EXPECTED} == EXPECTED
    assert set(found) == {entry.symbol for entry in loaded.model.entries}


@pytest.mark.parametrize("version", ["5.2", "6.0"])
def test_boards_of_a_whole_tree_are_those_that_devices_files_set(
    facts: Path, tmp_path: Path, version: str
) -> None:
    """Up to 8.0 each board is a line of a devices file, and stands in its folder."""
    data = json.loads((facts / f"qemu-e2k-{version}.json").read_text())
    facts_tree(data, tmp_path)
    loaded = load(Options(tree=str(tmp_path)))
    # As data a tree has no target/Kconfig of 5.2's; the folder is what counts there.
    found = kinds(loaded.model)
    files = {entry["symbol"]: entry["file"] for entry in data["entries"]}
    folder = re.compile(r"hw/(\w+)/Kconfig")
    no_boards = {"acpi", "audio", "block", "char", "core", "display", "dma", "i2c", "ide", "input"}
    no_boards |= {"intc", "isa", "mem", "misc", "net", "pci", "rtc", "semihosting", "timer", "usb"}
    lines = {
        symbol
        for target in data["targets"]
        for symbol, value in target["mak"]
        if value == "y" and (match := folder.fullmatch(files[symbol])) and match[1] not in no_boards
    }
    # Two lines set what boards share: a processor's parts, which are no machines.
    assert {name for name, kind in found.items() if kind == "board"} == lines - {
        "ARM_V7M",
        "MIPS_CPS",
    }
    groups = {name for name, kind in found.items() if kind == "group"}
    assert groups == {"PCI_DEVICES", "TEST_DEVICES"}
    for name in ("PCI", "ISA_BUS", "USB", "SCSI", "VIRTIO", "I2C", "SSI", "SD", "CAN_BUS"):
        assert found[name] == "bus", name


GUIDELINES = """
SCSI hw/scsi bus
USB hw/usb bus
AUX_USER hw/display device depends AUX
AUX hw/display bus select I2C
I2C hw/i2c bus
MEGASAS hw/scsi device depends PCI|default if PCI_DEVICES|select SCSI
USB_STORAGE hw/usb device depends USB|default|select SCSI
PCI hw/pci bus
PCI_DEVICES hw/pci group
SUN4M hw/sparc board depends SPARC|default|imply TCX|select ECCMEMCTL|select AUX|select USB
TCX hw/display device
ECCMEMCTL hw/misc internal select ECC
ECC hw/misc internal
SPARC target/sparc external
PC hw/i386 board select PCI
"""


def _model(text: str) -> Model:
    """A model from lines `NAME FOLDER KIND [directive|...]`."""
    entries, clauses = [], []
    for line in text.split("\n"):
        name, _, rest = line.partition(" ")
        if not name:
            continue
        folder, _, rest = rest.partition(" ")
        _, _, directives = rest.partition(" ")
        place = Place(File(f"{folder}/Kconfig"), 1)
        entries.append(Entry(name, place))
        for directive in directives.split("|") if directives else []:
            kind, _, operand = directive.partition(" ")
            if kind == "depends":
                clauses.append(Clause("depends", name, name, False, (operand,), place))
            elif kind == "default":
                condition = (operand.removeprefix("if "),) if operand else None
                clauses.append(Clause("default", name, name, True, condition, place))
            elif kind == "select":
                clauses.append(Clause("select", name, operand, True, None, place))
            else:
                clauses.append(Clause("imply", name, operand, True, None, place))
    return model_of(tuple(entries), tuple(clauses), (), tuple(e.symbol for e in entries), ())


def test_the_examples_of_the_guidelines_have_the_kinds_they_are_examples_of() -> None:
    expected = {line.split()[0]: line.split()[2] for line in GUIDELINES.strip().split("\n")}
    assert kinds(_model(GUIDELINES)) == expected
    assert set(expected.values()) == set(KINDS) - {"host"}


@pytest.mark.parametrize(
    ("name", "directives", "kind"),
    [
        ("SLOT_SUPPORTED", "", "internal"),
        ("HOTPLUG_POSSIBLE", "", "internal"),
        ("HAVE_SLOTS", "", "internal"),
        ("SLOT_SUPPORTED", "depends PCI", "internal"),  # without the name: a device
        ("SLOT", "", "bus"),
        ("SUPPORTED", "", "bus"),
        ("SLOT_SUPPORTED", "default", "device"),
    ],
)
def test_a_flag_is_no_bus_although_one_device_lies_on_it(
    name: str, directives: str, kind: str
) -> None:
    found = kinds(
        _model(
            f"PCI hw/pci bus\n{name} hw/mem any {directives}\n"
            f"CARD hw/mem device depends {name}|default\nVIRT hw/mem x select {name}|default"
        )
    )
    assert found[name] == kind


def test_internal_symbols_and_buses_have_those_that_select_them() -> None:
    model = _model(GUIDELINES)
    assert internal_symbols(model, kinds(model)) == {
        "AUX": ("SUN4M",),
        "ECC": ("ECCMEMCTL",),
        "ECCMEMCTL": ("SUN4M",),
        "I2C": ("AUX",),
        "PCI": ("PC",),
        "SCSI": ("MEGASAS", "USB_STORAGE"),
        "USB": ("SUN4M",),
    }


def test_what_is_passed_from_outside_is_no_element_of_the_tree() -> None:
    model = _model("LINUX top bus\nMYARCH top bus\nDISK hw/x device depends LINUX|default")
    assert kinds(model, {"LINUX": "host", "MYARCH": "architecture"}) == {
        "LINUX": "host",
        "MYARCH": "external",
        "DISK": "device",
    }


def test_an_empty_tree_has_no_kinds() -> None:
    assert kinds(model_of((), (), (), (), ())) == {}
