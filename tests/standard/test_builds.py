"""Small projects with several boards, built from what kgen writes: with Meson and with make."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from running import Run, write_tree

PROJECT = {
    "Kconfig": """
choice
	prompt "Bus"

config BUS_SLOW
	bool "Slow"

config BUS_FAST
	bool "Fast"

endchoice

config NET
	bool "Network"

config BUFFERS
	int "Buffers"
	default 8 if BUS_FAST
	default 2

config BASE
	hex "Address"
	default 0x1000

config HELLO
	string "Greeting"
	default "it's \\"me\\""
""",
    "configs/small_defconfig": "CONFIG_BASE=20\n",
    "configs/large_defconfig": "CONFIG_BUS_FAST=y\nCONFIG_NET=y\n",
    "main.c": """
#include <stdio.h>
#include "autoconf.h"
int main(void)
{
#ifdef CONFIG_NET
	puts("net");
#endif
	printf("%d %d %s\\n", CONFIG_BUFFERS, CONFIG_BASE, CONFIG_HELLO);
	return 0;
}
""",
    "meson.build": """
project('boards', 'c')
subdir('gen')
board = kconfig[get_option('board')]
if board.get('CONFIG_NET')
  message('with net')
endif
message('@0@ @1@ @2@'.format(board['CONFIG_BUFFERS'] * 2, board['CONFIG_BASE'] + 1,
                            board['CONFIG_HELLO']))
executable('main', 'main.c', include_directories: include_directories('gen' / get_option('board')))
""",
    "meson_options.txt": "option('board', type: 'string')\n",
    "Makefile": """
include gen/config.make
all:
	@echo $(KCONFIG_TARGETS): $(CONFIG_NET) $(CONFIG_BUFFERS) $(CONFIG_BASE)
""",
}
EXPECTED = {
    "small": ('4 33 it\'s "me"', '2 32 it\'s "me"\n', "large small: 2 20"),
    "large": ('16 4097 it\'s "me"', 'net\n8 4096 it\'s "me"\n', "large small: y 8 0x1000"),
}

# Also under a make of which this test is a part.
MAKE = ("make", "--no-print-directory")


@pytest.fixture
def project(tmp_path: Path, kgen: Run) -> Path:
    folder = write_tree(tmp_path, PROJECT)
    done = kgen("generate", "--tree", ".", "-o", "gen", "--depfile", "gen/depfile")
    assert done.returncode == 0, done.stderr
    return folder


def output(folder: Path, *words: str) -> str:
    done = subprocess.run(words, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.parametrize("board", sorted(EXPECTED))
def test_meson_builds_a_board(project: Path, board: str) -> None:
    message, printed, _ = EXPECTED[board]
    meson = (sys.executable, "-m", "mesonbuild.mesonmain")
    told = output(project, *meson, "setup", "build", f"-Dboard={board}")
    assert f"Message: {message}\n" in told
    assert ("Message: with net\n" in told) == (board == "large")
    output(project, *meson, "compile", "-C", "build")
    assert output(project, "build/main") == printed


@pytest.mark.parametrize("board", sorted(EXPECTED))
def test_make_has_the_variables_of_a_board(project: Path, board: str) -> None:
    assert output(project, *MAKE, f"KCONFIG_TARGET={board}") == f"{EXPECTED[board][2]}\n"
    assert output(project, *MAKE) == "large small:\n"


def test_the_layout_of_files_is_the_users(project: Path, kgen: Run) -> None:
    words = ("generate", "--tree", ".", "-o", "gen", "--output", "header,make", "--layout")
    assert kgen(*words, "{target}-{name}").returncode == 0
    assert (project / "gen" / "small-autoconf.h").exists()
    assert output(project, *MAKE, "KCONFIG_TARGET=small") == "large small: 2 20\n"
    for wrong in ("{target}", "../{target}/{name}", "/{target}/{name}", "{target}/{name}/{x}"):
        assert kgen(*words, wrong).returncode == 2


def test_a_depfile_names_all_that_was_read(project: Path) -> None:
    text = (project / "gen" / "depfile").read_text()
    for name in ("Kconfig", "configs/small_defconfig", "configs/large_defconfig"):
        assert f" {project / name}" in text
