"""Random trees: kgen and the oracle agree; and whatever the text, kgen fails as it should."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from oracle import Refused, Result, cyclic, solve
from strategies import (
    ANY_RIGHT_TREE,
    DEVICES,
    SHARDS,
    Tree,
    answer,
    broken_text,
    broken_trees,
    examples,
    lanes_for,
    load,
    on_disk,
    trees,
)

from kgen.formats.problems import describe, pointed
from kgen.model.configurations import Lane
from kgen.model.problems import KgenError, Problem
from kgen.resolve.resolver import resolve
from kgen.targets.undeclared import undefined


def _oracle(tree: Tree, inputs: Sequence[Path], merge: bool) -> Result | Refused:
    try:
        return solve(inputs, tree.externals, tree.mode, merge=merge)
    except Refused as refused:
        return refused


def _kgen(tree: Tree, folder: Path, inputs: Sequence[Path], merge: bool) -> Result | KgenError:
    try:
        return answer(tree, folder, inputs, merge=merge)
    except KgenError as error:
        return error


def _assert_agreement(tree: Tree, merge: bool) -> None:
    with on_disk(tree) as (folder, inputs):
        expected = _oracle(tree, inputs, merge)
        found = _kgen(tree, folder, inputs, merge)
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
    found = _kgen(tree, tmp_path, inputs, True)
    assert isinstance(found, KgenError) == isinstance(expected, Refused)
    if isinstance(found, Result) and isinstance(expected, Result):
        assert found.values == expected.values == {"THERE": True}


# --------------------------------------------------------------------------------------------
# Any text at all


def _assert_fails_well(tree: Tree) -> None:
    """If kgen refuses the tree, then with problems that can be shown, at places that exist."""
    with on_disk(tree) as (folder, inputs):
        found = _kgen(tree, folder, inputs, merge=False)
        if isinstance(found, Result):
            return
        assert found.problems
        for problem in found.problems:
            better = pointed(problem)
            for text in (describe(problem), describe(better)):
                assert all(map(_shows, text.replace("\n", ""))), ascii(text)
            _assert_in_files(problem, folder)
            _assert_in_files(better, folder)


def _shows(char: str) -> bool:
    return char.isprintable() or unicodedata.category(char) == "Zs"


def _assert_in_files(problem: Problem, folder: Path) -> None:
    places = [note.place for note in problem.notes if note.place is not None]
    if problem.place is not None:
        places.append(problem.place)
    for place in places:
        lines = _lines(folder / place.file.path)
        assert 1 <= place.line <= len(lines), (problem, len(lines))
        assert 0 <= place.column <= len(lines[place.line - 1]) + 1, problem
        for path, number in place.file.includes:
            assert 1 <= number <= len(_lines(folder / path)), problem


def _lines(path: Path) -> list[str]:
    # As an editor shows them: what follows a last line's end is no line more.
    text = path.read_text(encoding="utf-8", errors="replace")
    return text.removesuffix("\n").split("\n")


@examples(100)
@given(broken_trees())
def test_a_damaged_tree_is_refused_with_places_that_exist(tree: Tree) -> None:
    _assert_fails_well(tree)


@examples(100)
@given(trees())
def test_a_tree_that_cannot_be_resolved_is_refused_with_places_that_exist(tree: Tree) -> None:
    _assert_fails_well(tree)


@examples(100)
@given(st.lists(st.sampled_from(SHARDS), max_size=15), st.sampled_from(["", " ", "\n"]))
def test_a_file_of_odd_words_is_read_or_refused(words: list[str], between: str) -> None:
    _assert_fails_well(Tree({DEVICES: "", "Kconfig": between.join(words)}))


@examples(100)
@given(st.binary(max_size=60), st.binary(max_size=60))
def test_files_of_any_bytes_are_read_or_refused(mak: bytes, kconfig: bytes) -> None:
    texts = [data.decode("utf-8", "surrogateescape") for data in (mak, kconfig)]
    _assert_fails_well(Tree({DEVICES: texts[0], "Kconfig": texts[1]}))


@examples(100)
@given(st.data())
def test_a_long_damaged_file_is_read_or_refused(data: st.DataObject) -> None:
    text = "\n".join(data.draw(trees()).files.values())
    for _ in range(4):
        text = data.draw(broken_text(text))
    _assert_fails_well(Tree({DEVICES: "", "Kconfig": text}))
