"""kgen: QEMU's device configuration, for every target in one pass."""

__version__ = "0.1.0"
