"""The examples in the documents are run, and print what the documents say."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from oracle import facts_tree
from running import FACTS, ROOT

PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
# Those of errors.md need files of their own: test_errors.py runs them.
WITH_EXAMPLES = [
    page for page in PAGES if "```console" in page.read_text() and page.name != "errors.md"
]


def examples(page: Path) -> Iterator[tuple[str, str]]:
    """Command and expected output of each `$` line in the console blocks of a page."""
    for block in re.findall(r"```console\n(.*?)```", page.read_text(), re.S):
        for part in re.split(r"^\$ ", block, flags=re.M)[1:]:
            command, _, expected = part.partition("\n")
            yield command, expected


def test_there_are_examples() -> None:
    assert sum(1 for page in PAGES for _ in examples(page)) >= 8


@pytest.mark.parametrize("page", WITH_EXAMPLES, ids=lambda page: page.name)
def test_examples_print_what_the_page_says(page: Path, tmp_path: Path) -> None:
    """`qemu` is a tree rendered from facts, so line numbers are not compared there."""
    about_qemu = any("qemu" in command for command, _ in examples(page))
    if about_qemu:
        if not FACTS.is_dir():
            pytest.skip("the facts about real QEMU trees are not beside this checkout")
        facts_tree(json.loads((FACTS / "qemu-e2k-6.0.json").read_text()), tmp_path / "qemu")
    bin_folder = tmp_path / "bin"
    bin_folder.mkdir()
    script = bin_folder / "kgen"
    script.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m kgen "$@"\n')
    script.chmod(0o755)
    path = f"{bin_folder}{os.pathsep}{os.environ['PATH']}"
    env = {**os.environ, "PATH": path, "PYTHONPATH": str(ROOT), "COLUMNS": "100"}
    _inputs(page, tmp_path)
    for command, expected in examples(page):
        done = subprocess.run(
            ["sh", "-c", command],
            cwd=tmp_path,
            env=env,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        found = done.stdout
        if about_qemu:
            found, expected = _without_numbers(found), _without_numbers(expected)
        assert found == expected, command


def _inputs(page: Path, folder: Path) -> None:
    """Files that a page shows with `cat` before it uses them."""
    for command, expected in examples(page):
        match = re.fullmatch(r"cat (\S+\.(?:j2|toml|mak))", command)
        if match and not match[1].startswith("out/"):
            (folder / match[1]).write_text(expected)


def _without_numbers(text: str) -> str:
    """A rendered tree has other lines, and sources every file from its top."""
    lines = [re.sub(r"(Kconfig|\.mak|\.toml)(:\d+)+", r"\1", line) for line in text.splitlines()]
    return "\n".join(line for line in lines if not line.startswith(("  ", "In file included")))


def test_every_linked_file_exists() -> None:
    for page in PAGES:
        for link in re.findall(r"\]\((?!https?:)([^)#]+)", page.read_text()):
            assert (page.parent / link).exists(), f"{page.name}: {link}"


def test_all_options_are_in_the_reference() -> None:
    from kgen.commands.dispatch import NAMES, module_of

    reference = (ROOT / "docs" / "reference.md").read_text()
    for command in NAMES:
        assert f"## kgen {command}" in reference
        for option in module_of(command).OPTIONS:
            for flag in option.flags:
                assert re.search(rf"`{flag}\b", reference), f"{command} {flag}"
