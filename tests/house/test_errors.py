"""The page of error codes: every code that kgen can give is on it, with an example that is run.

A section of docs/errors.md is `## KG101 ...`. Its blocks are files (the path stands behind the
backticks), a `console` block with the command and all that it prints, and a fix: files again
(`fixed PATH`) or a command (`fixed`), after which kgen succeeds. KGEN_UPDATE=1 writes what the
commands print anew.
"""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from running import ROOT

PAGE = ROOT / "docs" / "errors.md"
SECTIONS = {text[:5]: text for text in re.split(r"^## (?=KG\d)", PAGE.read_text(), flags=re.M)[1:]}
BLOCK = re.compile(r"^```([^\n]*)\n(.*?)^```$", re.S | re.M)


def codes_in_the_source() -> set[str]:
    found = set()
    for path in (ROOT / "kgen").rglob("*.py"):
        found |= set(re.findall(r'"(KG\d{3})"', path.read_text()))
    return found


def test_page_and_source_have_the_same_codes() -> None:
    assert set(SECTIONS) == codes_in_the_source()
    assert len(SECTIONS) >= 25
    assert list(SECTIONS) == sorted(SECTIONS)


def test_every_problem_has_a_code() -> None:
    """Whoever makes a problem says which it is; only errors.py makes them from others."""
    for path in sorted((ROOT / "kgen").rglob("*.py")):
        if path.name in ("errors.py",):
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") in ("Problem", "fail"):
                assert any(word.arg == "code" for word in node.keywords), (path, node.lineno)


@pytest.mark.parametrize("code", SECTIONS)
def test_the_example_fails_with_its_code_and_its_fix_works(code: str, tmp_path: Path) -> None:
    command = expected = fix = preparation = ""
    fixed: dict[str, str] = {}
    for kind, body in BLOCK.findall(SECTIONS[code]):
        if kind == "console":
            command, _, expected = body.removeprefix("$ ").partition("\n")
        elif kind == "fixed":
            fix = body.removeprefix("$ ").strip()
        elif kind.startswith("fixed "):
            fixed[kind.removeprefix("fixed ")] = body
        elif kind == "sh" and command:
            preparation = body
        elif kind == "sh":
            assert _run(body, tmp_path).returncode == 0
        else:
            _write(tmp_path, kind, body)
    done = _run(command, tmp_path)
    if os.environ.get("KGEN_UPDATE") and done.stdout != expected:
        page = PAGE.read_text()
        section = SECTIONS[code]
        old, new = f"$ {command}\n{expected}", f"$ {command}\n{done.stdout}"
        PAGE.write_text(page.replace(section, section.replace(old, new, 1)))
        expected = done.stdout
    assert done.stdout == expected
    assert f"{code} " in done.stdout
    assert done.returncode == 1
    assert fixed or fix, "a way out"
    assert not preparation or _run(preparation, tmp_path).returncode == 0
    for name, body in fixed.items():
        _write(tmp_path, name, body)
    again = _run(fix or command, tmp_path)
    assert again.returncode == 0, again.stdout


def _write(folder: Path, name: str, text: str) -> None:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.is_dir():
        path.rmdir()
    path.write_text(text)


def _run(command: str, folder: Path) -> subprocess.CompletedProcess[str]:
    bin_folder = folder.parent / f"{folder.name}-bin"
    bin_folder.mkdir(exist_ok=True)
    for name, module in (("kgen", "kgen"), ("kgen-minikconf", "kgen.commands.minikconf.command")):
        run = "run()" if module == "kgen.commands.minikconf.command" else ""
        code = f"import {module} as m; m.{run}" if run else ""
        start = f'-c "{code}"' if code else "-m kgen"
        script = bin_folder / name
        script.write_text(f'#!/bin/sh\nexec "{sys.executable}" {start} "$@"\n')
        script.chmod(0o755)
    return subprocess.run(
        ["sh", "-c", command],
        cwd=folder,
        env={
            **os.environ,
            "PATH": f"{bin_folder}{os.pathsep}{os.environ['PATH']}",
            "PYTHONPATH": str(ROOT),
            "KGEN_CACHE": "off",
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
