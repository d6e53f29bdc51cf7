"""What the tests share: where things are, and how kgen is run as a user runs it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
FACTS = ROOT.parent / "shared" / "facts"

# A bug in kgen shows its traceback, which no message has.
os.environ["KGEN_DEBUG"] = "1"

Run = Callable[..., "subprocess.CompletedProcess[str]"]


def run_kgen(
    arguments: Sequence[str], cwd: Path, env: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """`kgen ARGUMENTS` as a process of its own, in a plain environment."""
    plain = {
        key: value
        for key, value in os.environ.items()
        if not key.startswith(("KGEN", "KCONFIG", "CONFIG_", "srctree"))
    }
    plain |= {"PYTHONPATH": str(ROOT), "COLUMNS": "100", "KGEN_DEBUG": "1", **(env or {})}
    return subprocess.run(
        [sys.executable, "-m", "kgen", *arguments],
        cwd=cwd,
        env=plain,
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
    )


@pytest.fixture
def kgen(tmp_path: Path) -> Run:
    """Runs kgen in the test's own folder, or in `cwd`."""

    def run(*arguments: str, cwd: Path = tmp_path, **env: str) -> subprocess.CompletedProcess[str]:
        return run_kgen(arguments, cwd, env)

    return run


def write_tree(folder: Path, files: dict[str, str]) -> Path:
    """Write files (relative names to texts) below a folder, and return it."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder


@pytest.fixture
def facts() -> Path:
    """The folder of facts about real trees; tests that need it are skipped where it is absent."""
    if not FACTS.is_dir():
        pytest.skip("the facts about real QEMU trees are not beside this checkout")
    return FACTS
