"""What a running QEMU says of itself where functions of boards ask: which accelerator runs, if the
build leaves no choice; and what it says if the command line asks for nothing.

Displays are not among the defaults, nor is the network card that a machine's class names: QEMU
does without them if their type is missing (`system/vl.c`).
"""

from __future__ import annotations

from collections.abc import Callable

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

# What a value is, and where.
_Found = list[tuple[Value, int]]


class Answers:
    """Answers for all lanes. by_default: also what rests on the command line."""

    def __init__(self, truth: LaneTruth, by_default: bool) -> None:
        self._truth = truth
        self._by_default = by_default

    def of(self, value: Value, asking: Body, own_card: Callable[[], _Found]) -> _Found:
        """What a result or field is. own_card: what the machine's class names as its network card.

        Nothing is known of lanes that are in none of the masks.
        """
        if value[0] == RESULT and value[1] in _RUNS:
            return self._runs(_RUNS[value[1]])
        if not self._by_default:
            return []
        if value[0] == RESULT and value[1] == _IN_KERNEL:
            return self._runs("KVM")
        if value[0] == RESULT and value[1] == _CARD:
            return [(ONE, lanes) for one, lanes in own_card() if one == ZERO]
        usual = value in (_DEFAULTS, _CARD_USED, _PORT)
        if value == _USB:
            usual = any((FIELD, one.kind, one.field) == _USB for one in asking.assigned)
        return [(ONE, self._truth.everywhere)] if usual else []

    def _runs(self, symbol: str) -> _Found:
        """Whether an accelerator runs: not known where a build has several."""
        surely, possibly = self._truth.of((symbol,))
        others = union(self._truth.of((one,))[1] for one in ACCELERATORS if one != symbol)
        return [(ONE, surely & ~others), (ZERO, self._truth.everywhere & ~possibly)]
