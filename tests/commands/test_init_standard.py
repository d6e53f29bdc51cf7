"""`kgen init` of standard Kconfig: a tree says what its project file needs."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from running import Run, write_tree

BOOL = 'config A\n\tbool "a"\n'
NAMED = 'config NAME\n\tstring\n\tdefault "$(SRCARCH) $(APPDIR)"\n'


def values(folder: Path) -> dict[str, dict[str, object]]:
    found: dict[str, dict[str, object]] = json.loads((folder / "out/config.json").read_text())
    return found


# Of each kind of tree: its files, the targets, and lines of its project file.
KINDS = {
    "flat": (
        {"Kconfig": BOOL, "configs/one_defconfig": "CONFIG_A=y\n"},
        ["one"],
        ['configs = ["configs/*_defconfig"]'],
    ),
    "boards": (
        {
            "Kconfig": f'{BOOL}source "$BINDIR/drivers/platform/Kconfig"\n',
            "boards/arm/chip/card/configs/nsh/defconfig": "CONFIG_A=y\n",
        },
        ["nsh"],
        ['env = ["BINDIR=."]', 'may-miss = ["drivers/platform/Kconfig"]'],
    ),
    "architectures": (
        {
            "Kconfig": f'{NAMED}source "arch/$(SRCARCH)/Kconfig"\n',
            "arch/red/Kconfig": BOOL,
            "arch/blue/Kconfig": 'config B\n\tbool "b"\nsource "arch/$(HEADER_ARCH)/more"\n',
            "arch/x86/more": "",
            "arch/blue/configs/defconfig": "# CONFIG_B is not set\n",
            "arch/red/configs/one_defconfig": "CONFIG_A=y\n",
            "arch/blue/configs/two_defconfig": "CONFIG_B=y\n",
        },
        ["blue", "one", "two"],
        [
            'configs = ["arch/{ARCH,SRCARCH}/configs/*_defconfig", '
            '"arch/{ARCH,SRCARCH}/configs/defconfig"]',
            'env = ["HEADER_ARCH=x86"]',
        ],
    ),
    "without a prefix": (
        {
            "Config.in": 'config BR2_A\n\tbool "a"\nsource "$BR2_BASE_DIR/.br2-external.in.more"\n',
            "configs/one_defconfig": "# A comment.\nBR2_A=y\n",
        },
        ["one"],
        [
            'kconfig = "Config.in"',
            'env = ["BR2_BASE_DIR=output", "CONFIG_="]',
            'may-miss = ["output/.br2-external.in.*"]',
        ],
    ),
    "dots": (
        {
            "src/Kconfig": f'{BOOL}source "site-local/Kconfig"\n',
            "configs/config.maker_card.debug": "CONFIG_A=y\n",
        },
        ["maker_card.debug"],
        ['configs = ["configs/config.*"]', 'kconfig = "src/Kconfig"'],
    ),
    "another place, with variables for folders": (
        {
            "Kconfig": 'mainmenu "M"\nsource "$(BOARD_FOLDER)/Kconfig"\n'
            'source "$(TOP_FOLDER)/lib/Kconfig"\nrsource "${WHOLE_PATH}/lib/more"\n',
            "lib/Kconfig": BOOL,
            "lib/more": "",
            "platform/red/Kconfig": "",
            "platform/red/configs/defconfig": "CONFIG_A=y\n",
            "platform/blue/Kconfig": "",
            "platform/blue/configs/defconfig": "# CONFIG_A is not set\n",
            "payload/Kconfig": 'mainmenu "Another project"\n',
            "payload/configs/defconfig": "",
        },
        ["blue", "red"],
        [
            'configs = ["{BOARD_FOLDER:platform/*}/configs/defconfig"]',
            'env = ["TOP_FOLDER=.", "WHOLE_PATH={tree}"]',
        ],
    ),
    "below, in a prefix of its own": (
        {
            "config/config.in": 'mainmenu "M"\nconfig A\n\tbool "a"\nconfig B\n\tbool "b"\n',
            "samples/red/tool.config": "CT_A=y\n",
            "samples/blue/tool.config": "CT_B=y\n",
        },
        ["blue-tool", "red-tool"],
        ['configs = ["samples/*/tool.config"]', 'env = ["CONFIG_=CT_"]'],
    ),
    "applications": (
        {
            "Kconfig": f'{NAMED}rsource "drivers/Kconfig"\nosource "$(APPDIR)/Kconfig"\n',
            "drivers/Kconfig": 'rsource "$(RIOTCPU)/Kconfig"\n',
            "cpu/Kconfig": "",
            "tests/net/ping/app.config": "CONFIG_A=y\n",
            "tests/net/ping/Kconfig": BOOL,
        },
        ["ping"],
        ['configs = ["{APPDIR:tests/*/*}/app.config"]', 'env = ["RIOTCPU={tree}/cpu"]'],
    ),
}


@pytest.mark.parametrize("kind", KINDS)
def test_generate_needs_no_option_after_it(kind: str, tmp_path: Path, kgen: Run) -> None:
    files, targets, lines = KINDS[kind]
    write_tree(tmp_path, files)
    done = kgen("init")
    assert done.returncode == 0, done.stderr
    written = (tmp_path / "kgen.toml").read_text().splitlines()
    assert set(lines) < set(written)
    done = kgen("generate", "-o", "out", "--output", "json")
    assert done.returncode == 0, done.stderr
    found = values(tmp_path)
    assert sorted(found) == targets
    if kind == "architectures":
        assert found["one"] == {"CONFIG_NAME": "red ", "CONFIG_A": True}
        assert found["two"] == {"CONFIG_NAME": "blue ", "CONFIG_B": True}
    if kind == "applications":
        assert found["ping"] == {"CONFIG_NAME": " tests/net/ping", "CONFIG_A": True}


def test_commands_are_run_only_if_that_is_allowed(tmp_path: Path, kgen: Run) -> None:
    text = 'config A\n\tdef_bool $(shell,touch ran && test "$(CC)" = gcc && echo y)\n'
    write_tree(tmp_path, {"Kconfig": text, "configs/one_defconfig": ""})
    done = kgen("init")
    assert done.returncode == 1
    assert "KG113" in done.stderr
    assert "note: its files run commands" in done.stderr
    written = (tmp_path / "kgen.toml").read_text()
    assert '\nenv = ["CC=gcc"]\n' in written
    assert "\n# shell-answers = " in written
    assert not (tmp_path / "ran").exists()
    assert "KG606" in kgen("init", "--allow-shell").stderr
    assert kgen("init", "--allow-shell", "--force").returncode == 0
    (tmp_path / "ran").unlink()
    assert kgen("generate", "-o", "out", "--output", "json").returncode == 0
    assert values(tmp_path) == {"one": {"CONFIG_A": True}}
    assert not (tmp_path / "ran").exists()


def test_what_is_missing_is_told_and_the_file_is_there(tmp_path: Path, kgen: Run) -> None:
    text = f'{BOOL}source "made/Kconfig"\n'
    write_tree(tmp_path, {"Kconfig": text, "configs/one_defconfig": "CONFIG_A=y\n"})
    done = kgen("init", "--format", "json")
    assert done.returncode == 1
    assert "KG104 cannot find made/Kconfig" in done.stderr
    found = json.loads(done.stdout)
    assert found == {"file": "kgen.toml", "targets": ["one"], "failing": ["one"]}
    done = kgen("init", "--force", "--may-miss", "made/*")
    assert done.returncode == 0, done.stderr
    assert kgen("generate", "-o", "out", "--output", "json").returncode == 0
    assert values(tmp_path) == {"one": {"CONFIG_A": True}}


def test_defconfigs_of_a_tree_that_is_elsewhere_are_told(tmp_path: Path, kgen: Run) -> None:
    files = {"mine/Config.in": BOOL, "mine/configs/one_defconfig": "A=y\n"}
    write_tree(tmp_path, {**files, "b/Config.in": f'mainmenu "B"\n{BOOL}', "d/file": ""})
    done = kgen("init", "--tree", "b")
    assert "KG424 b has no defconfigs" in done.stderr
    (tmp_path / "b/Config.in").unlink()
    done = kgen("init", "--force")
    assert "35 targets of the embedded tree" in done.stdout
    assert "note: there are defconfigs here (mine/configs/*_defconfig), but no" in done.stderr


def test_variables_of_one_kind_of_tree_are_not_those_of_another(tmp_path: Path, kgen: Run) -> None:
    text = f'{BOOL}config P\n\tstring\n\tdefault "board/$(BOARDDIR)/image.cfg"\n'
    write_tree(tmp_path, {"Kconfig": text, "configs/one_defconfig": "CONFIG_A=y\n"})
    done = kgen("init")
    assert "note: read as $(NAME), and empty: BOARDDIR\n" in done.stderr
    assert "\n# env = " in (tmp_path / "kgen.toml").read_text()


def test_a_variable_without_a_value_is_named_where_a_file_is_looked_for(
    tmp_path: Path, kgen: Run
) -> None:
    text = f'{BOOL}source "$(ELSEWHERE)/lib/Kconfig"\nsource "$(FOLDER)/more/Kconfig"\n'
    write_tree(tmp_path, {"Kconfig": text, "configs/one_defconfig": "", "lib/Kconfig": ""})
    done = kgen("generate", "--tree", ".", "-o", "out", "--env", "FOLDER=none")
    assert "hint: a variable is empty: give it with --env ELSEWHERE=VALUE\n" in done.stderr
    assert "KG104 cannot find none/more/Kconfig" in done.stderr
    assert "hint: --env gives a variable's value, --may-miss" in done.stderr


def test_a_mistake_in_the_tree_is_an_error(tmp_path: Path, kgen: Run) -> None:
    write_tree(tmp_path, {"Kconfig": "config A\n\tnonsense\n", "configs/one_defconfig": ""})
    done = kgen("init")
    assert done.returncode == 1
    assert "Kconfig:2:2: error: KG111" in done.stderr
    assert not (tmp_path / "kgen.toml").exists()
