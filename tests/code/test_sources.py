"""What meson.build files say of source files: trees made up for it."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable
from pathlib import Path

import pytest
from growth import MOST, growth

from kgen.code.conditions import text
from kgen.code.meson.lexer import tokens as meson_tokens
from kgen.code.meson.reading import read_sources
from kgen.code.sources import Sources
from kgen.files.tree import open_tree
from kgen.targets.checkout import settings

TARGETS = {
    "arm": "TARGET_ARCH=arm\n",
    "aarch64": "TARGET_ARCH=aarch64\nTARGET_BASE_ARCH=arm\n",
    "sparc64": "TARGET_ARCH=sparc64\nTARGET_BASE_ARCH=sparc\nTARGET_BIG_ENDIAN=y\n",
    "sparc": "TARGET_ARCH=sparc\nTARGET_BIG_ENDIAN=y\n",
}


def tree(folder: Path, files: dict[str, str]) -> Sources:
    """The sources of a tree with these files, in which each source file that is named is empty."""
    for name, content in TARGETS.items():
        path = folder / "configs" / "targets" / f"{name}-softmmu.mak"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    opened = open_tree(str(folder))
    return read_sources(opened, settings(opened).values(), [n for n in files if "meson.build" in n])


def needs(folder: Path, meson: str, **more: str) -> dict[str, str]:
    """The conditions of the files that a hw/meson.build names, in a tree without another one."""
    files = {name.replace("__", "/"): content for name, content in more.items()}
    found = tree(folder, {"hw/meson.build": meson, **files})
    assert not found.problems
    return {
        one.path.removeprefix("hw/"): text(one.condition)
        if one.condition != ("const:n",)
        else f"archive: {text(one.archive)}"
        for one in found.files
    }


ROOT = """
project('made up', ['c'])
host_os = host_machine.system()
cc = meson.get_compiler('c')
ss = import('sourceset')
keyval = import('keyval')
config_host = keyval.load(meson.current_build_dir() / 'config-host.mak')
pixman = dependency('pixman-1', required: get_option('pixman'))
have_tpm = get_option('tpm').require(host_os != 'windows').allowed()
host_kconfig = (have_tpm ? ['CONFIG_TPM=y'] : []) + (pixman.found() ? ['CONFIG_PIXMAN=y'] : [])
config_host_data = configuration_data()
config_host_data.set('CONFIG_TPM', have_tpm)
config_host_data.set('CONFIG_LINUX', host_os == 'linux')
system_ss = ss.source_set()
arm_ss = ss.source_set()
hw_arch = {}
config_target_mak = {}
config_all_devices = {}
foreach target : config_host['TARGET_DIRS'].split()
  config_target = keyval.load('configs/targets' / target + '.mak')
  config_target += {'TARGET_' + config_target['TARGET_ARCH'].to_upper(): 'y'}
  if target.endswith('-softmmu')
    config_devices = keyval.load(target + '-config-devices.mak')
    config_target += config_devices
    config_all_devices += config_devices
  endif
  config_target_mak += {target: config_target}
endforeach
subdir('hw')
foreach target : config_host['TARGET_DIRS'].split()
  config_target = config_target_mak[target]
  sources = system_ss.apply(config_target, strict: false).sources()
  base = config_target['TARGET_BASE_ARCH']
  if hw_arch.has_key(base)
    sources += hw_arch[base].apply(config_target, strict: false).sources()
  endif
  lib = static_library('qemu-' + target, sources)
  executable('qemu-system-' + config_target['TARGET_NAME'], 'main.c',
             objects: lib.extract_all_objects(recursive: true))
endforeach
"""


def test_a_root_says_how_an_emulator_is_made(tmp_path: Path) -> None:
    hw = """
system_ss.add(when: ['CONFIG_TPM', pixman], if_true: files('a.c'))
system_ss.add(when: 'CONFIG_MODEL', if_true: [pixman, files('b.c')], if_false: files('b-stub.c'))
if have_tpm
  system_ss.add(when: 'TARGET_AARCH64', if_true: files('c.c'))
endif
if 'CONFIG_CXL' in config_all_devices
  system_ss.add(files('d.c'))
endif
arm_ss.add(when: 'TARGET_BIG_ENDIAN', if_true: files('e.c'))
arm_ss.add(files('f.c'))
hw_arch += {'arm': arm_ss}
"""
    options = "option('pixman', type: 'feature')\noption('tpm', type: 'feature', value: 'disabled')"
    files = {"meson.build": ROOT, "hw/meson.build": hw, "meson_options.txt": options}
    found = tree(tmp_path, files)
    assert {one.path: text(one.condition) for one in found.files} == {
        "main.c": "always",
        "hw/a.c": "TPM && host:pixman",
        "hw/b.c": "MODEL",
        "hw/b-stub.c": "!MODEL",
        "hw/c.c": "host:have_tpm && target:TARGET_AARCH64",
        "hw/d.c": "any:CXL",
        # e.c needs an arm target with big endian, and there is none
        "hw/f.c": "arch:arm",
    }
    assert found.options == {"pixman": "auto", "tpm": "disabled"}
    used = found.facts_of(one.condition for one in found.files)
    assert {name: text(condition) for name, condition in used.items()} == {
        "host:have_tpm": "host:-Dtpm && !host:windows",
        "host:pixman": "host:-Dpixman && host:dependency(pixman-1)",
    }
    assert {name: text(one) for name, one in found.macros.items()} == {
        "CONFIG_TPM": "host:have_tpm",
        "CONFIG_LINUX": "host:linux",
    }
    assert {name: text(one) for name, one in found.passed.items()} == {
        "TPM": "host:have_tpm",
        "PIXMAN": "host:pixman",
    }
    assert found.files[0].meson == "hw/meson.build"
    assert found.files[0].line == 2


@pytest.mark.parametrize(
    ("meson", "expected"),
    [
        # The forms of add.
        ("system_ss.add(files('a.c', 'b.c'))", {"a.c": "always", "b.c": "always"}),
        ("system_ss.add(when: 'CONFIG_A', if_true: 'a.c')", {"a.c": "A"}),
        ("system_ss.add(when: ['CONFIG_A', 'CONFIG_B'], if_true: files('a.c'))", {"a.c": "A && B"}),
        (
            "system_ss.add(when: 'CONFIG_A', if_true: files('a.c'), if_false: files('b.c'))",
            {"a.c": "A", "b.c": "!A"},
        ),
        # Sets in sets; what is added twice is built where one of them says so.
        (
            "x_ss = ss.source_set()\nx_ss.add(when: 'CONFIG_A', if_true: files('a.c'))\n"
            "system_ss.add_all(when: 'CONFIG_X', if_true: x_ss)\n"
            "system_ss.add_all(when: 'CONFIG_Y', if_true: x_ss)",
            {"a.c": "(X && A) || (Y && A)"},
        ),
        ("x_ss = ss.source_set()\nx_ss.add_all(x_ss)\nx_ss.add(files('a.c'))\n"
         "system_ss.add_all(x_ss)", {"a.c": "always"}),
        # Architectures: sparc64 has a folder of its own.
        (
            "hw_arch += {'arm': ss.source_set(), 'sparc': ss.source_set()}\n"
            "hw_arch += {'sparc64': ss.source_set()}\n"
            "foreach name, set : hw_arch\n  set.add(files(name + '.c'))\nendforeach",
            {"arm.c": "arch:arm", "sparc.c": "target:TARGET_SPARC", "sparc64.c":
             "target:TARGET_SPARC64"},
        ),
        ("specific_ss.add(when: 'TARGET_ARM', if_true: 'a.c')", {"a.c": "target:TARGET_ARM"}),
        # Branches.
        (
            "if host_os == 'linux'\n  x = files('a.c')\nelif host_os in ['darwin', 'windows']\n"
            "  x = files('b.c')\nelse\n  x = files('c.c')\nendif\n"
            "system_ss.add(when: 'CONFIG_A', if_true: x)",
            {
                "a.c": "A && host:linux",
                "b.c": "A && !host:linux && (host:darwin || host:windows)",
                "c.c": "A && !host:linux && !(host:darwin || host:windows)",
            },
        ),
        ("x = ['a.c']\nif host_os == 'linux'\n  x += 'b.c'\nelse\n  x += 'c.c'\nendif\n"
         "system_ss.add(files(x))",
         {"a.c": "always", "b.c": "host:linux", "c.c": "!host:linux"}),
        ("if host_os != 'linux'\n  error('no')\nendif\nsystem_ss.add(files('a.c'))",
         {"a.c": "always"}),
        ("system_ss.add(files('a.c'))\nif host_os == 'linux'\n  subdir_done()\nendif\n"
         "system_ss.add(files('b.c'))", {"a.c": "always", "b.c": "!host:linux"}),
        # Loops.
        (
            "foreach name : ['a', 'b', 'c', 'd']\n  if name == 'b'\n    continue\n  endif\n"
            "  if name == 'd'\n    break\n  endif\n"
            "  system_ss.add(when: 'CONFIG_' + name.to_upper(), if_true: files(name + '.c'))\n"
            "endforeach",
            {"a.c": "A", "c.c": "C"},
        ),
        (
            "foreach name : ['a', 'b']\n  if host_os == name\n    break\n  endif\n"
            "  system_ss.add(files(name + '.c'))\nendforeach",
            {"a.c": "!host:a", "b.c": "!host:a && !host:b"},
        ),
        ("system_ss.add(files('@0@-@1@.c'.format('a', 1), f'@host_os@.c', 'x' / '..' / 'y.c'))",
         {"a-1.c": "always", "y.c": "always"}),
        # Dictionaries.
        ("x = {'k': 'a.c'}\nx += {(host_os == 'linux' ? 'l' : 'k'): 'b.c'}\n"
         "system_ss.add(files(x['k']), files(x.get('m', 'c.c')))",
         {"a.c": "host:linux", "b.c": "!host:linux", "c.c": "always"}),
        # Dependencies bring sources with them.
        (
            "d = declare_dependency(sources: files('a.c'), dependencies: dependency('z'))\n"
            "system_ss.add(when: ['CONFIG_A', dependency('zlib')], if_true: [files('b.c'), d])",
            {"a.c": "A && host:dependency(zlib)", "b.c": "A && host:dependency(zlib)"},
        ),
        ("modules += {'net': {'x': system_ss}}\nsystem_ss.add(files('a.c'))", {"a.c": "always"}),
        ("stub_ss.add(files('a.c'))", {"a.c": "archive: always"}),
        # Not understood, with its place.
        ("if puzzle(1).answer() == 42\n  system_ss.add(files('a.c'))\nendif",
         {"a.c": "unknown:hw/meson.build:1"}),
        # An error of the tree is not one of kgen.
        ("system_ss.add(nothing)\nx = nothing + 1\nsystem_ss.add(files('a.c'))", {"a.c": "always"}),
    ],
)  # fmt: skip
def test_conditions(tmp_path: Path, meson: str, expected: dict[str, str]) -> None:
    assert needs(tmp_path, meson) == expected


def test_a_build_decides_facts(tmp_path: Path) -> None:
    hw = """
system_ss.add(when: pixman, if_true: files('a.c'))
system_ss.add(when: dependency('fish'), if_true: files('b.c'))
if have_tpm
  system_ss.add(files('c.c'))
endif
"""
    options = "option('pixman', type: 'feature')\noption('tpm', type: 'feature')"
    files = {"meson.build": ROOT, "hw/meson.build": hw, "meson_options.txt": options}
    found = tree(tmp_path, files)
    build = found.configured({"pixman": "disabled"}, {"CONFIG_LINUX"}, {"pixman-1"})
    assert build.options == {"pixman": "disabled", "tpm": "auto"}
    facts = {name: text(condition) for name, condition in build.facts.items()}
    assert facts["host:have_tpm"] == "never"
    assert facts["host:dependency(fish)"] == "never"
    assert facts["host:dependency(pixman-1)"] == "always"
    assert {name: text(one) for name, one in build.macros.items()} == {
        "CONFIG_TPM": "never",
        "CONFIG_LINUX": "always",
    }
    assert found.configured({}).facts == found.facts


def test_each_file_of_a_module_has_its_name(tmp_path: Path) -> None:
    more = """
modules = {'hw': {'a': a_ss}}
modules_of_targets = {'hw': {'b': b_ss}}
foreach folder, list : modules
  foreach name, set : list
    if get_option('modules').allowed()
      lib = static_library(folder + '-' + name, set.apply({}).sources())
      shared_module(lib.name(), objects: lib.extract_all_objects(recursive: false))
    else
      system_ss.add_all(set)
    endif
  endforeach
endforeach
foreach target : config_host['TARGET_DIRS'].split()
  name = 'hw-b-' + config_target_mak[target]['TARGET_NAME']
  lib = static_library(name, b_ss.apply({}).sources())
  shared_module(lib.name(), objects: lib.extract_all_objects(recursive: false))
endforeach
"""
    root = ROOT.replace("subdir('hw')\n", "subdir('hw')\n" + more)
    hw = """
a_ss = ss.source_set()
a_ss.add(files('a.c'))
b_ss = ss.source_set()
b_ss.add(files('b.c'))
system_ss.add(files('c.c'))
"""
    options = "option('modules', type: 'feature', value: 'disabled')"
    files = {"meson.build": root, "hw/meson.build": hw, "meson_options.txt": options}
    found = tree(tmp_path, files)
    assert found.modules == {"hw/a.c": "hw-a", "hw/b.c": "hw-b-@TARGET_NAME@"}
    # Modules count as built in, whatever a build says.
    assert found.configured({"modules": "enabled"}).options == {"modules": "disabled"}


def test_nothing_outside_the_tree_is_read(tmp_path: Path) -> None:
    (tmp_path / "list").write_text("secret.c")
    inside = tmp_path / "tree"
    inside.mkdir()
    meson = (
        "fs = import('fs')\nsystem_ss.add(files(fs.read('../../list').strip()))\nsubdir('../..')"
    )
    assert needs(inside, meson) == {}


def test_a_file_and_a_shell_command_that_list_sources_are_answered_from_the_tree(
    tmp_path: Path,
) -> None:
    meson = """
fs = import('fs')
system_ss.add(files(fs.read('list').strip().split('\\n')))
found = run_command('sh', '-c', 'cd $MESON_SOURCE_ROOT/$MESON_SUBDIR ; ls -1 core-*.c')
system_ss.add(files(found.stdout().strip().split('\\n')))
run_command('touch', '/nowhere', check: true)
"""
    more = {"hw__list": "a.c\nb.c\n", "hw__core-x.c": "", "hw__core-y.c": "", "hw__z.c": ""}
    expected = ["a.c", "b.c", "core-x.c", "core-y.c"]
    assert sorted(needs(tmp_path, meson, **more)) == expected


def test_what_is_no_meson_is_named_and_the_rest_is_read(tmp_path: Path) -> None:
    files = {
        "hw/meson.build": "subdir('a')\nsubdir('b')\n",
        "hw/a/meson.build": "system_ss.add(files('a.c'))\nsystem_ss.add(files('b.c')\n",
        "hw/b/meson.build": "system_ss.add(files('c.c'))\n",
    }
    found = tree(tmp_path, files)
    assert [one.path for one in found.files] == ["hw/a/a.c", "hw/b/c.c"]
    (problem,) = found.problems
    assert problem.place is not None
    assert (str(problem.place), problem.code) == ("hw/a/meson.build:3", "KG108")


def test_a_folder_in_place_of_a_meson_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "meson.build").write_text("subdir('hw')\nsubdir('nowhere')\n")
    (tmp_path / "hw" / "meson.build").mkdir(parents=True)
    (problem,) = read_sources(open_tree(str(tmp_path)), []).problems
    assert (problem.code, problem.message) == ("KG104", "hw/meson.build is not a file")


def test_folders_that_enter_each_other_end(tmp_path: Path) -> None:
    assert needs(tmp_path, "subdir('.')\nsubdir('../hw')\nsystem_ss.add(files('a.c'))")


@pytest.mark.parametrize(
    "statement",
    [
        "x += ['a.c']",
        "system_ss.add(when: 'CONFIG_@', if_true: files('@.c'))",
        "if host_os == '@'\n  y = '@.c'\nendif",
        "d += {'@': '@.c'}",
        "e = declare_dependency(sources: files('@.c'), dependencies: e)",
    ],
)
def test_twice_as_much_is_little_more_than_twice_the_work(tmp_path: Path, statement: str) -> None:
    def work(size: int) -> Callable[[], object]:
        lines = ["x = []", "d = {}", "e = dependency('')", "y = ''"]
        lines += [statement.replace("@", str(number)) for number in range(size)]
        folder = tmp_path / str(size)
        folder.mkdir()
        return lambda: needs(folder, "\n".join(lines))

    assert growth(work, 1000) <= MOST


@pytest.mark.parametrize("text", ["x = '@'", "x = '''@'''", "x = 1@", "x = '@"])
def test_long_texts_and_blanks_of_meson_take_no_memory_for_each_character(text: str) -> None:
    source = text.replace("@", " " * 200_000)
    tracemalloc.start()
    try:
        meson_tokens(source)
        assert tracemalloc.get_traced_memory()[1] < 10 * len(source)
    finally:
        tracemalloc.stop()
