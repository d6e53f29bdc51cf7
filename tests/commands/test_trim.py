"""`kgen trim`: words of a shell, options of QEMU, and the smallest devices file."""

from __future__ import annotations

import json
import shlex
from pathlib import Path

import pytest
from running import Run, write_tree

from kgen.commands.trim.asked import Asked, asked
from kgen.commands.trim.command_lines import Word, given, options_of, parsed, program, target_of
from kgen.commands.trim.qemu_options import usage
from kgen.commands.trim.superio import parts
from kgen.files.tree import open_tree
from kgen.model.places import File
from kgen.model.problems import KgenError


def _texts(text: str) -> list[list[str]]:
    return [[word.text for word in line] for line in parsed(File("x", text=text))]


@pytest.mark.parametrize(
    "line",
    ["a b  c", "'a b' c", '"a \\" b" c', "a\\ b", "x='y z'", '-d \'{"a":"b,c"}\'', "a''b \"\" c"],
)
def test_words_are_those_of_a_shell(line: str) -> None:
    assert _texts(line) == [shlex.split(line)]


def test_lines_comments_and_continuations() -> None:
    assert _texts("# one\na \\\n  b # two\n\nc#d\n") == [["a", "b"], ["c#d"]]


def test_every_open_quote_is_told_with_its_place() -> None:
    with pytest.raises(KgenError) as caught:
        parsed(File("x", text="a 'b\nc\n"))
    (problem,) = caught.value.problems
    assert problem.code == "KG726"
    assert str(problem.place) == "x:1"


def test_the_program_is_behind_variables_and_names_the_target() -> None:
    word, rest = program(given(["LC_ALL=C", "/usr/bin/qemu-system-ppc64", "-S"]))
    assert word is not None
    assert target_of(word) == "ppc64-softmmu"
    assert [one.text for one in rest] == ["-S"]
    assert target_of(Word("/usr/libexec/qemu-kvm", word.place)) == ""


def _asked(line: str, tmp_path: Path) -> Asked:
    (tmp_path / "Kconfig").write_text("")
    return asked(given([line + " "])[1:], usage(open_tree(str(tmp_path))), lambda word: File(""))


@pytest.mark.parametrize(
    ("line", "names"),
    [
        ("-device e1000,netdev=n0", ["device e1000"]),
        ('-device \'{"driver":"e1000","x":true}\'', ["device e1000"]),
        ("-object memory-backend-ram,id=m,size=1G", ["object memory-backend-ram"]),
        ("-object qom-type=rng-random,id=r", ["object rng-random"]),
        ("-drive if=scsi,file=a", ["device scsi-hd"]),
        ("-drive file=a,,b,if=ide,media=cdrom", ["device ide-cd"]),
        ("-drive if=none,id=d -drive if=pflash,file=x", []),
        ("-cdrom a.iso", ["drive cdrom"]),
        ("disk.img", ["drive "]),
        ("-vga qxl", ["display qxl"]),
        ("-vga none", []),
        ("-soundhw hda,ac97", ["device intel-hda", "device hda-duplex", "device AC97"]),
        ("-usbdevice tablet", ["device usb-tablet"]),
        ("-device help", []),
        ("-cpu cortex-a53,aarch64=off", ["cpu cortex-a53"]),
        ("-virtfs local,path=/x,mount_tag=t,security_model=none", ["device virtio-9p-pci"]),
    ],
)
def test_names_of_options(line: str, names: list[str], tmp_path: Path) -> None:
    found = _asked(f"q {line}", tmp_path)
    assert [f"{one.kind} {one.name}" for one in found.names] == names


def test_machine_accelerators_and_host(tmp_path: Path) -> None:
    found = _asked(
        "q -machine pc-q35-7.2,accel=kvm:tcg,usb=on -dtb x -nic user,model=e1000", tmp_path
    )
    assert found.machine is not None
    assert found.machine.text == "pc-q35-7.2"
    assert found.accelerators == ("kvm", "tcg")
    assert found.host == {"KVM": "-machine accel=kvm", "FDT": "-dtb"}
    assert found.libraries == {"libslirp": "-nic user"}
    assert found.usb == "-machine usb=on"
    assert [one.name for one in found.nics] == ["e1000"]
    assert found.left_out == {"net"}


@pytest.mark.parametrize(
    ("line", "host"),
    [
        ("-enable-kvm -accel kvm", {"KVM": "-enable-kvm"}),
        ("-accel accel=kvm,thread=multi", {"KVM": "-accel kvm"}),
        ("-cpu host", {"KVM": "-cpu host"}),
        ("-accel xen", {"XEN": "-accel xen"}),
        ("-accel tcg", {}),
    ],
)
def test_accelerators_come_from_the_host(line: str, host: dict[str, str], tmp_path: Path) -> None:
    assert _asked(f"q {line}", tmp_path).host == host


def test_features_of_the_host(tmp_path: Path) -> None:
    line = "q -tpmdev emulator,id=t,chardev=c -fsdev local,id=f,path=/ -chardev spicevmc,id=s"
    assert _asked(line, tmp_path).host == {
        "TPM": "-tpmdev emulator",
        "VIRTFS": "-fsdev local",
        "SPICE": "-chardev spicevmc",
    }


def test_parts_of_a_super_io_chip() -> None:
    text = """\
    sc->serial.count = 2;
    sc->ide.count = 0;
    sc->parallel = (ISASuperIOFuncs){
        .is_enabled = is_on,
        .count = 1,
    };
    sc->floppy = (ISASuperIOFuncs){
        .count = 0,
    };
"""
    assert [*parts(text)] == [("isa-serial", 1), ("isa-parallel", 3)]


def _registered(table: str) -> str:
    return f"""\
static void {table}_register(void)
{{
    type_register_static_array({table}, ARRAY_SIZE({table}));
}}
type_init({table}_register)
"""


def _device(name: str, parent: str = "device", more: str = "") -> str:
    return f"""\
static const TypeInfo {name.replace("-", "_")}[] = {{
    {{ .name = "{name}", .parent = "{parent}"{more} }},
}};
{_registered(name.replace("-", "_"))}"""


QUAY = """\
static void quay_init(MachineState *machine)
{
    qdev_new("winch");
    if (!nd->model) {
        nd->model = g_strdup("buoy");
    }
    pci_nic_init_nofail(nd, bus, nd->model, NULL);
    machine->usb |= defaults_enabled() && !machine->usb_disabled;
    if (machine->usb) {
        qdev_new("hub");
    }
    if (serial_hd(0)) {
        qdev_new("rope");
    }
}

static void quay_class_init(ObjectClass *oc, void *data)
{
    MachineClass *mc = MACHINE_CLASS(oc);

    mc->init = quay_init;
    mc->default_display = "lamp";
    mc->is_default = true;
}

static const TypeInfo quay[] = {
    { .name = "object", .abstract = true },
    { .name = "device", .parent = "object", .abstract = true },
    { .name = "machine", .parent = "object", .abstract = true },
    { .name = "isa-superio", .parent = "device", .abstract = true },
    { .name = "quay-machine", .parent = "machine", .class_init = quay_class_init },
};
"""
WINCH = """\
static void winch_class_init(ObjectClass *oc, void *data)
{
    ISASuperIOClass *sc = ISA_SUPERIO_CLASS(oc);

    sc->parallel.count = 1;
    sc->serial.count = 0;
}

"""
HIDDEN = """\
static void beacon_class_init(ObjectClass *oc, void *data)
{
    DeviceClass *dc = DEVICE_CLASS(oc);

    dc->user_creatable = false;
}

"""
# A distribution's own macro, which no configuration of the tree itself defines.
BERTH = """\
static void berth_class_init(ObjectClass *oc, void *data)
{
    MachineClass *mc = MACHINE_CLASS(oc);

#ifdef CONFIG_BERTH_DEFAULT
    mc->is_default = true;
#endif
}

"""
MONITOR = """\
#define QEMU_ARCH_COAST (QEMU_ARCH_GULL | \\
                         QEMU_ARCH_TERN)
#define QEMU_ARCH_INLAND (QEMU_ARCH_HERON)

static const QDevAlias qdev_alias_table[] = {
    { "isa-serial", "float", QEMU_ARCH_INLAND },
    { "buoy", "float", QEMU_ARCH_COAST },
    { "buoy", "weir", QEMU_ARCH_INLAND },
    { }
};
"""
VL = """\
static const VGAInterfaceInfo vga_interfaces[] = {
    [VGA_LAMP] = { .opt_name = "lamp", .name = "Lamp", .class_names = { "beacon" } },
};
"""


def test_what_a_machine_makes_without_being_asked(kgen: Run, tmp_path: Path) -> None:
    """A small board has one of each kind; each goes with the option that leaves it out."""
    files = {
        "berth": BERTH + _device("berth-machine", "machine", ", .class_init = berth_class_init"),
        "quay": QUAY + _registered("quay"),
        "winch": WINCH + _device("winch", "isa-superio", ", .class_init = winch_class_init"),
        "lpt": _device("isa-parallel"),
        "com": _device("isa-serial"),
        "beacon": HIDDEN + _device("beacon", more=", .class_init = beacon_class_init"),
        "buoy": _device("buoy"),
        "hub": _device("hub"),
        "rope": _device("rope"),
    }
    kconfig = "".join(f"config {name.upper()}\n    bool\n" for name in files)
    kconfig = kconfig.replace(
        "config QUAY\n    bool\n", "config QUAY\n    bool\n    select WINCH\n"
    )
    meson = "tern_ss = ss.source_set()\nhw_arch += {'tern': tern_ss}\n" + "".join(
        f"tern_ss.add(when: 'CONFIG_{name.upper()}', if_true: files('{name}.c'))\n"
        for name in files
    )
    write_tree(
        tmp_path / "tree",
        {
            "Kconfig": "source accel/Kconfig\nsource hw/Kconfig\n",
            "accel/Kconfig": "config TCG\n    bool\n",
            "hw/Kconfig": kconfig,
            "hw/meson.build": meson,
            "system/vl.c": VL,
            "system/qdev-monitor.c": MONITOR,
            "configs/targets/tern-softmmu.mak": "TARGET_ARCH=tern\n",
            "configs/devices/tern-softmmu/default.mak": "",
            **{f"hw/{name}.c": text for name, text in files.items()},
        },
    )

    def trimmed(*words: str) -> dict[str, str]:
        done = kgen("trim", "--tree", "tree", "--format", "json", "--", "qemu-system-tern", *words)
        assert done.returncode == 0, done.stderr
        data = json.loads(done.stdout)
        assert data["unknown"] == []
        return {one["name"]: one["why"] for one in data["because"]}

    assert trimmed() == {
        "quay": "the default machine of tern-softmmu",
        "beacon": "default of quay: display",
        "buoy": "default of quay: network card",
        "isa-parallel": "hw/winch.c:5: winch needs the type isa-parallel",
        "hub": "hw/quay.c:10: quay_init needs the type hub",
        "rope": "hw/quay.c:13: quay_init needs the type rope",
    }
    assert trimmed("-nodefaults").keys() == {"quay", "isa-parallel"}
    # Each default goes with its own option, and comes where one asks for it.
    assert not {"rope"} & trimmed("-serial", "none").keys()
    assert trimmed("-nodefaults", "-serial", "stdio").keys() == {"quay", "isa-parallel", "rope"}
    # An alias stands for the type of its architecture.
    assert trimmed("-nodefaults", "-device", "float").keys() == {"quay", "isa-parallel", "buoy"}
    weir = ("-device", "weir")
    refused = kgen("trim", "--tree", "tree", "--", "qemu-system-tern", "-nodefaults", *weir)
    assert refused.returncode == 1
    assert "no configuration of tern-softmmu has the device weir" in refused.stderr
    assert "the alias is of other architectures; name buoy" in refused.stderr


def test_sections_of_a_configuration_file_are_options() -> None:
    text = '[memory]\n  size = "1G"\n\n[device "d0"]\n  driver = "e1000"\n  addr = "2,3"\n'
    found = [(option.text, value.text) for option, value in options_of(File("x", text=text))]
    assert found == [("-m", "size=1G"), ("-device", "id=d0,driver=e1000,addr=2,,3")]
