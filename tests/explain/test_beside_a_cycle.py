"""A contradiction is explained as well where there is a cycle elsewhere in the tree."""

from __future__ import annotations

from pathlib import Path

import pytest
from running import Run, write_tree

from kgen.explain import failure_messages
from kgen.explain.steps import Reasons
from kgen.kconfig import kconfiglib_adapter
from kgen.model.clauses import Assignment
from kgen.model.configurations import Lane, Resolution
from kgen.model.problems import Problem
from kgen.resolve.resolver import resolve

# A contradiction of lines, one that no line can fix, one of a line, and two beside each other.
TREES = (
    "config BOARD\n    select CHIP\n    select BUS\nconfig CHIP\n    select PCI\n"
    "config BUS\n    default y\n    depends on CHIP\nconfig PCI\n    depends on !CHIP && BUS\n",
    "config BOARD\n    default y\n    select PCI\nconfig PCI\n    depends on !BOARD\n",
    "config PCI\n    depends on CHIP\nconfig CHIP\nconfig BOARD\n    select PCI\n",
    "config BOARD\n    select A\n    select B\nconfig A\n    depends on !BOARD\n"
    "config B\n    depends on !BOARD\nconfig PCI\n    default y if A\n",
)
CYCLES = (
    "config X\n    depends on Y\nconfig Y\n    depends on X\n",
    "config X\n    default y if Y\nconfig Y\n    default y if X\nconfig Z\n    select X if Y\n",
    "config X\n    depends on X\n",
)


def resolution(folder: Path, text: str) -> Resolution:
    path = folder / "Kconfig"
    path.write_text(text)
    model = kconfiglib_adapter.load([str(path)], root=str(folder))
    lanes = [
        Lane("t", "defconfig", (Assignment("BOARD", True), Assignment("PCI", True))),
        Lane("u", "allyesconfig", (Assignment("BOARD", False),)),
        Lane("v", "allnoconfig", (Assignment("BOARD", True),)),
    ]
    return resolve(model, lanes)


def contradictions(found: Resolution) -> list[Problem]:
    problems = failure_messages.problems(found)
    return [
        problem._replace(
            place=problem.place
            and problem.place._replace(file=problem.place.file._replace(text="")),
            notes=tuple(
                note._replace(
                    place=note.place and note.place._replace(file=note.place.file._replace(text=""))
                )
                for note in problem.notes
            ),
        )
        for problem in problems
        if problem.code == "KG301"
    ]


@pytest.mark.parametrize("tree", TREES)
@pytest.mark.parametrize("cycle", CYCLES)
def test_a_contradiction_is_reported_as_it_is_without_the_cycle(
    tmp_path: Path, tree: str, cycle: str
) -> None:
    alone = contradictions(resolution(tmp_path, tree))
    beside = contradictions(resolution(tmp_path, tree + cycle))
    assert beside == alone
    assert beside
    for problem in beside:
        assert problem.place is not None
        assert all(note.message.split(": ", 1)[-1] for note in problem.notes)


def test_what_rests_on_a_cycle_is_unknown_and_nothing_else(tmp_path: Path) -> None:
    text = f"{TREES[0]}{CYCLES[0]}config OVER\n    default y if X\nconfig FINE\n    default y\n"
    reasons = Reasons(resolution(tmp_path, text))
    assert reasons.known("FINE") == (3, 4)
    assert [step.kind for step in reasons.steps("FINE", 1)] == ["default"]
    true, false = reasons.known("OVER")
    assert not (true | false) & 1


@pytest.mark.parametrize("cycle", CYCLES)
def test_commands_name_place_and_reasons(kgen: Run, tmp_path: Path, cycle: str) -> None:
    write_tree(
        tmp_path,
        {
            "Kconfig": f"config BOARD\n    select PCI\nconfig PCI\n{cycle}",
            "targets/t.toml": 'architecture = "avr"\nendianness = "little"\n'
            "[symbols]\nBOARD = true\nPCI = false\n",
        },
    )
    for command in ("generate", "audit"):
        more = ("-o", "out") if command == "generate" else ()
        done = kgen(command, "--tree", ".", "--targets", "targets", *more)
        said = done.stderr if command == "generate" else done.stdout  # a result of the audit
        assert "y: BOARD selects it" in said
        assert "n: CONFIG_PCI=n is assigned" in said
    done = kgen("generate", "--tree", ".", "--targets", "targets", "-o", "out")
    assert (
        "Kconfig:2:5: error: KG301 contradiction: PCI must be y and must be n in t" in done.stderr
    )
    assert "hint: remove CONFIG_BOARD=y; or remove CONFIG_PCI=n" in done.stderr
