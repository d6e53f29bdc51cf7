"""The house keeps its shape: layers, single doors, words, help."""

from __future__ import annotations

import ast
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from click import Context
from click.testing import CliRunner
from conftest import ROOT

from kgen.cli import main

PACKAGE = ROOT / "kgen"
# Without the empty beginnings of packages; commands/__init__.py is none.
FILES = {
    ".".join(path.relative_to(PACKAGE).with_suffix("").parts).removesuffix(".__init__"): path
    for path in sorted(PACKAGE.rglob("*.py"))
    if path != PACKAGE / "__init__.py"
}
MODULES = sorted(FILES.keys() - {"ask", "show"})

# The rows of the table in docs/design.md, from the bottom of the house up.
ROWS = [
    re.findall(r"`([\w.]+)`", row.split("|")[1])
    for row in (ROOT / "docs" / "design.md").read_text().splitlines()
    if row.startswith("| `")
]


def imports(module: str) -> Iterator[str]:
    """Every import of a module, wherever it stands, but for those of type checkers."""
    tree = ast.parse(FILES[module].read_text())
    skipped = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)
        for inner in ast.walk(node)
    }
    for node in ast.walk(tree):
        if id(node) in skipped:
            continue
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            inner = {f"{node.module}.{alias.name}".removeprefix("kgen.") for alias in node.names}
            if inner & FILES.keys():
                yield from (f"kgen.{name}" for name in sorted(inner))
            else:
                yield node.module


def row(module: str) -> int:
    return next(number for number, names in enumerate(ROWS) if module in names)


def test_every_module_has_one_place_in_the_design() -> None:
    named = [module for names in ROWS for module in names]
    assert sorted([*named, "__main__"]) == MODULES


@pytest.mark.parametrize("module", [name for name in MODULES if name != "__main__"])
def test_imports_point_down(module: str) -> None:
    for name in imports(module):
        top, _, inner = name.partition(".")
        if top == "kgen" and inner in MODULES:
            assert row(inner) < row(module), f"{module} imports {inner}"


@pytest.mark.parametrize(
    ("library", "doors"),
    [
        ("kconfiglib", {"kconfig"}),
        ("jinja2", {"render"}),
        ("msgspec", {"comparison", "descriptors", "policy", "sources", "snapshot"}),
        ("click", {"cli", "show.terminal"}),
        ("tomllib", {"descriptors", "policy", "sources"}),
        ("pysat", {"ask.solver"}),
    ],
)
def test_each_library_has_its_doors(library: str, doors: set[str]) -> None:
    users = {m for m in MODULES if library in {name.split(".")[0] for name in imports(m)}}
    assert users == doors


def test_only_files_writes() -> None:
    writes = re.compile(r"O_WRONLY|O_CREAT|\.write_text\(|(?<!fd)open\([^)]*[\"'][wax]b?[\"']")
    writers = {m for m in MODULES if writes.search(FILES[m].read_text())}
    # verify hands devices files to the reference, in a temporary folder of its own.
    assert writers == {"files", "verify"}


def test_every_module_and_public_name_says_what_it_is() -> None:
    for module in MODULES:
        tree = ast.parse(FILES[module].read_text())
        assert ast.get_docstring(tree), module


def test_modules_stay_small() -> None:
    for module in MODULES:
        assert len(FILES[module].read_text().splitlines()) <= 450, module


def test_every_command_has_help_with_an_example() -> None:
    runner = CliRunner()
    assert "Example" in runner.invoke(main, ["--help"]).output
    for name in main.list_commands(Context(main)):
        command = main.get_command(Context(main), name)
        assert command is not None
        help_text = runner.invoke(main, [name, "--help"]).output
        assert re.search(rf"[Ee]xamples?: kgen[- ]{name}", help_text), name
        for parameter in command.params:
            shown = getattr(parameter, "help", "") or getattr(parameter, "type", None)
            assert shown, f"{name} {parameter.name}"


def tracked_texts() -> Iterator[tuple[Path, str]]:
    names = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    ).stdout.split("\n")
    for name in names:
        path = ROOT / name
        if name and path.is_file() and path.name != "LICENSE":
            try:
                yield path, path.read_text(encoding="utf-8")
            except UnicodeDecodeError:
                continue  # the inputs of cases that must not be text


def test_the_project_speaks_of_itself_alone() -> None:
    """No path of one machine, and none of the words that date a text or point outside."""
    # Put together here, so that this file does not hold them itself.
    words = ["/" + "work/", "/" + "root/", "/" + "tmp/", "TO" + "DO", "FIX" + "ME", "X" * 3]
    found = [
        f"{path.relative_to(ROOT)}: {word}"
        for path, text in tracked_texts()
        for word in words
        if re.search(rf"(?<!\w){word}" if word.isalpha() else word, text)
    ]
    assert not found
