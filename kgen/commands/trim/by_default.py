"""Devices that QEMU makes without being asked, where neither -nodefaults nor an option replaces
them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from kgen.code.c.tokens import tokens
from kgen.code.qom_types import MACHINE_SUFFIX
from kgen.code.uses.facts import Body
from kgen.code.uses.values import NAME, TEXT
from kgen.commands.trim.asked import Asked, Named
from kgen.commands.trim.built import Trials
from kgen.commands.trim.command_lines import Word
from kgen.commands.trim.qemu_options import Usage

# Functions of net/net.c and hw/pci/pci.c that are given the model of a machine's own network card.
_CARDS = frozenset(
    """pci_nic_init_nofail pci_init_nic_devices pci_init_nic_in_slot qemu_create_nic_device
    qemu_find_nic_info""".split()
)

_GIVEN = re.compile(r'->model\s*=\s*g_strdup\("([^"]+)"\)')

# Fields of MachineClass and PCMachineClass with that model.
_MODELS = ("default_nic", "default_nic_model")

# The function that makes a parallel port for each that is given, or for the default one:
# hw/char/parallel-isa.c. A machine without says so in its class, in this field.
_PARALLEL = "parallel_hds_isa_init"
_NO_PARALLEL = re.compile(r"\bno_parallel\s*=\s*(?:1|true|!)")

# The USB controllers that machines make for -usb, by the symbol of their board.
_CONTROLLERS = {
    "Q35": ("ich9-usb-ehci1", "ich9-usb-uhci1", "ich9-usb-uhci2", "ich9-usb-uhci3"),
    "I440FX": ("piix3-usb-uhci",),
    "PSERIES": ("nec-usb-xhci",),
    "MAC_NEWWORLD": ("pci-ohci",),
    "MAC_OLDWORLD": ("pci-ohci",),
}

_USUAL = {"virtio": "virtio-net-pci"}  # net/net.c: qemu_find_nic_model, and pci_nic_init_nofail


class Machine:
    """What a machine makes. name: as -M takes it. lanes: those of its target.

    symbols: those that it needs.
    """

    def __init__(
        self, code: Trials, usage: Usage, name: str, symbols: tuple[str, ...], word: Word
    ) -> None:
        self._code = code
        self._usage = usage
        self._word = word
        self._symbols = symbols
        self._name = name
        types = code.map.types
        self._line: list[tuple[str, str]] = []  # the files of the type and its parents
        current = name + MACHINE_SUFFIX
        while current in types.variants and len(self._line) < len(types.variants):
            one = types.variants[current][0]
            self._line.append((one.path, one.type.class_init))
            current = one.type.parent

    def names(self, asked: Asked) -> Iterator[Named | tuple[str, Word]]:
        """The devices that a command line brings with this machine without naming them; and what
        is not known, in words."""
        out = asked.left_out
        because = f"default of {self._name}"
        if "vga" not in out and (display := self._field(("default_display",))):
            yield Named("display", display, f"{because}: display", self._word)
        if "net" not in out and (card := self._card()):
            yield Named("device", card, f"{because}: network card", self._word)
        if "parallel" not in out and self.has_parallel():
            yield Named("device", "isa-parallel", f"{because}: parallel port", self._word)
        for one in asked.nics:
            if one.name:
                yield one._replace(kind="device", name=_USUAL.get(one.name, one.name))
            elif card := self._card():
                yield one._replace(kind="device", name=card)
            else:
                yield f"the network card of {self._name} for {one.option}", one.word
        if asked.usb:
            every = [_CONTROLLERS[one] for one in self._symbols if one in _CONTROLLERS]
            if not every:
                yield f"the USB controller of {self._name} for {asked.usb}", self._word
            for controller in every[0] if every else ():
                yield Named("device", controller, asked.usb, self._word)

    def interface(self) -> str:
        """The interface of its disks: MachineClass.block_default_type, by default IF_IDE."""
        found = self._field(("block_default_type",))
        return found.removeprefix("IF_").lower() if found.startswith("IF_") else "ide"

    def _field(self, names: tuple[str, ...]) -> str:
        """The value of a field of its class, itself or by a parent; "" for none."""
        for path, function in self._line:
            for body in self._bodies(path, function):
                for one in body.assigned:
                    if one.field in names and one.value[0] in (TEXT, NAME):
                        return str(one.value[1])
        return ""

    def _bodies(self, path: str, function: str) -> Iterator[Body]:
        """A function of a file, and those of the file that it calls."""
        facts = self._code.uses.files.get(path)
        every = {one.name: one for one in facts.bodies} if facts is not None else {}
        waiting, seen = [function], {function}
        while waiting:
            body = every.get(waiting.pop(0))
            if body is not None:
                yield body
                inner = [one.name for one in body.calls if one.name not in seen]
                waiting += dict.fromkeys(inner)
                seen.update(inner)

    def _card(self) -> str:
        """The type of its own network card; "" if it has none, or it is not known."""
        model = self._field(_MODELS)
        if not model:
            for path, _ in self._line[:1]:
                model = model or self._model_in(path)
        model = _USUAL.get(model, model)
        return model if model in self._code.map.types.variants else ""

    def _model_in(self, path: str) -> str:
        """The text that a call of one of _CARDS in a file is given, or that takes the place of a
        model that is not given: `nd->model = g_strdup("virtio")`."""
        text = self._code.text(path)
        words = [word for word, _ in tokens(text)]
        for number, word in enumerate(words):
            if word in _CARDS:
                for other in words[number : number + 20]:
                    if other == ";":
                        break
                    if other.startswith('"'):
                        return other.strip('"')
        given = _GIVEN.search(text) if _CARDS.intersection(words) else None
        return given[1] if given else ""

    def has_parallel(self) -> bool:
        """Whether it has a parallel port unless it is told not to."""
        if any(_NO_PARALLEL.search(self._code.text(path)) for path, _ in self._line):
            return False
        files = self._code.uses.files
        return any(
            use.name == _PARALLEL
            for path, _ in self._line
            if path in files
            for use in files[path].used
        )
