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
from running import ROOT

from kgen.commands.cli import main
from kgen.commands.dispatch import NAMES, module_of
from kgen.project.options import Options

PACKAGE = ROOT / "kgen"
# Every module by its dotted name below kgen; packages are docstrings and have none here.
FILES = {
    ".".join(path.relative_to(PACKAGE).with_suffix("").parts): path
    for path in sorted(PACKAGE.rglob("*.py"))
    if path.name not in ("__init__.py", "__main__.py")
}
PACKAGES = sorted(path for path in PACKAGE.iterdir() if (path / "__init__.py").exists())

# The table of docs/design.md: each package with those that it may import, from the bottom up.
MAY_IMPORT = {
    cells[1].strip("` "): set(re.findall(r"`(\w+)`", cells[3]))
    for line in (ROOT / "docs" / "design.md").read_text().splitlines()
    if line.startswith("| `") and len(cells := line.split("|")) == 5
}

# A command's folder imports another one's only here: to the modules on the right.
SIDEWAYS = {
    "audit": {"devices.named", "diff.read_json"},
    "check": {"lint.rules"},
    "diff": {"snapshot.inputs", "snapshot.snapshot", "snapshot.standard"},
    "disable": {"enable.command", "enable.standard"},
    "enable": {"check.answers", "check.for_other_commands", "check.output", "devices.named"},
    "generate": {"check.for_other_commands"},
    "machines": {"devices.command"},
    "mak": {"savedefconfig.minimal", "savedefconfig.roundtrip"},
    "migrate": {
        "check.answers",
        "check.for_other_commands",
        "check.output",
        "diff.as_json",
        "diff.diff",
        "diff.renames",
        "diff.sides",
        "diff.text",
    },
    "savedefconfig": {"check.for_other_commands", "check.output"},
    "sample": {
        "check.answers",
        "check.for_other_commands",
        "check.output",
        "devices.named",
        "sweep.masks",
        "sweep.random_masks",
        "sweep.scope",
    },
    "trim": {"devices.named", "enable.ways"},
    "why": {"devices.brought", "devices.named"},
}


def imports(path: Path, for_checkers: bool = False) -> Iterator[str]:
    """Every module that a file imports, wherever it says so; of kgen below `kgen.`.

    for_checkers: also what it imports for type checkers alone.
    """
    tree = ast.parse(path.read_text())
    skipped = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)
        for inner in ast.walk(node)
        if not for_checkers
    }
    for node in ast.walk(tree):
        if id(node) in skipped:
            continue
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            inner = {f"{node.module}.{alias.name}".removeprefix("kgen.") for alias in node.names}
            modules = sorted(inner & FILES.keys())
            yield from (f"kgen.{name}" for name in modules)
            if not modules:
                yield node.module


def inner(path: Path, for_checkers: bool = False) -> set[str]:
    """The modules of kgen that a file imports."""
    names = {name.removeprefix("kgen.") for name in imports(path, for_checkers)}
    return names & FILES.keys()


def test_kgen_holds_packages_alone() -> None:
    names = {path.name for path in PACKAGE.iterdir()} - {"__pycache__", "data"}
    assert names == {"__init__.py", "__main__.py", *(path.name for path in PACKAGES)}
    assert len(PACKAGES) <= 12


def test_a_package_has_few_modules() -> None:
    """Commands are folders of their own, however small: a user's word is a folder's name."""
    for package in PACKAGES:
        modules = [path for path in package.glob("*.py") if path.name != "__init__.py"]
        assert 3 <= len(modules) <= 12, package.name
    for folder in (PACKAGE / "commands").iterdir():
        if folder.is_dir() and folder.name != "__pycache__":
            assert (folder / "command.py").exists(), folder.name
            assert len(list(folder.glob("*.py"))) <= 14, folder.name


def test_a_package_is_a_docstring_and_re_exports_nothing() -> None:
    for path in PACKAGE.rglob("__init__.py"):
        statements = ast.parse(path.read_text()).body
        assert ast.get_docstring(ast.parse(path.read_text())), path
        assert len(statements) == 1 or path.parent == PACKAGE, path


def test_every_package_stands_in_the_design() -> None:
    assert sorted(MAY_IMPORT) == [path.name for path in PACKAGES]


def test_a_package_says_what_it_imports() -> None:
    for package, allowed in MAY_IMPORT.items():
        words = ast.get_docstring(ast.parse((PACKAGE / package / "__init__.py").read_text()))
        last = (words or "").splitlines()[-1]
        if package == "commands":
            assert last.endswith("May import every other package.")
        else:
            assert set(re.findall("`(.+?)`", last)) == allowed, package


@pytest.mark.parametrize("package", sorted(MAY_IMPORT))
def test_imports_between_packages_are_those_of_the_design(package: str) -> None:
    used = set()
    for name, path in FILES.items():
        if name.split(".")[0] == package:
            for other in inner(path, for_checkers=True):
                used.add(other.split(".")[0])
    used.discard(package)
    assert used <= MAY_IMPORT[package]
    # And the design names no arrow that is not there.
    assert used >= MAY_IMPORT[package]


def test_no_package_imports_one_that_stands_above_it() -> None:
    order = list(MAY_IMPORT)
    for package, allowed in MAY_IMPORT.items():
        assert all(order.index(other) < order.index(package) for other in allowed), package


# The modules, of those that `kgen generate` can import, that ask the disk something themselves. It
# asks through `files`, which notes what is asked: these questions lead to a message, are about an
# output or the null device, or are of a command line that leaves no record.
ASKING = {
    "commands.generate.last_run", "commands.generate.second_process", "kconfig.includes",
    "project.from_build", "targets.build_folder",
}  # fmt: skip
QUESTIONS = re.compile(
    r"os\.(path\.(isfile|isdir|exists|lexists|islink|realpath|getmtime|getsize|samefile)"
    r"|listdir|scandir|stat|lstat|access|readlink|walk|open)\b"
)


def test_generate_asks_the_disk_through_files() -> None:
    asking = {
        name
        for name, path in FILES.items()
        if (name.split(".")[0] != "commands" or name.count(".") == 1 or ".generate." in name)
        and name.split(".")[0] != "files"
        and QUESTIONS.search(path.read_text())
    }
    assert asking == ASKING


def test_no_cycles_among_modules() -> None:
    following = {name: sorted(inner(path)) for name, path in FILES.items()}
    done: set[str] = set()
    for start in following:
        stack = [(start, iter(following[start]))]
        way = [start]
        while stack:
            name, rest = stack[-1]
            step = next(rest, None)
            if step is None:
                done.add(name)
                stack.pop()
                way.pop()
            elif step not in done:
                assert step not in way, " -> ".join([*way, step])
                way.append(step)
                stack.append((step, iter(following[step])))


def test_commands_import_each_other_only_where_it_is_listed() -> None:
    found: dict[str, set[str]] = {}
    for name, path in FILES.items():
        _, command, *rest = [*name.split("."), "", ""]
        if name.startswith("commands.") and rest[0]:
            for other in inner(path, for_checkers=True):
                parts = other.split(".")
                if parts[0] == "commands" and len(parts) == 3 and parts[1] != command:
                    found.setdefault(command, set()).add(".".join(parts[1:]))
    assert found == SIDEWAYS


def test_no_module_has_a_name_that_says_nothing() -> None:
    for name in FILES:
        assert name.split(".")[-1] not in {"data", "lines", "run", "search", "utils", "helpers"}


@pytest.mark.parametrize(
    ("library", "doors"),
    [
        (
            "kconfiglib",
            {
                "kconfig.kconfiglib_adapter",
                "standard.parser.kconfiglib_parser",
                "standard.parser.every_mistake",
                "standard.parser.expression_parser",
            },
        ),
        ("jinja2", {"formats.jinja"}),
        (
            "msgspec",
            {
                "commands.audit.policy",
                "commands.diff.read_json",
                "commands.snapshot.snapshot",
                "targets.descriptors",
                "targets.sources_map",
            },
        ),
        ("click", {"commands.cli", "commands.completion", "formats.terminal"}),
        ("tomllib", {"files.toml"}),
        ("tomli", {"files.toml"}),
        ("pysat", {"solve.solver"}),
        # Nothing that reads a tree starts a program, unless --allow-shell lets it.
        ("subprocess", {"commands.verify.program", "standard.shell"}),
        ("zlib", {"files.git.objects", "files.git.packs"}),
    ],
)
def test_each_library_has_its_doors(library: str, doors: set[str]) -> None:
    users = {
        name
        for name, path in FILES.items()
        if library in {used.split(".")[0] for used in imports(path)}
    }
    assert users == doors


def test_only_files_writes() -> None:
    writes = re.compile(r"O_WRONLY|O_CREAT|\.write_text\(|(?<!fd)open\([^)]*[\"'][wax]b?[\"']")
    writers = {name for name, path in FILES.items() if writes.search(path.read_text())}
    # verify hands files to the program it compares with, in a temporary folder of its own.
    verify = {"commands.verify.verify", "commands.verify.standard"}
    assert writers == {"files.atomic", "files.journal", "files.special", *verify}


def test_every_module_and_public_name_says_what_it_is() -> None:
    """Methods are told by their class, unless they need more words."""
    for name, path in FILES.items():
        tree = ast.parse(path.read_text())
        assert ast.get_docstring(tree), name
        for node in tree.body:
            if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_"):
                assert ast.get_docstring(node), f"{name}.{node.name}"


def test_modules_stay_small() -> None:
    for name, path in FILES.items():
        assert len(path.read_text().splitlines()) <= 450, name


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


def test_help_shows_each_example_on_a_line_of_its_own() -> None:
    """And no escape as it was written in the source, which is what one backslash too many does."""
    runner = CliRunner()
    for name in ["", *main.list_commands(Context(main))]:
        help_text = runner.invoke(main, [*filter(None, [name]), "--help"]).output
        # At the end of a line it is the shell's own, which goes on there.
        assert not re.search(r"\\(?!\n)", help_text), name
        call = rf"kgen[- ]{name}" if name else r"kgen \w+"
        lines = [line.strip() for line in help_text.splitlines() if re.search(rf"{call} .", line)]
        examples = [line for line in lines if not line.lower().startswith("usage: ")]
        assert examples, name
        for line in examples:
            assert re.fullmatch(rf"(?:[Ee]xamples?: )?{call} .*", line), line
            assert len(re.findall(call, line)) == 1, line
        if name in NAMES:
            assert len(examples) == len(re.findall(f"kgen {name} ", module_of(name).HELP)), name


@pytest.mark.parametrize("command", NAMES)
def test_a_commands_record_holds_what_its_options_give(command: str) -> None:
    """What all commands share is gathered in `options`, and what one of two sides has alone."""
    module = module_of(command)
    given = [option.field for option in module.OPTIONS]
    assert len(set(given)) == len(given)
    held = set(module.Arguments._fields)
    if "options" in held:
        # Where these are taken from is not the command's concern.
        shared = {*Options._fields, "project", "no_project"}
        held = held - {"options"} | (set(given) & shared)
    for side in {"old_alone", "new_alone"} & held:
        alone = {f"{side.removesuffix('alone')}{name}" for name in module.Alone._fields}
        # `kgen migrate` has the same list on both sides.
        held = held - {side} | (alone if command == "diff" else alone & set(given))
    assert held == set(given)


# By name: where a name is known only to some systems. By identity: where equal values would cost
# more than they are worth.
COMPUTED = {"files.process": "signals that not every system has"}
BY_IDENTITY = {"resolve.task": "what a hundred thousand lanes share is one object in all of them"}


def test_nothing_is_looked_up_by_a_computed_name_or_grouped_by_identity() -> None:
    found: dict[str, set[str]] = {"getattr": set(), "id": set()}
    for name, path in FILES.items():
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                fixed = len(node.args) > 1 and isinstance(node.args[1], ast.Constant)
                if node.func.id in found and not fixed:
                    found[node.func.id].add(name)
    assert found == {"getattr": set(COMPUTED), "id": set(BY_IDENTITY)}


# These show what was resolved, or keep it. What they ask of the packages on the right, project
# answers for them.
SHOWING = ("audit", "diff", "snapshot")
BELOW_PROJECT = {"targets", "kconfig", "resolve"}


@pytest.mark.parametrize("command", SHOWING)
def test_commands_that_show_results_ask_the_project_for_them(command: str) -> None:
    used = {
        f"{name} -> {other}"
        for name, path in FILES.items()
        if name.startswith(f"commands.{command}.")
        for other in inner(path, for_checkers=True)
        if other.split(".")[0] in BELOW_PROJECT
    }
    assert used == set()


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


def test_patterns_are_those_of_python_3_10() -> None:
    """Possessive repeats and atomic groups came with 3.11: with 3.10 they are errors."""
    newer = re.compile(r"[*+?}]\+|\(\?>")
    for path in FILES.values():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not (isinstance(node, ast.Call) and ast.unparse(node.func).startswith("re.")):
                continue
            for one in ast.walk(node):
                if isinstance(one, ast.Constant) and isinstance(one.value, str):
                    plain = re.sub(r"\\.|\[\^?\]?[^]]*\]", "x", one.value)
                    assert not newer.search(plain), f"{path}: {one.value}"
