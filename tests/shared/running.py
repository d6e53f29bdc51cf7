"""What the tests share: where things are, and how kgen is run as a user runs it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

ROOT = Path(__file__).resolve().parent.parent.parent
FACTS = ROOT.parent / "shared" / "facts"
REAL_TREES = ("qemu-e2k-5.2", "qemu-e2k-6.0")  # of the facts: each a file of JSON

# A bug in kgen shows its traceback, which no message has.
os.environ["KGEN_DEBUG"] = "1"
# No test writes to the user's cache; those of the caches name one.
os.environ["KGEN_CACHE"] = "off"

Run = Callable[..., "subprocess.CompletedProcess[str]"]


def read_toml(text: str) -> dict[str, Any]:
    """The content of a TOML text. Raises ValueError."""
    found: dict[str, Any] = tomllib.loads(text)
    return found


def run_kgen(
    arguments: Sequence[str], cwd: Path, env: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """`kgen ARGUMENTS` as a process of its own, in a plain environment."""
    plain = {
        key: value
        for key, value in os.environ.items()
        if not key.startswith(("KGEN", "KCONFIG", "CONFIG_", "srctree"))
    }
    plain |= {"PYTHONPATH": str(ROOT), "COLUMNS": "100", "KGEN_DEBUG": "1"}
    plain |= {"KGEN_CACHE": "off", **(env or {})}
    return subprocess.run(
        [sys.executable, "-m", "kgen", *arguments],
        cwd=cwd,
        env=plain,
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
    )


def write_tree(folder: Path, files: dict[str, str]) -> Path:
    """Write files (relative names to texts) below a folder, and return it."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder
