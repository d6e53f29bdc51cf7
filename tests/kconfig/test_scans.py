"""The quick scan of a plain file and the whole one mean the same."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from strategies import SHARDS, Tree, broken_text, examples, trees

from kgen.kconfig import parser
from kgen.model.places import File

_FILE = File("Kconfig")


def _assert_scanned_alike(written: str) -> None:
    plain = parser._scan_plain(written)
    if plain is not None:
        assert parser.scan_fully(written, _FILE) == (plain, [])


@examples(80)
@given(trees())
def test_plain_files_mean_to_the_quick_scan_what_they_mean_to_the_whole_one(tree: Tree) -> None:
    for written in tree.files.values():
        _assert_scanned_alike(written.replace("\r\n", "\n"))


@examples(100)
@given(st.data())
def test_damaged_files_mean_the_same_to_both_scans(data: st.DataObject) -> None:
    for written in data.draw(trees(acyclic=True)).files.values():
        _assert_scanned_alike(data.draw(broken_text(written.replace("\r\n", "\n"))))


@examples(100)
@given(st.lists(st.lists(st.sampled_from(SHARDS), max_size=5).map(" ".join), max_size=3))
def test_lines_of_odd_words_mean_the_same_to_both_scans(lines: list[str]) -> None:
    _assert_scanned_alike("\n".join(["config A", *lines]))
