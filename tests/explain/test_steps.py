"""Laws of explanations, on random trees."""

from __future__ import annotations

from explanations import assert_its_facts_are_enough
from hypothesis import given
from strategies import examples, resolutions

from kgen.explain.steps import Reasons
from kgen.model.configurations import Resolution


@examples(60)
@given(resolutions())
def test_the_facts_of_an_explanation_alone_give_the_same_value(resolution: Resolution) -> None:
    reasons = Reasons(resolution)
    for symbol in resolution.values:
        for lane in range(len(resolution.lanes)):
            if not resolution.failed >> lane & 1 and resolution.lanes[lane].mode != "randconfig":
                assert_its_facts_are_enough(reasons, symbol, lane)


@examples(60)
@given(resolutions())
def test_every_value_has_a_reason_and_every_reason_the_value(resolution: Resolution) -> None:
    reasons = Reasons(resolution)
    fine = reasons.everywhere & ~resolution.failed
    for symbol, steps in reasons.everything().items():
        reached = 0
        for step in steps:
            assert step.lanes
            reached |= step.lanes
            value = resolution.values[symbol] if step.value else ~resolution.values[symbol]
            assert step.lanes & fine & ~value == 0
            for name, is_y in step.needs:
                true = resolution.values[name] if is_y else ~resolution.values[name]
                assert step.lanes & fine & ~true == 0, "a fact that is none"
        assert reached & fine == fine
