"""Compares the types, devices and machines that kgen says a target has with those of real binaries.

    python tests/programs/compare_types.py TREE NAMES.json [OPTION...]

TREE: the sources of the binaries. NAMES.json: for each target (without -softmmu) what its binary
lists: {"devices": [NAME], "machines": [NAME], "types": {NAME: [PARENT, ABSTRACT]}}. OPTION: of
`kgen devices`, for the configuration of the binaries, such as --host linux-all. Prints precision
and recall, and which names differ on how many targets.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

from kgen.code.qom_types import MACHINE_SUFFIX, Lanes
from kgen.commands.dispatch import completed, read_command
from kgen.formats.terminal import progress
from kgen.project.code.code_map import code_map
from kgen.project.load import load


def compare(kind: str, predicted: list[set[str]], real: list[set[str]]) -> None:
    """Print how the names of all targets agree. The lists are by target."""
    right = sum(len(one & other) for one, other in zip(predicted, real, strict=True))
    extra = Counter(x for one, other in zip(predicted, real, strict=True) for x in one - other)
    missing = Counter(x for one, other in zip(predicted, real, strict=True) for x in other - one)
    precision = right / max(right + extra.total(), 1)
    recall = right / max(right + missing.total(), 1)
    print(f"{kind}: {right} right, precision {precision:.5f}, recall {recall:.5f}")
    for word, found in (("only kgen has", extra), ("kgen has not", missing)):
        for name, count in found.most_common():
            print(f"    {word} {name} ({count})")


def main() -> None:
    """Compare what the command line says."""
    tree, names, *rest = sys.argv[1:]
    facts = json.loads(Path(names).read_text())
    command = read_command(["devices", "--tree", tree, *rest])
    assert command is not None, "options that are plain"
    options = completed(*command)["options"]
    found = code_map(load(options), _bar)
    targets = [one.target.name.removesuffix("-softmmu") for one in found.outcomes]
    types = found.types

    def predicted(lanes: Callable[[str], Lanes]) -> list[set[str]]:
        masks = {name: lanes(name)[1] for name in types.variants}
        return [
            {name for name, mask in masks.items() if mask >> bit & 1}
            for bit, target in enumerate(targets)
            if target in facts
        ]

    def real(kind: str) -> list[set[str]]:
        return [set(facts[target][kind]) for target in targets if target in facts]

    machines = []
    lanes = [bit for bit, target in enumerate(targets) if target in facts]
    for bit, found_ in zip(lanes, predicted(types.machine), strict=True):
        names_ = {one.removesuffix(MACHINE_SUFFIX) for one in found_}
        machines.append(names_ | {types.fact(one, "alias", bit) for one in found_} - {""})
    compare("devices", predicted(types.creatable), real("devices"))
    compare("machines", machines, real("machines"))
    compare("types", predicted(types.lanes), real("types"))


def _bar(length: int) -> AbstractContextManager[Callable[[], None]]:
    return progress(length, "reading C", 100)


if __name__ == "__main__":
    main()
