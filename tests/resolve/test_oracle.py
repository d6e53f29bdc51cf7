"""Random trees: kgen and the oracle agree."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from oracle import Refused, Result, cyclic, solve
from strategies import (
    ANY_RIGHT_TREE,
    DEVICES,
    Tree,
    answer_or_error,
    broken_trees,
    examples,
    lanes_for,
    load,
    on_disk,
    trees,
)

from kgen.model.configurations import Lane
from kgen.model.problems import KgenError
from kgen.resolve.resolver import resolve
from kgen.targets.undeclared import undefined


def _oracle(tree: Tree, inputs: Sequence[Path], merge: bool) -> Result | Refused:
    try:
        return solve(inputs, tree.externals, tree.mode, merge=merge)
    except Refused as refused:
        return refused


def _assert_agreement(tree: Tree, merge: bool) -> None:
    with on_disk(tree) as (folder, inputs):
        expected = _oracle(tree, inputs, merge)
        found = answer_or_error(tree, folder, inputs, merge)
        if isinstance(found, KgenError) and isinstance(expected, Result):
            # The reference's own luck: it may stumble over a circle that no value needs.
            assert cyclic(inputs), f"only kgen refuses: {found}"
            assert all(item.message.startswith("cycle") for item in found.problems)
        elif isinstance(found, Result):
            assert isinstance(expected, Result), f"only the oracle refuses: {expected}"
            assert found.values == expected.values
            assert found.printed() == expected.printed()
            assert found.files == expected.files


@pytest.mark.parametrize("merge", [True, False])
def test_trees_without_a_circle_have_the_oracles_values(merge: bool) -> None:
    @examples(80)
    @given(trees(acyclic=True))
    def check(tree: Tree) -> None:
        _assert_agreement(tree, merge)

    check()


@pytest.mark.parametrize("merge", [True, False])
def test_trees_with_circles_have_the_oracles_values_where_kgen_accepts_them(merge: bool) -> None:
    @examples(80)
    @given(trees())
    def check(tree: Tree) -> None:
        _assert_agreement(tree, merge)

    check()


@examples(100)
@given(broken_trees(), st.booleans())
def test_damaged_trees_are_accepted_and_refused_as_by_the_oracle(tree: Tree, merge: bool) -> None:
    _assert_agreement(tree, merge)


@examples(100)
@given(st.data())
def test_lanes_resolved_together_are_each_as_the_oracle_has_it_alone(data: st.DataObject) -> None:
    tree = data.draw(ANY_RIGHT_TREE)
    with on_disk(Tree({**tree.files, DEVICES: ""})) as (folder, inputs):
        try:
            model = load(inputs[1:], folder, merge=True)
        except KgenError:
            return
        if undefined(model):
            return
        circular = cyclic(inputs)
        lanes = data.draw(lanes_for(model))
        found = resolve(model, lanes)
        for bit, lane in enumerate(lanes):
            alone = _alone(lane)
            expected = _oracle(alone, alone.write(folder), True)
            failed = bool(found.failed >> bit & 1)
            if failed and isinstance(expected, Refused):
                named = {item.symbol for item in found.contradictions if item.lanes >> bit & 1}
                assert circular or named >= set(expected.symbols)
            elif failed:
                assert circular, lane
            else:
                assert isinstance(expected, Result), f"{lane}: {expected}"
                values = {symbol: bool(at >> bit & 1) for symbol, at in found.values.items()}
                assert values == expected.values
                printed = [f"CONFIG_{symbol}=y" for symbol in found.printed(bit)]
                assert printed == expected.printed().splitlines()


def _alone(lane: Lane) -> Tree:
    """A lane as the reference gets it: a devices file, a command line and a mode."""
    inside = [item for item in lane.assignments if not item.external]
    text = "".join(f"CONFIG_{item.symbol}={'ny'[item.value]}\n" for item in inside)
    outside = tuple((item.symbol, item.value) for item in lane.assignments if item.external)
    return Tree({DEVICES: text}, outside, lane.mode)


@pytest.mark.parametrize("link", [False, True])
def test_a_path_through_a_folder_leads_where_the_system_says(tmp_path: Path, link: bool) -> None:
    """`through/../more` is another file where `through` is a link, and none without it."""
    files = {DEVICES: "", "Kconfig": "source through/../more", "more": "config HERE\ndefault y"}
    tree = Tree({**files, "other/more": "config THERE\ndefault y", "other/inner/empty": ""})
    inputs = tree.write(tmp_path)
    if link:
        (tmp_path / "through").symlink_to("other/inner")
    expected = _oracle(tree, inputs, True)
    found = answer_or_error(tree, tmp_path, inputs, True)
    assert isinstance(found, KgenError) == isinstance(expected, Refused)
    if isinstance(found, Result) and isinstance(expected, Result):
        assert found.values == expected.values == {"THERE": True}
