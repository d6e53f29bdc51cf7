"""A project that calls `scripts/minikconf.py` as QEMU's build does."""

from __future__ import annotations

import sys
from pathlib import Path

from running import ROOT, write_tree

MESON_BUILD = """\
project('emulators')
keyval = import('keyval')
minikconf = find_program('scripts/minikconf.py')
message('PROGRAM ' + minikconf.full_path())
foreach target : ['arm-softmmu', 'sparc-softmmu']
  config_devices_mak = target + '-config-devices.mak'
  config_devices_mak = configure_file(
    input: ['configs/devices' / target / 'default.mak', 'Kconfig'],
    output: config_devices_mak,
    depfile: config_devices_mak + '.d',
    capture: true,
    command: [minikconf,
              '--defconfig',
              config_devices_mak, '@DEPFILE@', '@INPUT@',
              ['CONFIG_LINUX=y'], ['CONFIG_TCG=y']])
  config_devices = keyval.load(config_devices_mak)
  foreach k, v : config_devices
    message('CONFIG ' + target + ' ' + k + ' ' + v)
  endforeach
endforeach
"""

# Stands in for the reference, with its arguments: the tests' own second resolver.
PROGRAM = f"""\
#!{sys.executable}
import sys
sys.path.insert(0, {str(ROOT / "tests" / "shared")!r})
from pathlib import Path
from oracle import solve
mode, output, depfile, *rest = sys.argv[1:]
inputs = [Path(word) for word in rest if not word.startswith("CONFIG_")]
outside = [(w[7:-2], w.endswith("=y")) for w in rest if w.startswith("CONFIG_")]
result = solve(inputs, outside, mode[2:])
sys.stdout.write(result.printed())
Path(depfile).write_text("".join(f"{{output}}: {{name}}\\n" for name in result.files))
"""

TREE = {
    "meson.build": MESON_BUILD,
    "scripts/minikconf.py": PROGRAM,
    "Kconfig": "source hw/Kconfig\nconfig LINUX\n    bool\nconfig TCG\n    bool\n",
    "hw/Kconfig": "config NIC\n    bool\n    default y if LINUX\n    depends on PCI\n"
    "config PCI\n    bool\nconfig BOARD\n    bool\n",
    "configs/devices/common.mak": "CONFIG_PCI=y\n",
    "configs/devices/arm-softmmu/default.mak": "include ../common.mak\n",
    "configs/devices/sparc-softmmu/default.mak": "CONFIG_BOARD=y\n",
}


def write(folder: Path) -> Path:
    """Write it, with a program that can be run."""
    write_tree(folder, TREE)
    (folder / "scripts" / "minikconf.py").chmod(0o755)
    return folder
