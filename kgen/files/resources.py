"""The data files that come with kgen: beside the package in a checkout, otherwise inside it."""

from __future__ import annotations

import os

from kgen.files.read import exists

_PACKAGE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


def _find(*parts: str) -> str:
    """A shipped file or folder: `kgen/data/...` in an installation, `../...` in a checkout."""
    installed = os.path.join(_PACKAGE, "data", *parts)
    if exists(installed):
        return installed
    return os.path.join(os.path.dirname(_PACKAGE), *parts)


def templates() -> str:
    """The folder of the Jinja templates."""
    return _find("templates")


def embedded_tree() -> str:
    """The embedded hw/virtio tree."""
    return _find("fixtures", "virtio")


def embedded_descriptors() -> str:
    """The descriptors of every QEMU system target, for the embedded tree."""
    return os.path.join(embedded_tree(), "targets")


def embedded_sources() -> str:
    """The sources map of the embedded tree."""
    return os.path.join(embedded_tree(), "sources.toml")


def history() -> str:
    """The folder with the data about QEMU's releases."""
    return _find("fixtures", "history")
