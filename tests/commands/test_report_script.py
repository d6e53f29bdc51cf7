"""The report's script: files that say what they need of each other, joined into one module."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest
from running import ROOT

from kgen.commands.audit.page import html as report

FOLDER = ROOT / "templates" / "report"
SOURCES = {path.stem: path.read_text(encoding="utf-8") for path in sorted(FOLDER.glob("*.js"))}

each_file = pytest.mark.parametrize("name", report.SCRIPTS)


def imported(name: str) -> dict[str, set[str]]:
    """The names that a file imports, by the file that they are from."""
    lines = re.findall(r'^import \{([^}]*)\} from "\./([\w-]+)\.js";$', SOURCES[name], re.MULTILINE)
    return {file: set(re.findall(r"\w+", names)) for names, file in lines}


def declared(name: str, before: str = "(?:export )?") -> list[str]:
    """The names at the top of a file; before: what their lines begin with."""
    found = re.findall(rf"^{before}function (\w+)", SOURCES[name], re.MULTILINE)
    for line in re.findall(rf"^{before}(?:const|let) ([^(\n]*)", SOURCES[name], re.MULTILINE):
        found += re.findall(r"(?:^|, )(\w+) =", line)  # several may stand in one line
    return found


def used(name: str) -> set[str]:
    """Names that stand for values in a file: no properties, keys, or words of texts in quotes."""
    code = re.sub(r"^import [^;]*;|/\*.*?\*/", " ", SOURCES[name], flags=re.DOTALL | re.MULTILINE)
    code = re.sub(r'//.*|"[^"\n]*"', " ", code).replace("...", " ")
    return set(re.findall(r"(?<![\w.])([A-Za-z_]\w*)(?![\w:])", code))


EXPORTED = {name: set(declared(name, "export ")) for name in SOURCES}


def test_every_file_is_on_the_page_once() -> None:
    assert sorted(report.SCRIPTS) == sorted(SOURCES)
    names = [name for file in SOURCES for name in declared(file)]
    assert len(names) == len(set(names)), "they are one module"


@each_file
def test_a_file_says_what_it_is_and_stays_small(name: str) -> None:
    lines = SOURCES[name].splitlines()
    assert lines[0].startswith("// ")
    assert len(lines) <= 200
    assert max(map(len, lines)) <= 100
    opening = "\n".join(line for line in lines[:3] if line.startswith("// "))
    assert set(re.findall(r"([\w-]+)\.js", opening)) <= set(imported(name)), "it needs these"
    tops = [number for number, line in enumerate(lines) if re.match(r"[a-z]", line)]
    assert all(after - before <= 60 for before, after in pairwise([*tops, len(lines)]))


@each_file
def test_a_file_imports_what_it_uses_of_those_before_it(name: str) -> None:
    """Joined, a file would find the names of all others; what it needs is to be seen in it."""
    imports = imported(name)
    before = report.SCRIPTS[: report.SCRIPTS.index(name)]
    assert set(imports) <= set(before)
    assert SOURCES[name].count("import {") == len(imports)
    for file in SOURCES:
        if file != name:
            assert used(name) & EXPORTED[file] == imports.get(file, set()), file


@each_file
def test_what_a_file_exports_is_used(name: str) -> None:
    assert EXPORTED[name] <= {used for file in SOURCES for used in imported(file).get(name, ())}
