"""Laws of ways out of contradictions, on random trees."""

from __future__ import annotations

from hypothesis import given
from strategies import examples, resolutions

from kgen.explain.contradictions import explained
from kgen.model.clauses import Assignment
from kgen.model.configurations import Resolution
from kgen.resolve.editable_lane import laid_open
from kgen.resolve.resolver import resolve


@examples(60)
@given(resolutions())
def test_each_way_out_of_a_contradiction_mends_it(resolution: Resolution) -> None:
    for clash in explained(resolution):
        for lane in range(len(resolution.lanes)):
            if not clash.lanes >> lane & 1:
                continue
            for fix in clash.fixes:
                fewer = []
                model, opened = laid_open(resolution, lane)
                for item in opened.assignments:
                    own = [
                        change
                        for change in fix.changes
                        if (change.symbol, change.origin, change.place)
                        == (item.symbol, item.origin, item.place)
                        and (change.value == item.value) == (change.action == "remove")
                        and not item.external
                    ]
                    if not own:
                        fewer.append(item)
                    elif own[0].action == "turn":
                        fewer.append(item._replace(value=own[0].value))
                fewer += [
                    Assignment(change.symbol, change.value)
                    for change in fix.changes
                    if change.action == "add"
                ]
                again = resolve(model, [opened._replace(assignments=tuple(fewer))])
                left = {item.symbol for item in again.contradictions}
                assert clash.contradiction.symbol not in left
                before = {i.symbol for i in resolution.contradictions if i.lanes >> lane & 1}
                assert left - before == set(fix.then)
