"""QEMU's Kconfig dialect: from text to statements to a model. Reading and writing devices files
(`.mak`). The only module that uses Kconfiglib is here.

Imports `model`, `files`.
"""
