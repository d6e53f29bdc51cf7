"""What a target is and who sets what: the tree's own targets or descriptors, the host, the
accelerators, and what kind of thing each symbol is.

Imports `model`, `files`, `kconfig`.
"""
