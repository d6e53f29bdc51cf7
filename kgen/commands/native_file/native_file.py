"""A Meson native file that makes an unpatched QEMU use kgen as its `minikconf.py`.

`find_program('scripts/minikconf.py')` searches the `[binaries]` sections of the machine files
before the source tree, so an entry of that name is enough.
"""

from __future__ import annotations

import os
import re
import sys

from kgen.files.read import read_input
from kgen.model.places import File, Place
from kgen.model.problems import KgenError, Problem

KEY = "scripts/minikconf.py"


def command() -> list[str]:
    """The command line of this installation's kgen-minikconf, with absolute paths."""
    script = os.path.join(os.path.dirname(os.path.abspath(sys.executable)), "kgen-minikconf")
    if os.path.isfile(script):
        return [script]
    return [os.path.abspath(sys.executable), "-m", "kgen", "minikconf"]


def native_file() -> str:
    """The text of a new native file."""
    return f"# Made by kgen. Use: meson setup --native-file THIS_FILE ...\n[binaries]\n{_entry()}\n"


def added_to(path: str) -> str:
    """The text of an existing machine file, with the entry added to its `[binaries]`.

    An existing entry is replaced. Raises KgenError if the file cannot be read or has two such
    sections.
    """
    text = read_input(path, path)
    lines = [line for line in text.splitlines() if not line.startswith(KEY)]
    heads = [number for number, line in enumerate(lines) if re.match(r"\s*\[binaries\]", line)]
    if len(heads) > 1:
        place = Place(File(path, outside=True, text=text), heads[1] + 1, 1)
        raise KgenError(
            Problem("second [binaries] section, which Meson does not accept", place, code="KG604")
        )
    if heads:
        lines.insert(heads[0] + 1, _entry())
    else:
        lines += ["[binaries]", _entry()]
    return "\n".join(lines) + "\n"


def _entry() -> str:
    words = [word.replace("\\", "\\\\").replace("'", "\\'") for word in command()]
    quoted = ", ".join(f"'{word}'" for word in words)
    return f"{KEY} = [{quoted}]"
