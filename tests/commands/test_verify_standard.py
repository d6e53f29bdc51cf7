"""`kgen verify` of standard Kconfig: Kconfiglib's evaluation, and the tree's own program."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from running import Run, write_tree

TREE = {
    "Kconfig": """
config MODULES
	bool "modules"
	modules
config NAME
	string "name"
	default "$(BOARD)"
config PROBED
	def_bool $(shell,touch ran; echo y)
config SIZE
	hex "size"
	range 0x10 0x20
	default 0x18
config DRIVER
	tristate "driver"
	depends on MODULES
""",
    "configs/one_defconfig": 'CONFIG_MODULES=y\nCONFIG_DRIVER=m\nCONFIG_NAME="a\\\\b"\n',
    "configs/two_defconfig": '#include "one_defconfig"\nCONFIG_SIZE=0x99\n',
    "answers.json": '{"touch ran; echo y": "y"}',
    "kgen.toml": 'tree = "."\nenv = ["BOARD=red"]\nshell-answers = "answers.json"\n',
}


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    return write_tree(tmp_path, TREE)


def test_all_targets_are_as_kconfiglib_evaluates_them(tree: Path, kgen: Run) -> None:
    write_tree(tree, {"scripts/kconfig/confdata.c": "int conf_set_sym_val;\n"})  # without escapes
    done = kgen("verify")
    assert (done.returncode, done.stdout) == (0, "2 targets: 0 different\n"), done.stderr
    done = kgen("verify", "-t", "two", "--set", "MODULES=n", "--format", "json", BOARD="blue")
    assert json.loads(done.stdout) == {"compared": 1, "different": []}
    assert not (tree / "ran").exists()


def test_variables_of_a_project_file_do_not_change_the_process(tree: Path, kgen: Run) -> None:
    (tree / "kgen.toml").write_text(
        'tree = "."\nshell-answers = "answers.json"\n'
        'env = ["BOARD=red", "LD_DEBUG=help", "KCONFIG_FUNCTIONS=antigravity"]\n'
    )
    done = kgen("verify")
    assert (done.returncode, done.stdout) == (0, "2 targets: 0 different\n"), done.stderr


def test_a_difference_is_shown(tree: Path, kgen: Run) -> None:
    (tree / "Kconfig").write_text(
        'config A\n\tint "a"\n\tdepends on N\n\tdefault 5\nconfig N\n\tbool\n'
    )
    (tree / "configs/one_defconfig").write_text("CONFIG_A=1\n")
    assert kgen("verify", "--no-project", "--tree", ".").returncode == 0
    program = tree / "conf"
    lines = ("#!/bin/sh", 'case "$1" in --defconfig=*) echo "CONFIG_A=1" >"$KCONFIG_CONFIG" ;;',
             '*) : >"${1#*=}" ;; esac', "")  # fmt: skip
    program.write_text("\n".join(lines))
    program.chmod(0o755)
    done = kgen("verify", "-t", "one", "--conf", "./conf")
    assert done.returncode == 1
    assert done.stdout.splitlines() == [
        "1 target: 1 different",
        "",
        "one different",
        "    --- config of the program",
        "    +++ config of kgen",
        "    @@ -1 +0,0 @@",
        "    -CONFIG_A=1",
    ]
    done = kgen("verify", "-t", "one", "--conf", "./conf", "--format", "json")
    (found,) = json.loads(done.stdout)["different"]
    assert (found["target"], found["verdict"], found["lines"][-1]) == (
        "one", "different", "-CONFIG_A=1",
    )  # fmt: skip


def test_a_program_that_fails_hangs_or_is_missing(tree: Path, kgen: Run) -> None:
    program = tree / "conf"
    program.write_text("#!/bin/sh\necho it is broken >&2\nexit 3\n")
    program.chmod(0o755)
    done = kgen("verify", "-t", "one", "--conf", "./conf")
    assert done.returncode == 1
    assert done.stdout.endswith("    it is broken\n")
    program.write_text("#!/bin/sh\nsleep 60\n")
    done = kgen("verify", "-t", "one", "--conf", "./conf", "--timeout", "1")
    assert "one timed out" in done.stdout
    assert "KG701 cannot run" in kgen("verify", "--conf", "./none").stderr


def test_the_program_gets_the_variables_of_the_target_alone(tree: Path, kgen: Run) -> None:
    program = tree / "conf"
    program.write_text('#!/bin/sh\nenv >"seen${1%%=*}"\necho "$BOARD $2"\nexit 1\n')
    program.chmod(0o755)
    done = kgen("verify", "-t", "one", "--conf", "./conf", ELSE="where")
    assert "    red Kconfig\n" in done.stdout
    assert "ELSE" not in (tree / "seen--defconfig").read_text()


def test_what_kconfiglib_does_not_read_is_named(tree: Path, kgen: Run) -> None:
    (tree / "Kconfig").write_text('config A\n\tbool "a"\n\tdepends on B if B\nconfig B\n\tbool\n')
    done = kgen("verify", "--no-project", "--tree", ".")
    assert done.returncode == 1
    assert "KG701 Kconfiglib does not evaluate this tree: Kconfig:3" in done.stderr
    assert "--conf" in done.stderr


def test_options_of_the_other_dialect_are_refused(tree: Path, kgen: Run) -> None:
    assert "KG425 --random" in kgen("verify", "--random", "3").stderr
    (tree / "kgen.toml").write_text('[verify]\nconf = "./conf"\n')
    assert "KG416" in kgen("verify").stderr, "a project file runs no program"
