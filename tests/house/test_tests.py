"""The tests keep their shape: a folder for each package, and every test shows something."""

from __future__ import annotations

import ast
from collections import Counter
from pathlib import Path

import pytest
from running import ROOT

TESTS = ROOT / "tests"
FILES = sorted(TESTS.rglob("*.py"))
TEST_FILES = [path for path in FILES if path.name.startswith("test_")]
PACKAGES = {path.parent.name for path in (ROOT / "kgen").glob("*/__init__.py")}
LONGEST = 60

Function = ast.FunctionDef


def functions(path: Path) -> dict[str, Function]:
    """The functions of a file by name, methods and inner ones among them."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return {node.name: node for node in ast.walk(tree) if isinstance(node, Function)}


def called(function: Function) -> set[str]:
    """The last names of what a function calls."""
    found = set()
    for node in ast.walk(function):
        if isinstance(node, ast.Call):
            found.add(ast.unparse(node.func).split(".")[-1])
    return found


def asserting(every: dict[str, Function]) -> set[str]:
    """The functions that assert, or call one that does."""
    found = {
        name
        for name, function in every.items()
        if any(isinstance(node, ast.Assert) for node in ast.walk(function))
        or "raises" in called(function)
    }
    while more := {n for n, f in every.items() if n not in found and called(f) & found}:
        found |= more
    return found


def test_a_folder_is_a_package_or_says_what_else_it_is() -> None:
    folders = {path.relative_to(TESTS).parts[0] for path in FILES if path.parent != TESTS}
    assert folders == PACKAGES | {"house", "shared", "programs"}
    assert [path.name for path in TESTS.glob("*.py")] == ["conftest.py"]
    assert all(len(path.relative_to(TESTS).parts) <= 2 for path in FILES)
    for path in TEST_FILES:
        assert path.parent.name not in ("shared", "programs"), path.name


def test_no_two_files_have_one_name() -> None:
    """They are no packages: the second would be taken for the first."""
    assert [name for name, count in Counter(path.name for path in FILES).items() if count > 1] == []


def test_what_is_shared_is_imported_from_where_it_is() -> None:
    for path in FILES:
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and node.module:
                assert node.module != "conftest", path.name
                assert not node.module.startswith("test_"), path.name


@pytest.mark.parametrize("path", TEST_FILES, ids=lambda path: path.name)
def test_every_test_asserts_something_and_a_long_one_says_why(path: Path) -> None:
    shared = [*(TESTS / "shared").glob("*.py"), TESTS / "conftest.py"]
    every = {name: item for file in [*shared, path] for name, item in functions(file).items()}
    shows = asserting(every)
    for name, function in functions(path).items():
        if name.startswith("test_"):
            assert name in shows, f"{path.name}: {name} asserts nothing"
            last = function.end_lineno or 0
            short = last - function.lineno < LONGEST
            assert short or ast.get_docstring(function), f"{path.name}: {name} is long"
