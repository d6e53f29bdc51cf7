"""Reasons in one sentence: one for each lane, about what decided there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import small_qemu
from hypothesis import given
from strategies import cases, examples

from kgen.explain.sentence import sentences
from kgen.explain.steps import Reasons
from kgen.model.clauses import Model
from kgen.model.configurations import Lane
from kgen.project.load import load
from kgen.project.options import Options
from kgen.resolve.resolver import resolve

if TYPE_CHECKING:
    from kgen.model.configurations import Mode


@examples(40)
@given(cases())
def test_each_lane_that_resolves_has_exactly_one_sentence(case: tuple[Model, list[Lane]]) -> None:
    model, lanes = case
    found = resolve(model, lanes)
    reasons = Reasons(found)
    fine = ((1 << len(lanes)) - 1) & ~found.failed
    for symbol in found.values:
        told = sentences(reasons, symbol, fine)
        covered = 0
        for item in told:
            assert item.text
            assert item.lanes
            assert not item.lanes & covered
            covered |= item.lanes
        assert covered == fine


EXPECTED = {
    ("arm", "defconfig"): {
        "FAST_BUS": "ARM_BOARD selects it",
        "BUS_DEVICES": "ARM_BOARD implies it",
        "ARM_TINY": '"default y"',
        "NET_CARD": '"default y if BUS_DEVICES": BUS_DEVICES is y',
        "BEEPER": '"depends on BUS && SOUND" does not hold: SOUND is n '
        "(not passed; --host linux,SOUND passes it)",
        "IRQ_CHIP": "ARM selects it if TCG: TCG is y",
        "NET_CORE": "no default, select or imply can enable it",
        "ODD_CARD": "no default, select or imply can enable it",
        "ARM_TREE": '"default y"',
        "SPARE_MEM": "FUZZ selects it, but FUZZ is n (not passed; --host linux,FUZZ passes it)",
        "TCG": "passed by --accel tcg",
        "NO_SUCH": "NO_SUCH does not exist for this target",
    },
    ("sparc", "defconfig"): {
        "SUN": "CONFIG_SUN=y is assigned",
        "NET_CARD": "CONFIG_NET_CARD=y is assigned",
        "SPARC_OLD_CPUS": '"default y"',
        "BUS_DEVICES": "ARM_BOARD implies it, but ARM_BOARD is n",
    },
    ("sparc", "allnoconfig"): {
        "SPARC_OLD_CPUS": 'the mode overrides "default y"',
    },
    ("sparc", "allyesconfig"): {
        "NET_CORE": "allyesconfig sets undecided symbols to y",
        "FUZZ": "allyesconfig sets undecided symbols to y",
    },
}


@pytest.mark.parametrize(("target", "mode"), EXPECTED)
def test_the_words(tmp_path_factory: pytest.TempPathFactory, target: str, mode: Mode) -> None:
    tree = small_qemu.write(tmp_path_factory.mktemp("tree"))
    loaded = load(Options(str(tree), only=(target,), mode=mode))
    reasons = Reasons(loaded.outcomes[0].resolution)
    expected = EXPECTED[target, mode]
    found = {
        symbol: " / ".join(item.text for item in sentences(reasons, symbol, 1))
        for symbol in expected
    }
    assert found == expected
