"""Folders of cases: inputs, a command, and the whole of what must come out.

`fixtures/cases/NAME` succeeds (or ends with the number in `status`) and `fixtures/invalid/NAME`
fails. `command` is what stands
behind `kgen`; `stdout` and `stderr` are the whole texts (left out: nothing), `out/` holds every
file that must be in the output folder `out`. Set KGEN_UPDATE=1 to write the expectations anew,
and then read the difference.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
from pathlib import Path

import pytest
from running import ROOT, run_kgen

CASES = sorted((ROOT / "fixtures" / "cases").iterdir())
INVALID = sorted((ROOT / "fixtures" / "invalid").iterdir())
EXPECTED = ("stdout", "stderr", "out")


def test_some_cases_were_found() -> None:
    assert len(CASES) >= 8
    assert len(INVALID) >= 25


def _name(folder: Path) -> str:
    return f"{folder.parent.name}-{folder.name}"


@pytest.mark.parametrize("folder", CASES + INVALID, ids=_name)
def test_case(folder: Path, tmp_path: Path) -> None:
    work = tmp_path / "work"
    shutil.copytree(folder, work, ignore=shutil.ignore_patterns(*EXPECTED), symlinks=True)
    command = shlex.split((folder / "command").read_text(encoding="utf-8"))
    done = run_kgen(command, work)
    found = {"stdout": done.stdout, "stderr": done.stderr}
    found |= {
        f"out/{path.relative_to(work / 'out')}": path.read_text(encoding="utf-8")
        for path in sorted((work / "out").rglob("*"))
        if path.is_file()
    }
    if os.environ.get("KGEN_UPDATE"):
        _update(folder, found)
    assert "Traceback" not in done.stderr
    assert _without_clicks_words(found) == _without_clicks_words(_expected(folder))
    if folder in CASES:
        status = folder / "status"
        assert done.returncode == (int(status.read_text()) if status.exists() else 0)
    else:
        usage = done.stderr.startswith("Usage:")
        assert done.returncode == (2 if usage else 1)
        assert not (work / "out").exists(), "a run that fails leaves no output"


def _without_clicks_words(texts: dict[str, str]) -> dict[str, str]:
    """Texts in which what click says of an unknown option is as every version of it says it."""
    pattern = r"^Error: No such option:? '?([\w-]+)'?[ .].*$"
    return {
        name: re.sub(pattern, r"Error: No such option: \1", text, flags=re.M)
        for name, text in texts.items()
    }


def _expected(folder: Path) -> dict[str, str]:
    expected = {"stdout": "", "stderr": ""}
    for name in EXPECTED:
        path = folder / name
        files = [path] if path.is_file() else sorted(path.rglob("*"))
        for file in files:
            if file.is_file():
                expected[str(file.relative_to(folder))] = file.read_text(encoding="utf-8")
    return expected


def _update(folder: Path, found: dict[str, str]) -> None:
    shutil.rmtree(folder / "out", ignore_errors=True)
    for name in ("stdout", "stderr"):
        (folder / name).unlink(missing_ok=True)
    for name, text in found.items():
        if text or name.startswith("out/"):
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(text, encoding="utf-8")
