"""Long chains, deep menus and damaged files end in a result or a problem with a place."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from growth import MOST, growth, seconds
from running import Run, write_tree
from standard_trees import NoShell

from kgen.files.tree import open_tree
from kgen.model.problems import KgenError
from kgen.project.options import Options
from kgen.project.standard import load_standard
from kgen.standard import outputs
from kgen.standard.defconfigs import Defconfigs, assigned
from kgen.standard.model import Model
from kgen.standard.reader import read_model
from kgen.standard.resolver import resolve


def model_of(folder: Path, text: str) -> Model:
    write_tree(folder, {"Kconfig": text})
    return read_model(open_tree(str(folder)), "Kconfig", {}, NoShell())


def config_of(folder: Path, text: str, defconfig: str) -> str:
    """The .config of a tree of one file, with one defconfig."""
    model = model_of(folder, text)
    write_tree(folder, {"x_defconfig": defconfig})
    reader = Defconfigs(open_tree(str(folder)))
    found, _ = assigned(model, [reader.lines(str(folder / "x_defconfig"))])
    return outputs.configs(resolve(model, found), 1)[0]


def entry(number: int, *lines: str) -> str:
    return "\n\t".join((f"config S{number}", f'bool "S{number}"', *lines)) + "\n"


def selects(size: int) -> str:
    return "".join(entry(at, f"select S{at + 1}") for at in range(size)) + entry(size)


def submenus(size: int) -> str:
    return entry(0) + "".join(entry(at, f"depends on S{at - 1}") for at in range(1, size))


@pytest.mark.parametrize("shape", [selects, submenus])
def test_long_chains(tmp_path: Path, shape: object) -> None:
    assert callable(shape)
    config = config_of(tmp_path, shape(20_000), "CONFIG_S0=y\n")
    assert "CONFIG_S0=y\n" in config
    assert ("CONFIG_S20000=y\n" in config) == (shape is selects)
    assert ("# CONFIG_S1 is not set\n" in config) == (shape is submenus)


def test_deep_menus_and_blocks(tmp_path: Path) -> None:
    depth = 3000
    text = 'menu "M"\nif !N\n' * depth + entry(1) + "endif\nendmenu\n" * depth
    config = config_of(tmp_path, text, "CONFIG_S1=y\n")
    assert config.count("# end of M\n") == depth


def test_includes_that_double_end(tmp_path: Path) -> None:
    """Each file includes the next one twice, and none assigns anything."""
    twice = {str(number): f'#include "{number + 1}"\n' * 2 for number in range(40)}
    write_tree(tmp_path, {**twice, "40": ""})
    reader = Defconfigs(open_tree(str(tmp_path)))
    assert not list(reader.lines(str(tmp_path / "0")))
    assert [problem.code for problem in reader.problems] == ["KG112"]


def test_deeper_blocks_are_a_problem(tmp_path: Path) -> None:
    with pytest.raises(KgenError) as error:
        model_of(tmp_path, "if y\n" * 50_000)
    assert error.value.problems[0].code == "KG111"


def test_long_and_deep_expressions(tmp_path: Path) -> None:
    size = 20_000
    long = " && ".join(["!S2 || S1"] * size)
    deep = "(" * size + "!" * size + "S1" + ")" * size
    text = entry(1) + entry(2) + entry(3, f"depends on {long}") + entry(4, f"depends on {deep}")
    config = config_of(tmp_path, text, "CONFIG_S1=y\nCONFIG_S3=y\nCONFIG_S4=y\n")
    assert "CONFIG_S3=y\nCONFIG_S4=y\n" in config


def test_twice_as_many_entries_take_about_twice_the_time(tmp_path: Path) -> None:
    def work(size: int) -> Callable[[], object]:
        parts = [
            entry(at, f"depends on S{at // 2} || S{at // 3}", "default y if S1", "help", "  Help.")
            for at in range(4, size)
        ]
        text = entry(1) + entry(2) + entry(3) + "".join(parts)
        write_tree(tmp_path / str(size), {"Kconfig": text})
        tree = open_tree(str(tmp_path / str(size)))
        return lambda: read_model(tree, "Kconfig", {}, NoShell())

    assert growth(work, 8_000, seconds) < MOST


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("config", "missing or bad symbol name"),
        ('config A\n\tbool "a\n', "unterminated string"),
        ('menu "M"\nconfig A\n\tbool\n', "expected 'endmenu' at end of 'Kconfig'"),
        ("endif\n", "no corresponding 'if'"),
        ("config A\n\tbool\n\tdepends on (A\n", "malformed expression"),
        ("config A\n\tbool\n\tdepends on A)\n", "extra tokens at end of line"),
        ("config A\n\tint\n\tdefault B && C\n", "has to be one symbol or value"),
        ("$(error-if,y,no good)\n", "no good"),
        ("a = $(b)\nb = $(a)\nconfig $(a)\n", "recursively"),
        ("config A\n\tbool\n\tdepends on $(broken\n", "missing end parenthesis"),
        ("config A\n\tint\n\tdefault $(shell)\n", "bad number of arguments"),
        ("\x00\x01", "unknown token"),
        ("config A\n\tbool\n\tvisible if A\n", "only menus have a 'visible if'"),
        ('choice\n\toption env="X"\nendchoice\n', "only symbols have options"),
        ('menu "M"\n\tbool "m"\nendmenu\n', "only symbols and choices have a type"),
        ('comment "C"\n\tprompt "c"\n', "only symbols and choices have a prompt"),
    ],
)
def test_a_mistake_has_its_line(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(KgenError) as error:
        model_of(tmp_path, text)
    (problem,) = error.value.problems
    assert message in problem.message
    assert problem.place is not None
    assert problem.place.line >= 1


def _pipe(path: Path) -> None:
    os.mkfifo(path)


def _circle(path: Path) -> None:
    path.symlink_to(path.name)


def _out(path: Path) -> None:
    (path.parents[2] / "secret").write_text("hash\n")
    path.symlink_to("../../secret")


def _out_to_nothing(path: Path) -> None:
    path.symlink_to("../../nothing")


@pytest.mark.parametrize("word", ["source", "osource"])
@pytest.mark.parametrize(
    ("make", "message"),
    [
        (Path.mkdir, "KG104 cannot read d/Kconfig: is a directory"),
        (_pipe, "KG104 cannot read d/Kconfig: not a regular file"),
        (_circle, "KG104 cannot read d/Kconfig: too many levels of symbolic links"),
        (_out, "KG106 d/Kconfig is outside the tree"),
        (_out_to_nothing, "KG106 d/Kconfig is outside the tree"),
    ],
)
def test_what_is_there_and_is_no_file_of_the_tree_is_named(
    tmp_path: Path, make: Callable[[Path], None], message: str, word: str
) -> None:
    tree = write_tree(tmp_path / "t", {"d/more": "", "configs/a_defconfig": ""})
    make(tree / "d" / "Kconfig")
    with pytest.raises(KgenError) as error:
        model_of(tree, f'{word} "d/Kconfig"\n')
    (problem,) = error.value.problems
    assert f"{problem.code} {problem.message}" == message
    assert problem.place is not None
    assert problem.place.line == 1


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (Path.mkdir, "KG104 cannot read {}: is a directory"),
        (_pipe, "KG104 cannot read {}: not a regular file"),
        (_circle, "KG104 cannot read {}: too many levels of symbolic links"),
        (_out, "KG106 {} is outside the tree"),
    ],
)
def test_so_are_an_include_and_the_first_kconfig_file(
    tmp_path: Path, make: Callable[[Path], None], message: str
) -> None:
    files = {"Kconfig": 'config A\n\tbool "a"\n', "d/more": ""}
    tree = write_tree(tmp_path / "t", {**files, "configs/a_defconfig": '#include "../d/base"\n'})
    make(tree / "d" / "base")
    with pytest.raises(KgenError) as error:
        load_standard(Options(tree=str(tree)))
    (problem,) = error.value.problems
    assert f"{problem.code} {problem.message}" == message.format("d/base")
    make(tree / "d" / "Kconfig")
    with pytest.raises(KgenError) as error:
        load_standard(Options(tree=str(tree), kconfig="d/Kconfig"))
    (problem,) = error.value.problems
    assert f"{problem.code} {problem.message}" == message.format("d/Kconfig")


def test_line_ends_and_text_after_the_value_change_nothing(tmp_path: Path) -> None:
    tree = 'config A\r\n\tbool "a"\r\nconfig B\r\n\tstring "b"\r\n'
    config = config_of(tmp_path, tree, 'CONFIG_A=yes  \r\nCONFIG_B="x\\"y" z\r\n')
    assert config == 'CONFIG_A=y\nCONFIG_B="x\\"y"\n'


def test_words_of_newer_trees(tmp_path: Path) -> None:
    text = """
config ALLOW
	bool "modules"
	modules
config OLD
	bool
	transitional
config A
	tristate "a"
	default y if OLD
config B
	bool "b"
	depends on A if ALLOW
"""
    assert config_of(tmp_path, text, "CONFIG_ALLOW=y\nCONFIG_A=m\nCONFIG_B=y\n") == (
        "CONFIG_ALLOW=y\nCONFIG_A=m\nCONFIG_B=y\n"
    )
    config = config_of(tmp_path, text, "CONFIG_OLD=y\nCONFIG_B=y\n")
    assert config == "# CONFIG_ALLOW is not set\nCONFIG_A=y\nCONFIG_B=y\n"
    config = config_of(tmp_path, text, "CONFIG_ALLOW=y\nCONFIG_B=y\n")
    assert config == "CONFIG_ALLOW=y\n# CONFIG_A is not set\n"


def test_what_older_trees_have_and_their_program_takes(tmp_path: Path, kgen: Run) -> None:
    """A select of n, characters that no word has, help that is not indented, a glob without a file,
    and bytes that are not text where they say nothing."""
    write_tree(tmp_path, {"Kconfig": "", "configs/one_defconfig": ""})
    (tmp_path / "Kconfig").write_bytes(
        b'# caf\xe9\nconfig A\n\tbool "a"\n\tselect n\n};\n'
        b'config B\n\tbool "b"\n\tdepends on A \\\\\n\t\t&& y;\n\thelp\nSays na\xefve\n\n\t  more\n'
        b'comment "C"\n\tdepends on n\n\thelp\n\t  c\n'
        b'source "none/*/Kconfig"\nsource "made/Kconfig"\n'
    )
    (tmp_path / "configs/one_defconfig").write_bytes(b"# \xe9t\xe9\nCONFIG_A=y\n")
    may_miss = ("--may-miss", "made/*")
    done = kgen("generate", "--tree", ".", "-o", "out", "--output", "config", *may_miss)
    assert done.stderr == (
        "warning: types that do not fit: Kconfig:4: A selects n, which is no symbol\n"
    )
    assert (tmp_path / "out/one/.config").read_text() == "CONFIG_A=y\n# CONFIG_B is not set\n"
    done = kgen("verify", "--tree", ".", *may_miss)
    assert done.stdout == "1 target: 0 different\n", done.stderr
    done = kgen("savedefconfig", "--tree", ".", "--write", *may_miss)
    assert "configs/one_defconfig:1:3: error: KG103" in done.stderr
    with (tmp_path / "configs/one_defconfig").open("ab") as stream:
        stream.write(b'CONFIG_C="\xe9"\n')
    done = kgen("generate", "--tree", ".", "-o", "out", *may_miss)
    assert "configs/one_defconfig:3:11: error: KG103" in done.stderr
    with (tmp_path / "Kconfig").open("ab") as stream:
        stream.write(b'config C\n\tstring "c"\n\tdefault "\xe9"\n')
    done = kgen("generate", "--tree", ".", "-o", "out", *may_miss)
    assert "Kconfig:22:11: error: KG103" in done.stderr


@pytest.mark.parametrize(
    "macros",
    [
        "f = $(f,$(1)$(1))\nlast = $(f,aaaa)\n",
        "".join(f"v{at} = $(v{at + 1})$(v{at + 1})\n" for at in range(60)) + "last = $(v0)\n",
    ],
)
def test_macros_that_double_without_end_are_a_problem(tmp_path: Path, macros: str) -> None:
    with pytest.raises(KgenError) as error:
        model_of(tmp_path, f"{macros}config A\n\tdef_bool $(last)\n")
    (problem,) = error.value.problems
    assert problem.code == "KG111"
    assert problem.place is not None
    assert problem.place.line == macros.count("\n") + 2
