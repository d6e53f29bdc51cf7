"""Which accelerators a tree's meson.build has for which target, on which host.

QEMU's meson.build collects them in the dictionary `accelerator_targets`, by the family of the
host's processor; what is in it differs from release to release. The statements up to its last
assignment are run for all hosts at once, so that each target gets a condition.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from kgen.code.conditions import NEVER, Truth, either
from kgen.code.host_facts import FAMILIES
from kgen.code.meson.interpreter import Interpreter
from kgen.code.meson.parser import Block, parse
from kgen.code.meson.state import Known
from kgen.code.meson.values import Table, elements
from kgen.model.expr import Expr, names
from kgen.model.record import Record


class Rules(Record):
    """What a meson.build says.

    targets: for each accelerator, in lower case, the targets that can have it, each with the
    condition. facts: what the names in conditions stand for, each made of those before it. What it
    says of 32-bit hosts: only_wide: they build no emulator (since 11.0); no_wider: none of a 64-bit
    target (since 10.0).
    """

    targets: Mapping[str, Mapping[str, Expr]]
    facts: Mapping[str, Expr]
    only_wide: bool
    no_wider: bool

    def has(self, accelerator: str, target: str, wide: bool, host: Truth, narrow: bool) -> bool:
        """Whether a target can have an accelerator (lower case) on a host (see `on`).

        Conditions on other things than the processor are taken to be true if they can be. wide:
        the target has 64 bits; narrow: the host has 32.
        """
        if narrow and (self.only_wide or (self.no_wider and wide)):
            return False
        if accelerator == "tcg":
            return True
        condition = self.targets.get(accelerator, {}).get(target)
        return condition is not None and host.of(condition)[1] == 1

    def on(self, host_architecture: str) -> Truth:
        """What is true on a host of this architecture, as configure names it. It has one lane."""
        family = FAMILIES.get(host_architecture, host_architecture)
        values: dict[str, tuple[int, int]] = {}
        conditions = [one for own in self.targets.values() for one in own.values()]
        for atom in {atom for one in (*self.facts.values(), *conditions) for atom in names(one)}:
            for begin, test in (("host:cpu=", family.__eq__), ("host:cpu~", family.startswith)):
                if atom.startswith(begin):
                    values[atom] = (int(test(atom.removeprefix(begin))),) * 2
        truth = Truth(values, 1)
        for fact, means in self.facts.items():
            values[fact] = truth.of(means)
        return truth


def read_rules(text: str) -> Rules | None:
    """The rules of a meson.build; None if it has no dictionary `accelerator_targets`."""
    last = max((found.end() for found in _ASSIGNED.finditer(text)), default=None)
    if last is None:
        return None
    end = _TOP.search(text, last)
    block, mistake = parse(text[: end.start()] if end else text)
    if mistake is not None:
        block, mistake = parse(text)
    run = Interpreter(_Alone(), Known())
    run.run(block)
    table = run.lookup("accelerator_targets")
    if not isinstance(table, Table):
        return None
    targets: dict[str, dict[str, Expr]] = {}
    for key, (has, value) in table.entries.items():
        if isinstance(key, str):
            own = targets.setdefault(key.removeprefix("CONFIG_").lower(), {})
            for condition, name in elements(value, has):
                if isinstance(name, str):
                    own[name] = either(own.get(name, NEVER), condition)
    facts = {fact: condition for condition, fact in run.facts.items()}
    return Rules(
        targets, facts, _ONLY_WIDE.search(text) is not None, _NO_WIDER.search(text) is not None
    )


_ASSIGNED = re.compile(r"^ *accelerator_targets *\+?=", re.MULTILINE)

# The next statement that is not in a block or in brackets.
_TOP = re.compile(r"^(?!end|el(?:if|se)\b)\w", re.MULTILINE)

# "QEMU emulator requires a 64-bit CPU host architecture", and in the loop over the accelerators of
# a target "Disallow 64-bit on 32-bit emulation and virtualization".
_ONLY_WIDE = re.compile(r"^if .*\bcc\.sizeof\('void \*'\) < 8\b.*have_system", re.MULTILINE)
_NO_WIDER = re.compile(r"^ +if host_long_bits < config_target\['TARGET_LONG_BITS'\]", re.MULTILINE)


class _Alone:
    """Reads nothing besides the one file."""

    def block(self, path: str) -> Block | None:
        return None

    def text(self, path: str) -> str | None:
        return None

    def names(self, folder: str) -> list[str]:
        return []
