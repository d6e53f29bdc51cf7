"""What a command line of QEMU asks for: names of machines, devices and objects, and defaults."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence

from kgen.code.uses.answers import DEFAULTS, NETWORK, SERIAL, USB
from kgen.commands.trim.command_lines import Word, options_of
from kgen.commands.trim.qemu_options import Usage
from kgen.model.places import File
from kgen.model.problems import KgenError, Nearest, Problem
from kgen.model.record import Record

# The devices that a sound model stands for: hw/audio/*.c; others have the model's name.
_SOUND = {
    "hda": ("intel-hda", "hda-duplex"), "ac97": ("AC97",), "es1370": ("ES1370",),
    "pcspk": (), "virtio": ("virtio-sound-pci",),
}  # fmt: skip

# What -usbdevice makes of its names: hw/usb/bus.c and hw/usb/dev-*.c: usb_legacy_register.
_USB = {
    "mouse": "usb-mouse", "tablet": "usb-tablet", "keyboard": "usb-kbd", "braille": "usb-braille",
    "disk": "usb-storage", "serial": "usb-serial", "net": "usb-net", "ccid": "usb-ccid",
    "wacom-tablet": "usb-wacom-tablet", "host": "usb-host", "audio": "usb-audio",
}  # fmt: skip

# The devices of the interfaces of -drive, and of the disks of a machine's own interface; "" for a
# disk, "cdrom" for media=cdrom.
DRIVES = {
    "ide": {"": "ide-hd", "cdrom": "ide-cd"},
    "scsi": {"": "scsi-hd", "cdrom": "scsi-cd"},
    "virtio": {"": "virtio-blk", "cdrom": "virtio-blk"},
    "sd": {"": "sd-card", "cdrom": "sd-card"},
    "floppy": {"": "floppy", "cdrom": "floppy"},
    "xen": {"": "xen-disk", "cdrom": "xen-cdrom"},
}

# The interfaces of the options for a single drive; None for that of the machine.
_SINGLE = {
    "hda": None, "hdb": None, "hdc": None, "hdd": None, "cdrom": None,
    "fda": "floppy", "fdb": "floppy", "sd": "sd",
}  # fmt: skip

# Symbols of the host without which a value of an option is refused.
_HOST = {
    ("display", "spice-app"): "SPICE",
    ("chardev", "spicevmc"): "SPICE",
    ("spice", ""): "SPICE",
    ("tpmdev", ""): "TPM",
    ("fsdev", ""): "VIRTFS",
    ("virtfs", ""): "VIRTFS",
}

# Libraries that the values of options need, of which Kconfig knows nothing.
_LIBRARIES = {
    ("netdev", "user"): "libslirp", ("nic", "user"): "libslirp", ("net", "user"): "libslirp",
    ("display", "gtk"): "GTK", ("display", "sdl"): "SDL",
}  # fmt: skip

# Accelerators that a host has or has not, by their names for -accel: a QEMU is built with them.
OF_HOST = frozenset({"kvm", "xen"})

# Properties of machines that make a device: hw/arm/virt.c, hw/i386/pc.c.
_PROPERTIES = {("iommu", "smmuv3"): "arm-smmuv3"}


class Named(Record):
    """A name that a command line gives. kind: device, object, type, cpu, display or drive.
    option: that gives it, as typed."""

    kind: str
    name: str
    option: str
    word: Word


class Asked(Record):
    """What a command line asks for.

    machine: None for the default one. left_out: the default devices that it does without. nics: the
    models of network cards, "" for the machine's own. host, libraries: with the options that need
    them. unknown: what is not understood. usb: the option that asks for a USB controller, or "".
    serial: whether one asks for a serial port.
    """

    machine: Word | None
    names: tuple[Named, ...]
    left_out: frozenset[str]
    nics: tuple[Named, ...]
    accelerators: tuple[str, ...]
    host: dict[str, str]
    libraries: dict[str, str]
    unknown: tuple[tuple[str, Word], ...]
    usb: str
    serial: bool

    def command_line(self) -> frozenset[str]:
        """What the boards' functions learn of it; see `code/uses/answers.py`."""
        known = {
            DEFAULTS: DEFAULTS not in self.left_out,
            SERIAL: self.serial or "serial" not in self.left_out,
            NETWORK: bool(self.nics) or "net" not in self.left_out,
            USB: bool(self.usb),
        }
        return frozenset(one for one, holds in known.items() if holds)


def asked(words: Sequence[Word], usage: Usage, read: Callable[[Word], File]) -> Asked:
    """What the words behind the program ask for. read: a file for -readconfig.

    Raises KgenError for all options that QEMU does not have, or that have no argument.
    """
    return _Reader(usage, read).asked(words)


class _Reader:
    def __init__(self, usage: Usage, read: Callable[[Word], File]) -> None:
        self.usage = usage
        self.read = read
        self.machine: Word | None = None
        self.names: dict[Named, None] = {}
        self.left_out: set[str] = set()
        self.nics: dict[Named, None] = {}
        self.accelerators: dict[str, None] = {}
        self.host: dict[str, str] = {}
        self.libraries: dict[str, str] = {}
        self.unknown: dict[tuple[str, Word], None] = {}
        self.usb = ""
        self.serial = False
        self.problems: list[Problem] = []
        self.methods: dict[str, Callable[[Word, Mapping[str, str], str], None]] = {
            "M": self.of_machine,
            "machine": self.of_machine,
            "accel": self.of_accel,
            "cpu": self.of_cpu,
            "device": self.of_device,
            "object": self.of_object,
            "global": self.of_global,
            "vga": self.of_vga,
            "nic": self.of_nic,
            "net": self.of_net,
            "netdev": self.of_netdev,
            "serial": self.of_serial,
            "parallel": self.of_parallel,
            "drive": self.of_drive,
            "audio": self.of_audio,
            "soundhw": self.of_soundhw,
            "usbdevice": self.of_usbdevice,
            "virtfs": self.of_virtfs,
            "watchdog": self.of_watchdog,
            "dtb": self.of_dtb,
        }

    def asked(self, words: Sequence[Word]) -> Asked:
        for option, value in self.options(words):
            name = option.text.removeprefix("-").removeprefix("-")
            if name == "readconfig" and value is not None:
                for inner, inner_value in options_of(self.read(value)):
                    self.option(inner.text[1:], inner, inner_value)
            else:
                self.option(name, option, value)
        if self.problems:
            raise KgenError(*self.problems)
        return Asked(
            self.machine,
            tuple(self.names),
            frozenset(self.left_out),
            tuple(self.nics),
            tuple(self.accelerators),
            self.host,
            self.libraries,
            tuple(self.unknown),
            self.usb,
            self.serial,
        )

    def options(self, words: Sequence[Word]) -> Iterator[tuple[Word, Word | None]]:
        """Each option with its argument. A word that is not an option is a disk: -hda."""
        nearest = Nearest(self.usage.options or self.usage.flags)
        rest = iter(words)
        for word in rest:
            name = word.text.removeprefix("-").removeprefix("-")
            if not word.text.startswith("-"):
                yield Word("-hda", word.place), word
            elif self.usage.options is not None and name not in self.usage.options:
                hint = nearest.hint(name)
                message = f"QEMU has no option {word.text}"
                self.problems.append(Problem(message, word.place, hint=hint, code="KG728"))
                if not hint:
                    next(rest, None)
            elif name in self.usage.flags:
                yield word, None
            else:
                value = next(rest, None)
                if value is None:
                    message = f"{word.text} needs an argument"
                    self.problems.append(Problem(message, word.place, code="KG728"))
                else:
                    yield word, value

    def option(self, name: str, option: Word, word: Word | None) -> None:
        """One option."""
        if word is None:
            self.flag(name)
            return
        implied = {"device": "driver", "machine": "type", "M": "type", "object": "qom-type"}
        values = self.properties(word, implied.get(name, "type"))
        first = values.get(implied.get(name, "type"), "")
        for table, kept in ((_HOST, self.host), (_LIBRARIES, self.libraries)):
            for key in ((name, first), (name, "")):
                if key in table:
                    kept.setdefault(table[key], f"-{name} {first}".rstrip())
        method = self.methods.get(name)
        if method is not None:
            method(word, values, first)
        elif name in _SINGLE:
            media = "cdrom" if name == "cdrom" else ""
            if name in ("cdrom", "hdc"):
                self.left_out.add("cdrom")
            self.drive(f"-{name}", _SINGLE[name], media, word)

    def flag(self, name: str) -> None:
        if name == "nodefaults":
            self.left_out.update((DEFAULTS, *_EVERY))
        elif name == "enable-kvm":
            self.accelerator("kvm", "-enable-kvm")
        elif name == "usb":
            self.usb = "-usb"

    def accelerator(self, name: str, option: str) -> None:
        """An option asks for an accelerator."""
        self.accelerators[name] = None
        if name in OF_HOST:
            self.host.setdefault(name.upper(), option)

    def properties(self, word: Word, implied: str) -> dict[str, str]:
        """The properties of an argument: `a,b=c`, where `,,` is a comma, or an object of JSON."""
        if word.text.startswith("{"):
            try:
                found = json.loads(word.text)
                return {str(key): _text(value) for key, value in found.items()}
            except (ValueError, AttributeError, RecursionError):
                self.problems.append(Problem("no object of JSON", word.place, code="KG728"))
                return {}
        parts = [one.replace("\0", ",") for one in word.text.replace(",,", "\0").split(",")]
        values: dict[str, str] = {}
        for number, part in enumerate(parts):
            key, equals, value = part.partition("=")
            if equals:
                values[key] = value
            elif number == 0:
                values[implied] = key
            else:
                values[key] = "on"
        return values

    def named(self, kind: str, name: str, option: str, word: Word) -> None:
        self.names[Named(kind, name, option, word)] = None

    def drive(self, option: str, interface: str | None, media: str, word: Word) -> None:
        kinds = DRIVES.get(interface or "")
        if interface is None:
            self.named("drive", media, option, word)
        elif kinds is not None:
            self.named("device", kinds.get(media, kinds[""]), f"{option} if={interface}", word)
        elif interface not in ("none", "pflash", "mtd"):
            self.unknown[f"{option} if={interface}", word] = None

    # Options, by name.

    def of_machine(self, word: Word, values: Mapping[str, str], first: str) -> None:
        if first and first not in ("help", "?"):
            self.machine = Word(first, word.place)
        for one in values.get("accel", "").split(":"):
            if one:
                self.accelerator(one, f"-machine accel={one}")
        if values.get("usb") in ("on", "yes", "true"):
            self.usb = "-machine usb=on"
        for key, value in values.items():
            if (key, value) in _PROPERTIES:
                self.named("device", _PROPERTIES[key, value], f"-machine {key}={value}", word)

    def of_accel(self, word: Word, values: Mapping[str, str], first: str) -> None:
        name = values.get("accel", first)
        self.accelerator(name, f"-accel {name}")

    def of_cpu(self, word: Word, values: Mapping[str, str], first: str) -> None:
        if first == "host":
            self.accelerator("kvm", "-cpu host")
        elif first not in ("help", "?", "max"):
            self.named("cpu", first, f"-cpu {first}", word)

    def of_device(self, word: Word, values: Mapping[str, str], first: str) -> None:
        if first in ("help", "?", ""):
            return
        self.named("device", first, f"-device {first}", word)
        default = self.usage.defaults.get(first)
        if default is not None:
            self.left_out.add(default)

    def of_object(self, word: Word, values: Mapping[str, str], first: str) -> None:
        if first not in ("help", "?", ""):
            self.named("object", first, f"-object {first}", word)

    def of_global(self, word: Word, values: Mapping[str, str], first: str) -> None:
        driver = values.get("driver") or word.text.partition(".")[0]
        default = self.usage.defaults.get(driver)
        if default is not None:
            self.left_out.add(default)

    def of_vga(self, word: Word, values: Mapping[str, str], first: str) -> None:
        self.left_out.add("vga")
        if first not in ("none", "help"):
            self.named("display", first, f"-vga {first}", word)

    def of_nic(self, word: Word, values: Mapping[str, str], first: str) -> None:
        self.left_out.add("net")
        model = values.get("model", "")
        if first != "none" and model not in ("help", "?"):
            option = f"-nic model={model}" if model else "-nic"
            self.nics[Named("nic", model, option, word)] = None

    def of_net(self, word: Word, values: Mapping[str, str], first: str) -> None:
        self.left_out.add("net")
        if first == "nic":
            model = values.get("model", "")
            option = f"-net nic,model={model}" if model else "-net nic"
            self.nics[Named("nic", model, option, word)] = None

    def of_netdev(self, word: Word, values: Mapping[str, str], first: str) -> None:
        self.left_out.add("net")

    def of_serial(self, word: Word, values: Mapping[str, str], first: str) -> None:
        self.left_out.add("serial")
        self.serial |= first != "none"

    def of_parallel(self, word: Word, values: Mapping[str, str], first: str) -> None:
        self.left_out.add("parallel")
        if first != "none":
            self.named("parallel", "isa-parallel", f"-parallel {first}", word)

    def of_drive(self, word: Word, values: Mapping[str, str], first: str) -> None:
        media = values.get("media", "")
        if media == "cdrom" or values.get("index") == "2":
            self.left_out.add("cdrom")
        self.drive("-drive", values.get("if"), media, word)

    def of_audio(self, word: Word, values: Mapping[str, str], first: str) -> None:
        self.sound(values.get("model", ""), "-audio model=", word)

    def of_soundhw(self, word: Word, values: Mapping[str, str], first: str) -> None:
        for model in word.text.split(","):
            self.sound(model, "-soundhw ", word)

    def sound(self, model: str, option: str, word: Word) -> None:
        if model == "all":
            self.unknown[f"{option}all", word] = None
        elif model:
            for name in _SOUND.get(model, (model,)):
                self.named("device", name, f"{option}{model}", word)

    def of_usbdevice(self, word: Word, values: Mapping[str, str], first: str) -> None:
        kind = first.partition(":")[0]
        self.usb = f"-usbdevice {kind}"
        if kind in _USB:
            self.named("device", _USB[kind], f"-usbdevice {kind}", word)
        else:
            self.unknown[f"-usbdevice {kind}", word] = None

    def of_virtfs(self, word: Word, values: Mapping[str, str], first: str) -> None:
        self.named("device", "virtio-9p-pci", "-virtfs", word)

    def of_watchdog(self, word: Word, values: Mapping[str, str], first: str) -> None:
        self.named("device", first, f"-watchdog {first}", word)

    def of_dtb(self, word: Word, values: Mapping[str, str], first: str) -> None:
        self.host.setdefault("FDT", "-dtb")


_EVERY = ("serial", "parallel", "floppy", "cdrom", "vga", "net", "sdcard")


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "on" if value else "off"
    return str(value)
