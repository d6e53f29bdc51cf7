"""QEMU's Kconfig language: text to statements to a model, and devices files (`.mak`), read and
written. The one adapter to Kconfiglib is here.

Imports `model`, `files`.
"""
