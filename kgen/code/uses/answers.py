"""What a running QEMU says of itself where functions of boards ask: which accelerator runs, if the
build leaves no choice; and what it says if the command line asks for nothing.

Displays are not among the defaults, nor is the network card that a machine's class names: QEMU
does without them if their type is missing (`system/vl.c`).
"""

from __future__ import annotations

from collections.abc import Callable, Set

from kgen.code.host_facts import ACCELERATORS
from kgen.code.lane_truth import LaneTruth
from kgen.code.uses.facts import Body
from kgen.code.uses.values import FIELD, ONE, RESULT, ZERO, Value
from kgen.model.lanes import union

# `kvm_enabled()`: `include/system/kvm.h`, and beside it for the others.
_RUNS = {f"{name.lower()}_enabled": name for name in ACCELERATORS}

# What KVM does unless -machine kernel-irqchip=off says otherwise: accel/kvm/kvm-all.c.
_IN_KERNEL = "kvm_irqchip_in_kernel"

# True without -nodefaults and -serial: system/vl.c. Of the serial ports there is only the first.
_DEFAULTS: Value = (RESULT, "defaults_enabled", ())
_PORT: Value = (RESULT, "serial_hd", (ZERO,))

# The network card that nobody asks for: net/net.c, and before QEMU 9.0 the first of its table.
_CARD = "qemu_find_nic_info"
_CARD_USED: Value = (FIELD, "nicinfo", "used")

# The option -usb. A board that turns USB on by itself assigns this field.
_USB: Value = (FIELD, "machine", "usb")

# What a command line leaves to QEMU, or asks for: default devices in general, the first serial
# port, a network card, and -usb.
DEFAULTS, SERIAL, NETWORK, USB = "defaults", "serial", "network", "usb"

# If it asks for nothing.
NOTHING_ASKED = frozenset({DEFAULTS, SERIAL, NETWORK})

# The part of it on which a value rests.
_RESTS_ON = {_DEFAULTS: DEFAULTS, _PORT: SERIAL, _CARD_USED: NETWORK, _USB: USB}

# What a value is, and where.
_Found = list[tuple[Value, int]]


class Answers:
    """Answers for all lanes. command_line: what is known of it, of DEFAULTS and so on; empty if
    nothing is."""

    def __init__(self, truth: LaneTruth, command_line: Set[str]) -> None:
        self._truth = truth
        self._command_line = command_line

    def of(self, value: Value, asking: Body, own_card: Callable[[], _Found]) -> _Found:
        """What a result or field is. own_card: what the machine's class names as its network card.

        Nothing is known of lanes that are in none of the masks.
        """
        if value[0] == RESULT and value[1] in _RUNS:
            return self._runs(_RUNS[value[1]])
        if not self._command_line:
            return []
        if value[0] == RESULT and value[1] == _IN_KERNEL:
            return self._runs("KVM")
        if value[0] == RESULT and value[1] == _CARD:
            here = NETWORK in self._command_line
            return [(ONE, lanes) for one, lanes in own_card() if one == ZERO and here]
        known = _RESTS_ON.get(value) in self._command_line
        if value == _USB and DEFAULTS in self._command_line:
            known |= any((FIELD, one.kind, one.field) == _USB for one in asking.assigned)
        return [(ONE, self._truth.everywhere)] if known else []

    def _runs(self, symbol: str) -> _Found:
        """Whether an accelerator runs: not known where a build has several."""
        surely, possibly = self._truth.of((symbol,))
        others = union(self._truth.of((one,))[1] for one in ACCELERATORS if one != symbol)
        return [(ONE, surely & ~others), (ZERO, self._truth.everywhere & ~possibly)]
