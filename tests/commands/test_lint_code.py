"""Lint rules that read meson.build and C: what counts as a use of a symbol."""

from __future__ import annotations

from pathlib import Path

import pytest
from running import Run, write_tree

from kgen.commands.lint import code

TARGET = {
    "configs/targets/arm-softmmu.mak": "TARGET_ARCH=arm\n",
    "configs/devices/arm-softmmu/default.mak": "",
}
KCONFIG = "config HEATER\n    bool\n    default y\nconfig WINDOW\n    bool\n    default y\n"


def _uses(text: str) -> dict[str, bool]:
    return {use.symbol: use.device for use in code.uses({"hw/meson.build": text}).symbols}


@pytest.mark.parametrize(
    "text",
    [
        "ss.add(when: 'CONFIG_A')\n",
        "ss.add(when: [pixman, 'CONFIG_A'], if_true: files('a.c'))\n",
        "ss.add(\n  # a comment with 'quotes\n  when: ('CONFIG_A'))\n",
        "ss.add(when: extra + ['CONFIG_A'])\n",
        "if config_all_devices.has_key('CONFIG_A')\nendif\n",
        "if config_all_devices.get('CONFIG_A', '') == 'y'\nendif\n",
        "if config_all_devices['CONFIG_A'] == 'y'\nendif\n",
        "foreach x : xs\n  if 'CONFIG_A' not in config_all_devices\n  endif\nendforeach\n",
    ],
)
def test_where_only_a_symbol_of_a_target_is_valid(text: str) -> None:
    assert _uses(text) == {"A": True}


@pytest.mark.parametrize(
    "text",
    [
        "config_host_data.set('CONFIG_A', have_a)\n",
        "ss.add(when: pixman, if_true: files('CONFIG_A'))\n",
        "if 'CONFIG_A' in config_host\nendif\n",
        "x = host.get('CONFIG_A')\n",
        "one two\nss.add(when: 'CONFIG_A')\n",  # no Meson
    ],
)
def test_any_other_use(text: str) -> None:
    assert _uses(text) == {"A": False}


def test_no_use_at_all() -> None:
    assert not _uses("# 'CONFIG_A'\nx = '''\n CONFIG_A'''\ny = 'CONFIG_'\nz = 'MY_CONFIG_A'\n")


def test_what_is_passed() -> None:
    def passed(text: str) -> dict[str, int]:
        return code.uses({"meson.build": text}).passed

    text = "host_kconfig = (a ? ['CONFIG_A=y'] : []) + \\\n ('CONFIG_B' in c ? 'CONFIG_C=y' : x)\n"
    assert passed(text) == {"A": 1, "C": 2}
    text = "kconfig_external_symbols = [\n  'CONFIG_A',\n  'CONFIG_B',\n]\n"
    assert passed(text) == {"A": 2, "B": 3}
    assert passed("other = ['CONFIG_A=y']\n") == {}
    assert code.uses({"hw/meson.build": "host_kconfig += 'CONFIG_A=y'\n"}).passed == {}


def _lint(kgen: Run, tmp_path: Path, files: dict[str, str]) -> list[str]:
    write_tree(tmp_path / "tree", {"Kconfig": KCONFIG, **TARGET, **files})
    done = kgen("lint", "--tree", "tree", "--select", "undeclared-in-source")
    assert not done.stderr
    return done.stdout.splitlines()


def test_each_way_to_ask_is_found_with_its_place_and_a_near_name(kgen: Run, tmp_path: Path) -> None:
    text = """#include "qemu/osdep.h"
#  include CONFIG_DEVICES
#ifdef CONFIG_HEATER
#elif defined(CONFIG_WINDOW) && \\
    !defined(CONFIG_WINDOWS)
#endif
/* #ifdef CONFIG_ALL */
const char *text = "\\
#ifdef CONFIG_TEXT";
    # if 0 || CONFIG_HEATR /* CONFIG_OLD */
int CONFIG_VARIABLE;
#endif
#ifndef CONFIG_HEATR
#endif
"""
    assert _lint(kgen, tmp_path, {"hw/heat.c": text}) == [
        "tree/hw/heat.c:5:14: warning: CONFIG_WINDOWS is not declared in any Kconfig file "
        "[undeclared-in-source]",
        "    hint: did you mean WINDOW?",
        "tree/hw/heat.c:10:15: warning: CONFIG_HEATR is not declared in any Kconfig file "
        "[undeclared-in-source]",
        "    hint: did you mean HEATER?",
        "2 findings",
    ]


def test_only_files_that_know_the_symbols(kgen: Run, tmp_path: Path) -> None:
    """Directly, or through headers."""
    asks = "#ifdef CONFIG_HEATR\n#endif\n"
    files = {
        "include/hw/heat.h": "#include CONFIG_DEVICES\n",
        "include/hw/more.h": '#include "hw/heat.h"\n#define CONFIG_ANY\n',
        "hw/one.c": f'#include "hw/more.h"\n{asks}',
        "hw/two.c": f'#include "heat.h"\n{asks}',
        "hw/three.c": f'#include "hw/heating.h"\n{asks}',
        "hw/four.c": f"// #include CONFIG_DEVICES\n{asks}",
    }
    found = _lint(kgen, tmp_path, files)
    assert [line.partition(":")[0] for line in found if "warning" in line] == [
        "tree/hw/one.c",
        "tree/hw/two.c",
    ]


def test_names_that_are_set_elsewhere(kgen: Run, tmp_path: Path) -> None:
    names = ["POSIX", "TRACE_LOG", "CAPSTONE", "SYSTEM_ONLY", "OWN", "ODD"]
    asks = "".join(f"#ifdef CONFIG_{name}\n#endif\n" for name in names)
    files = {
        "hw/heat.c": f"#include CONFIG_DEVICES\n{asks}",
        "hw/own.h": "#define CONFIG_OWN 1\n",
        "meson.build": "c.set('CONFIG_POSIX', x)\nc.set('CONFIG_TRACE_' + name.to_upper(), true)\n",
        "configure": "echo CONFIG_CAPSTONE=y\n",
        "configs/targets/arm-softmmu.mak": "TARGET_ARCH=arm\nCONFIG_SYSTEM_ONLY=y\n",
    }
    found = _lint(kgen, tmp_path, files)
    assert len(found) == 2
    assert "CONFIG_ODD" in found[0]


def test_comments_ignore_it(kgen: Run, tmp_path: Path) -> None:
    ignore = "kgen: ignore[undeclared-in-source] set by hand"
    text = f"""#include CONFIG_DEVICES
#ifdef CONFIG_ONE /* {ignore} */
#endif
// {ignore}
#ifdef CONFIG_TWO
#endif
#ifdef CONFIG_THREE
#endif
"""
    found = _lint(kgen, tmp_path, {"hw/heat.c": text})
    assert "CONFIG_THREE" in found[0]
    assert found[-1] == "1 finding (2 ignored)"
