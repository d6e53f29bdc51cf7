"""What a machine creates when it starts: names that are made, class fields, tables, properties."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

import pytest
from running import write_tree

from kgen.code.conditions import ALWAYS, NEVER
from kgen.code.lane_truth import Emulator, LaneTruth
from kgen.code.qom_types import QomTypes
from kgen.code.registry import read_registry
from kgen.code.sources import Built, Sources
from kgen.code.uses.answers import NOTHING_ASKED
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
static void card(const char *name)
{
    NICInfo *nd = qemu_find_nic_info(name, true, NULL);
    if (!nd) {
        return;
    }
    qdev_new(name);
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


KVM = """
#ifdef CONFIG_KVM
#define kvm_enabled() (kvm_allowed)
#define kvm_irqchip_in_kernel() (kvm_kernel_irqchip)
#else
#define kvm_enabled() (0)
#define kvm_irqchip_in_kernel() (false)
#endif
"""


def machine(body: str) -> dict[str, str]:
    """The files of a tray whose `init` does this."""
    code = f"""static void tray_init(MachineState *machine)
{{
    TrayState *s = TRAY_MACHINE(machine);
    TrayClass *tc = TRAY_MACHINE_GET_CLASS(machine);
    int i;
    {body}
}}
"""
    return {"hw/qom.c": QOM, "hw/oven.c": OVEN, "hw/tray.c": HEAD + code + MACHINE}


def created(
    folder: Path,
    files: dict[str, str],
    accelerators: Collection[str] = (),
    by_default: bool = False,
) -> tuple[set[str], set[str]]:
    """What tray-machine creates, and of what it creates one; of several, one of which it creates,
    the first, unless one of them is registered."""
    write_tree(folder, files)
    tree = Folder(str(folder))
    paths = [path for path in files if path.endswith(".c")]
    uses, registry = read_uses(tree, paths), read_registry(tree, paths)
    built = {path: Built(path, ALWAYS, NEVER, False, "meson.build", 1) for path in paths}
    sources = Sources(tuple(built.values()), {}, {}, {}, {}, (), (), {})
    symbols = dict.fromkeys(accelerators, 1)
    truth = LaneTruth(sources, [Emulator({}, "x86_64", True)], symbols, {})
    types = QomTypes(registry.files, dict.fromkeys(paths, ALWAYS), truth.of)
    command_line = NOTHING_ASKED if by_default else frozenset()
    starts = Starts(Program(uses, built), types, truth, command_line)
    made, sites = starts.run({"tray-machine": 1})
    return set(made) - {"tray-machine"}, {one.type for one in sites if one.chosen}


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
    assert created(tmp_path, machine(body)) == (made, set())


@pytest.mark.parametrize(
    ("body", "made", "chosen"),
    [
        ('if (defaults_enabled()) { qdev_new("toast"); }', {"toast"}, set()),
        ('if (!defaults_enabled()) { return; } qdev_new("toast");', {"toast"}, set()),
        ('if (s->other && defaults_enabled()) { qdev_new("toast"); }', set(), set()),
        ('if (serial_hd(0)) { qdev_new("line"); }', {"line"}, set()),
        ('if (serial_hd(1)) { qdev_new("line"); }', set(), set()),
        ('for (i = 0; i < 4; i++) { if (serial_hd(i)) { qdev_new("line"); } }', {"line"}, set()),
        # Only a machine that turns USB on by itself has it.
        ('if (machine->usb) { qdev_new("mouse"); }', set(), set()),
        ('machine->usb |= defaults_enabled() && !machine->usb_disabled;'
         ' if (machine->usb) { qdev_new("mouse"); }', {"mouse"}, set()),
        ('if (nd_table[0].used) { qdev_new("card"); }', {"card"}, set()),
        ('NICInfo *nd = &nd_table[0]; if (nd->used) { qdev_new("card"); }', {"card"}, set()),
        ('card("plain-card");', {"plain-card"}, set()),
        # One of these, and not surely the missing one.
        ('qdev_new(unknown() ? "oven" : "stove");', set(), {"oven", "stove"}),
    ],
)  # fmt: skip
def test_what_a_machine_creates_by_default(
    tmp_path: Path, body: str, made: set[str], chosen: set[str]
) -> None:
    assert created(tmp_path / "asked", machine(body)) == (set(), set())
    assert created(tmp_path / "default", machine(body), by_default=True) == (made, chosen)


def test_a_network_card_that_its_class_names_may_be_missing(tmp_path: Path) -> None:
    files = machine('card("plain-card");')
    named = MACHINE.replace("mc->init =", 'mc->default_nic = "plain-card"; mc->init =')
    files["hw/tray.c"] = files["hw/tray.c"].replace(MACHINE, named)
    assert created(tmp_path, files, by_default=True) == (set(), set())


@pytest.mark.parametrize(
    ("accelerators", "surely", "by_default"),
    [
        (["KVM"], {"fast"}, {"fast", "kernel-chip"}),
        (["TCG"], {"slow", "own-chip"}, {"slow", "own-chip"}),
        (["KVM", "TCG"], set(), set()),
    ],
)
def test_the_only_accelerator_runs(
    tmp_path: Path, accelerators: list[str], surely: set[str], by_default: set[str]
) -> None:
    files = machine(
        'if (kvm_enabled()) { qdev_new("fast"); } else { qdev_new("slow"); }'
        'if (kvm_irqchip_in_kernel()) { qdev_new("kernel-chip"); } else { qdev_new("own-chip"); }'
    )
    files["include/kvm.h"] = KVM
    files["hw/tray.c"] = '#include "kvm.h"\n' + files["hw/tray.c"]
    for number, known in enumerate((surely, by_default)):
        assert created(tmp_path / str(number), files, accelerators, bool(number))[0] == known


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
    assert created(tmp_path, files) == (made, set())


@pytest.mark.parametrize(
    ("body", "made"),
    [
        ('Rail *rail = rail_new(dev, errp); if (!rail) { return; } qdev_new("rack");', {"rack"}),
        ('Rail *r; r = rail_new(errp); if (r == NULL) { return; } qdev_new("rack");', {"rack"}),
        ('if (!rail_find(dev)) { return; } qdev_new("rack");', set()),
        ('Rail *rail = rail_find(dev); if (!rail) { return; } qdev_new("rack");', set()),
        ('rail_new(dev, errp); if (!s->rail) { return; } qdev_new("rack");', set()),
    ],
)
def test_a_return_after_an_error_is_none(tmp_path: Path, body: str, made: set[str]) -> None:
    """As nothing is there then that `errp` was given to make."""
    begin = OVEN.index("    object_initialize_child")
    realize = OVEN[:begin] + body + OVEN[OVEN.index("}\nstatic Property") :]
    files = machine('qdev_new("oven");') | {"hw/oven.c": realize}
    assert created(tmp_path, files) == ({"oven"} | made, set())
