"""lint: the rules about C sources, on small trees."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from running import Run, write_tree

RULES = "missing-link,missing-type,double-link"
TREE = {
    "Kconfig": "source target/Kconfig\nsource accel/Kconfig\nsource hw/Kconfig\n",
    "target/Kconfig": "config ARM\n    bool\nconfig AARCH64\n    bool\n    select ARM\n",
    "accel/Kconfig": "config TCG\n    bool\nconfig KVM\n    bool\n",
    "configs/targets/arm-softmmu.mak": "TARGET_ARCH=arm\n",
    "configs/targets/aarch64-softmmu.mak": "TARGET_ARCH=aarch64\nTARGET_BASE_ARCH=arm\n",
    "configs/devices/arm-softmmu/default.mak": "",
    "configs/devices/aarch64-softmmu/default.mak": "",
}
BOARD = "config {}\n    bool\n    default y\n    depends on ARM\n"
# Files of hw/arm with their symbol.
MESON = "arm_ss = ss.source_set()\n{}hw_arch += {{'arm': arm_ss}}\n{}"


def tree(
    folder: Path, kconfig: str, arm: dict[str, str], other: dict[str, str], files: dict[str, str]
) -> Path:
    """arm, other: for each file the `when:` of its rule; "" for none."""

    def rules(name: str, every: dict[str, str]) -> str:
        return "".join(
            f"{name}.add(when: {when}, if_true: files('{path}'))\n"
            if when
            else f"{name}.add(files('{path}'))\n"
            for path, when in every.items()
        )

    meson = MESON.format(rules("arm_ss", arm), rules("system_ss", other))
    return write_tree(
        folder,
        TREE
        | {"hw/Kconfig": kconfig, "hw/meson.build": meson}
        | {f"hw/{name}": text for name, text in files.items()},
    )


def found(kgen: Run, folder: Path, *more: str, rules: str = RULES) -> list[dict[str, Any]]:
    result = kgen("lint", "--tree", str(folder), "--select", rules, "--format", "json", *more)
    rows: list[dict[str, Any]] = json.loads(result.stdout)["findings"]
    return rows


def function(name: str, body: str) -> str:
    return f"void {name}(void)\n{{\n    {body}\n}}\n"


def brief(rows: list[dict[str, Any]]) -> list[tuple[Any, ...]]:
    return [(one["symbol"], one["other"], one["uses"], one["line"], one["level"]) for one in rows]


def test_one_cause_is_one_finding_with_the_smallest_witness(kgen: Run, tmp_path: Path) -> None:
    folder = tree(
        tmp_path / "tree",
        BOARD.format("PLANE") + "    select WING\n"
        + "config WING\n    bool\nconfig FLAP\n    bool\n"
        + BOARD.format("GLIDER") + "    select FLAP\n    select WING\n"
        + BOARD.format("ROCKET") + "    select WING\n    select FIN\nconfig FIN\n    bool\n",
        {"plane.c": "'CONFIG_PLANE'"},
        {"wing.c": "'CONFIG_WING'", "flap.c": "'CONFIG_FLAP'"},
        {
            "plane.c": function("plane", "wing();"),
            "wing.c": function("wing", "flap_up();\n    flap_down();\n    flap_up();"),
            "flap.c": function("flap_up", ";") + function("flap_down", ";"),
        },
    )  # fmt: skip
    (row,) = found(kgen, folder)
    assert brief([row]) == [("WING", ["FLAP"], "flap_up", 3, "warning")]
    assert row["witness"] == {
        "target": "aarch64-softmmu",
        "assignments": ["CONFIG_PLANE=y"],
        "mode": "allnoconfig",
        "options": "",
    }
    assert (row["certain"], row["fix"]) == (True, "select FLAP")
    assert row["message"].endswith("and 1 more")


def test_the_symbol_is_the_architecture_where_a_file_has_none(kgen: Run, tmp_path: Path) -> None:
    folder = tree(
        tmp_path / "tree",
        "config TIMER\n    bool\n" + BOARD.format("CLOCK") + "    select TIMER\n",
        {"boot.c": ""},
        {"timer.c": "'CONFIG_TIMER'"},
        {"boot.c": function("boot", "tick();"), "timer.c": function("tick", ";")},
    )
    (row,) = found(kgen, folder)
    assert brief([row]) == [("ARM", ["TIMER"], "tick", 3, "warning")]
    assert row["witness"]["assignments"] == []


def test_a_symbol_that_nothing_declares_brings_nothing(kgen: Run, tmp_path: Path) -> None:
    """Of CONFIG_ALL only meson.build knows."""
    folder = tree(
        tmp_path / "tree",
        BOARD.format("PLANE") + "    select WING\nconfig WING\n    bool\n",
        {"plane.c": "'CONFIG_PLANE'"},
        {"wing.c": "'CONFIG_WING', if_false: files('stub.c')", "stub.c": "'CONFIG_ALL'"},
        {
            "plane.c": function("plane", "wing();\n    flap();"),
            "wing.c": function("wing", ";"),
            "stub.c": function("flap", ";"),
        },
    )
    assert brief(found(kgen, folder)) == []


def test_what_only_kvm_uses_has_the_option_in_its_witness(kgen: Run, tmp_path: Path) -> None:
    enabled = (
        "#ifdef CONFIG_KVM\n#define kvm_enabled() kvm_on\n#else\n#define kvm_enabled() 0\n#endif\n"
    )
    folder = tree(
        tmp_path / "tree",
        BOARD.format("CLOCK") + "    select GEAR\nconfig GEAR\n    bool\n"
        + "config TIMER\n    bool\n" + BOARD.format("WATCH") + "    select TIMER\n",
        {"clock.c": "'CONFIG_CLOCK'"},
        {"timer.c": "'CONFIG_TIMER'"},
        {
            "clock.c": enabled + function("clock", "if (kvm_enabled()) { tick(); }"),
            "timer.c": function("tick", ";"),
        },
    )  # fmt: skip
    (row,) = found(kgen, folder)
    assert row["witness"]["options"].startswith("--accel ")
    assert "kvm" in row["witness"]["options"]
    again = kgen(
        *(
            "generate",
            "--tree",
            str(folder),
            "-t",
            row["witness"]["target"],
            "--mode",
            "allnoconfig",
        ),
        *("--set", "CLOCK=y", "-o", str(tmp_path / "out"), *row["witness"]["options"].split()),
    )
    assert again.returncode == 0, again.stderr


def test_a_symbol_that_only_others_select_is_a_note_and_off(kgen: Run, tmp_path: Path) -> None:
    folder = tree(
        tmp_path / "tree",
        BOARD.format("PLANE") + "    select WING\n    select FLAP\n"
        + "config WING\n    bool\nconfig FLAP\n    bool\n",
        {"plane.c": "'CONFIG_PLANE'"},
        {"wing.c": "'CONFIG_WING'", "flap.c": "'CONFIG_FLAP'"},
        {
            "plane.c": "",
            "wing.c": function("wing", "flap_up();"),
            "flap.c": function("flap_up", ";"),
        },
    )  # fmt: skip
    assert found(kgen, folder) == []
    rows = found(kgen, folder, "--unlikely")
    assert brief(rows) == [("WING", ["FLAP"], "flap_up", 3, "note")]
    assert rows[0]["certain"] is False


def test_a_device_is_tried_with_the_board_that_has_its_bus(kgen: Run, tmp_path: Path) -> None:
    folder = tree(
        tmp_path / "tree",
        BOARD.format("PLANE") + BOARD.format("TRAIN") + "    select BUS\n    imply BELL\n"
        + "config BUS\n    bool\n"
        + "config BELL\n    bool\n    default y\n    depends on BUS\n"
        + "config SOUND\n    bool\n" + BOARD.format("SHIP") + "    select SOUND\n",
        {"train.c": "'CONFIG_TRAIN'"},
        {"bell.c": "'CONFIG_BELL'", "sound.c": "'CONFIG_SOUND'"},
        {
            "train.c": "",
            "bell.c": function("bell", "ring();"),
            "sound.c": function("ring", ";"),
        },
    )  # fmt: skip
    (row,) = found(kgen, folder)
    assert row["symbol"] == "BELL"
    assert row["witness"]["assignments"] == ["CONFIG_TRAIN=y", "CONFIG_BELL=y"]


def test_a_board_that_fails_alone_is_tried_with_what_it_needs(kgen: Run, tmp_path: Path) -> None:
    folder = tree(
        tmp_path / "tree",
        BOARD.format("PLANE") + "    select BELL\n" + BOARD.format("TRAIN") + "    select BUS\n"
        + "config BUS\n    bool\nconfig BELL\n    bool\n    depends on BUS\n"
        + "config SOUND\n    bool\n" + BOARD.format("SHIP") + "    select SOUND\n",
        {"plane.c": "'CONFIG_PLANE'"},
        {"sound.c": "'CONFIG_SOUND'"},
        {"plane.c": function("plane", "ring();"), "sound.c": function("ring", ";")},
    )  # fmt: skip
    (row,) = found(kgen, folder)
    assert row["witness"]["assignments"] == ["CONFIG_PLANE=y", "CONFIG_BUS=y"]


@pytest.mark.parametrize(
    ("comment", "ignored"),
    [
        ("/* kgen: ignore[missing-link] by hand */", 1),
        ("// kgen: ignore[missing-link] by hand", 1),
        ("/* kgen: ignore[missing-type] by hand */", 0),
    ],
)
def test_a_comment_in_the_c_file_ignores_it(
    kgen: Run, tmp_path: Path, comment: str, ignored: int
) -> None:
    folder = tree(
        tmp_path / "tree",
        BOARD.format("CLOCK") + "config TIMER\n    bool\n",
        {"clock.c": "'CONFIG_CLOCK'"},
        {"timer.c": "'CONFIG_TIMER'"},
        {
            "clock.c": function("clock", f"{comment}\n    tick();"),
            "timer.c": function("tick", ";"),
        },
    )
    assert len(found(kgen, folder)) == 1 - ignored


def test_it_can_be_in_a_baseline(kgen: Run, tmp_path: Path) -> None:
    folder = tree(
        tmp_path / "tree",
        BOARD.format("CLOCK") + "config TIMER\n    bool\n",
        {"clock.c": "'CONFIG_CLOCK'"},
        {"timer.c": "'CONFIG_TIMER'"},
        {"clock.c": function("clock", "tick();"), "timer.c": function("tick", ";")},
    )
    known = str(tmp_path / "known.json")
    kgen("lint", "--tree", str(folder), "--select", RULES, "--write-baseline", known)
    assert len(found(kgen, folder)) == 1
    assert found(kgen, folder, "--baseline", known) == []


MACHINE = """static const TypeInfo machine_info = {
    .name = "boat-machine",
    .parent = "machine",
    .class_init = boat_class_init,
};
DEFINE_TYPES(machine_info)
"""
INIT = "static void boat_class_init(ObjectClass *oc, void *data)\n{\n    MachineClass *mc = oc;\n"
QDEV = """static DeviceState *boat_new(const char *type)
{
    return qdev_new(type);
}
DeviceState *qdev_try_new(const char *name)
{
    if (!object_class_by_name(name)) {
        return NULL;
    }
    return object_new(name);
}
"""
MAST = """static void mast_realize(DeviceState *dev, Error **errp)
{
    object_initialize_child(OBJECT(dev), "flag", &flag, "flag");
}
static void mast_class_init(ObjectClass *oc, void *data)
{
    DeviceClass *dc = DEVICE_CLASS(oc);
    dc->realize = mast_realize;
}
static const TypeInfo mast_info = {
    .name = "mast",
    .parent = "device",
    .class_init = mast_class_init,
};
DEFINE_TYPES(mast_info)
"""
FLAG = 'static const TypeInfo flag_info = {\n    .name = "flag",\n    .parent = "device",\n};\n'


@pytest.mark.parametrize(
    ("body", "symbol"),
    [
        ('boat_new("mast");', "MAST"),  # which the board has; it is the mast that lacks the flag
        ('boat_new("flag");', "BOAT"),
        ('qdev_try_new("flag");', None),
        ('if (machine->fancy) { boat_new("flag"); }', None),
        ('const char *type = "flag";\n    boat_new(type);', "BOAT"),
        ("boat_new(machine->cpu_type);", "BOAT"),
        ("if (fail) { error_report(); exit(1); }\n    helper();", "BOAT"),
    ],
)
def test_what_a_machine_always_creates(
    kgen: Run, tmp_path: Path, body: str, symbol: str | None
) -> None:
    helper = 'static void helper(void)\n{\n    boat_new("flag");\n}\n'
    start = f"static void boat_init(MachineState *machine)\n{{\n    {body}\n}}\n"
    fields = '    mc->init = boat_init;\n    mc->default_cpu_type = "flag";\n}\n'
    folder = tree(
        tmp_path / "tree",
        BOARD.format("BOAT") + "    select MAST\n"
        + "config MAST\n    bool\nconfig FLAG\n    bool\n    default y\n",
        {"boat.c": "'CONFIG_BOAT'"},
        {"mast.c": "'CONFIG_MAST'", "flag.c": "'CONFIG_FLAG'"},
        {
            "boat.c": QDEV + helper + start + INIT + fields + MACHINE,
            "mast.c": MAST,
            "flag.c": FLAG + "DEFINE_TYPES(flag_info)\n",
        },
    )  # fmt: skip
    rows = [row for row in found(kgen, folder) if row["uses"] == "flag"]
    assert [(row["symbol"], row["other"]) for row in rows] == (
        [] if symbol is None else [(symbol, ["FLAG"])]
    )


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ('if (defaults_enabled()) { boat_new("flag"); }', "BOAT by default creates the type flag"),
        ('boat_new(is_fancy() ? "flag" : "mast");', "BOAT may create the type flag"),
    ],
)
def test_what_a_machine_need_not_create_is_a_note(
    kgen: Run, tmp_path: Path, body: str, words: str
) -> None:
    start = f"static void boat_init(MachineState *machine)\n{{\n    {body}\n}}\n"
    folder = tree(
        tmp_path / "tree",
        BOARD.format("BOAT") + "    select MAST\nconfig MAST\n    bool\n"
        "config FLAG\n    bool\n    default y\n",
        {"boat.c": "'CONFIG_BOAT'"},
        {"mast.c": "'CONFIG_MAST'", "flag.c": "'CONFIG_FLAG'"},
        {
            "boat.c": QDEV + start + INIT + "    mc->init = boat_init;\n}\n" + MACHINE,
            "mast.c": FLAG.replace('"flag"', '"mast"') + "DEFINE_TYPES(flag_info)\n",
            "flag.c": FLAG + "DEFINE_TYPES(flag_info)\n",
        },
    )
    assert found(kgen, folder) == []
    (row,) = found(kgen, folder, "--unlikely")
    assert brief([row])[0][:3] == ("BOAT", ["FLAG"], "flag")
    assert (row["level"], row["certain"], row["fix"]) == ("note", False, "select FLAG")
    assert row["message"].startswith(words)


RIGGER = """void rig(MachineState *machine, const char *type)
{
    if (machine->rigged) {
        return;
    }
    qdev_new(type);
}
const char *rig_type(void)
{
    return "flag";
}
"""


@pytest.mark.parametrize(
    ("body", "symbol"),
    [
        ('rig(machine, "flag");', "BOAT"),
        ("rig(machine, mc->default_flag);", "BOAT"),
        ("raise_flag(machine);", "BOAT"),  # the file of a function that asks the machine's class
        ("qdev_new(rig_type());", "RIGGER"),
        ("rig(machine, rig_type());", "RIGGER"),
    ],
)
def test_the_symbol_is_that_of_the_file_that_has_the_name(
    kgen: Run, tmp_path: Path, body: str, symbol: str
) -> None:
    """And not that of a file whose functions are given it, or which only asks for it."""
    start = f"""static void boat_instance_init(Object *obj)
{{
    BOAT(obj)->rigged = false;
}}
static void boat_init(MachineState *machine)
{{
    MachineClass *mc = MACHINE_GET_CLASS(machine);
    {body}
}}
"""
    asking = """void raise_flag(MachineState *machine)
{
    MachineClass *mc = MACHINE_GET_CLASS(machine);
    qdev_new(mc->default_flag);
}
"""
    fields = '    mc->init = boat_init;\n    mc->default_flag = "flag";\n}\n'
    made = MACHINE.replace(".class_init", ".instance_init = boat_instance_init,\n    .class_init")
    folder = tree(
        tmp_path / "tree",
        BOARD.format("BOAT") + "    select RIGGER\n" + BOARD.format("RAFT") + "    select RIGGER\n"
        + "config RIGGER\n    bool\nconfig FLAG\n    bool\n    default y\n",
        {"boat.c": "'CONFIG_BOAT'", "raft.c": "'CONFIG_RAFT'"},
        {"rigger.c": "'CONFIG_RIGGER'", "flag.c": "'CONFIG_FLAG'"},
        {
            "boat.c": start + INIT + fields + made,
            "raft.c": function("raft", ";"),
            "rigger.c": RIGGER.replace("machine->rigged", "BOAT(machine)->rigged") + asking,
            "flag.c": FLAG + "DEFINE_TYPES(flag_info)\n",
        },
    )  # fmt: skip
    (row,) = found(kgen, folder, "--unlikely", rules="missing-type")
    assert (row["symbol"], row["other"], row["uses"]) == (symbol, ["FLAG"], "flag")


def test_a_file_of_two_symbols_that_none_brings_is_asked_for(kgen: Run, tmp_path: Path) -> None:
    folder = tree(
        tmp_path / "tree",
        BOARD.format("PLANE") + "    imply RADIO\n    imply MAP\n    imply VOICE\n"
        + "config RADIO\n    bool\nconfig MAP\n    bool\nconfig VOICE\n    bool\n",
        {"plane.c": "'CONFIG_PLANE'"},
        {"beacon.c": "['CONFIG_MAP', 'CONFIG_RADIO']", "voice.c": "'CONFIG_VOICE'"},
        {
            "plane.c": function("plane", ";"),
            "beacon.c": function("beacon", "speak();"),
            "voice.c": function("speak", ";"),
        },
    )  # fmt: skip
    assert found(kgen, folder) == []  # both are internal symbols
    (row,) = found(kgen, folder, "--unlikely")
    assert brief([row]) == [("MAP", ["VOICE"], "speak", 3, "note")]
    assert row["witness"]["assignments"] == ["CONFIG_MAP=y", "CONFIG_RADIO=y"]


def test_a_symbol_of_more_than_one_file_is_not_to_blame(kgen: Run, tmp_path: Path) -> None:
    """Of CARGO there are files for several targets, and only those of ARM need a crane."""
    folder = tree(
        tmp_path / "tree",
        BOARD.format("SHIP") + "    select CARGO\nconfig CARGO\n    bool\n"
        + "config BARGE\n    bool\n    default y\n    depends on !ARM\n    select CARGO\n"
        + "config CRANE\n    bool\n" + BOARD.format("HARBOUR") + "    select CRANE\n",
        {"ship.c": "'CONFIG_SHIP'", "cargo.c": "'CONFIG_CARGO'"},
        {"crane.c": "'CONFIG_CRANE'"},
        {
            "ship.c": function("ship", ";"),
            "cargo.c": function("cargo", "lift();"),
            "crane.c": function("lift", ";"),
        },
    )  # fmt: skip
    write_tree(
        folder,
        {
            "configs/targets/river-softmmu.mak": "TARGET_ARCH=river\n",
            "configs/devices/river-softmmu/default.mak": "",
        },
    )
    (row,) = found(kgen, folder)
    assert brief([row]) == [("SHIP", ["CRANE"], "lift", 3, "warning")]


def test_a_parent_that_is_not_registered(kgen: Run, tmp_path: Path) -> None:
    child = FLAG.replace('"flag"', '"pennant"').replace('"device"', '"flag"')
    folder = tree(
        tmp_path / "tree",
        "config PENNANT\n    bool\n    default y\nconfig FLAG\n    bool\n    default y\n",
        {},
        {"pennant.c": "'CONFIG_PENNANT'", "flag.c": "'CONFIG_FLAG'"},
        {
            "pennant.c": child + "DEFINE_TYPES(flag_info)\n",
            "flag.c": FLAG + "DEFINE_TYPES(flag_info)\n",
        },
    )
    (row,) = found(kgen, folder)
    assert (row["symbol"], row["other"], row["uses"]) == ("PENNANT", ["FLAG"], "flag")


def test_a_tree_without_c_sources_or_meson_has_no_findings(kgen: Run, tmp_path: Path) -> None:
    kconfig = BOARD.format("CLOCK") + "config TIMER\n    bool\n"
    bare = write_tree(tmp_path / "bare", TREE | {"hw/Kconfig": kconfig})
    assert found(kgen, bare) == []
    listed = tree(
        tmp_path / "listed", kconfig, {"clock.c": "'CONFIG_CLOCK'"}, {"a.c": "'CONFIG_TIMER'"}, {}
    )
    assert found(kgen, listed) == []


@pytest.mark.parametrize(
    ("select", "fix"),
    [
        ("    select BUS\n", "select BELL"),
        ("", "select BELL; select BUS"),
        ("    depends on BUS\n", "select BELL; select BUS"),
    ],
)
def test_of_symbols_that_are_needed_together_those_that_bring_the_others(
    kgen: Run, tmp_path: Path, select: str, fix: str
) -> None:
    folder = tree(
        tmp_path / "tree",
        BOARD.format("TRAIN") + "    select RAIL\n"
        + BOARD.format("TRAM") + "    select BUS\n    imply BELL\n"
        + "config RAIL\n    bool\nconfig BUS\n    bool\nconfig BELL\n    bool\n" + select,
        {"train.c": "'CONFIG_TRAIN'"},
        {"bell.c": "['CONFIG_BUS', 'CONFIG_BELL']"},
        {"train.c": function("train", "ring();"), "bell.c": function("ring", ";")},
    )  # fmt: skip
    (row,) = found(kgen, folder)
    assert (row["symbol"], row["fix"]) == ("TRAIN", fix)
    words = fix.replace("select ", "").replace("; ", " with ")
    assert row["message"].endswith(f"which only {words} brings")


@pytest.mark.parametrize(("depends", "count"), [("    depends on TCG\n", 0), ("", 1)])
def test_what_the_accelerator_does_not_allow_is_not_chosen(
    kgen: Run, tmp_path: Path, depends: str, count: int
) -> None:
    start = function("boat_init", 'qdev_new(is_fancy() ? "flag" : "mast");')
    folder = tree(
        tmp_path / "tree",
        BOARD.format("BOAT") + "    select MAST\n    select FLAG if TCG\n"
        + "config MAST\n    bool\nconfig FLAG\n    bool\n" + depends,
        {"boat.c": "'CONFIG_BOAT'"},
        {"mast.c": "'CONFIG_MAST'", "flag.c": "'CONFIG_FLAG'"},
        {
            "boat.c": QDEV + start + INIT + "    mc->init = boat_init;\n}\n" + MACHINE,
            "mast.c": FLAG.replace('"flag"', '"mast"') + "DEFINE_TYPES(flag_info)\n",
            "flag.c": FLAG + "DEFINE_TYPES(flag_info)\n",
        },
    )  # fmt: skip
    rows = found(kgen, folder, "--unlikely")
    assert [row["witness"]["options"].split(" --host")[0] for row in rows] == (
        ["--accel kvm"] * count
    )
