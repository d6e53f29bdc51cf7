"""The names of kgen's own outputs, and their templates."""

from __future__ import annotations

# A template with a file for each target reads the variables of that target and no others.
OUTPUTS = {
    "mak": "T-config-devices.mak.j2",
    "header": "T-config-devices.h.j2",
    "meson": "meson.build.j2",
    "make": "config-devices.make.j2",
    "json": "config-devices.json.j2",
}

# The outputs of standard Kconfig, which has no templates; those of `DEFAULT` are written without
# `--output`.
STANDARD = ("config", "defconfig", "auto", "header", "rust", "json", "meson", "make")
DEFAULT = tuple(name for name in STANDARD if name != "rust")
ALL = (*OUTPUTS, *(name for name in STANDARD if name not in OUTPUTS))
