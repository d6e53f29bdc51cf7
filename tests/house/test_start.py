"""What the commands that builds start most import: kgen-minikconf and generate, with a cache."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
import small_qemu
from running import ROOT, write_tree

# With the tree from the cache; the folders' own `__init__` are docstrings.
WARM = set(
    """
    commands.minikconf.cache commands.minikconf.command
    files.atomic files.cache files.process files.read
    kconfig.duplicates kconfig.includes kconfig.lexer kconfig.mak kconfig.parser
    model.clauses model.configurations model.expr model.lanes model.order model.places
    model.problems model.record
    resolve.resolver resolve.task
    targets.undeclared
    """.split()
)
COLD = WARM | {"kconfig.kconfiglib_adapter"}

# Each costs a good part of what the run costs, or brings some that do.
NEVER = set(
    """
    argparse ast asyncio click dataclasses difflib hashlib inspect jinja2 json logging msgspec
    pathlib pickle pysat random rich shutil socket subprocess tempfile tomllib traceback typing
    unittest urllib
    """.split()
)
# These Kconfiglib imports itself.
NEVER_WARM = NEVER | {"kconfiglib", "glob", "fnmatch", "re"}

TREE = {
    "Kconfig": "source hw/Kconfig\nconfig LINUX\n    bool\n",
    "hw/Kconfig": "config NIC\n    bool\n    default y if LINUX\n    depends on PCI\n"
    "config PCI\n    bool\n",
    "default.mak": "include common.mak\n",
    "common.mak": "CONFIG_PCI=y\n",
}
SCRIPT = """
import sys
from kgen.commands.minikconf.command import main
status = main(sys.argv[1:])
print(status, *sys.modules, file=sys.stderr)
"""


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> list[set[str]]:
    """The modules of two runs: the first makes the cache, the second finds it."""
    tree = write_tree(tmp_path_factory.mktemp("tree"), TREE)
    # Without `site`, which imports what happens to be installed.
    path = os.pathsep.join([str(ROOT), *sys.path])
    env = {**os.environ, "PYTHONPATH": path, "KGEN_CACHE": str(tree / "cache")}
    words = ["x.mak", "x.d", "default.mak", "Kconfig", "CONFIG_LINUX=y"]
    found = []
    for _ in range(2):
        done = subprocess.run(
            [sys.executable, "-S", "-c", SCRIPT, *words],
            cwd=tree, env=env, text=True, capture_output=True, check=True,
        )  # fmt: skip
        status, *modules = done.stderr.split()
        assert (status, done.stdout) == ("0", "CONFIG_NIC=y\nCONFIG_PCI=y\n")
        found.append(set(modules))
    return found


def of_kgen(modules: set[str]) -> set[str]:
    """The modules of kgen among these, without the packages that they lie in."""
    own = {name.removeprefix("kgen.") for name in modules if name.startswith("kgen.")}
    return {name for name in own if (ROOT / "kgen" / f"{name.replace('.', '/')}.py").exists()}


def test_a_run_imports_these_modules_of_kgen_and_no_others(runs: list[set[str]]) -> None:
    assert [of_kgen(modules) for modules in runs] == [COLD, WARM]


def test_a_run_imports_nothing_that_is_slow_to_import(runs: list[set[str]]) -> None:
    cold, warm = runs
    assert not cold & NEVER
    assert not warm & NEVER_WARM
    assert "kconfiglib" in cold, "else the second run would not show that it is not needed"


# The commands that builds and people start most. What they may not import costs a tenth of a run or
# more.
SHORT = {
    "generate": ["generate", "-o", "out"],
    "why": ["why", "BUS"],
    "targets": ["targets"],
}
LATE = {"asyncio", "click", "difflib", "jinja2", "json", "msgspec", "pathlib", "pysat", "rich"}
LATE |= {"random", "shutil", "subprocess", "tempfile", "tomllib", "typing"}


# Prints the status and the modules instead of ending the process; the second process just ends.
SHORT_SCRIPT = """
import os, sys
end, first = os._exit, os.getpid()
def told(status):
    if os.getpid() == first:
        print(status, *sys.modules, file=sys.__stderr__, flush=True)
    end(status)
os._exit = told
from kgen.__main__ import run
run()
"""


@pytest.fixture(scope="module")
def short(tmp_path_factory: pytest.TempPathFactory) -> dict[str, set[str]]:
    """The modules of each short command on a checkout, with a plain command line."""
    tree = small_qemu.write(tmp_path_factory.mktemp("tree"))
    env = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), *sys.path])}
    found = {}
    for name, words in SHORT.items():
        done = subprocess.run(
            [sys.executable, "-S", "-c", SHORT_SCRIPT, *words, "--tree", "."],
            cwd=tree, env=env, text=True, capture_output=True, check=True,
        )  # fmt: skip
        status, *modules = done.stderr.splitlines()[-1].split()
        assert status == "0", done.stderr
        found[name] = set(modules)
    return found


@pytest.mark.parametrize("name", sorted(SHORT))
def test_a_short_command_imports_nothing_that_is_slow_to_import(
    name: str, short: dict[str, set[str]]
) -> None:
    """A descriptor or a sources map would need msgspec."""
    assert not short[name] & LATE
    assert "kconfiglib" in short[name]


# All that `kgen generate` imports where it finds that nothing has changed.
REPEATED = set(
    """
    __main__ commands.generate.last_run files.cache files.process files.read
    model.places model.problems model.record
    """.split()
)


def test_a_generate_that_has_nothing_to_do_imports_next_to_nothing(tmp_path: Path) -> None:
    tree = small_qemu.write(tmp_path / "tree")
    path = os.pathsep.join([str(ROOT), *sys.path])
    env = {**os.environ, "PYTHONPATH": path, "KGEN_CACHE": str(tmp_path / "cache")}
    found = []
    for _ in range(2):
        done = subprocess.run(
            [sys.executable, "-S", "-c", SHORT_SCRIPT, "generate", "-o", "out", "--tree", "."],
            cwd=tree, env=env, text=True, capture_output=True, check=True,
        )  # fmt: skip
        found.append(set(done.stderr.split()[1:]))
    assert of_kgen(found[0]) > REPEATED
    assert of_kgen(found[1]) | {"__main__"} == REPEATED
    assert not found[1] & NEVER_WARM


def test_only_what_short_commands_import_does_without_typing(short: dict[str, set[str]]) -> None:
    """`TYPE_CHECKING = False` saves the import of typing; elsewhere typing is there anyway."""
    cheap = {
        ".".join(path.relative_to(ROOT / "kgen").with_suffix("").parts)
        for path in (ROOT / "kgen").rglob("*.py")
        if "\nTYPE_CHECKING = False" in path.read_text(encoding="utf-8")
    }
    # `kgen minikconf` comes through __main__.
    assert cheap <= COLD.union({"__main__"}, *(of_kgen(modules) for modules in short.values()))
