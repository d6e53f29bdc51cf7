"""What a machine creates when it starts: names that are made, class fields, tables, properties."""

from __future__ import annotations

from pathlib import Path

import pytest
from running import write_tree

from kgen.code.conditions import ALWAYS, NEVER
from kgen.code.lane_truth import Emulator, LaneTruth
from kgen.code.qom_types import QomTypes
from kgen.code.registry import read_registry
from kgen.code.sources import Built, Sources
from kgen.code.uses.program import Program
from kgen.code.uses.reading import read_uses
from kgen.code.uses.starting import Starts
from kgen.files.tree import Folder

QOM = """
static void types(void)
{
    static const TypeInfo infos[] = {
        {.name = "device", .parent = "object"}, {.name = "machine", .parent = "object"},
    };
    type_register_static(&infos[0]);
    type_register_static(&infos[1]);
}
type_init(types)
"""
MACHINE = """
static void tray_class_init(ObjectClass *oc, void *data)
{
    MachineClass *mc = MACHINE_CLASS(oc);
    TrayClass *tc = TRAY_MACHINE_CLASS(oc);
    mc->init = tray_init;
    mc->default_cpu_type = "oven-cpu";
    tc->cups = "small";
    tc->size = 3;
    tc->kind = KIND_TEA;
    tc->fill = tray_fill;
    set_spoon(tc, "spoon");
}
static const TypeInfo tray = {
    .name = "tray-machine", .parent = "machine",
    .class_init = tray_class_init, .instance_init = tray_instance_init,
};
static void tray_types(void) { type_register_static(&tray); }
type_init(tray_types)
"""
HEAD = """
struct Row { const char *name; int base; };
struct Maker { const char *name; void (*make)(void); };
static void set_spoon(TrayClass *tc, const char *name) { tc->spoon = name; }
static void tray_fill(MachineState *ms) { qdev_new("tea"); }
static void tray_instance_init(Object *obj)
{
    TrayState *s = TRAY_MACHINE(obj);
    s->hot = true;
    s->cold = false;
}
static const char *pot(bool big) { return big ? "big-pot" : "small-pot"; }
static const char *kettle(int kind, bool glass)
{
    if (kind == 3) {
        return glass ? "glass-kettle" : "steel-kettle";
    } else {
        return glass ? "glass-jug" : "steel-jug";
    }
}
static const struct Row rows[] = { { "knife", 1 }, { .name = "fork" } };
static const char *sweets[] = { "cake", "pie" };
static void brew(const char *size, bool twice)
{
    g_autofree char *name = g_strdup_printf("%s-brewer", size);
    qdev_new(name);
    if (twice) {
        qdev_new("filter");
    }
}
"""
OVEN = """
static void oven_realize(DeviceState *dev, Error **errp)
{
    OvenState *s = OVEN(dev);
    object_initialize_child(OBJECT(dev), "cpu", &s->cpu, s->cpu_type);
    if (s->fan) {
        qdev_new("fan");
    }
    if (s->grill) {
        qdev_new("grill");
    }
}
static Property oven_properties[] = {
    { .name = "fan", .offset = offsetof(OvenState, fan) + 0, .defval.u = true },
    { .name = "grill", .offset = offsetof(OvenState, grill) + 0, .defval.u = false },
    { .name = "cpu-type", .offset = offsetof(OvenState, cpu_type) + 0 },
};
static void oven_class_init(ObjectClass *oc, void *data)
{
    DeviceClass *dc = DEVICE_CLASS(oc);
    dc->realize = oven_realize;
}
static const TypeInfo oven = { .name = "oven", .parent = "device", .class_init = oven_class_init };
static void oven_types(void) { type_register_static(&oven); }
type_init(oven_types)
"""


def created(folder: Path, files: dict[str, str]) -> set[str]:
    """What tray-machine creates; of several, one of which it creates, the first, unless one of
    them is registered."""
    write_tree(folder, files)
    tree = Folder(str(folder))
    uses, registry = read_uses(tree, files), read_registry(tree, files)
    built = {path: Built(path, ALWAYS, NEVER, False, "meson.build", 1) for path in files}
    sources = Sources(tuple(built.values()), {}, {}, {}, {}, (), (), {})
    truth = LaneTruth(sources, [Emulator({}, "x86_64", True)], {}, {})
    types = QomTypes(registry.files, dict.fromkeys(files, ALWAYS), truth.of)
    made, _ = Starts(Program(uses, built), types, truth).run({"tray-machine": 1})
    return set(made) - {"tray-machine"}


@pytest.mark.parametrize(
    ("body", "made"),
    [
        ('char n[9]; snprintf(n, sizeof(n), "%s-cup", tc->cups); qdev_new(n);', {"small-cup"}),
        ('qdev_new(g_strdup_printf("cup%d", tc->size));', {"cup3"}),
        ('qdev_new(g_strdup_printf("cup%d", unknown()));', set()),
        ('char w[5]; sscanf(tc->cups, "%3s", w); qdev_new(g_strdup_printf("%s", w));', {"sma"}),
        ("qdev_new(tc->spoon);", {"spoon"}),
        ("tc->fill(machine);", {"tea"}),
        ("if (tc->fill) { tc->fill(machine); }", {"tea"}),
        ("if (tc->drain) { tc->drain(machine); } qdev_new(\"tea\");", {"tea"}),
        ("if (!tc->drain) { qdev_new(\"plug\"); }", {"plug"}),
        ("qdev_new(machine->cpu_type);", {"oven-cpu"}),
        ("switch (tc->kind) { case KIND_TEA: qdev_new(\"tea\"); break;"
         " case KIND_MILK: qdev_new(\"milk\"); break; default: abort(); } qdev_new(\"tray\");",
         {"tea", "tray"}),
        ("switch (tc->kind) { case KIND_MILK: qdev_new(\"milk\"); break;"
         " default: qdev_new(\"water\"); }", {"water"}),
        ("if (tc->kind == KIND_MILK) { return; } qdev_new(\"lemon\");", {"lemon"}),
        ("if (tc->kind != KIND_MILK) { return; } qdev_new(\"lemon\");", set()),
        ("if (s->hot) { qdev_new(\"steam\"); } else { qdev_new(\"ice\"); }", {"steam"}),
        ("if (s->cold) { qdev_new(\"ice\"); }", set()),
        ("if (s->other) { qdev_new(\"ice\"); }", set()),
        ("const char *n; if (s->hot) { n = \"a\"; } else { n = \"b\"; } qdev_new(n);", {"a"}),
        ("const char *n = \"a\"; if (unknown()) { n = \"b\"; } qdev_new(n);", {"b"}),
        # One of two is there, or it is not known whether these are all.
        ('qdev_new(unknown() ? "oven" : "stove");', set()),
        ('qdev_new(unknown() ? "hob" : "stove");', {"hob"}),
        ('qdev_new(unknown() ? "hob" : other());', set()),
        ('qdev_new(kettle(unknown(), s->cold));', {"steel-kettle"}),
        ('qdev_new(kettle(unknown(), unknown_too()));', {"glass-kettle"}),
        ("const char *n = \"a\"; n = \"b\"; qdev_new(n);", {"b"}),
        ("const char *n = \"a\"; for (i = 0; i < 3; i++) { qdev_new(n); n = \"b\"; }", set()),
        ("qdev_new(pot(true));", {"big-pot"}),
        ("qdev_new(pot(tc->size == 4));", {"small-pot"}),
        ("qdev_new(pot(unknown()));", {"big-pot"}),
        ("for (i = 0; i < ARRAY_SIZE(rows); i++) { qdev_new(rows[i].name); }", {"knife", "fork"}),
        ("for (int i = 0; i < 2; i++) { qdev_new(sweets[i]); }", {"cake", "pie"}),
        ("i = unknown(); qdev_new(sweets[i]);", set()),
        ("brew(\"large\", true);", {"large-brewer", "filter"}),
        ("brew(\"large\", false);", {"large-brewer"}),
        ("brew(\"tiny\", unknown());", {"tiny-brewer"}),
        ("const struct Maker makers[] = { { \"x\", tray_fill } }; const struct Maker *m;"
         " for (i = 0; i < 1; i++) { m = &makers[i]; m->make(machine); }", {"tea"}),
        ("for (i = begin; i < begin + count; i++) { qdev_new(\"bowl\"); }", {"bowl"}),
    ],
)  # fmt: skip
def test_what_a_machine_creates(tmp_path: Path, body: str, made: set[str]) -> None:
    code = f"""static void tray_init(MachineState *machine)
{{
    TrayState *s = TRAY_MACHINE(machine);
    TrayClass *tc = TRAY_MACHINE_GET_CLASS(machine);
    int i;
    {body}
}}
"""
    files = {"hw/qom.c": QOM, "hw/oven.c": OVEN, "hw/tray.c": HEAD + code + MACHINE}
    assert created(tmp_path, files) == made


@pytest.mark.parametrize(
    ("body", "made"),
    [
        ("", {"oven", "fan"}),
        ('qdev_prop_set_bit(dev, "grill", true);', {"oven", "fan", "grill"}),
        ('qdev_prop_set_bit(dev, "fan", false);', {"oven"}),
        ('qdev_prop_set_bit(dev, "fan", unknown());', {"oven"}),
        ('qdev_prop_set_string(dev, "cpu-type", machine->cpu_type);', {"oven", "fan", "oven-cpu"}),
    ],
)
def test_a_property_decides_what_is_created(tmp_path: Path, body: str, made: set[str]) -> None:
    code = f"""static void tray_init(MachineState *machine)
{{
    DeviceState *dev = qdev_new("oven");
    {body}
}}
"""
    files = {"hw/qom.c": QOM, "hw/oven.c": OVEN, "hw/tray.c": HEAD + code + MACHINE}
    assert created(tmp_path, files) == made
