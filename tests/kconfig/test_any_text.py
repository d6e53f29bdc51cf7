"""Whatever the text, kgen reads it, or refuses it with places that exist."""

from __future__ import annotations

import unicodedata
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st
from oracle import Result
from strategies import (
    DEVICES,
    SHARDS,
    Tree,
    answer_or_error,
    broken_text,
    broken_trees,
    examples,
    on_disk,
    trees,
)

from kgen.formats.problems import describe, pointed
from kgen.model.problems import Problem


def _assert_fails_well(tree: Tree) -> None:
    """If kgen refuses the tree, then with problems that can be shown, at places that exist."""
    with on_disk(tree) as (folder, inputs):
        found = answer_or_error(tree, folder, inputs, merge=False)
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
    # As an editor shows them: what follows a last line's end is not one more line.
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
