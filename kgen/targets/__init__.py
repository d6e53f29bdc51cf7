"""Targets, from the tree's own files or from descriptors; external symbols (host features,
accelerators, architectures); and the kind of each symbol.

Imports `model`, `files`, `kconfig`.
"""
