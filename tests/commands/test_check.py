"""kgen check: what it says of small trees, and what a real linker says of them."""

from __future__ import annotations

import itertools
import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from running import Run, write_tree

KCONFIG = """\
config WING
    bool
config FLAP
    bool
config RUDDER
    bool
config SPARE
    bool
config PLANE
    bool
    depends on ARM
    select WING
"""
# Each file with its symbol; "" is always built, "!" where its symbol is n.
FILES = {
    "main.c": ("", "void wing(void);\nint main(void)\n{\n    return 0;\n}\n"),
    "wing.c": (
        "WING",
        "void flap(void);\nvoid turn(void);\nvoid wing(void)\n{\n    flap();\n    turn();\n}\n",
    ),
    "flap.c": ("FLAP", "void flap(void)\n{\n}\n"),
    "rudder.c": ("RUDDER", "void turn(void)\n{\n}\nvoid trim(void)\n{\n}\n"),
    "spare.c": ("SPARE", "void trim(void)\n{\n}\n"),
}
TREE = {
    "Kconfig": "source target/Kconfig\nsource accel/Kconfig\nsource hw/Kconfig\n",
    "target/Kconfig": "config ARM\n    bool\n",
    "accel/Kconfig": "config TCG\n    bool\n",
    "configs/targets/arm-softmmu.mak": "TARGET_ARCH=arm\n",
    "configs/devices/arm-softmmu/default.mak": "",
    "hw/Kconfig": KCONFIG,
    "hw/meson.build": "arm_ss = ss.source_set()\n"
    + "".join(
        f"system_ss.add(when: 'CONFIG_{symbol}', if_true: files('{name}'))\n"
        if symbol
        else f"arm_ss.add(files('{name}'))\n"
        for name, (symbol, _) in FILES.items()
    )
    + "hw_arch += {'arm': arm_ss}\n",
    **{f"hw/{name}": text for name, (_, text) in FILES.items()},
}
SYMBOLS = ("WING", "FLAP", "RUDDER", "SPARE")


def asked(kgen: Run, folder: Path, *more: str) -> dict[str, Any]:
    result = kgen("check", "--tree", str(folder), "-t", "arm", "--format", "json", *more)
    assert result.returncode in (0, 1), result.stderr
    answer: dict[str, Any] = json.loads(result.stdout)
    assert result.returncode == (1 if answer["findings"] else 0)
    return answer


def by_linker(folder: Path, on: set[str]) -> tuple[set[str], set[str]]:
    """The names that a real linker does not find, and those that it finds twice."""
    chosen = [name for name, (symbol, _) in FILES.items() if not symbol or symbol in on]
    done = subprocess.run(
        ["cc", "-o", str(folder / "program"), *(str(folder / "hw" / one) for one in chosen)],
        capture_output=True,
        text=True,
        check=False,
        env={"LC_ALL": "C", "PATH": "/usr/bin:/bin:/usr/local/bin"},
    )
    missing = set(re.findall(r"undefined reference to [`'](\w+)'", done.stderr))
    twice = set(re.findall(r"multiple definition of [`'](\w+)'", done.stderr))
    assert (done.returncode == 0) == (not missing and not twice), done.stderr
    return missing, twice


@pytest.mark.skipif(shutil.which("cc") is None, reason="there is no compiler")
def test_it_says_of_every_configuration_what_the_linker_says(kgen: Run, tmp_path: Path) -> None:
    folder = write_tree(tmp_path / "tree", TREE)
    seen = set()
    for values in itertools.product("yn", repeat=len(SYMBOLS)):
        on = {symbol for symbol, value in zip(SYMBOLS, values, strict=True) if value == "y"}
        settings = [f"--set={one}={value}" for one, value in zip(SYMBOLS, values, strict=True)]
        answer = asked(kgen, folder, *settings)
        found: dict[str, set[str]] = {"missing-link": set(), "double-link": set()}
        for one in answer["findings"]:
            found[one["rule"]].add(one["uses"])
        assert (found["missing-link"], found["double-link"]) == by_linker(folder, on), on
        assert answer["links"] == (not answer["findings"])
        assert answer["starts"] is None, "it has no machine"
        seen.add(answer["links"])
    assert seen == {True, False}


def test_what_mends_it_is_tried(kgen: Run, tmp_path: Path) -> None:
    folder = write_tree(tmp_path / "tree", TREE)
    answer = asked(kgen, folder, "--set", "PLANE=y")
    assert [(one["uses"], one["other"], one["fix"]) for one in answer["findings"]] == [
        ("flap", ["FLAP"], "CONFIG_FLAP=y"),
        ("turn", ["RUDDER"], "CONFIG_RUDDER=y"),
    ]
    assert answer["fix"] == ["CONFIG_FLAP=y", "CONFIG_RUDDER=y"]
    mended = [f"--set={one.removeprefix('CONFIG_')}" for one in answer["fix"]]
    assert asked(kgen, folder, "--set=PLANE=y", *mended)["links"] is True


def test_nothing_mends_what_the_tree_forbids(kgen: Run, tmp_path: Path) -> None:
    kconfig = KCONFIG.replace(
        "config FLAP\n    bool\n", "config FLAP\n    bool\n    depends on !WING\n"
    )
    folder = write_tree(tmp_path / "tree", TREE | {"hw/Kconfig": kconfig})
    answer = asked(kgen, folder, "--set", "PLANE=y", "--set", "RUDDER=y")
    (finding,) = answer["findings"]
    assert (finding["uses"], finding["fix"], answer["fix"]) == ("flap", "", [])


MACHINES = """\
typedef struct TypeInfo {
    const char *name; const char *parent; void (*class_init)(void *);
} TypeInfo;
typedef struct MachineClass { void (*init)(void *); const char *alias; } MachineClass;
static void plane_init(void *machine) { object_new("engine"); }
static void plane_class_init(void *oc) {
    MachineClass *mc = oc;
    mc->init = plane_init;
    mc->alias = "flyer";
}
static const TypeInfo plane = {
    .name = "plane-machine", .parent = "machine", .class_init = plane_class_init };
static void glider_init(void *machine) { }
static void glider_class_init(void *oc) { MachineClass *mc = oc; mc->init = glider_init; }
static const TypeInfo glider = {
    .name = "glider-machine", .parent = "machine", .class_init = glider_class_init };
static const TypeInfo machine = { .name = "machine", .parent = "object" };
static const TypeInfo object = { .name = "object" };
static void start(void) {
    type_register_static(&object);
    type_register_static(&machine);
    type_register_static(&plane);
    type_register_static(&glider);
}
type_init(start)
"""
ENGINE = """\
typedef struct TypeInfo { const char *name; const char *parent; } TypeInfo;
static const TypeInfo engine = { .name = "engine", .parent = "object" };
static void start(void) { type_register_static(&engine); }
type_init(start)
"""
MODULE = """\
#define module_init(function, type) \\
static void __attribute__((constructor)) do_qemu_init_ ## function(void) \\
{ register_module_init(function, type); }
#define type_init(function) module_init(function, MODULE_INIT_QOM)
"""


def machines(folder: Path) -> Path:
    return write_tree(
        folder,
        TREE
        | {
            "include/qemu/module.h": MODULE,
            "hw/Kconfig": "config ENGINE\n    bool\n",
            "hw/meson.build": "arm_ss = ss.source_set()\narm_ss.add(files('machines.c'))\n"
            "system_ss.add(when: 'CONFIG_ENGINE', if_true: files('engine.c'))\n"
            "hw_arch += {'arm': arm_ss}\n",
            "hw/machines.c": '#include "qemu/module.h"\n' + MACHINES,
            "hw/engine.c": '#include "qemu/module.h"\n' + ENGINE,
        },
    )


def test_each_machine_is_told_whether_it_starts(kgen: Run, tmp_path: Path) -> None:
    folder = machines(tmp_path / "tree")
    answer = asked(kgen, folder)
    assert (answer["links"], answer["starts"]) == (True, False)
    assert answer["machines"] == [
        {"name": "glider", "starts": True},
        {"name": "plane", "starts": False},
    ]
    (finding,) = answer["findings"]
    assert (finding["rule"], finding["uses"], finding["other"]) == (
        "missing-type",
        "engine",
        ["ENGINE"],
    )
    assert answer["fix"] == ["CONFIG_ENGINE=y"]
    assert asked(kgen, folder, "--set", "ENGINE=y")["starts"] is True


@pytest.mark.parametrize(("name", "starts"), [("glider", True), ("plane", False), ("flyer", False)])
def test_one_machine_alone(kgen: Run, tmp_path: Path, name: str, starts: bool) -> None:
    answer = asked(kgen, machines(tmp_path / "tree"), "-M", name)
    assert answer["starts"] is starts
    assert bool(answer["findings"]) is not starts


def test_unknown_machines_are_an_error(kgen: Run, tmp_path: Path) -> None:
    result = kgen("check", "--tree", str(machines(tmp_path / "tree")), "-M", "glidr", "-M", "boat")
    assert result.returncode == 1
    assert "no configuration has a machine glidr" in result.stderr
    assert "did you mean glider?" in result.stderr
    assert "no configuration has a machine boat" in result.stderr


def test_text_github_and_sarif(kgen: Run, tmp_path: Path) -> None:
    folder = write_tree(tmp_path / "tree", TREE)
    line = ("check", "--tree", str(folder), "-t", "arm", "--set", "WING=y", "--set", "FLAP=y")
    assert kgen(*line).stdout.splitlines() == [
        "arm-softmmu: would not link",
        f"{folder}/hw/wing.c:6: error: uses turn of hw/rudder.c, which RUDDER would bring "
        "[missing-link]",
        "    hw/wing.c is built with WING",
        "    hint: set CONFIG_RUDDER=y",
        "arm-softmmu: links and starts with CONFIG_RUDDER=y",
    ]
    assert kgen(*line, "--format", "github").stdout.startswith("::error file=")
    runs = json.loads(kgen(*line, "--format", "sarif").stdout)["runs"]
    assert [one["ruleId"] for one in runs[0]["results"]] == ["missing-link"]


@pytest.mark.parametrize(
    ("gone", "expected"),
    [("hw/meson.build", "has no meson.build"), ("hw/main.c hw/wing.c hw/flap.c", "no C sources")],
)
def test_a_tree_without_sources_is_an_error(
    kgen: Run, tmp_path: Path, gone: str, expected: str
) -> None:
    files = {name: text for name, text in TREE.items() if name not in gone}
    files = {name: text for name, text in files.items() if " " not in gone or name[-2:] != ".c"}
    result = kgen("check", "--tree", str(write_tree(tmp_path / "tree", files)), "-t", "arm")
    assert result.returncode == 1
    assert expected in result.stderr


def test_a_configuration_that_does_not_resolve_is_an_error(kgen: Run, tmp_path: Path) -> None:
    folder = write_tree(tmp_path / "tree", TREE)
    result = kgen("check", "--tree", str(folder), "--set", "PLANE=y", "--set", "WING=n")
    assert result.returncode == 1
    assert "WING" in result.stderr


def test_other_commands_ask_it(kgen: Run, tmp_path: Path) -> None:
    folder = write_tree(tmp_path / "tree", TREE)
    own = ("--tree", str(folder), "-t", "arm", "--check-code")
    output = tmp_path / "out"
    words = ("generate", *own, "--set", "PLANE=y", "-o", str(output))
    for _ in range(2):  # no record of the first run answers for the second
        done = kgen(*words)
        assert (done.returncode, done.stdout) == (1, "")
        assert "error: KG307 uses flap of hw/flap.c, which FLAP would bring" in done.stderr
        assert "hint: set CONFIG_FLAP=y" in done.stderr
        assert "hint: no output file was changed" in done.stderr
        assert not output.exists()
    fine = kgen(*words, "--set=FLAP=y", "--set=RUDDER=y")
    assert (fine.returncode, fine.stderr) == (0, "")
    (folder / "hw/rudder.c").write_text("void trim(void)\n{\n}\n")
    assert kgen(*words, "--set=FLAP=y", "--set=RUDDER=y").returncode == 0, "nobody defines turn"

    enabled = kgen("enable", "PLANE", *own)
    assert enabled.returncode == 1
    assert "CONFIG_PLANE=y" in enabled.stdout
    assert "arm-softmmu: would not link" in enabled.stderr
    data = json.loads(kgen("enable", "PLANE", *own, "--format", "json").stdout)
    assert [one["uses"] for one in data["check"]["findings"]] == ["flap"]
    lines = "CONFIG_PLANE=y\nCONFIG_FLAP=y\n"
    (folder / "configs/devices/arm-softmmu/default.mak").write_text(lines)
    disabled = kgen("disable", "FLAP", *own)
    assert disabled.returncode == 1
    assert "uses flap of hw/flap.c" in disabled.stderr
    (folder / "configs/devices/arm-softmmu/default.mak").write_text("CONFIG_PLANE=y\n")
    saved = kgen("savedefconfig", *own, "--plain")
    assert (saved.returncode, saved.stdout) == (1, "CONFIG_PLANE=y\n")
    assert "would not link" in saved.stderr


def test_migrate_asks_about_the_new_list_in_the_new_tree(kgen: Run, tmp_path: Path) -> None:
    gone = {"hw/wing.c": "void wing(void)\n{\n}\n"}  # in the old tree it uses nothing
    old, new = (write_tree(tmp_path / name, TREE | more) for name, more in (("o", gone), ("n", {})))
    (tmp_path / "mine.mak").write_text("CONFIG_PLANE=y\n")
    words = ("migrate", str(old), str(new), "--devices", "./mine.mak", "-t", "arm")
    assert kgen(*words, "--check").returncode == 0
    done = kgen(*words, "--check-code")
    assert (done.returncode, done.stdout) == (1, "CONFIG_PLANE=y\n")
    assert "arm-softmmu: would not link" in done.stderr
    assert "links and starts with CONFIG_FLAP=y CONFIG_RUDDER=y" in done.stderr
    data = json.loads(kgen(*words, "--check-code", "--format", "json").stdout)
    assert [one["uses"] for one in data["check"]["findings"]] == ["flap", "turn"]
    (tmp_path / "mine.mak").write_text("CONFIG_PLANE=y\nCONFIG_FLAP=y\nCONFIG_RUDDER=y\n")
    fine = kgen(*words, "--check-code", "-o", str(tmp_path / "new.mak"))
    assert (fine.returncode, "link" in fine.stderr) == (0, False)


def test_sample_names_each_configuration_that_would_not_link(kgen: Run, tmp_path: Path) -> None:
    kconfig = KCONFIG.replace("bool\n", "bool\n    default y\n")
    folder = write_tree(tmp_path / "tree", TREE | {"hw/Kconfig": kconfig})
    words = ("sample", "--tree", str(folder), "-n", "12", "-o", str(tmp_path / "out"))
    done = kgen(*words, "--check-code", "--format", "json")
    assert done.returncode == 1
    (target,) = json.loads(done.stdout)["targets"]
    wrong = set()
    for sample in target["samples"]:
        # Each is asked by itself, too.
        lines = (tmp_path / "out" / sample["file"]).read_text().split("\n")
        settings = [
            f"--set={line.removeprefix('CONFIG_')}" for line in lines if line.startswith("CONFIG_")
        ]
        assert asked(kgen, folder, *settings)["links"] == sample["check"]["links"]
        if not sample["check"]["links"]:
            wrong.add(sample["file"])
    assert 0 < len(wrong) < 12
    said = kgen(*words, "--check-code").stderr
    assert set(re.findall(r"^(\S+): would not link", said, re.M)) == wrong
    assert kgen(*words).returncode == 0


def test_a_tree_without_c_sources_is_not_checked(kgen: Run, tmp_path: Path) -> None:
    tree = {path: text for path, text in TREE.items() if not path.endswith((".c", "meson.build"))}
    folder = write_tree(tmp_path / "tree", tree)
    done = kgen("generate", "--tree", str(folder), "-o", str(tmp_path / "out"), "--check-code")
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert done.stderr.startswith("error: KG")
    assert not (tmp_path / "out").exists()
