"""Made-up trees in the shape of QEMU's, of any size; the same arguments give the same files.

Every symbol has a place in one order: host features, architectures, boards, buses, devices,
parts. What a symbol reads stands before it and what it selects stands behind it, so there is no
cycle. Only symbols without a `depends on` are selected or assigned, so nothing contradicts.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from pathlib import Path

HOST = "FDT IVSHMEM LINUX OPENGL PIXMAN SPICE TPM VHOST_KERNEL VHOST_USER VHOST_VDPA VIRTFS X11"
TARGETS = 31
SYMBOLS_A_FILE = 7


def write_made_up(folder: Path, symbols: int = 650) -> None:
    """Write a tree of about so many symbols, with two clauses a symbol, and 31 targets."""
    rng = random.Random(symbols)
    architectures = [f"ARCH{number}" for number in range(TARGETS)]
    counted = symbols - len(HOST.split()) - TARGETS - 1
    boards = _named("BOARD", counted * 20 // 100)
    buses = _named("BUS", counted * 8 // 100)
    devices = _named("DEVICE", counted * 32 // 100)
    parts = _named("PART", counted - len(boards) - len(buses) - len(devices))
    entries = [_board(rng, name, buses, devices, parts) for name in boards]
    entries += [_bus(rng, i, buses, parts) for i in range(len(buses))]
    entries += [_device(rng, name, buses, parts) for name in devices]
    entries += [_part(rng, i, parts) for i in range(len(parts))]
    rng.shuffle(entries)
    files = _kconfig_files(entries)
    files["Kconfig.host"] = _declared([*HOST.split(), "TCG"])
    files["target/Kconfig"] = _declared(architectures)
    files["VERSION"] = "6.0.0\n"
    for number, architecture in enumerate(architectures):
        # A real devices file has a few dozen lines however large the tree is.
        own = boards[number::TARGETS][:40]
        files |= _target_files(rng, architecture.lower(), own)
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def _named(kind: str, count: int) -> list[str]:
    return [f"{kind}_{number}" for number in range(count)]


def _board(
    rng: random.Random, name: str, buses: list[str], devices: list[str], parts: list[str]
) -> str:
    lines = _selects(rng, [*_some(rng, buses, 2), *_some(rng, parts, rng.randint(1, 4))])
    lines += [f"imply {device}" for device in _some(rng, devices, rng.randint(0, 1))]
    return _entry(name, lines)


def _bus(rng: random.Random, number: int, buses: list[str], parts: list[str]) -> str:
    selected = [*_following(rng, buses, number, 1), *_some(rng, parts, 2)]
    return _entry(buses[number], _selects(rng, selected))


def _device(rng: random.Random, name: str, buses: list[str], parts: list[str]) -> str:
    one, other, third = rng.choices(buses, k=3)
    needed = rng.choice((one, one, f"{one} && LINUX", f"({one} || {other}) && !{third}"))
    lines = [f"default y if {one}"] if rng.random() < 0.4 else []
    lines.append(f"depends on {needed}")
    return _entry(name, lines + _selects(rng, _some(rng, parts, rng.randint(0, 1))))


def _part(rng: random.Random, number: int, parts: list[str]) -> str:
    lines = ["default y if LINUX"] if rng.random() < 0.1 else []
    selected = _following(rng, parts, number, rng.randint(0, 2))
    return _entry(parts[number], lines + _selects(rng, selected))


def _some(rng: random.Random, names: Sequence[str], count: int) -> list[str]:
    return rng.sample(names, min(count, len(names)))


def _following(rng: random.Random, names: Sequence[str], number: int, count: int) -> list[str]:
    """Some of the names behind a number, without a copy of them all."""
    places = range(number + 1, len(names))
    return [names[place] for place in rng.sample(places, min(count, len(places)))]


def _selects(rng: random.Random, names: list[str]) -> list[str]:
    return [f"select {name}" + (" if LINUX" if rng.random() < 0.03 else "") for name in names]


def _entry(name: str, lines: Sequence[str] = ()) -> str:
    return "\n    ".join([f"config {name}", "bool", *lines]) + "\n"


def _declared(names: Sequence[str]) -> str:
    return "\n".join(map(_entry, names))


def _kconfig_files(entries: list[str]) -> dict[str, str]:
    """Entries in files below hw/, and the two files that source them."""
    files = {}
    for number, start in enumerate(range(0, len(entries), SYMBOLS_A_FILE)):
        files[f"hw/part{number}/Kconfig"] = "\n".join(entries[start : start + SYMBOLS_A_FILE])
    sources = [f"source {name.removeprefix('hw/')}\n" for name in files]
    files["hw/Kconfig"] = "".join(sources)
    files["Kconfig"] = "source Kconfig.host\nsource target/Kconfig\nsource hw/Kconfig\n"
    return files


def _target_files(rng: random.Random, architecture: str, boards: list[str]) -> dict[str, str]:
    lines = [f"CONFIG_{board}={'n' if rng.random() < 0.1 else 'y'}\n" for board in boards]
    target = f"{architecture}-softmmu"
    return {
        f"configs/targets/{target}.mak": f"TARGET_ARCH={architecture}\n",
        f"configs/devices/{target}/default.mak": f"# {target}\n\n{''.join(lines)}",
    }
