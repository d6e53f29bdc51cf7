"""Small QEMU build folders of each generation, as configure and Meson leave them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from running import write_tree

# The place of the devices files, for each generation.
OLD = "default-configs/devices/{target}.mak"
NEW = "configs/devices/{target}/{name}.mak"


def write_build(
    folder: Path,
    source: Path,
    targets: Mapping[str, tuple[str, ...]],
    *,
    mode: str = "--defconfig",
    devices: str = "default",
    log: bool = True,
    old: bool = False,
    cpu: str = "x86_64",
    printed: dict[str, str] | None = None,
    files: dict[str, str] | None = None,
) -> Path:
    """Write a build folder of a source tree.

    targets: what was passed for each target (`TPM`, `KVM`, ...). old: of QEMU 5.2, with its devices
    files and with the mode in config-host.mak. files: more files, by name.
    """
    made = {
        "config-host.mak": f"all:\nSRC_PATH={source}\nARCH={cpu}\n"
        + (f"CONFIG_MINIKCONF_MODE={mode}\n" if old else ""),
        "config-host.h": "#pragma once\n",
        "meson-info/meson-info.json": json.dumps({"directories": {"source": str(source)}}),
        "meson-info/intro-buildoptions.json": json.dumps(
            [] if old else [{"name": "default_devices", "value": mode == "--defconfig"}]
        ),
    }
    lines = ["Build started at some time", f"Host machine cpu family: {cpu}"]
    for target, passed in targets.items():
        made[f"{target}-config-devices.mak"] = (printed or {}).get(target, "")
        architecture = target.removesuffix("-softmmu").upper()
        made[f"{target}-config-target.h"] = f"#define TARGET_{architecture} 1\n"
        for accelerator in ("KVM", "TCG", "XEN"):
            if accelerator in passed:
                made[f"{target}-config-target.h"] += f"#define CONFIG_{accelerator} 1\n"
        list_ = source / (OLD if old else NEW).format(target=target, name=devices)
        depfile = folder / "meson-private" / f"{target}-config-devices.mak.d"
        made[f"meson-private/{depfile.name}"] = f"{target}-config-devices.mak: {list_}\n"
        words = [f"CONFIG_{symbol}=y" for symbol in (*passed, *(() if old else (architecture,)))]
        lines += [
            f"Running command: python3 {source}/scripts/minikconf.py {mode}"
            f" {target}-config-devices.mak {depfile} {list_} {source}/Kconfig {' '.join(words)}",
            "--- stdout ---",
        ]
    if log:
        made["meson-logs/meson-log.txt"] = "\n".join(lines) + "\n"
    return write_tree(folder, {**made, **(files or {})})
