"""What a result depends on: the tree and the options, and nothing of the machine."""

from __future__ import annotations

import gc
import json
from pathlib import Path

import pytest
from running import Run, write_tree

from kgen.files.tree import open_tree
from kgen.standard.reader import read_model
from kgen.standard.shell import Shell
from kgen.standard.targets import top_of

TREE = {
    "Kconfig": """
config HOST
	string
	default "$(LOOKED_UP) ${LOOKED_UP} $UNAME_RELEASE"

config FOUND
	def_bool $(shell,test -n "$TESTED" && echo n || echo y)

source "parts/*.part"
""",
    "parts/a.part": 'config A\n\tbool "a"\n',
    "configs/one_defconfig": "CONFIG_A=y\n",
    "configs/two_defconfig": "# CONFIG_A is not set\nCONFIG_FOUND=y\n",
}


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    return write_tree(tmp_path, TREE)


def test_variables_are_those_of_the_options(tree: Path, kgen: Run) -> None:
    words = ("generate", "--tree", ".", "-o", "out", "--output", "config", "--allow-shell")
    around = {"LOOKED_UP": "of the shell", "UNAME_RELEASE": "9", "TESTED": "1"}
    done = kgen(*words, **around)
    assert done.returncode == 0, done.stderr
    config = (tree / "out" / "one" / ".config").read_text()
    assert config == 'CONFIG_HOST=" ${LOOKED_UP} $UNAME_RELEASE"\nCONFIG_FOUND=y\nCONFIG_A=y\n'
    done = kgen(*words, "--env", "LOOKED_UP=given", "--env", "TESTED=1", **around)
    assert done.returncode == 0, done.stderr
    config = (tree / "out" / "one" / ".config").read_text()
    assert config.startswith('CONFIG_HOST="given given $UNAME_RELEASE"\n')
    assert "FOUND=y" not in config


def test_no_command_runs_without_leave(tree: Path, kgen: Run) -> None:
    (tree / "Kconfig").write_text("config A\n\tdef_bool $(shell,touch ran && echo y)\n")
    (tree / "kgen.toml").write_text('tree = "."\nallow-shell = true\n')
    done = kgen("generate", "-o", "out", "--no-project", "--tree", ".")
    assert "KG113" in done.stderr
    done = kgen("generate", "-o", "out")
    assert "KG416" in done.stderr, "a file that was found cannot allow it"
    assert not (tree / "ran").exists()
    answers = tree / "answers.json"
    answers.write_text(json.dumps({"touch ran && echo y": "y"}))
    words = ("generate", "-o", "out", "--no-project", "--tree", ".", "--shell-answers")
    assert kgen(*words, "answers.json").returncode == 0
    assert not (tree / "ran").exists()
    answers.write_text('{"touch": 1')
    assert "answers.json:1:1: error: KG113" in kgen(*words, "answers.json").stderr
    words = ("generate", "-o", "out", "--project", "kgen.toml", "--record-shell", "new.json")
    assert kgen(*words).returncode == 0
    assert (tree / "ran").exists()
    assert json.loads((tree / "new.json").read_text()) == {"touch ran && echo y": "y"}


def test_a_command_runs_once_for_all_targets(tree: Path, kgen: Run) -> None:
    """With the variables that they share: a file of answers has one for each command, too."""
    command = 'echo x >> ran; echo "$CC-$ARCH"'
    (tree / "Kconfig").write_text(f"config A\n\tstring\n\tdefault $(shell,{command})\n")
    for number in range(45):  # more than are read in one process
        write_tree(tree, {f"arch/a{number}/configs/b{number}_defconfig": ""})
    (tree / "configs/one_defconfig").unlink()
    (tree / "configs/two_defconfig").unlink()
    words = ("generate", "--tree", ".", "-o", "out", "--output", "json", "--env", "CC=gcc")
    done = kgen(*words, "--allow-shell")
    assert done.returncode == 0, done.stderr
    assert (tree / "ran").read_text() == "x\n"
    found = json.loads((tree / "out/config.json").read_text())
    assert len(found) == 45
    assert {one["CONFIG_A"] for one in found.values()} == {"gcc-"}


def test_a_warning_of_several_environments_is_one(tree: Path, kgen: Run) -> None:
    (tree / "Kconfig").write_text("config A\n\tbool\n")
    for number in range(3):
        name = f"arch/a{number}/configs/b_defconfig"
        write_tree(tree, {name: f"CONFIG_NONE=y\nCONFIG_OF_{number}=y\n"})
    done = kgen("generate", "--tree", ".", "-o", "out", "--configs", "arch/{ARCH}/configs/*")
    message = "no Kconfig file defines what defconfigs assign: NONE, OF_0, OF_1, OF_2"
    assert done.stderr == f"warning: {message}\n"


def test_a_model_is_kept_while_its_tree_is_the_same(tree: Path, kgen: Run) -> None:
    cache = tree / "cache"
    words = ("generate", "--tree", ".", "-o", "out", "--output", "config", "--allow-shell")

    def config() -> str:
        done = kgen(*words, KGEN_CACHE=str(cache))
        assert done.returncode == 0, done.stderr
        return (tree / "out" / "one" / ".config").read_text()

    first = config()
    (kept,) = cache.glob("*.standard")
    before = kept.stat().st_ino
    assert config() == first
    assert kept.stat().st_ino == before
    (tree / "parts" / "b.part").write_text('config B\n\tbool "b"\n\tdefault y\n')
    assert config() == f"{first}CONFIG_B=y\n"
    (tree / "parts" / "a.part").write_text('config A\n\tint "a"\n')
    assert "CONFIG_A=\n" in config()
    kept.write_text(kept.read_text().replace("CONFIG_", "CONFIG_X"))
    assert "CONFIG_A=\n" in config(), "a damaged file is not used"


def test_all_defconfigs_are_made_minimal_in_place(tmp_path: Path, kgen: Run) -> None:
    files = {
        "Kconfig": 'config A\n\tbool "a"\n\tdefault y\nconfig B\n\tstring "b"\n',
        "configs/one_defconfig": '# Mine.\nCONFIG_A=y\n# between\nCONFIG_B="x"\n',
        "configs/two_defconfig": '#include "one_defconfig"\nCONFIG_A=y\n',
        "configs/three_defconfig": "# CONFIG_A is not set\n",
    }
    tree = write_tree(tmp_path, files)
    words = ("savedefconfig", "--tree", ".")
    done = kgen(*words, "--check")
    assert done.returncode == 1
    assert done.stdout.endswith("2 defconfigs: 1 not minimal\n")
    assert "configs/two_defconfig" in done.stderr
    assert kgen(*words, "--write").stdout == "2 defconfigs: 1 written, 1 unchanged\n"
    texts = {name: (tree / name).read_text() for name in files}
    assert texts == {**files, "configs/one_defconfig": '# Mine.\nCONFIG_B="x"\n'}
    assert kgen(*words, "--check").returncode == 0
    assert kgen(*words, "-t", "three").stdout == "# CONFIG_A is not set\n"
    assert kgen(*words).returncode == 2


def test_a_file_that_several_targets_read_is_minimal_where_all_keep_their_values(
    tmp_path: Path, kgen: Run
) -> None:
    files = {
        "Kconfig": 'config SMALL\n\tbool "s"\nconfig NET\n\tbool "n"\n\tdefault y if !SMALL\n',
        "configs/net_defconfig": "CONFIG_NET=y\n",
        "configs/small_defconfig": '#include "net_defconfig"\nCONFIG_SMALL=y\n',
        "configs/plain_defconfig": "# CONFIG_SMALL is not set\n",
        "configs/same_defconfig": '#include "plain_defconfig"\n',
        "more/linked_defconfig": "CONFIG_NET=y\n",
    }
    tree = write_tree(tmp_path, files)
    for name in ("a", "b"):
        (tree / "configs" / f"{name}_defconfig").symlink_to("../more/linked_defconfig")
    generate = ("generate", "--tree", ".", "--output", "json", "-o")
    assert kgen(*generate, "before").returncode == 0
    words = ("savedefconfig", "--tree", ".")
    done = kgen(*words, "--check")
    assert done.stdout.endswith("3 defconfigs: 2 not minimal\n")
    assert "1 defconfig left alone, because of other targets" in done.stderr
    assert "configs/net_defconfig" in done.stderr
    done = kgen(*words, "--write")
    assert done.stdout == "3 defconfigs: 2 written, 1 unchanged\n", done.stderr
    texts = {name: (tree / name).read_text() for name in files}
    assert texts == {**files, "configs/plain_defconfig": "", "more/linked_defconfig": ""}
    assert (tree / "configs" / "a_defconfig").is_symlink()
    assert kgen(*generate, "after").returncode == 0
    before, after = ((tree / at / "config.json").read_text() for at in ("before", "after"))
    assert before == after
    assert kgen(*words, "--check").returncode == 0


def test_a_link_gives_targets_of_other_variables_a_file_that_is_minimal_for_one(
    tmp_path: Path, kgen: Run
) -> None:
    files = {
        "Kconfig": 'config NET\n\tbool "n"\n\tdefault y if "$(ARCH)" = "arm"\n',
        "arch/arm/configs/x_defconfig": "CONFIG_NET=y\n",
        "arch/mips/configs/y_defconfig": "",
    }
    tree = write_tree(tmp_path, files)
    (tree / "arch/mips/configs/x_defconfig").symlink_to("../../arm/configs/x_defconfig")
    done = kgen("savedefconfig", "--tree", ".", "--write", "--format", "json")
    assert done.returncode == 0, done.stderr
    assert (tree / "arch/arm/configs/x_defconfig").read_text() == "CONFIG_NET=y\n"


def test_strings_are_written_as_the_trees_own_program_writes_them(
    tmp_path: Path, kgen: Run
) -> None:
    files = {
        "Kconfig": 'config A\n\tstring "a"\n',
        "configs/one_defconfig": 'CONFIG_A="new\\nline"\n',
    }
    tree = write_tree(tmp_path, files)
    words = ("savedefconfig", "--tree", ".", "-t", "one")
    assert kgen(*words).stdout == 'CONFIG_A="newnline"\n'
    write_tree(tree, {"scripts/kconfig/confdata.c": "int conf_set_sym_val;\n"})
    assert kgen(*words).stdout == files["configs/one_defconfig"]


def test_some_lines_can_be_kept_and_all_be_sorted(tmp_path: Path, kgen: Run) -> None:
    files = {
        "Kconfig": """
config CHIP_B
	def_bool y
config CHIP_A
	string
	default "a"
config CHIP_C
	bool "c"
config NET
	bool "net"
config DISK
	bool "disk"
	default y
""",
        "configs/one_defconfig": "CONFIG_NET=y\n# CONFIG_DISK is not set\n",
    }
    tree = write_tree(tmp_path, files)
    words = ("savedefconfig", "--tree", ".", "--sorted", "--keep", "CHIP*")
    assert kgen(*words, "--write").returncode == 0
    assert (tree / "configs" / "one_defconfig").read_text() == (
        '# CONFIG_DISK is not set\nCONFIG_CHIP_A="a"\nCONFIG_CHIP_B=y\nCONFIG_NET=y\n'
    )
    assert kgen(*words, "--check").returncode == 0
    done = kgen(*words, "--keep", "CHIPS*")
    assert "KG704" in done.stderr


def test_a_value_that_a_transitional_symbol_gave_is_in_the_minimal_defconfig(
    tmp_path: Path, kgen: Run
) -> None:
    files = {
        "Kconfig": """
config OLD
	bool
	transitional
config NEW
	bool "new name"
	default OLD
config OLD_SIZE
	int
	transitional
config SIZE
	int "size"
	default OLD_SIZE if OLD
	default 7
choice
	prompt "kind"
config RED
	bool "red"
config BLUE
	bool "blue"
endchoice
""",
        "configs/before_defconfig": "CONFIG_OLD=y\nCONFIG_OLD_SIZE=3\nCONFIG_BLUE=y\n",
        "configs/none_defconfig": "",
    }
    tree = write_tree(tmp_path, files)
    words = ("savedefconfig", "--tree", ".")
    wanted = "CONFIG_NEW=y\nCONFIG_SIZE=3\nCONFIG_BLUE=y\n"
    assert kgen(*words, "-t", "before").stdout == wanted
    done = kgen(*words, "--write")
    assert done.returncode == 0, done.stderr
    assert (tree / "configs/before_defconfig").read_text() == wanted
    assert kgen(*words, "--check").returncode == 0


def test_types_that_do_not_fit_are_named(tmp_path: Path, kgen: Run) -> None:
    files = {
        "Kconfig": """config A
	bool "a"
	default 1
	select N
config N
	int "n"
	default y
	range 1 2
config S
	string "s"
	default SOMEWHERE_ELSE
config H
	hex "h"
	default 0x1F if A
	default 12zz
config NONE
	prompt "none"
config B
	bool
	default NOT_OF_THIS_ARCHITECTURE
""",
        "configs/one_defconfig": "",
    }
    write_tree(tmp_path, files)
    done = kgen("generate", "--tree", ".", "-o", "out")
    assert done.returncode == 0
    assert done.stderr == (
        "warning: types that do not fit: Kconfig:3: the default of A is not of type bool, "
        "Kconfig:4: A selects or implies N, which is int, "
        "Kconfig:7: the default of N is not of type int, "
        "Kconfig:15: the default of H is not of type hex, Kconfig:16: NONE has no type\n"
    )


def test_no_node_outlives_the_reading(tree: Path) -> None:
    (tree / "Kconfig").write_text(
        "menu M\nif D\nconfig A\n\tbool\n\tselect B\nconfig F\n\tint\n\trange 1 E\n"
        "config E\n\tint\nendif\nendmenu\nchoice\nconfig C\n\tbool c\nconfig D\n\tbool d\n"
        '\tdepends on C\nendchoice\ncomment "end"\nconfig B\n\tbool b\n\tdefault E\n'
    )
    gc.collect()
    gc.disable()
    try:
        read_model(open_tree(str(tree)), "Kconfig", {}, Shell({}, False, str(tree), {}))
        found = [one for one in gc.get_objects() if type(one).__module__ in _READERS]
    finally:
        gc.enable()
    assert not [one for one in found if not isinstance(one, type)]


_READERS = ("kconfiglib", "kgen.standard.parser.kconfiglib_parser")


def test_a_folder_with_the_name_of_a_first_file_hides_no_other_one(tmp_path: Path) -> None:
    files = {"Kconfig/more": "", "Config.in": "config A\n\tbool\n", "configs/a_defconfig": ""}
    tree = write_tree(tmp_path / "t", files)
    assert top_of(open_tree(str(tree)), None) == "Config.in"
