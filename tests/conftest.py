"""The fixtures that tests of several packages use."""

from __future__ import annotations

import json
import signal
import subprocess
from pathlib import Path
from typing import Any

import pytest
from running import FACTS, REAL_TREES, Run, run_kgen

# The fixtures that open pages of the report.
pytest_plugins = ("report_pages",)

# A shell starts a command in the background with these ignored, and what a test starts would
# inherit that.
for ignored in (signal.SIGINT, signal.SIGHUP):
    if signal.getsignal(ignored) is signal.SIG_IGN:
        usual = signal.default_int_handler if ignored is signal.SIGINT else signal.SIG_DFL
        signal.signal(ignored, usual)


@pytest.fixture
def kgen(tmp_path: Path) -> Run:
    """Runs kgen in the test's own folder, or in `cwd`."""

    def run(*arguments: str, cwd: Path = tmp_path, **env: str) -> subprocess.CompletedProcess[str]:
        return run_kgen(arguments, cwd, env)

    return run


@pytest.fixture
def facts() -> Path:
    """The folder of facts about real trees; tests that need it are skipped where it is absent."""
    if not FACTS.is_dir():
        pytest.skip("the facts about real QEMU trees are not beside this checkout")
    return FACTS


@pytest.fixture(params=REAL_TREES)
def real_tree(request: pytest.FixtureRequest, facts: Path) -> dict[str, Any]:
    """Each real tree in turn, as data; `oracle.facts_tree` writes it as files."""
    data: dict[str, Any] = json.loads((facts / f"{request.param}.json").read_text())
    return data
