"""kgen as a process: a command line for every command, and whatever `leave` is given."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

from qemu_scripts import BUILDOPTIONS, MESON_OPTIONS, NEW_CONFIGURE, NEW_MESON
from running import ROOT, write_tree

from kgen.commands.dispatch import NAMES

_MINIKCONF = """\
import sys
open(sys.argv[3], "w").close()
print("CONFIG_OTHER=y")
"""

_TREE = {
    "Kconfig": "source hw/Kconfig\nconfig LINUX\n    bool\nconfig TCG\n    bool\n",
    "hw/Kconfig": "config CARD\n    bool\n    default y\n    depends on BUS\n"
    "config BUS\n    bool\nconfig NIC\n    bool\n    depends on SLOT\nconfig SLOT\n    bool\n",
    "scripts/minikconf.py": _MINIKCONF,
    "configs/targets/arm-softmmu.mak": "TARGET_ARCH=arm\n",
    "configs/devices/arm-softmmu/default.mak": "CONFIG_BUS=y\n",
    "out/default.mak": "CONFIG_BUS=y\n",
    "configure": NEW_CONFIGURE,
    "meson.build": NEW_MESON,
    "meson_options.txt": MESON_OPTIONS,
    "scripts/meson-buildoptions.sh": BUILDOPTIONS,
}

# Each prints something on stdout. Output files go to a folder that the tests do not look at.
LINES: dict[str, tuple[str, ...]] = {
    "generate": ("-o", "out"),
    "why": ("CARD", "-t", "arm"),
    "audit": (),
    "policy": ("--from-config",),
    "devices": (),
    "machines": (),
    "enable": ("NIC", "-t", "arm"),
    "disable": ("CARD", "-t", "arm"),
    "check": ("-t", "lark"),
    "trim": ("--", "qemu-system-lark", "-M", "barn-2024"),
    "lint": (),
    "sweep": ("-n", "64"),
    "sample": ("-n", "2", "-o", "out"),
    "snapshot": ("-o", "out/snapshot.json"),
    "diff": ("tree", "tree"),
    "migrate": ("tree", "tree", "--devices", "tree/configs/devices/arm-softmmu/default.mak"),
    "savedefconfig": ("-t", "arm"),
    "mak": ("-t", "arm"),
    "targets": (),
    "sources": (),
    "host": ("--", "./configure"),
    "verify": ("--random", "1"),
    "init": ("-o", "out/kgen.toml", "--force"),
    "native-file": (),
    "minikconf": ("out/x.mak", "out/x.d", "out/default.mak", "tree/Kconfig", "CONFIG_TCG=y"),
}
assert list(LINES) == [*NAMES, "minikconf"]


# The commands that read C sources, and a tree that has some.
_OF_CODE = ("devices", "machines", "sources", "check", "trim")
_CODE = ROOT / "fixtures" / "cases" / "devices-named"


def write_every_tree(folder: Path) -> Path:
    """A folder with `tree/` and `code/`, on which every line of LINES runs."""
    shutil.copytree(_CODE, folder / "code", dirs_exist_ok=True)
    files = {f"tree/{name}": text for name, text in _TREE.items() if not name.startswith("out/")}
    write_tree(folder, files | {"out/default.mak": _TREE["out/default.mak"]})
    return folder


def words(command: str) -> list[str]:
    """The process that runs a command's line of LINES."""
    takes_tree = command not in ("diff", "migrate", "native-file", "minikconf")
    tree = ("--tree", "code" if command in _OF_CODE else "tree") if takes_tree else ()
    return [sys.executable, "-m", "kgen", command, *tree, *LINES[command]]


def environment(**more: str) -> dict[str, str]:
    """The environment of such a process."""
    plain = {key: value for key, value in os.environ.items() if not key.startswith("KGEN")}
    return plain | {"PYTHONPATH": str(ROOT), "KGEN_CACHE": "off", "KGEN_DEBUG": "1"} | more


def leave(action: str, **more: str) -> subprocess.CompletedProcess[str]:
    """A process that ends with process.leave."""
    code = f"""\
import os, signal, sys
from kgen.files.process import Interrupted, leave
def action():
{"".join(f"    {line}{os.linesep}" for line in action.splitlines())}
leave(action)
"""
    return subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env=environment(**more),
        capture_output=True,
        text=True,
        check=False,
    )


def ended(pid: str, seconds: float = 10) -> bool:
    """Whether a process ends within some time: one that was killed runs on for a moment.

    A zombie has ended: its parent (or, where that is gone, whoever took it over) reads it later.
    """
    stat = Path(f"/proc/{pid.strip()}/stat")
    deadline = time.monotonic() + seconds
    while True:
        try:
            if stat.read_text().rpartition(")")[2].split()[0] == "Z":
                return True
        except OSError:
            return True
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
