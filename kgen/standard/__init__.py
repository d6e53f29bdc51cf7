"""Standard Kconfig, the dialect of Linux, U-Boot and NuttX: read, resolved for all lanes, written.

Imports `model`, `files`.
"""
