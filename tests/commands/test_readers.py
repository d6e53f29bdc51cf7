"""The corpus of tests/shared/fuzz.py, and what fuzzing found, through each reader."""

from __future__ import annotations

import pytest
from fuzz import CORPUS, LENGTH, READERS, read, seeds


def test_every_reader_has_a_corpus() -> None:
    assert {path.name for path in CORPUS.iterdir() if path.is_dir()} == READERS.keys()


@pytest.mark.parametrize("reader", READERS)
def test_the_corpus_is_read(reader: str) -> None:
    texts = seeds(reader)
    assert texts
    for text in texts:
        read(reader, text)


@pytest.mark.parametrize(
    ("reader", "text"),
    [
        ("mak", "include \0 ../common.mak\n"),
        ("mak", "include a\0b/common.mak\n"),
        ("kconfig", "source \0\n"),
        ("comparison", '{"a":' * 3000),
        ("baseline", '{"kgen-lint-baseline": ' + "9" * 5000 + "}"),
        ("baseline", "[" * 100_000),
    ],
)
def test_what_fuzzing_found(reader: str, text: str) -> None:
    """Each was a traceback, or took minutes."""
    assert read(reader, text) < 5


@pytest.mark.parametrize(
    ("reader", "piece"),
    [
        ("mak", "config{\r\n"),
        ("kconfig", "menu x\n"),
        ("descriptor", "a."),
        ("policy", "a."),
        ("meson", "ss.add(when: 'CONFIG_A')\n"),
    ],
)
def test_what_grew_with_the_square(reader: str, piece: str) -> None:
    number = LENGTH // len(piece)
    times = [read(reader, piece * many) for many in (number, 8 * number)]
    assert times[1] < 20 * times[0] + 1
