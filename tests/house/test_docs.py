"""The examples in the documents are run, and print what the documents say.

With KGEN_UPDATE=1 the documents are given what the commands print now; read the difference then.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from difflib import SequenceMatcher
from itertools import chain
from pathlib import Path

import pytest
from oracle import facts_tree
from running import FACTS, ROOT

PAGES = [
    *(ROOT / f"{name}.md" for name in ("README", "CONTRIBUTING", "CHANGELOG")),
    *sorted((ROOT / "docs").glob("*.md")),
]
# Those of errors.md need files of their own: test_errors.py runs them.
WITH_EXAMPLES = [
    page for page in PAGES if "```console" in page.read_text() and page.name != "errors.md"
]

BLOCK = re.compile(r"^```console\n.*?^```$", re.S | re.M)
# A command, and what it prints.
EXAMPLE = re.compile(r"^\$ (.*)\n((?:(?!\$ |```).*\n)*)", re.M)
PLACE = re.compile(r"(\S*(?:Kconfig|\.mak|\.toml))((?::\d+)+)")
# Of these a rendered tree has others: it sources every file from its top.
INCLUDED = "In file included"


def examples(page: Path) -> list[tuple[str, str]]:
    """Command and expected output of each `$` line in the console blocks of a page."""
    return EXAMPLE.findall("\n".join(BLOCK.findall(page.read_text())))


def test_there_are_examples() -> None:
    assert sum(len(examples(page)) for page in PAGES) >= 8


@pytest.mark.parametrize("page", WITH_EXAMPLES, ids=lambda page: page.name)
def test_examples_print_what_the_page_says(page: Path, tmp_path: Path) -> None:
    """`qemu` is a tree rendered from facts, so line numbers are not compared there."""
    about_qemu = any("qemu" in command for command, _ in examples(page))
    if about_qemu:
        if not FACTS.is_dir():
            pytest.skip("the facts about real QEMU trees are not beside this checkout")
        facts_tree(json.loads((FACTS / "qemu-e2k-6.0.json").read_text()), tmp_path / "qemu")
    _inputs(page, tmp_path)
    env = _environment(tmp_path)

    def run(example: re.Match[str]) -> str:
        command, expected = example.groups()
        done = subprocess.run(
            ["sh", "-c", command],
            cwd=tmp_path,
            env=env,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        found = _in_words_of(expected, done.stdout) if about_qemu else done.stdout
        if not os.environ.get("KGEN_UPDATE"):
            assert found == expected, command
        return f"$ {command}\n{found}"

    text = page.read_text()
    now = BLOCK.sub(lambda block: EXAMPLE.sub(run, block[0]), text)
    if now != text:
        page.write_text(now)


def _environment(folder: Path) -> dict[str, str]:
    """One in which `kgen` is this checkout's."""
    bin_folder = folder / "bin"
    bin_folder.mkdir()
    script = bin_folder / "kgen"
    script.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m kgen "$@"\n')
    script.chmod(0o755)
    path = f"{bin_folder}{os.pathsep}{os.environ['PATH']}"
    return {**os.environ, "PATH": path, "PYTHONPATH": str(ROOT), "COLUMNS": "100"}


def _inputs(page: Path, folder: Path) -> None:
    """Files that a page shows with `cat` before it uses them."""
    for command, expected in examples(page):
        match = re.fullmatch(r"cat (\S+\.(?:j2|toml|mak))", command)
        if match and not match[1].startswith("out/"):
            (folder / match[1]).write_text(expected)


def _in_words_of(page: str, found: str) -> str:
    """What a command prints on a rendered tree, with the page's places in a real one.

    A line that differs in places alone stays as the page has it. Where as many lines differ as
    are new, each takes over what the page says of the same file.
    """
    old, new = _messages(page), _messages(found)
    before, now = ([PLACE.sub(r"\1", lines[-1]) for lines in text] for text in (old, new))
    result: list[str] = []
    for kind, a, b, c, d in SequenceMatcher(None, before, now, False).get_opcodes():
        if kind == "equal":
            result += chain(*old[a:b])
        elif b - a == d - c:
            result += chain(*map(_with_places_of, old[a:b], new[c:d]))
        else:
            result += chain(*new[c:d])
    return "".join(result)


def _messages(text: str) -> list[list[str]]:
    """The lines, each with those before it that say where its file was included."""
    found: list[list[str]] = [[]]
    for line in text.splitlines(keepends=True):
        found[-1].append(line)
        if not line.startswith(INCLUDED):
            found.append([])
    return [lines for lines in found if lines]


def _with_places_of(old: list[str], new: list[str]) -> list[str]:
    places: dict[str, str] = dict(PLACE.findall("".join(old)))
    line = PLACE.sub(lambda place: place[1] + places.get(place[1], place[2]), new[-1])
    return [*(old if places.keys() & dict(PLACE.findall(new[-1])) else new)[:-1], line]


def test_places_of_the_page_stay() -> None:
    page = """\
In file included from qemu/Kconfig:5:
qemu/hw/Kconfig:7:3: error: A is wrong
        select A
gone
qemu/hw/Kconfig:9: note: B
"""
    found = """\
In file included from qemu/Kconfig:1:
qemu/hw/Kconfig:2:3: error: A is bad
        select A
qemu/hw/Kconfig:3: note: B
qemu/hw/Kconfig:4: note: C
"""
    assert _in_words_of(page, page.replace(":7:", ":70:").replace("Kconfig:5", "Kconfig:6")) == page
    assert (
        _in_words_of(page, found)
        == """\
In file included from qemu/Kconfig:5:
qemu/hw/Kconfig:7:3: error: A is bad
        select A
qemu/hw/Kconfig:9: note: B
qemu/hw/Kconfig:4: note: C
"""
    )


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
