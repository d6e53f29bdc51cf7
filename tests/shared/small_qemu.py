"""A small tree laid out like QEMU's, with something of every kind in it."""

from __future__ import annotations

from pathlib import Path

from running import write_tree

FILES = {
    "VERSION": "9.9.0\n",
    "Kconfig": """\
source Kconfig.host
source accel/Kconfig
source target/Kconfig
source hw/Kconfig
""",
    "Kconfig.host": """\
config LINUX
    bool

config SOUND
    bool

config FDT
    bool

config FUZZ
    bool
    select SPARE_MEM
""",
    "accel/Kconfig": "config TCG\n    bool\n\nconfig KVM\n    bool\n",
    "target/Kconfig": """\
source arm/Kconfig
source sparc/Kconfig

config TARGET_BIG_ENDIAN
    bool
""",
    "target/arm/Kconfig": "config ARM\n    bool\n    select IRQ_CHIP if TCG\n",
    "target/sparc/Kconfig": """\
config SPARC
    bool

config SPARC_OLD_CPUS
    bool
    default y
    depends on SPARC
""",
    "hw/Kconfig": """\
source bus/Kconfig
source net/Kconfig
source audio/Kconfig
source arm/Kconfig
source sparc/Kconfig
source chip/Kconfig
""",
    "hw/bus/Kconfig": """\
config BUS
    bool

config BUS_DEVICES
    bool

config FAST_BUS
    bool
    select BUS

config SPARE_MEM
    bool
""",
    "hw/net/Kconfig": """\
config NET_CARD
    bool
    default y if BUS_DEVICES
    depends on BUS
    select CRC

config NET_FAST
    bool
    default y if BUS_DEVICES
    depends on FAST_BUS && LINUX
    select CRC

config NET_CORE
    bool
    depends on BUS
""",
    "hw/audio/Kconfig": """\
config BEEPER
    bool
    default y
    depends on BUS && SOUND
    select CRC

config ODD_CARD
    bool
    select BUS
""",
    "hw/chip/Kconfig": """\
config CRC
    bool

config IRQ_CHIP
    bool

config UART
    bool
    select FIFO

config FIFO
    bool
""",
    "hw/arm/Kconfig": """\
config ARM_BOARD
    bool
    default y
    depends on TCG && ARM
    imply BUS_DEVICES
    select UART
    select FAST_BUS

config ARM_TINY
    bool
    default y
    depends on TCG && ARM

config ARM_EMU
    bool
    default y
    depends on KVM && ARM

config ARM_TREE
    bool
    default y
    depends on ARM && FDT
    select ARM_BOARD
""",
    "hw/sparc/Kconfig": """\
config SUN
    bool
    imply NET_CARD
    select BUS
    select UART
""",
    "configs/targets/arm-softmmu.mak": "TARGET_ARCH=arm\n",
    "configs/targets/sparc-softmmu.mak": "TARGET_ARCH=sparc\nTARGET_BIG_ENDIAN=y\n",
    "configs/devices/arm-softmmu/default.mak": """\
# Devices of arm

# Uncomment to leave them out:
# CONFIG_BUS_DEVICES=n
# CONFIG_ARM_TINY=n
""",
    "configs/devices/sparc-softmmu/default.mak": """\
include common.mak

# Boards
CONFIG_SUN=y # the only one
CONFIG_NET_CARD=y
""",
    "configs/devices/sparc-softmmu/common.mak": """\
# For all sparcs
CONFIG_ODD_CARD=y
CONFIG_UART=y
""",
}


def write(folder: Path, **more: str) -> Path:
    """Write it, with files added or replaced (`__` in a name stands for `/`)."""
    return write_tree(folder, {**FILES, **{k.replace("__", "/"): v for k, v in more.items()}})
