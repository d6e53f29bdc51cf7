"""The modules of a binary: what `configure --enable-modules` puts in shared libraries.

A binary has a table of the modules that it may load. QEMU's build makes it from the configuration
of one target, and links it into all targets of the same architecture: ppc64 has that of ppc. So a
target can lack a device of a module although its configuration has it.
"""

from __future__ import annotations

import os
from collections.abc import Mapping

from kgen.files.read import names_in, read_bytes
from kgen.model.problems import fail, os_reason

# What stands for the target in the name of a module.
_TARGET = "@TARGET_NAME@"

_ELF = b"\x7fELF"


class Modules:
    """Which modules there are.

    named: for each source file the module that it is in. target: without -softmmu. path: of the
    binary. folder: that of the installed modules, "" if it is not given. Raises KgenError for a
    folder that cannot be read.
    """

    def __init__(self, named: Mapping[str, str], target: str, path: str, folder: str) -> None:
        self._named = named
        self._target = target
        self._path = path
        self._table: frozenset[str] | None = None
        self._installed: frozenset[str] | None = None
        if folder:
            try:
                names = names_in(folder)
            except OSError as error:
                reason = os_reason(error)
                hint = "--modules takes the folder with the files *.so"
                raise fail(f"cannot read {folder}: {reason}", hint=hint, code="KG713") from None
            self._installed = frozenset(name.removesuffix(".so") for name in names)

    def of(self, path: str) -> str:
        """The module of a source file; "" if it never is in one."""
        return self._named.get(path, "").replace(_TARGET, self._target)

    def lacking(self, name: str) -> str:
        """Why a module is not there; "" if nothing says so."""
        if self._installed is not None and name not in self._installed:
            return f"the module {name} is not installed"
        known = self._known()
        if known and name not in known:
            return f"the binary does not know the module {name}"
        return ""

    def _known(self) -> frozenset[str]:
        """The modules that the binary names; none if it has no modules, or is a script."""
        if self._table is None:
            try:
                data = read_bytes(self._path) if os.sep in self._path else b""
            except OSError:
                data = b""
            names = {self.of(path) for path in self._named} if data.startswith(_ELF) else ()
            self._table = frozenset(one for one in names if b"\0%s\0" % one.encode() in data)
        return self._table
